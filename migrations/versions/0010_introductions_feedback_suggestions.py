"""Introductions, feedback on matches, suggested pairs, rules that officers may change"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "indexed_text",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("listing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "listing_id", name=op.f("pk_indexed_text")),
    )
    op.create_table(
        "site_rule",
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rule IN ('introduction_reply', 'introduction_outcome')", name=op.f("ck_site_rule_rule")
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 365", name=op.f("ck_site_rule_number")),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_site_rule")),
    )
    op.create_table(
        "introduction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("from_organisation_id", sa.Integer(), nullable=False),
        sa.Column("to_organisation_id", sa.Integer(), nullable=False),
        sa.Column("from_person_id", sa.Integer(), nullable=True),
        sa.Column("to_person_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("broker_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=True),
        sa.Column("similarity", sa.Double(), nullable=True),
        sa.Column("from_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=400), nullable=False),
        sa.Column("outcome_kind", sa.String(length=32), nullable=True),
        sa.Column("outcome_note", sa.String(length=400), nullable=False),
        sa.Column("contract_amount", sa.BigInteger(), nullable=True),
        sa.Column("outcome_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'failed') = (end_reason <> '')", name=op.f("ck_introduction_failure_has_its_reason")
        ),
        sa.CheckConstraint(
            "(status IN ('agreed', 'failed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_introduction_end_has_its_time"),
        ),
        sa.CheckConstraint(
            "CASE WHEN target = 'result' THEN result_id IS NOT NULL ELSE demand_id IS NOT NULL END",
            name=op.f("ck_introduction_target_is_there"),
        ),
        sa.CheckConstraint("level IN ('strong', 'good', 'weak')", name=op.f("ck_introduction_level")),
        sa.CheckConstraint(
            "outcome_kind IN ('development', 'assignment', 'license', 'consulting', 'service', 'other')",
            name=op.f("ck_introduction_outcome_kind"),
        ),
        sa.CheckConstraint(
            "status <> 'agreed' OR outcome_kind IS NOT NULL",
            name=op.f("ck_introduction_agreed_has_its_outcome"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'agreed', 'failed', 'lapsed')",
            name=op.f("ck_introduction_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('active', 'agreed') OR (from_agreed_at IS NOT NULL AND to_agreed_at IS NOT NULL AND answered_at IS NOT NULL)",
            name=op.f("ck_introduction_both_have_agreed"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('pending', 'lapsed') OR (answered_at IS NULL AND (from_agreed_at IS NULL OR to_agreed_at IS NULL))",
            name=op.f("ck_introduction_unanswered_until_both_agree"),
        ),
        sa.CheckConstraint("target IN ('result', 'demand')", name=op.f("ck_introduction_target")),
        sa.CheckConstraint(
            "contract_amount IS NULL OR (contract_amount > 0 AND outcome_kind IS NOT NULL)",
            name=op.f("ck_introduction_contract_amount"),
        ),
        sa.CheckConstraint(
            "from_organisation_id <> to_organisation_id", name=op.f("ck_introduction_two_organisations")
        ),
        sa.ForeignKeyConstraint(["broker_id"], ["person.id"], name=op.f("fk_introduction_broker_id_person")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_introduction_demand_id_demand")),
        sa.ForeignKeyConstraint(
            ["from_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_from_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["from_person_id"], ["person.id"], name=op.f("fk_introduction_from_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["person.id"], name=op.f("fk_introduction_opened_by_id_person")
        ),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_introduction_result_id_result")),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_to_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["person.id"], name=op.f("fk_introduction_to_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint("public_id", name=op.f("uq_introduction_public_id")),
    )
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_introduction_broker_id"), ["broker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_introduction_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index("ix_introduction_from", ["from_organisation_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_introduction_from_person_id"), ["from_person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_introduction_result_id"), ["result_id"], unique=False)
        batch_op.create_index("ix_introduction_to", ["to_organisation_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_introduction_to_person_id"), ["to_person_id"], unique=False)
        batch_op.create_index(
            "uq_introduction_open_demand",
            ["from_organisation_id", "demand_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'active') AND target = 'demand'"),
            postgresql_where=sa.text("status IN ('pending', 'active') AND target = 'demand'"),
        )
        batch_op.create_index(
            "uq_introduction_open_pair",
            ["result_id", "demand_id"],
            unique=True,
            sqlite_where=sa.text(
                "status IN ('pending', 'active') AND result_id IS NOT NULL AND demand_id IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "status IN ('pending', 'active') AND result_id IS NOT NULL AND demand_id IS NOT NULL"
            ),
        )
        batch_op.create_index(
            "uq_introduction_open_result",
            ["from_organisation_id", "result_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'active') AND target = 'result'"),
            postgresql_where=sa.text("status IN ('pending', 'active') AND target = 'result'"),
        )

    op.create_table(
        "match_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("pair", sa.String(length=48), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('strong', 'good', 'weak')", name=op.f("ck_match_feedback_level")),
        sa.CheckConstraint("verdict IN ('fit', 'unfit')", name=op.f("ck_match_feedback_verdict")),
        sa.CheckConstraint(
            "result_id IS NOT NULL OR demand_id IS NOT NULL", name=op.f("ck_match_feedback_a_listing")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demand.id"], name=op.f("fk_match_feedback_demand_id_demand"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_match_feedback_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_match_feedback_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_match_feedback_result_id_result"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_feedback")),
        sa.UniqueConstraint("person_id", "pair", name=op.f("uq_match_feedback_person_id_pair")),
    )
    with op.batch_alter_table("match_feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_feedback_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_feedback_result_id"), ["result_id"], unique=False)

    op.create_table(
        "match_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('strong', 'good', 'weak')", name=op.f("ck_match_suggestion_level")),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_match_suggestion_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_match_suggestion_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_suggestion")),
        sa.UniqueConstraint("result_id", "demand_id", name=op.f("uq_match_suggestion_result_id_demand_id")),
    )
    with op.batch_alter_table("match_suggestion", schema=None) as batch_op:
        batch_op.create_index("ix_match_suggestion_demand", ["demand_id", "found_at"], unique=False)

    op.create_table(
        "introduction_assistance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'offered') = (decided_at IS NULL)",
            name=op.f("ck_introduction_assistance_decision_has_its_time"),
        ),
        sa.CheckConstraint(
            "status IN ('offered', 'agreed', 'declined')", name=op.f("ck_introduction_assistance_status")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_introduction_assistance_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_introduction_assistance_introduction_id_introduction"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_assistance_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_introduction_assistance_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_assistance")),
        sa.UniqueConstraint(
            "introduction_id", "person_id", name=op.f("uq_introduction_assistance_introduction_id_person_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_introduction_assistance_public_id")),
    )
    with op.batch_alter_table("introduction_assistance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_introduction_assistance_person_id"), ["person_id"], unique=False)

    op.create_table(
        "introduction_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('from', 'to', 'assistant')", name=op.f("ck_introduction_message_side")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_introduction_message_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_introduction_message_introduction_id_introduction"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_message")),
    )
    with op.batch_alter_table("introduction_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_introduction_message_introduction_id"), ["introduction_id"], unique=False
        )

    op.create_table(
        "match_feedback_reason",
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "reason IN ('topic', 'indicators', 'maturity', 'cooperation', 'price', 'time', 'region', 'known', 'other')",
            name=op.f("ck_match_feedback_reason_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["match_feedback.id"],
            name=op.f("fk_match_feedback_reason_feedback_id_match_feedback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("feedback_id", "reason", name=op.f("pk_match_feedback_reason")),
    )


def downgrade() -> None:
    op.drop_table("match_feedback_reason")
    with op.batch_alter_table("introduction_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_introduction_message_introduction_id"))

    op.drop_table("introduction_message")
    with op.batch_alter_table("introduction_assistance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_introduction_assistance_person_id"))

    op.drop_table("introduction_assistance")
    with op.batch_alter_table("match_suggestion", schema=None) as batch_op:
        batch_op.drop_index("ix_match_suggestion_demand")

    op.drop_table("match_suggestion")
    with op.batch_alter_table("match_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_feedback_result_id"))
        batch_op.drop_index(batch_op.f("ix_match_feedback_demand_id"))

    op.drop_table("match_feedback")
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_introduction_open_result",
            sqlite_where=sa.text("status IN ('pending', 'active') AND target = 'result'"),
            postgresql_where=sa.text("status IN ('pending', 'active') AND target = 'result'"),
        )
        batch_op.drop_index(
            "uq_introduction_open_pair",
            sqlite_where=sa.text(
                "status IN ('pending', 'active') AND result_id IS NOT NULL AND demand_id IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "status IN ('pending', 'active') AND result_id IS NOT NULL AND demand_id IS NOT NULL"
            ),
        )
        batch_op.drop_index(
            "uq_introduction_open_demand",
            sqlite_where=sa.text("status IN ('pending', 'active') AND target = 'demand'"),
            postgresql_where=sa.text("status IN ('pending', 'active') AND target = 'demand'"),
        )
        batch_op.drop_index(batch_op.f("ix_introduction_to_person_id"))
        batch_op.drop_index("ix_introduction_to")
        batch_op.drop_index(batch_op.f("ix_introduction_result_id"))
        batch_op.drop_index(batch_op.f("ix_introduction_from_person_id"))
        batch_op.drop_index("ix_introduction_from")
        batch_op.drop_index(batch_op.f("ix_introduction_demand_id"))
        batch_op.drop_index(batch_op.f("ix_introduction_broker_id"))

    op.drop_table("introduction")
    op.drop_table("site_rule")
    op.drop_table("indexed_text")
