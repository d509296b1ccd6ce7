"""people organisations listings"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "embedding",
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("dtype", sa.String(length=16), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "dtype", "text_hash", name=op.f("pk_embedding")),
    )
    op.create_table(
        "failed_login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_login")),
    )
    with op.batch_alter_table("failed_login", schema=None) as batch_op:
        batch_op.create_index("ix_failed_login_address_at", ["address", "at"], unique=False)
        batch_op.create_index("ix_failed_login_email_at", ["email", "at"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("legal_person", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("industry", sa.String(length=10), nullable=True),
        sa.Column("size", sa.String(length=32), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("verification", sa.String(length=32), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("seed_key", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(verification = 'verified') = (verified_at IS NOT NULL)",
            name=op.f("ck_organisation_verified_has_its_time"),
        ),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'university', 'institute', 'new_rd', 'hospital', 'service', 'finance', 'park', 'alliance', 'government')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.CheckConstraint(
            "size IN ('large', 'medium', 'small', 'micro')",
            name=op.f("ck_organisation_size"),
        ),
        sa.CheckConstraint(
            "verification IN ('pending', 'verified', 'refused')",
            name=op.f("ck_organisation_verification"),
        ),
        sa.CheckConstraint(
            "credit_code IS NULL OR length(credit_code) = 18",
            name=op.f("ck_organisation_credit_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisation_credit_code")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_organisation_seed_key")),
    )
    op.create_table(
        "outbox_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_entry")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox_entry", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_entry_kind_listing", ["kind", "listing_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("session_token", sa.String(length=43), nullable=False),
        sa.Column("professional_title", sa.String(length=60), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("seed_key", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_person_seed_key")),
    )
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("parent_code", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("vocabulary", "code", name=op.f("uq_term_vocabulary_code")),
    )
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.create_index("ix_term_vocabulary_parent", ["vocabulary", "parent_code"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("stored_name", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("secrecy", sa.String(length=32), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "secrecy IN ('pending', 'public', 'controlled')",
            name=op.f("ck_attachment_secrecy"),
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachment_size")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"],
            ["person.id"],
            name=op.f("fk_attachment_uploaded_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attachment_public_id")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_attachment_stored_name")),
    )
    op.create_table(
        "audit_record",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_record_actor_id_person")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_record")),
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_record_object"), ["object"], unique=False)

    op.create_table(
        "demand",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("industry", sa.String(length=10), nullable=True),
        sa.Column("difficulty", sa.Text(), nullable=False),
        sa.Column("research", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("min_trl", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("disclosure", sa.String(length=32), nullable=False),
        sa.Column("intended_experts", sa.Text(), nullable=False),
        sa.Column("wants_challenge", sa.Boolean(), nullable=False),
        sa.Column("funds_declared", sa.Boolean(), nullable=False),
        sa.Column("sourcing", sa.String(length=32), nullable=False),
        sa.Column("closing_reason", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("cluster", sa.String(length=40), nullable=True),
        sa.Column("secrecy", sa.String(length=32), nullable=False),
        sa.Column("secrecy_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secrecy_note", sa.String(length=200), nullable=False),
        sa.Column("export_restricted", sa.Boolean(), nullable=False),
        sa.Column("human_genetic", sa.Boolean(), nullable=False),
        sa.Column("ethics_review", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("seed_key", sa.String(length=60), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("secrecy_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(secrecy = 'pending') = (secrecy_at IS NULL)",
            name=op.f("ck_demand_secrecy_verdict_has_its_time"),
        ),
        sa.CheckConstraint(
            "(sourcing = 'closed') = (closing_reason <> '')",
            name=op.f("ck_demand_closing_has_its_reason"),
        ),
        sa.CheckConstraint(
            "disclosure IN ('open', 'masked', 'directed')",
            name=op.f("ck_demand_disclosure"),
        ),
        sa.CheckConstraint(
            "kind IN ('breakthrough', 'substitution', 'upgrade', 'purchase', 'scene')",
            name=op.f("ck_demand_kind"),
        ),
        sa.CheckConstraint(
            "secrecy IN ('pending', 'public', 'controlled')",
            name=op.f("ck_demand_secrecy"),
        ),
        sa.CheckConstraint(
            "sourcing IN ('seeking', 'introducing', 'signed', 'solved', 'closed')",
            name=op.f("ck_demand_sourcing"),
        ),
        sa.CheckConstraint(
            "status <> 'published' OR (published_at IS NOT NULL AND valid_until IS NOT NULL AND valid_until > published_at)",
            name=op.f("ck_demand_published_has_its_times"),
        ),
        sa.CheckConstraint(
            "status <> 'published' OR secrecy <> 'pending'",
            name=op.f("ck_demand_published_is_reviewed"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'organisation_review', 'submitted', 'published', 'returned', 'withdrawn', 'expired', 'transferred')",
            name=op.f("ck_demand_status"),
        ),
        sa.CheckConstraint(
            "NOT wants_challenge OR funds_declared",
            name=op.f("ck_demand_challenge_declares_funds"),
        ),
        sa.CheckConstraint("budget IS NULL OR budget > 0", name=op.f("ck_demand_budget")),
        sa.CheckConstraint("min_trl BETWEEN 1 AND 9", name=op.f("ck_demand_min_trl")),
        sa.CheckConstraint("months BETWEEN 1 AND 60", name=op.f("ck_demand_months")),
        sa.ForeignKeyConstraint(["contact_id"], ["person.id"], name=op.f("fk_demand_contact_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_demand_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["secrecy_by_id"],
            ["person.id"],
            name=op.f("fk_demand_secrecy_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand")),
        sa.UniqueConstraint("public_id", name=op.f("uq_demand_public_id")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_demand_seed_key")),
    )
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_field"), ["field"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_published_at"), ["published_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_demand_zone"), ["zone"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('enterprise', 'researcher', 'reviewer', 'admin', 'broker')",
            name=op.f("ck_membership_role"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id",
            "organisation_id",
            "role",
            name=op.f("uq_membership_person_id_organisation_id_role"),
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_organisation_role", ["organisation_id", "role"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_person_id"), ["person_id"], unique=False)

    op.create_table(
        "organisation_honour",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("honour", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_honour_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "honour", name=op.f("pk_organisation_honour")),
    )
    op.create_table(
        "result",
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("research_start", sa.Date(), nullable=False),
        sa.Column("research_end", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("innovation", sa.Text(), nullable=False),
        sa.Column("applications", sa.Text(), nullable=False),
        sa.Column("cases", sa.Text(), nullable=False),
        sa.Column("benefits", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("evaluator", sa.String(length=120), nullable=False),
        sa.Column("evaluation_report", sa.String(length=60), nullable=False),
        sa.Column("evaluation_date", sa.Date(), nullable=True),
        sa.Column("evaluation_method", sa.String(length=32), nullable=True),
        sa.Column("application_status", sa.String(length=32), nullable=False),
        sa.Column("trl", sa.Integer(), nullable=False),
        sa.Column("trl_scale", sa.String(length=40), nullable=False),
        sa.Column("trl_evidence", sa.String(length=400), nullable=False),
        sa.Column("pay_after_use", sa.Boolean(), nullable=False),
        sa.Column("empowerment", sa.String(length=32), nullable=False),
        sa.Column("financing", sa.String(length=32), nullable=False),
        sa.Column("financing_amount", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("cluster", sa.String(length=40), nullable=True),
        sa.Column("secrecy", sa.String(length=32), nullable=False),
        sa.Column("secrecy_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secrecy_note", sa.String(length=200), nullable=False),
        sa.Column("export_restricted", sa.Boolean(), nullable=False),
        sa.Column("human_genetic", sa.Boolean(), nullable=False),
        sa.Column("ethics_review", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("seed_key", sa.String(length=60), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("secrecy_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(financing = 'none') = (financing_amount IS NULL)",
            name=op.f("ck_result_financing_amount"),
        ),
        sa.CheckConstraint(
            "(secrecy = 'pending') = (secrecy_at IS NULL)",
            name=op.f("ck_result_secrecy_verdict_has_its_time"),
        ),
        sa.CheckConstraint(
            "application_status IN ('not_used', 'trial', 'small', 'stable', 'stopped')",
            name=op.f("ck_result_application_status"),
        ),
        sa.CheckConstraint(
            "empowerment IN ('none', 'ownership', 'long_use')",
            name=op.f("ck_result_empowerment"),
        ),
        sa.CheckConstraint(
            "evaluation_method IN ('third_party', 'acceptance', 'review', 'test', 'admission', 'appraisal', 'other')",
            name=op.f("ck_result_evaluation_method"),
        ),
        sa.CheckConstraint(
            "financing IN ('none', 'pledge', 'equity', 'fund', 'insurance')",
            name=op.f("ck_result_financing"),
        ),
        sa.CheckConstraint(
            "form IN ('technology', 'process', 'product', 'material', 'equipment', 'medicine', 'variety', 'software', 'standard', 'other')",
            name=op.f("ck_result_form"),
        ),
        sa.CheckConstraint(
            "level = 'unrated' OR (evaluator <> '' AND evaluation_report <> '' AND evaluation_date IS NOT NULL)",
            name=op.f("ck_result_level_has_its_report"),
        ),
        sa.CheckConstraint(
            "level IN ('international_leading', 'international_advanced', 'national_leading', 'national_advanced', 'unrated')",
            name=op.f("ck_result_level"),
        ),
        sa.CheckConstraint(
            "origin IN ('original', 'absorbed', 'secondary')",
            name=op.f("ck_result_origin"),
        ),
        sa.CheckConstraint(
            "secrecy IN ('pending', 'public', 'controlled')",
            name=op.f("ck_result_secrecy"),
        ),
        sa.CheckConstraint(
            "source IN ('national', 'provincial', 'municipal', 'self', 'commissioned', 'joint')",
            name=op.f("ck_result_source"),
        ),
        sa.CheckConstraint(
            "stage IN ('lab', 'pilot', 'small_batch', 'industrial')",
            name=op.f("ck_result_stage"),
        ),
        sa.CheckConstraint(
            "status <> 'published' OR (published_at IS NOT NULL AND valid_until IS NOT NULL AND valid_until > published_at)",
            name=op.f("ck_result_published_has_its_times"),
        ),
        sa.CheckConstraint(
            "status <> 'published' OR secrecy <> 'pending'",
            name=op.f("ck_result_published_is_reviewed"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'organisation_review', 'submitted', 'published', 'returned', 'withdrawn', 'expired', 'transferred')",
            name=op.f("ck_result_status"),
        ),
        sa.CheckConstraint("research_end >= research_start", name=op.f("ck_result_research_period")),
        sa.CheckConstraint("trl BETWEEN 1 AND 9", name=op.f("ck_result_trl")),
        sa.ForeignKeyConstraint(["contact_id"], ["person.id"], name=op.f("fk_result_contact_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_result_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["secrecy_by_id"],
            ["person.id"],
            name=op.f("fk_result_secrecy_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("public_id", name=op.f("uq_result_public_id")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_result_seed_key")),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_field"), ["field"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_published_at"), ["published_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_status"), ["status"], unique=False)

    op.create_table(
        "role_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(level IS NOT NULL AND level = 'zone') = (zone IS NOT NULL)",
            name=op.f("ck_role_appointment_zone_officers_have_a_zone"),
        ),
        sa.CheckConstraint(
            "(role = 'officer') = (level IS NOT NULL)",
            name=op.f("ck_role_appointment_officers_have_a_level"),
        ),
        sa.CheckConstraint(
            "level IN ('district', 'zone', 'supervisor')",
            name=op.f("ck_role_appointment_level"),
        ),
        sa.CheckConstraint(
            "role IN ('officer', 'expert', 'evaluator')",
            name=op.f("ck_role_appointment_role"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_role_appointment_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_appointment")),
        sa.UniqueConstraint("person_id", "role", name=op.f("uq_role_appointment_person_id_role")),
    )
    with op.batch_alter_table("role_appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_appointment_person_id"), ["person_id"], unique=False)

    op.create_table(
        "shareholder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2, asdecimal=False), nullable=False),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name=op.f("ck_shareholder_percent")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_shareholder_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shareholder")),
    )
    with op.batch_alter_table("shareholder", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shareholder_organisation_id"),
            ["organisation_id"],
            unique=False,
        )

    op.create_table(
        "demand_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "visibility IN ('public', 'controlled')",
            name=op.f("ck_demand_attachment_visibility"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_demand_attachment_attachment_id_attachment"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_attachment_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_attachment")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_demand_attachment_attachment_id")),
    )
    with op.batch_alter_table("demand_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_attachment_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "demand_audience",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_audience_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_demand_audience_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("demand_id", "organisation_id", name=op.f("pk_demand_audience")),
    )
    with op.batch_alter_table("demand_audience", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_demand_audience_organisation_id"),
            ["organisation_id"],
            unique=False,
        )

    op.create_table(
        "demand_cooperation",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "mode IN ('joint', 'commission', 'assignment', 'license', 'consulting', 'service', 'equity')",
            name=op.f("ck_demand_cooperation_mode"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_cooperation_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("demand_id", "mode", name=op.f("pk_demand_cooperation")),
    )
    op.create_table(
        "demand_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("necessity", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("value_text", sa.String(length=80), nullable=False),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("condition", sa.String(length=120), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(type = 'numeric') = (operator IS NOT NULL)",
            name=op.f("ck_demand_indicator_numeric_has_operator"),
        ),
        sa.CheckConstraint(
            "CASE WHEN operator IS NULL THEN low IS NULL AND high IS NULL WHEN operator IN ('>=', '>') THEN low IS NOT NULL AND high IS NULL WHEN operator IN ('<=', '<') THEN low IS NULL AND high IS NOT NULL WHEN operator = '=' THEN low IS NOT NULL AND high IS NOT NULL AND low = high ELSE low IS NOT NULL AND high IS NOT NULL AND low <= high END",
            name=op.f("ck_demand_indicator_bounds_match_operator"),
        ),
        sa.CheckConstraint(
            "direction IN ('higher', 'lower', 'target', 'cover', 'tolerance')",
            name=op.f("ck_demand_indicator_direction"),
        ),
        sa.CheckConstraint("necessity IN ('must', 'wish')", name=op.f("ck_demand_indicator_necessity")),
        sa.CheckConstraint(
            "operator IN ('>=', '<=', '>', '<', '=', 'range')",
            name=op.f("ck_demand_indicator_operator"),
        ),
        sa.CheckConstraint("role IN ('target', 'present')", name=op.f("ck_demand_indicator_role")),
        sa.CheckConstraint(
            "type IN ('numeric', 'grade', 'criterion')",
            name=op.f("ck_demand_indicator_type"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_indicator_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_indicator")),
    )
    with op.batch_alter_table("demand_indicator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_indicator_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "demand_keyword",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_keyword_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_keyword")),
        sa.UniqueConstraint("demand_id", "text", name=op.f("uq_demand_keyword_demand_id_text")),
    )
    with op.batch_alter_table("demand_keyword", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_keyword_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "demand_stage",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "stage IN ('lab', 'pilot', 'small_batch', 'industrial')",
            name=op.f("ck_demand_stage_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"],
            ["demand.id"],
            name=op.f("fk_demand_stage_demand_id_demand"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("demand_id", "stage", name=op.f("pk_demand_stage")),
    )
    op.create_table(
        "expert_field",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["role_appointment.id"],
            name=op.f("fk_expert_field_appointment_id_role_appointment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("appointment_id", "field", name=op.f("pk_expert_field")),
    )
    op.create_table(
        "ip_right",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("legal_status", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("co_owner", sa.String(length=120), nullable=False),
        sa.Column("co_owner_consents", sa.Boolean(), nullable=True),
        sa.Column("encumbrance", sa.String(length=32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(co_owner = '') = (co_owner_consents IS NULL)",
            name=op.f("ck_ip_right_co_owner_consent"),
        ),
        sa.CheckConstraint(
            "(kind = 'secret') = (number = '')",
            name=op.f("ck_ip_right_only_secrets_have_no_number"),
        ),
        sa.CheckConstraint(
            "encumbrance IN ('none', 'pledged', 'licensed')",
            name=op.f("ck_ip_right_encumbrance"),
        ),
        sa.CheckConstraint(
            "kind IN ('invention', 'utility', 'design', 'software', 'layout', 'plant', 'secret')",
            name=op.f("ck_ip_right_kind"),
        ),
        sa.CheckConstraint(
            "legal_status IN ('filed', 'examined', 'granted', 'registered', 'lapsed', 'unregistered')",
            name=op.f("ck_ip_right_legal_status"),
        ),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_ip_right_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_right")),
    )
    with op.batch_alter_table("ip_right", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ip_right_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_ip_right_result_id"), ["result_id"], unique=False)

    op.create_table(
        "result_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "visibility IN ('public', 'controlled')",
            name=op.f("ck_result_attachment_visibility"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_result_attachment_attachment_id_attachment"),
        ),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_result_attachment_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_attachment")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_result_attachment_attachment_id")),
    )
    with op.batch_alter_table("result_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_attachment_result_id"), ["result_id"], unique=False)

    op.create_table(
        "result_author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_result_author_person_id_person")),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_result_author_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_author")),
    )
    with op.batch_alter_table("result_author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_author_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_author_result_id"), ["result_id"], unique=False)

    op.create_table(
        "result_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("necessity", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("value_text", sa.String(length=80), nullable=False),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("condition", sa.String(length=120), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(type = 'numeric') = (operator IS NOT NULL)",
            name=op.f("ck_result_indicator_numeric_has_operator"),
        ),
        sa.CheckConstraint(
            "CASE WHEN operator IS NULL THEN low IS NULL AND high IS NULL WHEN operator IN ('>=', '>') THEN low IS NOT NULL AND high IS NULL WHEN operator IN ('<=', '<') THEN low IS NULL AND high IS NOT NULL WHEN operator = '=' THEN low IS NOT NULL AND high IS NOT NULL AND low = high ELSE low IS NOT NULL AND high IS NOT NULL AND low <= high END",
            name=op.f("ck_result_indicator_bounds_match_operator"),
        ),
        sa.CheckConstraint(
            "direction IN ('higher', 'lower', 'target', 'cover', 'tolerance')",
            name=op.f("ck_result_indicator_direction"),
        ),
        sa.CheckConstraint("necessity IN ('must', 'wish')", name=op.f("ck_result_indicator_necessity")),
        sa.CheckConstraint(
            "operator IN ('>=', '<=', '>', '<', '=', 'range')",
            name=op.f("ck_result_indicator_operator"),
        ),
        sa.CheckConstraint("role IN ('target', 'present')", name=op.f("ck_result_indicator_role")),
        sa.CheckConstraint(
            "type IN ('numeric', 'grade', 'criterion')",
            name=op.f("ck_result_indicator_type"),
        ),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_result_indicator_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_indicator")),
    )
    with op.batch_alter_table("result_indicator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_indicator_result_id"), ["result_id"], unique=False)

    op.create_table(
        "result_keyword",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_result_keyword_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_keyword")),
        sa.UniqueConstraint("result_id", "text", name=op.f("uq_result_keyword_result_id_text")),
    )
    with op.batch_alter_table("result_keyword", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_keyword_result_id"), ["result_id"], unique=False)

    op.create_table(
        "result_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "dimension IN ('scientific', 'technical', 'economic', 'social', 'cultural')",
            name=op.f("ck_result_value_dimension"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_result_value_score")),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_result_value_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_value")),
        sa.UniqueConstraint("result_id", "dimension", name=op.f("uq_result_value_result_id_dimension")),
    )
    with op.batch_alter_table("result_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_value_result_id"), ["result_id"], unique=False)

    op.create_table(
        "transfer_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("entry_fee", sa.BigInteger(), nullable=True),
        sa.Column(
            "royalty_percent",
            sa.Numeric(precision=5, scale=2, asdecimal=False),
            nullable=True,
        ),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('assignment', 'exclusive', 'sole', 'non_exclusive', 'equity', 'co_development', 'service', 'self_use')",
            name=op.f("ck_transfer_offer_mode"),
        ),
        sa.CheckConstraint("price IS NULL OR price > 0", name=op.f("ck_transfer_offer_price")),
        sa.CheckConstraint(
            "royalty_percent IS NULL OR (royalty_percent > 0 AND royalty_percent <= 50)",
            name=op.f("ck_transfer_offer_royalty"),
        ),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["result.id"],
            name=op.f("fk_transfer_offer_result_id_result"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_offer")),
        sa.UniqueConstraint("result_id", "mode", name=op.f("uq_transfer_offer_result_id_mode")),
    )
    with op.batch_alter_table("transfer_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_offer_mode"), ["mode"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_offer_result_id"), ["result_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("transfer_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_offer_result_id"))
        batch_op.drop_index(batch_op.f("ix_transfer_offer_mode"))

    op.drop_table("transfer_offer")
    with op.batch_alter_table("result_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_value_result_id"))

    op.drop_table("result_value")
    with op.batch_alter_table("result_keyword", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_keyword_result_id"))

    op.drop_table("result_keyword")
    with op.batch_alter_table("result_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_indicator_result_id"))

    op.drop_table("result_indicator")
    with op.batch_alter_table("result_author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_author_result_id"))
        batch_op.drop_index(batch_op.f("ix_result_author_person_id"))

    op.drop_table("result_author")
    with op.batch_alter_table("result_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_attachment_result_id"))

    op.drop_table("result_attachment")
    with op.batch_alter_table("ip_right", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ip_right_result_id"))
        batch_op.drop_index(batch_op.f("ix_ip_right_kind"))

    op.drop_table("ip_right")
    op.drop_table("expert_field")
    op.drop_table("demand_stage")
    with op.batch_alter_table("demand_keyword", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_keyword_demand_id"))

    op.drop_table("demand_keyword")
    with op.batch_alter_table("demand_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_indicator_demand_id"))

    op.drop_table("demand_indicator")
    op.drop_table("demand_cooperation")
    with op.batch_alter_table("demand_audience", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_audience_organisation_id"))

    op.drop_table("demand_audience")
    with op.batch_alter_table("demand_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_attachment_demand_id"))

    op.drop_table("demand_attachment")
    with op.batch_alter_table("shareholder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shareholder_organisation_id"))

    op.drop_table("shareholder")
    with op.batch_alter_table("role_appointment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_appointment_person_id"))

    op.drop_table("role_appointment")
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_status"))
        batch_op.drop_index(batch_op.f("ix_result_published_at"))
        batch_op.drop_index(batch_op.f("ix_result_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_result_field"))
        batch_op.drop_index(batch_op.f("ix_result_contact_id"))

    op.drop_table("result")
    op.drop_table("organisation_honour")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_person_id"))
        batch_op.drop_index("ix_membership_organisation_role")

    op.drop_table("membership")
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_zone"))
        batch_op.drop_index(batch_op.f("ix_demand_status"))
        batch_op.drop_index(batch_op.f("ix_demand_published_at"))
        batch_op.drop_index(batch_op.f("ix_demand_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_demand_field"))
        batch_op.drop_index(batch_op.f("ix_demand_contact_id"))

    op.drop_table("demand")
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_record_object"))

    op.drop_table("audit_record")
    op.drop_table("attachment")
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.drop_index("ix_term_vocabulary_parent")

    op.drop_table("term")
    op.drop_table("person")
    with op.batch_alter_table("outbox_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_entry_kind_listing")

    op.drop_table("outbox_entry")
    op.drop_table("organisation")
    with op.batch_alter_table("failed_login", schema=None) as batch_op:
        batch_op.drop_index("ix_failed_login_email_at")
        batch_op.drop_index("ix_failed_login_address_at")

    op.drop_table("failed_login")
    op.drop_table("embedding")
    op.drop_table("audit_head")
