"""drafts that can be taken back, confirmations that are asked for and answered"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("draft") as batch:
        batch.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("demand") as batch:
        batch.add_column(sa.Column("confirmation_sent_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(
            sa.Column("confirmation_reply", sa.String(length=400), nullable=False, server_default="")
        )
    with op.batch_alter_table("demand") as batch:
        batch.alter_column("confirmation_reply", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("demand") as batch:
        batch.drop_column("confirmation_reply")
        batch.drop_column("confirmation_sent_at")
    with op.batch_alter_table("draft") as batch:
        batch.drop_column("deleted_at")
