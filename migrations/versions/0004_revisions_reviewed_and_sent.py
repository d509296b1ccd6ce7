"""revisions: of what is live, sent, with a 保密审查 of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

OPEN_EDIT = "of_live AND status IN ('organisation_review', 'submitted')"
FLAGS = ("of_live", "export_restricted", "human_genetic", "ethics_review")


def upgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        for flag in FLAGS:
            batch_op.add_column(sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("secrecy", sa.String(length=32), nullable=False, server_default="pending")
        )
        batch_op.add_column(sa.Column("secrecy_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("secrecy_note", sa.String(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("secrecy_by_id", sa.Integer(), nullable=True))
    # A revision of before has left its organisation where its state says so.
    op.execute("UPDATE revision SET sent_at = created_at WHERE status IN ('submitted', 'applied')")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        for column in (*FLAGS, "secrecy", "secrecy_note"):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_foreign_key(
            op.f("fk_revision_secrecy_by_id_person"), "person", ["secrecy_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_revision_secrecy"), "secrecy IN ('pending', 'public', 'controlled')"
        )
        batch_op.create_check_constraint(
            op.f("ck_revision_secrecy_verdict_has_its_time"), "(secrecy = 'pending') = (secrecy_at IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_revision_sent_has_its_time"),
            "status NOT IN ('submitted', 'applied') OR sent_at IS NOT NULL",
        )
        batch_op.create_index("ix_revision_waiting", ["status", "created_at"], unique=False)
        for column in ("result_id", "demand_id"):
            batch_op.create_index(
                f"uq_revision_{column}_open",
                [column],
                unique=True,
                sqlite_where=sa.text(OPEN_EDIT),
                postgresql_where=sa.text(OPEN_EDIT),
            )


def downgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        for column in ("result_id", "demand_id"):
            batch_op.drop_index(f"uq_revision_{column}_open")
        batch_op.drop_index("ix_revision_waiting")
        for name in ("sent_has_its_time", "secrecy_verdict_has_its_time", "secrecy"):
            batch_op.drop_constraint(op.f(f"ck_revision_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_revision_secrecy_by_id_person"), type_="foreignkey")
        for column in (*FLAGS, "sent_at", "secrecy", "secrecy_at", "secrecy_note", "secrecy_by_id"):
            batch_op.drop_column(column)
