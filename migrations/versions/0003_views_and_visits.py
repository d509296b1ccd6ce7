"""views and visits"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "desk_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_desk_visit_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_desk_visit_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_visit")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", name=op.f("uq_desk_visit_person_id_organisation_id")
        ),
    )
    op.create_table(
        "listing_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(result_id IS NULL) <> (demand_id IS NULL)", name=op.f("ck_listing_views_one_listing")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_listing_views_count")),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_listing_views_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_listing_views_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_views")),
        sa.UniqueConstraint("demand_id", "day", name=op.f("uq_listing_views_demand_id_day")),
        sa.UniqueConstraint("result_id", "day", name=op.f("uq_listing_views_result_id_day")),
    )
    with op.batch_alter_table("listing_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_views_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listing_views_result_id"), ["result_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("listing_views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_views_result_id"))
        batch_op.drop_index(batch_op.f("ix_listing_views_demand_id"))

    op.drop_table("listing_views")
    op.drop_table("desk_visit")
