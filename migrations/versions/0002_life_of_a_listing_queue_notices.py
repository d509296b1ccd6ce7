"""life of a listing, queue, notices"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("action", "object", "due_at", name=op.f("uq_job_action_object_due_at")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_object"), ["object"], unique=False)
        batch_op.create_index("ix_job_waiting", ["done_at", "next_try_at"], unique=False)

    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_mail_sent_has_its_time")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'sending', 'sent', 'refused')", name=op.f("ck_mail_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index("ix_mail_recipient", ["recipient", "created_at"], unique=False)
        batch_op.create_index("ix_mail_waiting", ["status", "next_try_at"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_notice_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_person_read", ["person_id", "read_at", "id"], unique=False)

    op.create_table(
        "queue_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_to_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('result', 'demand', 'revision', 'organisation', 'expert', 'report')",
            name=op.f("ck_queue_item_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["person.id"], name=op.f("fk_queue_item_assigned_to_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["person.id"], name=op.f("fk_queue_item_closed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_queue_item_public_id")),
    )
    with op.batch_alter_table("queue_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_item_assigned_to_id"), ["assigned_to_id"], unique=False)
        batch_op.create_index("ix_queue_item_waiting", ["closed_at", "zone", "due_at"], unique=False)
        batch_op.create_index(
            "uq_queue_item_open",
            ["kind", "object_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("acting_for_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('result', 'demand')", name=op.f("ck_draft_kind")),
        sa.CheckConstraint(
            "result_id IS NULL OR demand_id IS NULL", name=op.f("ck_draft_at_most_one_listing")
        ),
        sa.ForeignKeyConstraint(
            ["acting_for_id"], ["organisation.id"], name=op.f("fk_draft_acting_for_id_organisation")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_draft_author_id_person")),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_draft_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_draft_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_draft_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_draft_public_id")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index("ix_draft_author", ["author_id", "updated_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_result_id"), ["result_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_revision_applied_has_its_time")
        ),
        sa.CheckConstraint(
            "status IN ('organisation_review', 'submitted', 'applied', 'returned', 'withdrawn')",
            name=op.f("ck_revision_status"),
        ),
        sa.CheckConstraint(
            "(result_id IS NULL) <> (demand_id IS NULL)", name=op.f("ck_revision_one_listing")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_revision_author_id_person")),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_revision_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_revision_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_revision_demand_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_revision_public_id")),
        sa.UniqueConstraint("result_id", "number", name=op.f("uq_revision_result_id_number")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_result_id"), ["result_id"], unique=False)

    # A file that was not free for everybody stays a controlled part of its listing.
    for link in ("result_attachment", "demand_attachment"):
        op.execute(
            f"UPDATE {link} SET visibility = 'controlled' WHERE attachment_id IN"  # noqa: S608  # two names
            " (SELECT id FROM attachment WHERE secrecy <> 'public')"
        )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_uploaded_by_id"), ["uploaded_by_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("ck_attachment_secrecy"), type_="check")
        batch_op.drop_column("secrecy")
    for link in ("result_attachment", "demand_attachment"):
        with op.batch_alter_table(link, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("reveals_owner", sa.Boolean(), nullable=False, server_default=sa.false())
            )
        with op.batch_alter_table(link, schema=None) as batch_op:
            batch_op.alter_column("reveals_owner", server_default=None)
    for listing in ("result", "demand"):
        with op.batch_alter_table(listing, schema=None) as batch_op:
            batch_op.add_column(sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {listing} SET expired_at = valid_until WHERE status = 'expired'")  # noqa: S608  # two names
        with op.batch_alter_table(listing, schema=None) as batch_op:
            batch_op.create_check_constraint(
                batch_op.f(f"ck_{listing}_expired_has_its_time"),
                "(status = 'expired') = (expired_at IS NOT NULL)",
            )
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("confirmation_email", sa.String(length=254), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("confirmed_by", sa.String(length=40), nullable=False, server_default="")
        )
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.alter_column("confirmation_email", server_default=None)
        batch_op.alter_column("confirmed_by", server_default=None)
        batch_op.create_foreign_key(
            batch_op.f("fk_demand_entered_by_id_person"), "person", ["entered_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_demand_entered_for_others_is_confirmed"),
            "status <> 'published' OR entered_by_id IS NULL OR confirmed_at IS NOT NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_demand_entered_for_others_is_confirmed"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_demand_entered_by_id_person"), type_="foreignkey")
        for column in ("confirmed_by", "confirmed_at", "confirmation_email", "entered_by_id"):
            batch_op.drop_column(column)
    for listing in ("result", "demand"):
        with op.batch_alter_table(listing, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"ck_{listing}_expired_has_its_time"), type_="check")
            batch_op.drop_column("expired_at")
    for link in ("result_attachment", "demand_attachment"):
        with op.batch_alter_table(link, schema=None) as batch_op:
            batch_op.drop_column("reveals_owner")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("secrecy", sa.String(length=32), nullable=False, server_default="pending")
        )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.alter_column("secrecy", server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_attachment_secrecy"), "secrecy IN ('pending', 'public', 'controlled')"
        )
        batch_op.drop_index(batch_op.f("ix_attachment_uploaded_by_id"))
    for table in ("revision", "draft", "queue_item", "notice", "mail", "job", "calendar_day"):
        op.drop_table(table)
