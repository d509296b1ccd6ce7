"""注销账号: what stands in the way, what is forgotten, what stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.choices import Appointment, ProfileKind
from marketplace.accounts.closing import CLOSED_NAME, Obstacle, close_account, obstacles
from marketplace.accounts.models import Person, Profile, RoleAppointment
from marketplace.accounts.policy import reader_of
from marketplace.accounts.profiles import ProfileData, save_profile
from marketplace.accounts.service import appoint, create_person
from marketplace.core import clock
from marketplace.core.audit import AuditRecord, first_break
from marketplace.core.db import Base, db, transaction
from marketplace.core.errors import Conflict
from marketplace.core.jobs import actions_in_lane, run_next
from marketplace.introductions.choices import IntroductionTarget
from marketplace.introductions.models import Introduction
from marketplace.introductions.service import open_for_both
from marketplace.listings.models import Revision
from marketplace.notifications.models import Mail, Notice
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole, OfferDirection, OfferStatus
from marketplace.organisations.models import Membership, MembershipOffer
from marketplace.organisations.service import add_member
from marketplace.results.models import Result
from tests.factories import PASSWORD, Factory

LogIn = Callable[[str], FlaskClient]
NAME, EMAIL, PHONE = "尉迟沧浪", "canglang@unit.example", "13955501234"
ROLES = MembershipRole


@pytest.fixture
def leaver(make: Factory) -> Person:
    """A member who holds nothing, with a profile, a notice and an invitation."""
    organisation = make.organisation()
    make.person(organisation, ROLES.ADMIN)
    person = make.person(organisation, ROLES.RESEARCHER, name=NAME, email=EMAIL, phone=PHONE)
    other = make.organisation()
    with transaction() as session:
        person = session.merge(person)
        person.professional_title, person.introduction = "研究员", f"{NAME}的简介"
        save_profile(
            session, person, ProfileKind.RESEARCHER,
            ProfileData(direction=f"{NAME}的方向", achievements="", fields=("ai",), visible=True),
        )  # fmt: skip
        notify(session, [person.id], "旧通知", urgent=True)
        session.add(
            MembershipOffer(
                organisation=session.merge(other),
                direction=OfferDirection.INVITATION,
                email=EMAIL,
                person_id=person.id,
                created_by_id=person.id,
                expires_at=clock.now(),
            )
        )
    return person


def close(client: FlaskClient, password: str = PASSWORD) -> int:
    return client.post("/account/close", data={"present": password}).status_code


def found(person: Person) -> list[Obstacle]:
    db.session.rollback()
    return obstacles(db.session(), db.session.get_one(Person, person.id))


def test_closed_from_the_account_page(leaver: Person, log_in: LogIn, client: FlaskClient) -> None:
    here, elsewhere = log_in(EMAIL), log_in(EMAIL)
    assert 'href="/account/close"' in here.get("/account").get_data(as_text=True)
    page = here.get("/account/close").get_data(as_text=True)
    assert "已注销用户" in page and "不能恢复" in page
    done = here.post("/account/close", data={"present": PASSWORD})
    assert (done.status_code, done.headers["Location"]) == (303, "/account/closed")
    assert "账号已注销" in here.get("/account/closed").get_data(as_text=True)
    for session in (here, elsewhere):
        assert session.get("/account").status_code == 302  # every session has ended
    assert client.post("/login", data={"email": EMAIL, "password": PASSWORD}).status_code == 422
    assert client.get(f"/people/{leaver.public_id}").status_code == 404


def test_the_password_is_asked(leaver: Person, log_in: LogIn) -> None:
    client = log_in(EMAIL)
    for wrong in ("", "not this one"):
        response = client.post("/account/close", data={"present": wrong})
        assert response.status_code == 422 and 'id="present-error"' in response.get_data(as_text=True)
    db.session.rollback()
    assert db.session.get_one(Person, leaver.id).active


def test_nothing_tells_who_it_was(app: Flask, leaver: Person, log_in: LogIn) -> None:
    close(log_in(EMAIL))
    db.session.rollback()
    person = db.session.get_one(Person, leaver.id)
    assert (person.name, person.phone, person.professional_title, person.active) == (
        CLOSED_NAME,
        "",
        "",
        False,
    )
    assert db.session.scalars(select(Profile)).all() == []
    assert db.session.scalars(select(Notice).where(Notice.person_id == leaver.id)).all() == []
    offer = db.session.scalars(select(MembershipOffer)).one()
    assert offer.status is OfferStatus.WITHDRAWN
    memberships = db.session.scalars(select(Membership).where(Membership.person_id == leaver.id))
    assert all(membership.ended_at is not None for membership in memberships)
    # The mail that tells of it, and the word to the administrators who were left, are all that name them.
    for table in Base.metadata.sorted_tables:
        if table.name in ("mail", "notice"):
            continue
        text = repr([tuple(row) for row in db.session.execute(table.select())])
        assert [word for word in (NAME, EMAIL, PHONE) if word in text] == [], table.name


def test_a_mail_tells_of_it_and_older_ones_are_gone(leaver: Person, log_in: LogIn) -> None:
    close(log_in(EMAIL))
    db.session.rollback()
    [mail] = db.session.scalars(select(Mail).where(Mail.recipient == EMAIL)).all()
    assert "已注销" in mail.subject and NAME in mail.body


def test_the_address_is_free(leaver: Person, log_in: LogIn) -> None:
    close(log_in(EMAIL))
    with transaction() as session:
        again = create_person(session, name="新人", email=EMAIL, password_hash="-")
        assert again.id != leaver.id


def test_the_audit_keeps_the_id(leaver: Person, log_in: LogIn) -> None:
    close(log_in(EMAIL))
    db.session.rollback()
    actions = db.session.scalars(select(AuditRecord.action).where(AuditRecord.actor_id == leaver.id)).all()
    assert "person.login" in actions and actions[-1] == "person.close"
    assert first_break(db.session()) is None


def test_no_byte_stays_in_the_database(app: Flask, leaver: Person, log_in: LogIn) -> None:
    close(log_in(EMAIL))
    while any(run_next(actions_in_lane(slow=slow)) for slow in (False, True)):
        pass
    db.session.rollback()
    content = b"".join(path.read_bytes() for path in Path(app.instance_path).glob("site.db*"))
    assert PHONE.encode() not in content and f"{NAME}的方向".encode() not in content


# What stands in the way


def test_the_only_administrator(make: Factory, log_in: LogIn) -> None:
    organisation = make.organisation(name="独木科技有限公司")
    admin = make.person(organisation, ROLES.ADMIN)
    [obstacle] = found(admin)
    assert "独木科技有限公司" in obstacle.what and "唯一的管理员" in obstacle.what
    client = log_in(admin.email)
    page = client.get("/account/close").get_data(as_text=True)
    assert obstacle.what in page and 'type="password"' not in page
    go = client.post("/acting", data={
        "organisation": organisation.public_id,
        "next": f"/my/organisation/members/{admin.public_id}/leave",
    })  # fmt: skip
    assert go.status_code in (302, 303) and go.headers["Location"].endswith("/leave")
    assert client.get(go.headers["Location"]).status_code == 200
    assert close(client) == 409
    with transaction() as session:
        place, other = session.merge(organisation), session.merge(make.person())
        add_member(session, place, other, ROLES.ADMIN)
    assert found(admin) == []
    assert close(client) == 303


@pytest.mark.parametrize("what", ["result", "demand", "draft", "introduction", "assisted"])
def test_what_is_held(make: Factory, log_in: LogIn, what: str) -> None:
    organisation, person = make.staffed()
    make.person(organisation, ROLES.ADMIN)
    institute, owner = make.staffed()
    if what == "assisted":
        firm = make.organisation()
        make.person(firm, ROLES.ADMIN)
        broker = make.person(firm, ROLES.BROKER)
        result, demand = make.result(institute, owner), make.demand(organisation, person)
        with transaction() as session:
            open_for_both(
                session, reader_of(session.merge(broker)), session.merge(result), session.merge(demand),
                "两方的条件看来合适，建议谈一谈。",
            )  # fmt: skip
        person = broker
    elif what == "draft":
        log_in(person.email).post("/demands/new")
    elif what == "introduction":
        make.demand(organisation, person)
        make.result(institute, owner)
        with transaction() as session:
            session.add(introduction(organisation.id, institute.id, person.id))
    else:
        (make.result if what == "result" else make.demand)(organisation, person, published=False)
    [obstacle] = found(person)
    assert "由您负责" in obstacle.what and "接手人" in obstacle.todo
    assert close(log_in(person.email)) == 409
    with pytest.raises(Conflict), transaction() as session:
        close_account(session, session.merge(person))
    db.session.rollback()
    assert db.session.get_one(Person, person.id).name != CLOSED_NAME


def introduction(asking: int, asked: int, person: int) -> Introduction:
    result = db.session.scalars(select(Result.id).where(Result.organisation_id == asked)).one()
    return Introduction(
        target=IntroductionTarget.RESULT, result_id=result, from_organisation_id=asking,
        to_organisation_id=asked, from_person_id=person, opened_by_id=person, message="x",
        reply_due_at=clock.now(),
    )  # fmt: skip


def test_an_officer_is_dismissed_first(make: Factory, log_in: LogIn) -> None:
    officer = make.officer()
    [obstacle] = found(officer)
    assert "工作人员" in obstacle.what
    assert close(log_in(officer.email)) == 409


def test_an_expert_is_one_no_longer(make: Factory, log_in: LogIn) -> None:
    person = make.person()
    with transaction() as session:
        appoint(session, session.merge(person), Appointment.EXPERT, fields=("ai",))
    assert close(log_in(person.email)) == 303
    assert db.session.scalars(select(RoleAppointment)).one().ended_at is not None


def test_pages_of_what_stays_show_no_name(make: Factory, log_in: LogIn) -> None:
    """The list of former members, and the history of a listing that was handed over."""
    organisation = make.organisation()
    author = make.person(organisation, ROLES.RESEARCHER, ROLES.REVIEWER, name=NAME)
    heir = make.person(organisation, ROLES.ADMIN)
    result = make.result(organisation, author)
    client = log_in(author.email)
    leave = f"/my/organisation/members/{author.public_id}/leave"
    assert client.post(leave, data={"general": heir.public_id}).status_code == 302
    assert close(client) == 303
    assert db.session.scalars(select(Revision.author_id).where(Revision.result_id == result.id)).first()
    client = log_in(heir.email)
    members = client.get("/my/organisation").get_data(as_text=True)
    assert CLOSED_NAME in members and NAME not in members
    history = client.get(f"/results/{result.public_id}/history").get_data(as_text=True)
    assert NAME not in history
