"""registration and profiles"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("achievements", sa.Text(), nullable=False),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=400), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'broker' OR certificate = ''", name=op.f("ck_profile_only_brokers_have_a_certificate")
        ),
        sa.CheckConstraint(
            "kind = 'expert' OR refusal = ''", name=op.f("ck_profile_only_experts_are_refused")
        ),
        sa.CheckConstraint("kind IN ('researcher', 'broker', 'expert')", name=op.f("ck_profile_kind")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_profile_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_profile_person_id_kind")),
    )
    op.create_table(
        "profile_field",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name=op.f("fk_profile_field_profile_id_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "field", name=op.f("pk_profile_field")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("terms_version", sa.String(length=20), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("terms_version", server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_person_terms_have_their_time"),
            "(terms_version = '') = (terms_accepted_at IS NULL)",
        )
    # Whoever has an account already goes on logging in.
    op.execute("UPDATE person SET email_confirmed_at = created_at")


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_terms_have_their_time"), type_="check")
        batch_op.drop_column("terms_accepted_at")
        batch_op.drop_column("terms_version")
        batch_op.drop_column("email_confirmed_at")
    op.drop_table("profile_field")
    op.drop_table("profile")
