"""more rules that officers may change"""

from alembic import op

revision = "0012"
down_revision = "0011"

OLD = "rule IN ('introduction_reply', 'introduction_outcome')"
NEW = "rule IN ('queue_decision', 'demand_confirmation', 'listing_validity', 'listing_remind_early', 'listing_remind_late', 'listing_renewable', 'masked_group', 'detail_reply', 'detail_grant', 'detail_ending', 'introduction_reply', 'introduction_outcome', 'invitation', 'join_request')"


def upgrade() -> None:
    put(NEW, largest=1825)


def downgrade() -> None:
    op.execute(
        "DELETE FROM site_rule WHERE rule NOT IN ('introduction_reply', 'introduction_outcome') OR number > 365"
    )
    put(OLD, largest=365)


def put(rules: str, largest: int) -> None:
    with op.batch_alter_table("site_rule") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_site_rule_rule"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_site_rule_number"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_site_rule_rule"), rules)
        batch_op.create_check_constraint(batch_op.f("ck_site_rule_number"), f"number BETWEEN 1 AND {largest}")
