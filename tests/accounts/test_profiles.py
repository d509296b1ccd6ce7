"""Profiles: what is refused, who reads them, and how somebody becomes an expert."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.accounts.profiles import (
    ProfileData,
    ProfileKind,
    active_appointment,
    apply_as_expert,
    approve_expert,
    expert_application,
    profile_of,
    refuse_expert,
    save_profile,
)
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.notifications.models import Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
DISTRICT = Reader(person_id=None, officer_level=OfficerLevel.DISTRICT)
FORM = {"direction": "**固态电池**电解质", "achievements": "专利三项", "fields": ["newenergy", "ai"]}


@pytest.fixture
def researcher(make: Factory) -> Person:
    return make.person(
        make.organisation(zone="thip", name="滨海测试研究院"), MembershipRole.RESEARCHER, name="周研究"
    )


def again(person: Person) -> Person:
    db.session.rollback()
    return db.session.get_one(Person, person.id)


def save(person: Person, kind: ProfileKind = ProfileKind.EXPERT, **values: object) -> None:
    data = ProfileData(**{"direction": "电池", "fields": ("newenergy",), **values})  # type: ignore[arg-type]  # a test's own values
    with transaction() as session:
        save_profile(session, session.get_one(Person, person.id), kind, data)


def apply(person: Person) -> None:
    with transaction() as session:
        found = session.get_one(Person, person.id)
        apply_as_expert(session, found, reader_of(found).acting_for)


def approve(person: Person, actor: Reader = DISTRICT, fields: tuple[str, ...] = ("newenergy",)) -> None:
    with transaction() as session:
        approve_expert(session, actor, session.get_one(Person, person.id), fields)


def refuse(person: Person, actor: Reader = DISTRICT, reason: str = "请补充近三年的工作") -> None:
    with transaction() as session:
        refuse_expert(session, actor, session.get_one(Person, person.id), reason)


def test_a_profile_is_written_changed_and_shown_where_its_owner_wants(
    log_in: LogIn, client: FlaskClient, researcher: Person
) -> None:
    mine, path = log_in(researcher.email), f"/people/{researcher.public_id}"
    assert mine.post("/account/profiles/researcher", data=FORM).status_code == 303
    assert client.get(path).status_code == 404  # not visible yet
    changed = FORM | {"fields": ["ai", "biomed"], "visible": "y"}
    assert mine.post("/account/profiles/researcher", data=changed).status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert "<strong>固态电池</strong>" in page and "专利三项" in page
    assert "滨海测试研究院" in page and "人工智能" in page and "生物医药" in page
    assert researcher.email not in page
    assert mine.post("/account/profiles/researcher", data=FORM).status_code == 303
    assert client.get(path).status_code == 404  # taken back


def test_the_form_comes_back_with_what_was_saved(log_in: LogIn, researcher: Person) -> None:
    mine = log_in(researcher.email)
    mine.post("/account/profiles/researcher", data=FORM)
    page = mine.get("/account/profiles/researcher").get_data(as_text=True)
    assert FORM["direction"] in page and "专利三项" in page
    assert (
        re.findall(r'name="fields"\s+value="(\w+)"\s+checked', page) == ["ai", "newenergy"]
        or len(re.findall(r"checked", page)) == 2
    )


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"direction": " "}, "direction", "请写明"),
        ({"direction": "长" * 4001}, "direction", "最多 4000"),
        ({"achievements": "长" * 4001}, "achievements", "最多 4000"),
        ({"fields": []}, "fields", "请至少选择"),
        ({"fields": ["nonsense"]}, "fields", "不在字典中"),
        (
            {"fields": ["ai", "biomed", "newenergy", "ocean", "xinchuang", "aerospace"]},
            "fields",
            "最多选择 5",
        ),
        ({"certificate": "号" * 61}, "certificate", "最多 60"),
    ],
)
def test_a_wrong_profile_is_refused_beside_its_field(
    log_in: LogIn, make: Factory, change: dict[str, object], field: str, message: str
) -> None:
    broker = make.person(make.organisation(), MembershipRole.BROKER)
    data = FORM | {"certificate": "JJR-1"} | change
    response = log_in(broker.email).post("/account/profiles/broker", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and re.findall(r'id="(\w+)-error"', page) == [field]
    refusal = re.search(rf'id="{field}-error">.*?</p>', page, re.DOTALL)
    assert refusal is not None and message in refusal[0]
    for name in {"direction", "achievements", "certificate"} - {field}:
        assert str(data[name]) in page
    assert profile_of(again(broker), ProfileKind.BROKER) is None


def test_only_brokers_have_a_brokers_profile(log_in: LogIn, make: Factory, researcher: Person) -> None:
    assert log_in(researcher.email).get("/account/profiles/broker").status_code == 404
    assert log_in(researcher.email).get("/account/profiles/nonsense").status_code == 404
    with pytest.raises(NotFound):
        save(researcher, ProfileKind.BROKER)
    broker = make.person(make.organisation(), MembershipRole.BROKER)
    save(broker, ProfileKind.BROKER, certificate="JJR-1", visible=True)
    assert profile_of(again(broker), ProfileKind.BROKER) is not None
    with pytest.raises(InvalidInput):
        save(broker, ProfileKind.RESEARCHER, certificate="JJR-1")


def test_a_former_brokers_profile_is_no_longer_shown(client: FlaskClient, make: Factory) -> None:
    broker = make.person(make.organisation(), MembershipRole.BROKER)
    save(broker, ProfileKind.BROKER, certificate="JJR-1", visible=True)
    assert "JJR-1" in client.get(f"/people/{broker.public_id}").get_data(as_text=True)
    with transaction() as session:
        found = session.get_one(Person, broker.id)
        found.memberships[0].ended_at = found.created_at
    assert client.get(f"/people/{broker.public_id}").status_code == 404


def test_an_application_waits_in_the_queue_of_its_zone(log_in: LogIn, researcher: Person) -> None:
    mine = log_in(researcher.email)
    assert mine.post("/account/profiles/expert/application").status_code == 409  # nothing to judge yet
    mine.post("/account/profiles/expert", data=FORM)
    for _ in range(2):
        assert mine.post("/account/profiles/expert/application").status_code == 303
    db.session.rollback()
    item = db.session.scalars(select(QueueItem)).one()
    assert (item.kind, item.object_id, item.zone) == (QueueKind.EXPERT, researcher.id, "thip")
    assert "申请待处理" in mine.get("/account/profiles/expert").get_data(as_text=True)
    application = expert_application(db.session, researcher.id)
    assert application.waiting and not application.appointed
    assert set(application.fields) == {"newenergy", "ai"}
    assert [o.name for o in application.organisations] == ["滨海测试研究院"]


def test_who_belongs_nowhere_applies_to_the_district(make: Factory) -> None:
    person = make.person()
    save(person)
    apply(person)
    assert db.session.scalars(select(QueueItem)).one().zone == "other"


def test_an_officer_appoints_an_expert(client: FlaskClient, researcher: Person) -> None:
    save(researcher, visible=True)
    assert (
        client.get(f"/people/{researcher.public_id}").status_code == 404
    )  # an application is nobody's to read
    apply(researcher)
    approve(researcher, fields=("newenergy", "ai"))
    person = again(researcher)
    appointment = active_appointment(person, Appointment.EXPERT)
    assert appointment is not None and {f.field for f in appointment.fields} == {"newenergy", "ai"}
    assert db.session.scalars(select(QueueItem)).one().closed_at is not None
    assert db.session.scalars(select(Notice)).one().person_id == researcher.id
    assert client.get(f"/people/{researcher.public_id}").status_code == 200
    with pytest.raises(Conflict):
        apply(researcher)


def test_a_refusal_is_read_by_the_person_who_may_apply_again(log_in: LogIn, researcher: Person) -> None:
    save(researcher)
    apply(researcher)
    refuse(researcher)
    page = log_in(researcher.email).get("/account/profiles/expert").get_data(as_text=True)
    assert "请补充近三年的工作" in page
    assert "请补充近三年的工作" in db.session.scalars(select(Notice)).one().body
    apply(researcher)
    approve(researcher)
    assert active_appointment(again(researcher), Appointment.EXPERT) is not None


def test_an_appointment_ends_with_a_reason_and_can_be_given_again(researcher: Person) -> None:
    save(researcher)
    apply(researcher)
    approve(researcher)
    refuse(researcher, reason="任期届满")
    assert active_appointment(again(researcher), Appointment.EXPERT) is None
    apply(researcher)
    approve(researcher, fields=("ai",))
    appointment = active_appointment(again(researcher), Appointment.EXPERT)
    assert appointment is not None and [f.field for f in appointment.fields] == ["ai"]


@pytest.mark.parametrize("level", [None, OfficerLevel.ZONE, OfficerLevel.SUPERVISOR])
def test_only_the_districts_officers_decide(researcher: Person, level: OfficerLevel | None) -> None:
    save(researcher)
    apply(researcher)
    actor = Reader(officer_level=level, officer_zone="thip" if level is OfficerLevel.ZONE else None)
    for decide in (approve, refuse):
        with pytest.raises(NotAllowed):
            decide(researcher, actor)


def test_nobody_decides_on_themselves_or_on_what_does_not_wait(make: Factory, researcher: Person) -> None:
    officer = make.officer()
    save(officer)
    apply(officer)
    with pytest.raises(NotAllowed):
        approve(officer, reader_of(again(officer)))
    save(researcher)
    for decide in (approve, refuse):
        with pytest.raises(Conflict):
            decide(researcher)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 401])
def test_a_refusal_needs_its_reason(researcher: Person, reason: str) -> None:
    save(researcher)
    apply(researcher)
    with pytest.raises(InvalidInput):
        refuse(researcher, reason=reason)


def test_there_is_no_application_without_a_profile(researcher: Person) -> None:
    for person_id in (researcher.id, 999):
        with pytest.raises(NotFound):
            expert_application(db.session, person_id)
