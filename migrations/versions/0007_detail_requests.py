"""detail requests"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "detail_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("wished_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tells_owner", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'pending') = (closed_at IS NULL)", name=op.f("ck_detail_request_answered_has_its_time")
        ),
        sa.CheckConstraint(
            "(status IN ('refused', 'revoked')) = (reason <> '')",
            name=op.f("ck_detail_request_no_has_its_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'granted', 'refused', 'revoked', 'withdrawn', 'expired')",
            name=op.f("ck_detail_request_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('granted', 'revoked', 'expired') OR granted_until IS NOT NULL",
            name=op.f("ck_detail_request_granted_has_its_end"),
        ),
        sa.CheckConstraint(
            "(result_id IS NULL) <> (demand_id IS NULL)", name=op.f("ck_detail_request_one_listing")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_detail_request_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_detail_request_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_detail_request_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_detail_request_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_detail_request_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detail_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_detail_request_public_id")),
    )
    with op.batch_alter_table("detail_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_detail_request_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_detail_request_result_id"), ["result_id"], unique=False)
        batch_op.create_index(
            "uq_detail_request_open_demand",
            ["organisation_id", "demand_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'granted')"),
            postgresql_where=sa.text("status IN ('pending', 'granted')"),
        )
        batch_op.create_index(
            "uq_detail_request_open_result",
            ["organisation_id", "result_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'granted')"),
            postgresql_where=sa.text("status IN ('pending', 'granted')"),
        )

    op.create_table(
        "detail_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("access_right", sa.String(length=32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(access_right = 'grant') = (request_id IS NOT NULL)",
            name=op.f("ck_detail_reading_grant_is_named"),
        ),
        sa.CheckConstraint(
            "(what = 'file') = (attachment_id IS NOT NULL)", name=op.f("ck_detail_reading_file_is_named")
        ),
        sa.CheckConstraint(
            "access_right IN ('own', 'officer', 'grant')", name=op.f("ck_detail_reading_access_right")
        ),
        sa.CheckConstraint("what IN ('details', 'file')", name=op.f("ck_detail_reading_what")),
        sa.CheckConstraint(
            "(result_id IS NULL) <> (demand_id IS NULL)", name=op.f("ck_detail_reading_one_listing")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_detail_reading_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_detail_reading_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_detail_reading_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_detail_reading_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["detail_request.id"],
            name=op.f("fk_detail_reading_request_id_detail_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_detail_reading_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detail_reading")),
    )
    with op.batch_alter_table("detail_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_detail_reading_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_detail_reading_result_id"), ["result_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("detail_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_detail_reading_result_id"))
        batch_op.drop_index(batch_op.f("ix_detail_reading_demand_id"))

    op.drop_table("detail_reading")
    with op.batch_alter_table("detail_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_detail_request_open_result",
            sqlite_where=sa.text("status IN ('pending', 'granted')"),
            postgresql_where=sa.text("status IN ('pending', 'granted')"),
        )
        batch_op.drop_index(
            "uq_detail_request_open_demand",
            sqlite_where=sa.text("status IN ('pending', 'granted')"),
            postgresql_where=sa.text("status IN ('pending', 'granted')"),
        )
        batch_op.drop_index(batch_op.f("ix_detail_request_result_id"))
        batch_op.drop_index(batch_op.f("ix_detail_request_demand_id"))

    op.drop_table("detail_request")
