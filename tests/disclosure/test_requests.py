"""Ask, grant with an end, refuse, revoke, withdraw, expire: by whom, with which words to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import HANDLERS, run_next
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.disclosure import policy
from marketplace.disclosure.choices import ReadingKind, RequestAction, RequestStatus, Right
from marketplace.disclosure.lists import Side, list_requests, waiting_for
from marketplace.disclosure.models import DetailReading, DetailRequest
from marketplace.disclosure.reading import read_controlled, read_file, readings_of
from marketplace.disclosure.service import (
    grant_request,
    refuse_request,
    request_details,
    revoke_request,
    withdraw_request,
)
from marketplace.disclosure.workflow import TRANSITIONS
from marketplace.listings.choices import SecrecyVerdict
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from tests.factories import Factory
from tests.files import docx_bytes

DAY = timedelta(days=1)
PURPOSE = "评估能否用于本单位的中试线。"


@dataclass
class Scene:
    result: Result
    owner: Person
    asker: Person

    def reader(self, name: str = "asker") -> Reader:
        return reader_of(db.session.get_one(Person, getattr(self, name).id))

    def row(self) -> Result:
        return db.session.get_one(Result, self.result.id)

    def may_read(self) -> bool:
        return policy.can_read_details(db.session, self.reader(), self.row(), clock.now())


@pytest.fixture
def scene(make: Factory) -> Scene:
    organisation, owner = make.staffed()
    return Scene(make.result(organisation, owner), owner, make.staffed()[1])


def titles(person: Person) -> list[str]:
    return list(
        db.session.scalars(select(Notice.title).where(Notice.person_id == person.id).order_by(Notice.id))
    )


def run_jobs() -> None:
    while run_next(frozenset(HANDLERS)):
        pass


def test_a_request_is_granted_read_and_ends_by_time(make: Factory, scene: Scene) -> None:
    assert not scene.may_read()
    request = make.detail_request(scene.result, scene.asker, PURPOSE)
    assert f"请答复查阅申请：{scene.row().title}" in titles(scene.owner)
    make.grant(request, scene.owner, days=10)
    assert titles(scene.asker) == [f"已获授权查阅：{scene.row().title}"]
    assert scene.may_read()
    with transaction() as session:
        access = read_controlled(session, scene.reader(), "results", scene.row().public_id)
    assert access.right is Right.GRANT and access.grant is not None
    with clock.frozen(clock.now() + 11 * DAY):  # no worker has run
        assert not scene.may_read()
        with pytest.raises(NotFound), transaction() as session:
            read_controlled(session, scene.reader(), "results", scene.row().public_id)
        run_jobs()
        assert titles(scene.asker)[-1].startswith("查阅授权已到期")
    assert db.session.get_one(DetailRequest, request.id).status is RequestStatus.EXPIRED


def test_every_reading_from_outside_is_recorded_and_own_ones_are_not(make: Factory, scene: Scene) -> None:
    file = make.attach(scene.result, "数据.docx", docx_bytes())
    make.grant(make.detail_request(scene.result, scene.asker), scene.owner)
    officer = make.officer()
    for person in (scene.asker, scene.owner, officer):
        reader = reader_of(db.session.get_one(Person, person.id))
        with transaction() as session:
            read_controlled(session, reader, "results", scene.row().public_id)
        with transaction() as session:
            read_file(session, reader, "results", scene.row().public_id, db.session.merge(file).public_id)
    rows = readings_of(db.session, scene.row(), None, 10)
    expected = [
        (officer.id, ReadingKind.FILE, Right.OFFICER), (officer.id, ReadingKind.DETAILS, Right.OFFICER),
        (scene.asker.id, ReadingKind.FILE, Right.GRANT), (scene.asker.id, ReadingKind.DETAILS, Right.GRANT),
    ]  # fmt: skip
    assert [(r.person_id, r.what, r.access_right) for r in rows] == expected
    asker_organisation = scene.asker.memberships[0].organisation_id
    assert [r.organisation_id for r in rows] == [None, None, asker_organisation, asker_organisation]


def test_a_reading_that_fails_leaves_no_record(make: Factory, scene: Scene) -> None:
    with pytest.raises(NotFound), transaction() as session:
        read_controlled(session, scene.reader(), "results", scene.row().public_id)
    assert db.session.scalar(select(DetailReading.id)) is None


def test_revoking_and_withdrawing_a_listing_end_the_right_at_once(make: Factory, scene: Scene) -> None:
    request = make.detail_request(scene.result, scene.asker)
    make.grant(request, scene.owner)
    with transaction() as session:
        revoke_request(session, scene.reader("owner"), session.merge(request), "项目已终止")
    assert not scene.may_read()
    assert titles(scene.asker)[-1].startswith("查阅授权已撤销")
    make.grant(make.detail_request(scene.result, scene.asker), scene.owner)
    assert scene.may_read()
    make.withdraw(scene.result, scene.owner)
    assert not scene.may_read()


@pytest.mark.parametrize(
    ("role", "decides"),
    [(MembershipRole.REVIEWER, True), (MembershipRole.ADMIN, True), (MembershipRole.RESEARCHER, False)],
)
def test_contact_reviewer_and_administrator_decide(
    make: Factory, scene: Scene, role: MembershipRole, decides: bool
) -> None:
    request = make.detail_request(scene.result, scene.asker)
    colleague = make.person(scene.row().organisation, role)
    if decides:
        make.grant(request, colleague)
        assert scene.may_read()
    else:
        with pytest.raises(NotAllowed):
            make.grant(request, colleague)


def test_neither_asker_nor_officer_nor_stranger_grants(make: Factory, scene: Scene) -> None:
    request = make.detail_request(scene.result, scene.asker)
    for person in (scene.asker, make.officer(), make.staffed()[1]):
        with pytest.raises(NotAllowed):
            make.grant(request, person)
    with pytest.raises(NotAllowed), transaction() as session:
        withdraw_request(session, scene.reader("owner"), session.merge(request))


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_grant_ends_within_a_year(make: Factory, scene: Scene, days: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        make.grant(make.detail_request(scene.result, scene.asker), scene.owner, days)
    assert caught.value.field == "until" and not scene.may_read()


def ask(scene: Scene, name: str = "asker", purpose: str = PURPOSE, **more: Any) -> None:
    with transaction() as session:
        request_details(session, scene.reader(name), scene.row(), purpose, **more)


def test_a_request_needs_a_purpose_and_a_fitting_date(scene: Scene) -> None:
    for purpose in ("短", " " * 20, "长" * 501):
        with pytest.raises(InvalidInput) as caught:
            ask(scene, purpose=purpose)
        assert caught.value.field == "purpose"
    for until in (clock.now(), clock.now() + 367 * DAY):
        with pytest.raises(InvalidInput) as caught:
            ask(scene, wished_until=until)
        assert caught.value.field == "wished_until"
    assert db.session.scalar(select(DetailRequest.id)) is None


def test_only_a_verified_foreign_organisation_asks_once(make: Factory, scene: Scene) -> None:
    with pytest.raises(Conflict, match="本单位"):
        ask(scene, "owner")
    with pytest.raises(NotAllowed, match="单位名义"), transaction() as session:
        request_details(session, reader_of(make.person()), session.merge(scene.result), PURPOSE)
    with transaction() as session:
        organisation = session.get_one(Organisation, scene.asker.memberships[0].organisation_id)
        organisation.verification, organisation.verified_at = Verification.PENDING, None
    with pytest.raises(NotAllowed, match="核验"):
        ask(scene)
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation.id)
        organisation.verification, organisation.verified_at = Verification.VERIFIED, clock.now()
    ask(scene)
    with pytest.raises(Conflict, match="已提出申请"):
        ask(scene)


def test_a_new_request_is_free_once_the_last_has_ended(make: Factory, scene: Scene) -> None:
    first = make.detail_request(scene.result, scene.asker)
    make.withdraw_request(first, scene.asker)
    second = make.detail_request(scene.result, scene.asker)
    make.grant(second, scene.owner, days=1)
    with clock.frozen(clock.now() + 2 * DAY):  # over by time, the worker has not come yet
        make.detail_request(scene.result, scene.asker)
    assert db.session.get_one(DetailRequest, second.id).status is RequestStatus.EXPIRED


def test_a_listing_that_may_not_be_read_cannot_be_asked_for(make: Factory, scene: Scene) -> None:
    secret = make.result(scene.row().organisation, scene.owner, published=False)
    make.publish(secret, scene.owner, SecrecyVerdict.CONTROLLED)
    with pytest.raises(NotFound), transaction() as session:
        request_details(session, scene.reader(), session.merge(secret), PURPOSE)


def test_a_need_without_controlled_files_has_nothing_to_ask_for(make: Factory, scene: Scene) -> None:
    demand = make.demand(scene.row().organisation, scene.owner)
    with pytest.raises(Conflict, match="没有受控"):
        make.detail_request(demand, scene.asker)
    make.attach(demand, "图.docx", docx_bytes())
    assert make.detail_request(demand, scene.asker).status is RequestStatus.PENDING


def test_files_that_name_a_masked_owner_are_given_only_where_the_owner_says_so(
    make: Factory, scene: Scene
) -> None:
    demand = make.demand(scene.row().organisation, scene.owner, disclosure=Disclosure.MASKED)
    files = {name: make.attach(demand, f"{name}.docx", docx_bytes(), telling=name == "telling")
             for name in ("telling", "plain")}  # fmt: skip
    request = make.detail_request(demand, scene.asker)

    def given() -> set[str]:
        row = db.session.get_one(Demand, demand.id)
        return {link.attachment.title for link in row.attachments
                if policy.can_read_file(db.session, scene.reader(), row, link, clock.now())}  # fmt: skip

    assert given() == set() and len(files) == 2
    make.grant(request, scene.owner)
    assert given() == {"plain.docx"}
    with transaction() as session:
        revoke_request(session, scene.reader("owner"), session.merge(request), "改为全部提供")
    make.grant(make.detail_request(demand, scene.asker), scene.owner, tells_owner=True)
    assert given() == {"plain.docx", "telling.docx"}


def test_reminders_come_before_and_at_the_due_date_and_stop_with_the_answer(
    make: Factory, scene: Scene
) -> None:
    request = make.detail_request(scene.result, scene.asker)
    due = db.session.get_one(DetailRequest, request.id).due_at
    for moment, word in ((due - timedelta(hours=14), "明日到期"), (due, "已超期")):
        with clock.frozen(moment):
            run_jobs()
        assert word in titles(scene.owner)[-1]
    assert "超期未答复" in titles(scene.asker)[-1]
    answered = make.detail_request(scene.result, make.staffed()[1])
    with transaction() as session:
        refuse_request(session, scene.reader("owner"), session.merge(answered), "用途不明确")
    count = len(titles(scene.owner))
    with clock.frozen(due + 30 * DAY):
        run_jobs()
    assert len(titles(scene.owner)) == count


def test_a_grant_that_ends_soon_is_said_in_time(make: Factory, scene: Scene) -> None:
    granted = make.grant(make.detail_request(scene.result, scene.asker), scene.owner, days=10)
    until = zh_deadline(db.session.merge(granted).granted_until)
    with clock.frozen(clock.now() + timedelta(days=7, hours=1)):
        run_jobs()
        assert f"查阅授权将于 {until} 到期" in titles(scene.asker)[-1]
        [line] = waiting_for(db.session, scene.reader())
        assert line.verb == "授权即将到期" and line.title == scene.row().title


def test_lists_and_desk_show_each_side_its_requests(make: Factory, scene: Scene) -> None:
    request = make.detail_request(scene.result, scene.asker)
    colleague = make.person(scene.row().organisation, MembershipRole.RESEARCHER)
    for person, side, expected in (
        (scene.owner, Side.OWNER, 1), (scene.owner, Side.ASKER, 0), (scene.asker, Side.OWNER, 0),
        (scene.asker, Side.ASKER, 1), (colleague, Side.OWNER, 0), (make.officer(), Side.OWNER, 0),
    ):  # fmt: skip
        reader = reader_of(db.session.get_one(Person, person.id))
        assert len(list_requests(db.session, reader, side)) == expected
    [line] = waiting_for(db.session, scene.reader("owner"))
    assert (line.verb, line.path) == ("答复查阅申请", f"/details/{db.session.merge(request).public_id}")
    assert waiting_for(db.session, Reader()) == []


def test_a_masked_owner_is_not_named_to_the_asker(make: Factory) -> None:
    organisation, owner = make.staffed(name="隐名精工股份有限公司", short_name="隐名精工")
    demand = make.demand(organisation, owner, disclosure=Disclosure.MASKED)
    make.attach(demand, "图.docx", docx_bytes())
    asker = make.staffed()[1]
    make.grant(make.detail_request(demand, asker), owner)
    told = [
        f"{m.subject} {m.body}" for m in db.session.scalars(select(Mail).where(Mail.recipient == asker.email))
    ]
    told += [
        f"{n.title} {n.body}" for n in db.session.scalars(select(Notice).where(Notice.person_id == asker.id))
    ]
    assert told and not [text for text in told if "隐名精工" in text or owner.name in text]


def test_every_action_is_a_row_that_says_who_may(scene: Scene) -> None:
    assert {row.action for row in TRANSITIONS} == set(RequestAction)
    assert all(row.actor for row in TRANSITIONS)


Verb = Callable[..., DetailRequest]


@pytest.mark.parametrize("verb", [refuse_request, revoke_request])
def test_no_is_said_with_a_reason_and_only_where_it_fits(make: Factory, scene: Scene, verb: Verb) -> None:
    request = make.detail_request(scene.result, scene.asker)
    if verb is revoke_request:
        make.grant(request, scene.owner)
    with pytest.raises(InvalidInput), transaction() as session:
        verb(session, scene.reader("owner"), session.merge(request), " ")
    with transaction() as session:
        verb(session, scene.reader("owner"), session.merge(request), "不再合作")
    with pytest.raises(Conflict), transaction() as session:
        grant_request(session, scene.reader("owner"), session.merge(request), clock.now() + DAY)
