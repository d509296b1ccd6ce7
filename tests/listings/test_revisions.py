"""Edits of what is live: what waits, what changes at once, and what one does to the other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed
from marketplace.listings.choices import RevisionStatus, SecrecyVerdict
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import content, decide_revision, open_revision, send_revision
from marketplace.listings.service import Review, record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.results.choices import TransferMode
from marketplace.results.models import Result
from marketplace.results.service import ResultData, TransferData, data_of_result, move_result
from tests.factories import Factory, OfficerLevel, Reader

STATUS = RevisionStatus
Pair = tuple[Result, Person]


@pytest.fixture
def live(make: Factory) -> Pair:
    """A published result of an enterprise without a reviewer, and its author."""
    organisation = make.organisation()
    person = make.person(organisation, MembershipRole.ENTERPRISE)
    result = make.result(organisation, person, published=False)
    with transaction() as session:
        actor, row = reader_of(session.merge(person)), session.merge(result)
        record_secrecy_review(session, actor, row, SecrecyVerdict.PUBLIC)
        move_result(session, actor, row, ListingAction.FILE)
        move_result(session, Reader(officer_level=OfficerLevel.DISTRICT), row, ListingAction.PUBLISH)
    return result, person


def data(result: Result, price: int | None = None, **columns: Any) -> ResultData:
    db.session.expire_all()
    found = data_of_result(db.session.get_one(Result, result.id))
    if price is not None:
        found = replace(found, transfers=tuple(replace(t, price=price) for t in found.transfers))
    found = replace(found, columns=replace(found.columns, **columns))
    db.session.rollback()
    return found


def send(pair: Pair, new: ResultData, **more: Any) -> Revision:
    result, person = pair
    more.setdefault("review", Review(verdict=SecrecyVerdict.PUBLIC))
    with transaction() as session:
        actor, row = reader_of(session.merge(person)), session.get_one(Result, result.id)
        return send_revision(session, actor, row, new, **more)


DISTRICT = Reader(officer_level=OfficerLevel.DISTRICT)


def decide(revision: Revision, action: RevisionAction, by: Reader = DISTRICT) -> None:
    with transaction() as session:
        decide_revision(session, by, session.get_one(Revision, revision.id), action, "理由")


def statuses() -> list[RevisionStatus]:
    db.session.expire_all()
    return list(db.session.scalars(select(Revision.status).order_by(Revision.number)))


def test_a_price_changes_at_once_and_a_text_waits(live: Pair) -> None:
    assert send(live, data(live[0], price=500)).status is STATUS.APPLIED
    assert data(live[0]).transfers[0].price == 500
    edit = send(live, data(live[0], innovation="另一种说法。"))
    assert edit.status is STATUS.SUBMITTED
    assert data(live[0]).columns.innovation != "另一种说法。"
    decide(edit, RevisionAction.APPLY)
    assert data(live[0]).columns.innovation == "另一种说法。"
    assert statuses() == [STATUS.APPLIED] * 3


def test_another_way_of_transfer_is_more_than_a_price(live: Pair) -> None:
    offers = (*data(live[0]).transfers, TransferData(mode=TransferMode.EQUITY))
    assert send(live, replace(data(live[0]), transfers=offers)).status is STATUS.SUBMITTED


def test_an_edit_that_waits_does_not_take_back_a_newer_price(live: Pair) -> None:
    edit = send(live, data(live[0], innovation="另一种说法。"))
    later = clock.now() + timedelta(days=700)
    send(live, data(live[0], price=500, valid_until=later))
    decide(edit, RevisionAction.APPLY)
    now = data(live[0])
    assert (now.transfers[0].price, now.columns.valid_until) == (500, later)
    assert now.columns.innovation == "另一种说法。"


def test_a_newer_edit_replaces_the_one_that_waits(live: Pair) -> None:
    first = send(live, data(live[0], innovation="第一种说法。"))
    second = send(live, data(live[0], innovation="第二种说法。"))
    assert statuses() == [STATUS.APPLIED, STATUS.WITHDRAWN, STATUS.SUBMITTED]
    waiting = select(QueueItem.object_id).where(
        QueueItem.kind == QueueKind.REVISION, QueueItem.closed_at.is_(None)
    )
    assert db.session.scalars(waiting).all() == [second.id]
    with pytest.raises(Conflict):
        decide(first, RevisionAction.APPLY)


def test_what_is_returned_leaves_the_live_text(live: Pair) -> None:
    before = data(live[0])
    edit = send(live, data(live[0], innovation="另一种说法。"))
    decide(edit, RevisionAction.RETURN)
    assert data(live[0]) == before
    found = db.session.get_one(Revision, edit.id)
    assert found.status is STATUS.RETURNED and content(found).columns.innovation == "另一种说法。"


def test_the_verdict_of_an_edit_becomes_that_of_the_listing(live: Pair) -> None:
    review = Review(verdict=SecrecyVerdict.CONTROLLED, human_genetic=True)
    edit = send(live, data(live[0], innovation="另一种说法。"), review=review)
    assert db.session.get_one(Result, live[0].id).secrecy is SecrecyVerdict.PUBLIC
    db.session.rollback()
    decide(edit, RevisionAction.APPLY)
    row = db.session.get_one(Result, live[0].id)
    assert row.secrecy is SecrecyVerdict.CONTROLLED and row.human_genetic


def test_an_edit_that_waits_falls_with_its_listing(make: Factory, live: Pair) -> None:
    send(live, data(live[0], innovation="另一种说法。"))
    make.withdraw(*live)
    assert statuses() == [STATUS.APPLIED, STATUS.WITHDRAWN]
    assert open_revision(db.session(), db.session.get_one(Result, live[0].id)) is None


def test_the_contact_changes_at_once_to_a_member(make: Factory, live: Pair) -> None:
    result, person = live
    colleague = make.person(db.session.get_one(Result, result.id).organisation, MembershipRole.RESEARCHER)
    with transaction() as session:
        row = session.get_one(Result, result.id)
        actor = reader_of(session.merge(person))
        send_revision(session, actor, row, data_of_result(row), contact=session.merge(colleague))
    assert db.session.get_one(Result, result.id).contact_id == colleague.id
    with pytest.raises(InvalidInput) as caught:
        send(live, data(result), contact=make.person())
    assert caught.value.field == "contact"


@pytest.mark.parametrize(
    ("field", "columns", "more"),
    [
        ("", {}, {}),
        ("title", {"title": " "}, {}),
        ("valid_until", {"valid_until": clock.now() - timedelta(days=1)}, {}),
        ("note", {"innovation": "新"}, {"note": "长" * 401}),
        ("secrecy", {"innovation": "新"}, {"review": None}),
        ("secrecy", {"innovation": "新"}, {"review": Review(verdict=SecrecyVerdict.PENDING)}),
    ],
)
def test_a_wrong_edit_is_refused_beside_its_field(
    live: Pair, field: str, columns: dict[str, Any], more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        send(live, data(live[0], **columns), **more)
    assert caught.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 1


def test_strangers_send_and_decide_nothing(make: Factory, live: Pair) -> None:
    edit = send(live, data(live[0], innovation="另一种说法。"))
    stranger = make.staffed()[1]
    with pytest.raises(NotAllowed):
        send((live[0], stranger), data(live[0], innovation="别人的说法。"))
    with pytest.raises(NotAllowed):
        decide(edit, RevisionAction.APPLY, reader_of(stranger))


def test_what_is_not_published_has_no_edits(make: Factory, live: Pair) -> None:
    make.withdraw(*live)
    with pytest.raises(Conflict):
        send(live, data(live[0], innovation="另一种说法。"))
