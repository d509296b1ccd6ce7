"""organisations members"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "membership_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("to_officer", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(direction = 'invitation') = (email IS NOT NULL)",
            name=op.f("ck_membership_offer_invitation_has_its_email"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_membership_offer_decided_has_its_time")
        ),
        sa.CheckConstraint(
            "direction IN ('invitation', 'request')", name=op.f("ck_membership_offer_direction")
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR (direction = 'invitation' AND status <> 'accepted')",
            name=op.f("ck_membership_offer_has_its_person"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')",
            name=op.f("ck_membership_offer_status"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_membership_offer_created_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_offer_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_offer_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_membership_offer_public_id")),
    )
    with op.batch_alter_table("membership_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_offer_email"), ["email"], unique=False)
        batch_op.create_index(
            "ix_membership_offer_organisation_status", ["organisation_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_membership_offer_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_membership_offer_open_email",
            ["organisation_id", "email"],
            unique=True,
            sqlite_where=sa.text("status = 'open' AND direction = 'invitation'"),
            postgresql_where=sa.text("status = 'open' AND direction = 'invitation'"),
        )
        batch_op.create_index(
            "uq_membership_offer_open_person_id",
            ["organisation_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open' AND direction = 'request'"),
            postgresql_where=sa.text("status = 'open' AND direction = 'request'"),
        )

    op.create_table(
        "organisation_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_organisation_change_decided_has_its_time"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_organisation_change_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_change_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["person.id"], name=op.f("fk_organisation_change_requested_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_change_public_id")),
    )
    with op.batch_alter_table("organisation_change", schema=None) as batch_op:
        batch_op.create_index("ix_organisation_change_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_organisation_change_waiting",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "membership_offer_role",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "role IN ('enterprise', 'researcher', 'reviewer', 'admin', 'broker')",
            name=op.f("ck_membership_offer_role_role"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["membership_offer.id"],
            name=op.f("fk_membership_offer_role_offer_id_membership_offer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("offer_id", "role", name=op.f("pk_membership_offer_role")),
    )
    op.create_table(
        "organisation_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('licence', 'authorisation')", name=op.f("ck_organisation_proof_kind")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_organisation_proof_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["organisation_change.id"],
            name=op.f("fk_organisation_proof_change_id_organisation_change"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_proof_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_proof")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_organisation_proof_attachment_id")),
    )
    with op.batch_alter_table("organisation_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_proof_change_id"), ["change_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisation_proof_organisation_id"), ["organisation_id"], unique=False
        )

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_membership_person_id_organisation_id_role"), type_="unique")
        batch_op.create_index(
            "uq_membership_present",
            ["person_id", "organisation_id", "role"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refusal", sa.String(length=400), nullable=False, server_default=""))
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.alter_column("refusal", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("refusal")

    # Who left and came back has two rows; the older schema holds one.
    op.execute(
        "DELETE FROM membership WHERE EXISTS (SELECT 1 FROM membership AS later"
        " WHERE later.person_id = membership.person_id AND later.organisation_id = membership.organisation_id"
        " AND later.role = membership.role AND later.id > membership.id)"
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_membership_present",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_membership_person_id_organisation_id_role"),
            ["person_id", "organisation_id", "role"],
        )

    with op.batch_alter_table("organisation_proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_proof_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_proof_change_id"))

    op.drop_table("organisation_proof")
    op.drop_table("membership_offer_role")
    with op.batch_alter_table("organisation_change", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organisation_change_waiting",
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )
        batch_op.drop_index("ix_organisation_change_organisation_id")

    op.drop_table("organisation_change")
    with op.batch_alter_table("membership_offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_membership_offer_open_person_id",
            sqlite_where=sa.text("status = 'open' AND direction = 'request'"),
            postgresql_where=sa.text("status = 'open' AND direction = 'request'"),
        )
        batch_op.drop_index(
            "uq_membership_offer_open_email",
            sqlite_where=sa.text("status = 'open' AND direction = 'invitation'"),
            postgresql_where=sa.text("status = 'open' AND direction = 'invitation'"),
        )
        batch_op.drop_index(batch_op.f("ix_membership_offer_person_id"))
        batch_op.drop_index("ix_membership_offer_organisation_status")
        batch_op.drop_index(batch_op.f("ix_membership_offer_email"))

    op.drop_table("membership_offer")
