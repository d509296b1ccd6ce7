"""reports, announcements, notes of officers"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("document_number", sa.String(length=60), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("seed_key", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('notice', 'policy')", name=op.f("ck_announcement_kind")),
        sa.CheckConstraint(
            "status = 'draft' OR (published_at IS NOT NULL AND body <> '' AND issuer <> '')",
            name=op.f("ck_announcement_published_is_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'withdrawn')", name=op.f("ck_announcement_status")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_announcement_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcement_public_id")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_announcement_seed_key")),
    )
    with op.batch_alter_table("announcement") as batch_op:
        batch_op.create_index("ix_announcement_listed", ["status", "pinned", "published_at"], unique=False)

    op.create_table(
        "announcement_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_file_announcement_id_announcement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_announcement_file_attachment_id_attachment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_file")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_announcement_file_attachment_id")),
    )
    with op.batch_alter_table("announcement_file") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_announcement_file_announcement_id"), ["announcement_id"], unique=False
        )

    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopen_text", sa.Text(), nullable=False),
        sa.Column("first_answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(reopened_at IS NULL) = (reopen_text = '')", name=op.f("ck_report_reopening_has_its_text")
        ),
        sa.CheckConstraint("(status = 'open') = (answer = '')", name=op.f("ck_report_answer_has_its_text")),
        sa.CheckConstraint(
            "(status = 'open') = (answered_at IS NULL)", name=op.f("ck_report_answer_has_its_time")
        ),
        sa.CheckConstraint(
            "kind IN ('wrong', 'infringing', 'exaggerated', 'classified', 'unreachable', 'other')",
            name=op.f("ck_report_kind"),
        ),
        sa.CheckConstraint("status IN ('open', 'answered', 'dismissed')", name=op.f("ck_report_status")),
        sa.CheckConstraint(
            "CASE WHEN result_id IS NULL THEN 0 ELSE 1 END + CASE WHEN demand_id IS NULL THEN 0 ELSE 1 END + CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_report_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_report_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_report_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_report_reporter_id_person")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_report_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_public_id")),
    )
    with op.batch_alter_table("report") as batch_op:
        batch_op.create_index(batch_op.f("ix_report_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_reporter_id"), ["reporter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_result_id"), ["result_id"], unique=False)

    with op.batch_alter_table("queue_item") as batch_op:
        batch_op.add_column(sa.Column("note_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("note_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_queue_item_note_by_id_person"), "person", ["note_by_id"], ["id"]
        )
    with op.batch_alter_table("queue_item") as batch_op:  # apart: rows are copied with the default
        batch_op.alter_column("note_version", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("queue_item") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_queue_item_note_by_id_person"), type_="foreignkey")
        batch_op.drop_column("note_by_id")
        batch_op.drop_column("note_version")

    with op.batch_alter_table("report") as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_result_id"))
        batch_op.drop_index(batch_op.f("ix_report_reporter_id"))
        batch_op.drop_index(batch_op.f("ix_report_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_report_demand_id"))

    op.drop_table("report")
    with op.batch_alter_table("announcement_file") as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcement_file_announcement_id"))

    op.drop_table("announcement_file")
    with op.batch_alter_table("announcement") as batch_op:
        batch_op.drop_index("ix_announcement_listed")

    op.drop_table("announcement")
