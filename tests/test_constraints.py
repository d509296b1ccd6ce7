"""What the database itself refuses, whoever writes: each CHECK and UNIQUE constraint of the migrations."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Table, UniqueConstraint, delete, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.profiles import ProfileData, save_profile
from marketplace.core import clock
from marketplace.core.db import Base, ChoiceType, db, transaction
from marketplace.core.files import Attachment
from marketplace.demands.choices import Disclosure
from marketplace.listings.choices import RevisionStatus
from marketplace.listings.models import Draft, Revision
from marketplace.listings.view_counts import ListingViews
from marketplace.notifications.choices import MailWish
from marketplace.notifications.service import choose_mail, notify
from marketplace.organisations.choices import MembershipRole, OrganisationSize
from marketplace.organisations.models import (
    MembershipOffer,
    MembershipOfferRole,
    OrganisationChange,
    OrganisationProof,
)
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import open_item
from marketplace.results.choices import FinancingKind, IPKind, IPLegalStatus
from marketplace.results.models import ResultAttachment, ValueDimension
from marketplace.results.service import IPData
from tests.factories import Factory, OfficerLevel
from tests.introductions import rows as introductions

# table, changed columns, constraint that refuses the change
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    *(
        row
        for table in ("result", "demand")
        for row in (
            (table, {"published_at": None}, "published_has_its_times"),
            (table, {"valid_until": None}, "published_has_its_times"),
            (table, {"valid_until": "2000-01-01 00:00:00"}, "published_has_its_times"),
            (table, {"secrecy": "pending", "secrecy_at": None}, "published_is_reviewed"),
            (table, {"secrecy_at": None}, "secrecy_verdict_has_its_time"),
        )
    ),
    *(
        row
        for table in ("result_indicator", "demand_indicator")
        for row in (
            (table, {"operator": None, "low": None}, "numeric_has_operator"),
            (table, {"type": "grade"}, "numeric_has_operator"),
            (table, {"high": 400.0}, "bounds_match_operator"),
            (table, {"low": None}, "bounds_match_operator"),
            (table, {"operator": "<="}, "bounds_match_operator"),
            (table, {"operator": "<", "low": None}, "bounds_match_operator"),
            (table, {"operator": "=", "high": 301.0}, "bounds_match_operator"),
            (table, {"operator": "range"}, "bounds_match_operator"),
            (table, {"operator": "range", "high": 299.0}, "bounds_match_operator"),
            (table, {"type": "grade", "operator": None}, "bounds_match_operator"),
        )
    ),
    ("result", {"trl": 0}, "trl"),
    ("result", {"trl": 10}, "trl"),
    ("result", {"level": "national_leading"}, "level_has_its_report"),
    (
        "result",
        {"level": "national_leading", "evaluator": "机构", "evaluation_report": "号"},
        "level_has_its_report",
    ),
    ("result", {"research_end": "2000-01-01"}, "research_period"),
    ("result", {"financing": "none"}, "financing_amount"),
    ("result", {"financing_amount": None}, "financing_amount"),
    ("ip_right", {"number": ""}, "only_secrets_have_no_number"),
    ("ip_right", {"kind": "secret"}, "only_secrets_have_no_number"),
    ("ip_right", {"co_owner": "乙校"}, "co_owner_consent"),
    ("ip_right", {"co_owner_consents": True}, "co_owner_consent"),
    ("transfer_offer", {"price": 0}, "price"),
    ("transfer_offer", {"royalty_percent": 0}, "royalty"),
    ("transfer_offer", {"royalty_percent": 50.01}, "royalty"),
    ("result_value", {"score": 101}, "score"),
    ("result_value", {"score": -1}, "score"),
    ("demand", {"months": 0}, "months"),
    ("demand", {"months": 61}, "months"),
    ("demand", {"min_trl": 10}, "min_trl"),
    ("demand", {"budget": 0}, "budget"),
    ("demand", {"wants_challenge": True, "funds_declared": False}, "challenge_declares_funds"),
    ("demand", {"sourcing": "closed"}, "closing_has_its_reason"),
    ("demand", {"closing_reason": "不再需要"}, "closing_has_its_reason"),
    ("organisation", {"verified_at": None}, "verified_has_its_time"),
    ("organisation", {"verification": "pending"}, "verified_has_its_time"),
    ("organisation", {"credit_code": "911100008021004"}, "credit_code"),
    ("shareholder", {"percent": 0}, "percent"),
    ("shareholder", {"percent": 100.01}, "percent"),
    ("person", {"email": "Upper@unit.example"}, "email_lower"),
    ("person", {"terms_version": ""}, "terms_have_their_time"),
    ("profile", {"kind": "researcher"}, "only_brokers_have_a_certificate"),
    ("profile", {"refusal": "原因"}, "only_experts_are_refused"),
    ("role_appointment", {"level": None, "zone": None}, "officers_have_a_level"),
    ("role_appointment", {"role": "expert"}, "officers_have_a_level"),
    ("role_appointment", {"zone": None}, "zone_officers_have_a_zone"),
    ("role_appointment", {"level": "district"}, "zone_officers_have_a_zone"),
    ("attachment", {"size": -1}, "size"),
    ("result", {"expired_at": "2026-01-01"}, "expired_has_its_time"),
    ("demand", {"expired_at": "2026-01-01"}, "expired_has_its_time"),
    ("demand", {"entered_by_id": 1}, "entered_for_others_is_confirmed"),
    ("draft", {"kind": "letter"}, "kind"),
    ("draft", {"result_id": 1, "demand_id": 1}, "at_most_one_listing"),
    ("revision", {"demand_id": 1}, "one_listing"),
    ("revision", {"applied_at": "2026-01-01"}, "applied_has_its_time"),
    ("revision", {"secrecy_at": "2026-01-01"}, "secrecy_verdict_has_its_time"),
    ("revision", {"sent_at": None}, "sent_has_its_time"),
    ("listing_views", {"count": 0}, "count"),
    ("listing_views", {"demand_id": 1}, "one_listing"),
    ("mail", {"sent_at": "2026-01-01"}, "sent_has_its_time"),
    ("detail_request", {"demand_id": 1}, "one_listing"),
    ("detail_request", {"granted_until": None}, "granted_has_its_end"),
    ("detail_request", {"reason": "不再需要"}, "no_has_its_reason"),
    ("detail_request", {"status": "revoked"}, "no_has_its_reason"),
    ("detail_request", {"closed_at": None}, "answered_has_its_time"),
    ("detail_request", {"status": "pending"}, "answered_has_its_time"),
    ("detail_reading", {"demand_id": 1}, "one_listing"),
    ("detail_reading", {"what": "file"}, "file_is_named"),
    ("detail_reading", {"request_id": None}, "grant_is_named"),
    ("organisation_change", {"decided_at": None}, "decided_has_its_time"),
    ("membership_offer", {"decided_at": None}, "decided_has_its_time"),
    ("membership_offer", {"email": None}, "invitation_has_its_email"),
    ("membership_offer", {"status": "accepted"}, "has_its_person"),
    ("audit_head", {"id": 2}, "single_row"),
    ("report", {"result_id": None}, "one_subject"),
    ("report", {"organisation_id": 1}, "one_subject"),
    ("report", {"status": "answered", "answer": "已更正"}, "answer_has_its_time"),
    ("report", {"status": "answered", "answered_at": "2026-01-01 00:00:00"}, "answer_has_its_text"),
    ("report", {"reopen_text": "还有问题"}, "reopening_has_its_text"),
    ("announcement", {"published_at": None}, "published_is_whole"),
    ("announcement", {"body": ""}, "published_is_whole"),
    ("announcement", {"issuer": ""}, "published_is_whole"),
    *introductions.BROKEN,
]


def add_papers_and_offers(organisation_id: int, person_id: int) -> None:
    """A withdrawn change of identity with its paper, and an expired invitation."""
    place, over = {"organisation_id": organisation_id}, {"decided_at": clock.now()}
    with transaction() as session:
        change = OrganisationChange(
            **place, **over, status="withdrawn", payload="{}", note="更名", requested_by_id=person_id
        )
        paper = Attachment(title="照", stored_name="b", content_type="image/png", size=1, sha256=bytes(32))
        session.add(OrganisationProof(**place, kind="licence", attachment=paper, change=change))
        offer = MembershipOffer(
            **place, **over, status="expired", direction="invitation", email="x@unit.example",
            created_by_id=person_id, expires_at=clock.now(),
        )  # fmt: skip
        offer.roles = [MembershipOfferRole(role="broker")]
        session.add(offer)


@pytest.fixture
def rows(make: Factory) -> None:
    """At least one row in every table that has a constraint."""
    organisation, person = make.staffed(
        shareholders=(("甲", 50.0),), honours=("gazelle",), size=OrganisationSize.SMALL
    )
    patent = IPData(
        kind=IPKind.INVENTION,
        title="一种电解质膜",
        number="ZL201310586887.2",
        legal_status=IPLegalStatus.GRANTED,
        holder="测试单位",
    )
    result = make.result(
        organisation,
        person,
        ip_rights=(patent,),
        values=((ValueDimension.SOCIAL, "就业", 80),),
        financing=FinancingKind.EQUITY,
        financing_amount=100,
    )
    demand = make.demand(
        organisation,
        person,
        stages=(result.stage,),
        disclosure=Disclosure.DIRECTED,
        directed_to=(make.organisation(),),
    )
    make.officer(OfficerLevel.ZONE, "teda")
    make.report(result)
    make.announcement()
    asker = make.staffed()[1]
    make.withdraw_request(make.detail_request(result, asker), asker)  # first: an open one is unique in itself
    make.reading(make.grant(make.detail_request(result, asker), person))
    broker = make.person(organisation, MembershipRole.BROKER)
    with transaction() as session:
        profile = ProfileData(direction="方向", certificate="JJR-1", fields=("newenergy",))
        save_profile(session, session.merge(broker), ProfileKind.BROKER, profile)
    with transaction() as session:
        choose_mail(session, person.id, MailWish.URGENT)
        file = Attachment(title="附件", stored_name="a", content_type="text/plain", size=1, sha256=bytes(32))
        session.add(ResultAttachment(result_id=result.id, attachment=file, position=0, visibility="public"))
        session.add(
            Draft(
                kind="result",
                organisation_id=organisation.id,
                author_id=person.id,
                payload="{}",
                updated_at=clock.now(),
            )
        )
        session.execute(delete(Revision))
        sent = {"status": RevisionStatus.SUBMITTED, "sent_at": clock.now(), "payload": "{}"}
        session.add(Revision(result_id=result.id, number=1, **sent))
        session.add(ListingViews(result_id=result.id, day=date(2026, 1, 1), count=1))
        open_item(session, QueueKind.RESULT, result.id, "标题", "teda")
        notify(session, [person.id], "标题")
    add_papers_and_offers(organisation.id, person.id)
    introductions.add_introduction(make, result.id, demand.id)


def table_named(name: str) -> Table:
    return Base.metadata.tables[name]


def refusal(table: Table, values: dict[str, Any]) -> str:
    """The message with which the database refuses to change all rows of a table, "" if it does not."""
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    try:
        with db.engine.begin() as connection:
            connection.execute(text(f"UPDATE {table.name} SET {assignments}"), values)  # noqa: S608  # names of ours
    except IntegrityError as error:
        return str(error.orig)
    return ""


@pytest.mark.usefixtures("rows")
def test_each_broken_rule_is_refused_by_its_constraint() -> None:
    db.session.rollback()
    for name, values, constraint in BROKEN:
        assert refusal(table_named(name), values) == f"CHECK constraint failed: ck_{name}_{constraint}", (
            name,
            values,
        )


@pytest.mark.usefixtures("rows")
def test_no_column_of_a_closed_vocabulary_takes_another_word() -> None:
    db.session.rollback()
    asked = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, ChoiceType) and table.name != "demand_attachment":
                asked += 1
                message = refusal(table, {column.name: "nonsense"})
                assert message.startswith("CHECK constraint failed"), (table.name, column.name)
    assert asked > 30


def test_every_check_constraint_has_its_broken_rule() -> None:
    proven = {f"ck_{table}_{constraint}" for table, _, constraint in BROKEN}
    for table in Base.metadata.sorted_tables:
        words = {f"ck_{table.name}_{c.name}" for c in table.columns if isinstance(c.type, ChoiceType)}
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                assert constraint.name in proven | words, f"break {constraint.name} in BROKEN"


@pytest.mark.usefixtures("rows")
def test_every_unique_rule_refuses_a_second_row() -> None:
    asked = 0
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if not isinstance(constraint, UniqueConstraint):
                continue
            row = db.session.execute(table.select()).mappings().first()
            unique = [column.name for column in constraint.columns]
            if row is None or any(row[name] is None for name in unique):
                continue
            asked += 1
            message = _insert_again(table, {k: v for k, v in row.items() if k != "id"}, unique)
            expected = ", ".join(f"{table.name}.{name}" for name in unique)
            assert message == f"UNIQUE constraint failed: {expected}"
    assert asked > 12


def _insert_again(table: Table, row: dict[str, Any], unique: list[str]) -> str:
    """Insert the row once more, with new values for what other unique rules cover."""
    others = {
        column.name
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
        for column in constraint.columns
        if not (column.nullable and column.foreign_keys)  # one of several links that exclude each other
    } - set(unique)
    fresh = {name: None if table.columns[name].nullable else f"{str(row[name])[:8]}x" for name in others}
    # What only open rows may have once differs, so that this very rule is the one to refuse.
    once = {c.name for index in table.indexes if index.unique for c in index.columns} - set(unique)
    fresh |= {name: row[name] + 1000 for name in once if isinstance(row[name], int)}
    db.session.rollback()
    try:
        with db.engine.begin() as connection:
            connection.execute(table.insert(), row | fresh)
    except IntegrityError as error:
        return str(error.orig)
    return ""


@pytest.mark.usefixtures("rows")
def test_nothing_points_at_a_row_that_does_not_exist() -> None:
    db.session.rollback()
    for name in ("result", "demand", "membership", "result_keyword", "demand_audience"):
        table = table_named(name)
        key = next(column for column in table.columns if column.foreign_keys and not column.nullable)
        with pytest.raises(IntegrityError, match="FOREIGN KEY"), db.engine.begin() as connection:
            connection.execute(update(table).values({key.name: 999_999}))
