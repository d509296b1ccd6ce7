"""Entering a result: each wrong value is refused beside its field, and leaves nothing behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import Base, db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.listings.choices import (
    IndicatorDirection,
    IndicatorOperator,
    IndicatorType,
    ListingStatus,
    SecrecyVerdict,
)
from marketplace.listings.service import IndicatorData, record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.results.choices import (
    FinancingKind,
    IPKind,
    IPLegalStatus,
    ResultLevel,
    TransferMode,
)
from marketplace.results.models import IPRight, Result, ResultIndicator, TransferOffer, ValueDimension
from marketplace.results.service import IPData, TransferData, get_result, move_result
from tests.factories import INDICATOR, Factory, Reader, reader_of

SOLE = TransferMode.SOLE
PATENT = IPData(
    kind=IPKind.INVENTION,
    title="一种电解质膜",
    number="ZL201310586887.2",
    legal_status=IPLegalStatus.GRANTED,
    holder="测试单位",
)
GRADE = IndicatorData(
    name="防护等级",
    type=IndicatorType.GRADE,
    value_text="IP67",
    direction=IndicatorDirection.HIGHER,
)

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": " "}),
    ("title", {"title": "长" * 121}),
    ("summary", {"summary": ""}),
    ("trl_evidence", {"trl_evidence": "证" * 401}),
    ("field", {"field": "astrology"}),
    ("cluster", {"cluster": "nowhere"}),
    ("region", {"region": "999999"}),
    ("research_end", {"research_end": date(2020, 12, 31)}),
    ("trl", {"trl": 0}),
    ("trl", {"trl": 10}),
    ("level", {"level": ResultLevel.NATIONAL_LEADING}),
    (
        "level",
        {
            "level": ResultLevel.NATIONAL_LEADING,
            "evaluator": "某评价机构",
            "evaluation_report": " ",
            "evaluation_date": date(2024, 1, 1),
        },
    ),
    ("financing_amount", {"financing": FinancingKind.EQUITY}),
    ("financing_amount", {"financing": FinancingKind.EQUITY, "financing_amount": 0}),
    ("financing_amount", {"financing_amount": 100}),
    ("keywords", {"keywords": ("一", "二")}),
    ("keywords", {"keywords": ("一", "二", " 一 ", "")}),
    ("keywords", {"keywords": tuple("一二三四五六七八九")}),
    ("keywords", {"keywords": ("一", "二", "长" * 41)}),
    ("team", {"team": ()}),
    ("team", {"team": ("甲某", " ")}),
    ("transfers", {"transfers": ()}),
    ("transfers", {"transfers": (TransferData(mode=SOLE), TransferData(mode=SOLE, price=1))}),
    ("transfers", {"transfers": (TransferData(mode=SOLE, price=0),)}),
    ("transfers", {"transfers": (TransferData(mode=SOLE, entry_fee=-1),)}),
    ("transfers", {"transfers": (TransferData(mode=SOLE, royalty_percent=50.5),)}),
    ("transfers", {"transfers": (TransferData(mode=SOLE, royalty_percent=0),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, number="ZL201310586887.3"),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, kind=IPKind.DESIGN),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, title=""),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, co_owner="另一单位"),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, co_owner_consents=True),)}),
    ("ip_rights", {"ip_rights": (replace(PATENT, kind=IPKind.SECRET),)}),
    ("values", {"values": ((ValueDimension.SOCIAL, "就业", 101),)}),
    ("values", {"values": ((ValueDimension.SOCIAL, "", 10),)}),
    ("values", {"values": ((ValueDimension.SOCIAL, "甲", 1), (ValueDimension.SOCIAL, "乙", 2))}),
    ("indicators", {"indicators": (replace(INDICATOR, name=""),)}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=None),)}),
    ("indicators", {"indicators": (replace(INDICATOR, high=400.0),)}),
    ("indicators", {"indicators": (replace(INDICATOR, low=None),)}),
    ("indicators", {"indicators": (replace(INDICATOR, low=float("nan")),)}),
    ("indicators", {"indicators": (replace(INDICATOR, low=float("inf")),)}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=IndicatorOperator.LE),)}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=IndicatorOperator.EQ),)}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=IndicatorOperator.EQ, high=301.0),)}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=IndicatorOperator.RANGE, high=1.0),)}),
    ("indicators", {"indicators": (replace(GRADE, low=1.0),)}),
    ("indicators", {"indicators": (replace(GRADE, operator=IndicatorOperator.GE, low=1.0),)}),
]


def row_counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize(("field", "values"), REFUSED)
def test_a_wrong_value_is_refused_beside_its_field(make: Factory, field: str, values: dict[str, Any]) -> None:
    organisation, person = make.staffed()
    before = row_counts()
    with pytest.raises(InvalidInput) as caught:
        make.result(organisation, person, published=False, **values)
    assert caught.value.field == field
    assert caught.value.message.endswith("。")
    assert not db.session.new and not db.session.dirty
    assert row_counts() == before


def test_right_values_at_their_edges_are_taken(make: Factory) -> None:
    result = make.result(
        *make.staffed(),
        title="长" * 120,
        trl=9,
        research_start=date(2024, 1, 1),
        research_end=date(2024, 1, 1),
        keywords=tuple("一二三四五六七八"),
        transfers=(TransferData(mode=SOLE, price=1, royalty_percent=50),),
        ip_rights=(PATENT, replace(PATENT, kind=IPKind.SECRET, number="")),
        values=((ValueDimension.SOCIAL, "就业", 100), (ValueDimension.CULTURAL, "传承", 0)),
        indicators=(INDICATOR, GRADE, replace(INDICATOR, operator=IndicatorOperator.EQ, high=300.0)),
    )
    assert result.status is ListingStatus.PUBLISHED
    assert [k.text for k in result.keywords] == list("一二三四五六七八")


def test_only_members_enter_results_of_an_organisation(make: Factory) -> None:
    organisation, _ = make.staffed()
    _, stranger = make.staffed()
    before = row_counts()
    with pytest.raises(NotAllowed):
        make.result(organisation, stranger)
    assert row_counts() == before


def test_the_number_holds_the_year_in_shanghai(make: Factory) -> None:
    organisation, person = make.staffed()
    with clock.frozen(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        first = make.result(organisation, person, published=False)
    with clock.frozen(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)):
        second = make.result(organisation, person, published=False)
    assert first.number == f"CG-2026-{first.id:06d}"
    assert second.number == f"CG-2027-{second.id:06d}"


def test_unknown_and_unreadable_results_are_not_found_alike(make: Factory) -> None:
    draft = make.result(*make.staffed(), published=False)
    messages = set()
    for public_id in (draft.public_id, "nosuchone0"):
        with pytest.raises(NotFound) as caught:
            get_result(db.session, Reader(), public_id)
        messages.add(caught.value.message)
    assert len(messages) == 1


# The life of a listing

ACTION, STATUS = ListingAction, ListingStatus
LIVES: list[tuple[list[ListingAction], ListingStatus]] = [
    ([], STATUS.DRAFT),
    ([ACTION.SUBMIT], STATUS.ORGANISATION_REVIEW),
    ([ACTION.SUBMIT, ACTION.RETURN], STATUS.RETURNED),
    ([ACTION.SUBMIT, ACTION.APPROVE], STATUS.SUBMITTED),
    ([ACTION.SUBMIT, ACTION.APPROVE, ACTION.RETURN], STATUS.RETURNED),
    ([ACTION.SUBMIT, ACTION.APPROVE, ACTION.RETURN, ACTION.SUBMIT], STATUS.ORGANISATION_REVIEW),
    ([ACTION.SUBMIT, ACTION.APPROVE, ACTION.PUBLISH], STATUS.PUBLISHED),
    ([ACTION.SUBMIT, ACTION.APPROVE, ACTION.PUBLISH, ACTION.WITHDRAW], STATUS.WITHDRAWN),
    ([ACTION.SUBMIT, ACTION.APPROVE, ACTION.PUBLISH, ACTION.TRANSFER], STATUS.TRANSFERRED),
]
ALLOWED = {
    STATUS.DRAFT: {ACTION.SUBMIT},
    STATUS.ORGANISATION_REVIEW: {ACTION.APPROVE, ACTION.RETURN, ACTION.RECALL},
    STATUS.SUBMITTED: {ACTION.PUBLISH, ACTION.RETURN, ACTION.RECALL},
    STATUS.RETURNED: {ACTION.SUBMIT},
    STATUS.PUBLISHED: {ACTION.WITHDRAW, ACTION.TRANSFER, ACTION.RENEW},
    STATUS.WITHDRAWN: {ACTION.REOPEN},
    STATUS.TRANSFERRED: set(),
}

# Of an organisation without 单位审核, of a confirmation link, of the site.
OF_OTHERS = {ACTION.FILE, ACTION.CONFIRM, ACTION.EXPIRE}


@pytest.fixture
def actor(make: Factory) -> Callable[[Result], Reader]:
    """Somebody who may do everything: member, reviewer and officer at once."""

    def everybody(result: Result) -> Reader:
        return replace(reader_of(result.contact), officer_level=reader_of(make.officer()).officer_level)

    return everybody


def review(result: Result, actor: Reader) -> None:
    with transaction() as session:
        record_secrecy_review(session, actor, session.merge(result), SecrecyVerdict.PUBLIC)


def move(result: Result, actor: Reader, *actions: ListingAction, reason: str = "理由") -> None:
    with transaction() as session:
        result = session.merge(result)
        for action in actions:
            move_result(session, actor, result, action, reason)


@pytest.mark.parametrize(("actions", "status"), LIVES)
def test_each_state_allows_its_actions_and_no_other(
    make: Factory, actor: Callable[[Result], Reader], actions: list[ListingAction], status: ListingStatus
) -> None:
    result = make.result(*make.staffed(), published=False)
    everybody = actor(result)
    review(result, everybody)
    move(result, everybody, *actions)
    assert db.session.get_one(Result, result.id).status is status
    for action in set(ListingAction) - ALLOWED[status] - OF_OTHERS:
        with pytest.raises(Conflict):
            move(result, everybody, action)
        assert db.session.get_one(Result, result.id).status is status


def test_publication_needs_a_review_and_a_validity(make: Factory) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person, published=False)
    with pytest.raises(InvalidInput, match="保密审查"):
        move(result, reader_of(person), ACTION.SUBMIT, ACTION.APPROVE)
    expired = make.result(organisation, person, published=False, valid_until=clock.now())
    with pytest.raises(InvalidInput, match="有效期"):
        make.publish(expired, person)
    assert db.session.get_one(Result, expired.id).status is STATUS.DRAFT


def test_going_back_or_down_needs_a_reason(make: Factory) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person)
    with pytest.raises(InvalidInput) as caught:
        move(result, reader_of(person), ACTION.WITHDRAW, reason="  ")
    assert caught.value.field == "reason"


@pytest.mark.parametrize("action", [ACTION.SUBMIT, ACTION.APPROVE, ACTION.PUBLISH, ACTION.RETURN])
def test_strangers_move_nothing(make: Factory, action: ListingAction) -> None:
    result = make.result(*make.staffed(), published=False)
    _, stranger = make.staffed()
    with pytest.raises(NotAllowed):
        move(result, reader_of(stranger), action)


def test_an_author_without_the_reviewers_role_cannot_approve(make: Factory) -> None:
    organisation = make.organisation(kind=OrganisationKind.UNIVERSITY)
    author = make.person(organisation, MembershipRole.RESEARCHER)
    result = make.result(organisation, author, published=False)
    with pytest.raises(NotAllowed):
        move(result, reader_of(author), ACTION.SUBMIT, ACTION.APPROVE)
    with pytest.raises(NotAllowed):
        review(result, reader_of(author))


def test_children_live_and_die_with_their_result(make: Factory) -> None:
    result = make.result(*make.staffed(), ip_rights=(PATENT,))
    with transaction() as session:
        session.delete(session.get_one(Result, result.id))
    for child in (IPRight, ResultIndicator, TransferOffer):
        assert db.session.scalar(select(func.count()).select_from(child)) == 0
