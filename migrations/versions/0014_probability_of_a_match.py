"""Matches carry the probability of their level; rows from before have none"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = ("match_feedback", "match_suggestion", "introduction")
LEVELS = "level IN ('strong', 'good', 'weak', 'none')"
EARLIER_LEVELS = "level IN ('strong', 'good', 'weak')"


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("similarity")
            batch_op.add_column(sa.Column("probability", sa.Double(), nullable=True))
            batch_op.drop_constraint(op.f(f"ck_{table}_level"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_level"), LEVELS)


def downgrade() -> None:
    for table in TABLES:
        op.execute(sa.text(f"UPDATE {table} SET level = 'weak' WHERE level = 'none'"))  # noqa: S608 (our names)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_level"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_level"), EARLIER_LEVELS)
            batch_op.drop_column("probability")
            nothing = None if table == "introduction" else "0"
            batch_op.add_column(
                sa.Column("similarity", sa.Double(), nullable=nothing is None, server_default=nothing)
            )
