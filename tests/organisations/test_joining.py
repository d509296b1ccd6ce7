"""Nobody joins without both consents: invitations by mail and wishes to join."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.core import clock, jobs
from marketplace.core.db import db, transaction
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole, OfferStatus
from marketplace.organisations.membership import EXPIRE, active_admins, is_member
from marketplace.organisations.models import Membership, MembershipOffer, Organisation
from marketplace.organisations.service import OrganisationData, add_member, create_organisation
from marketplace.organisations.waiting import waiting_for
from tests.factories import Factory
from tests.organisations.pages import acting, errors, values

LogIn = Callable[[str], FlaskClient]
ROLES = MembershipRole


class House:
    """A verified organisation with one administrator, and a stranger."""

    def __init__(self, make: Factory, log_in: LogIn) -> None:
        self.make, self.log_in = make, log_in
        self.organisation = make.organisation(name="渤海储能有限公司", zone="teda")
        self.admin_person = make.person(self.organisation, ROLES.ADMIN, name="管理员")
        self.admin = log_in(self.admin_person.email)
        self.stranger_person = make.person(name="来者", email="guest@unit.example")
        self.stranger = log_in(self.stranger_person.email)

    def invite(self, email: str = "guest@unit.example", *roles: str, **more: str) -> Any:
        data = {"email": email, "roles": list(roles or ("researcher",)), **more}
        return self.admin.post("/my/organisation/invite", data=data)

    @property
    def offer(self) -> MembershipOffer:
        db.session.rollback()
        return db.session.scalars(select(MembershipOffer).order_by(MembershipOffer.id.desc()).limit(1)).one()

    def ask(self, *roles: str) -> Any:
        data = {"roles": list(roles or ("broker",)), "message": "我是研发部的"}
        return self.stranger.post(f"/organisations/{self.organisation.public_id}/join", data=data)

    def roles_of(self, person: Person) -> set[MembershipRole]:
        db.session.rollback()
        rows = select(Membership.role).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
        return set(db.session.scalars(rows))

    def notices(self, person: Person) -> list[str]:
        db.session.rollback()
        return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person.id)))


@pytest.fixture
def house(make: Factory, log_in: LogIn) -> House:
    return House(make, log_in)


def test_the_invited_person_joins_by_consent(house: House) -> None:
    assert house.invite("Guest@unit.example", "researcher", "broker", message="欢迎").status_code == 302
    path = f"/invitations/{house.offer.public_id}"
    assert house.notices(house.stranger_person) == ["渤海储能有限公司邀请您加入"]
    lines = waiting_for(db.session, acting(house.stranger_person))
    assert [(line.verb, line.path) for line in lines] == [("答复", path)]
    page = house.stranger.get(path).get_data(as_text=True)
    for text in ("渤海储能有限公司", "管理员", "技术经纪人、科研人员", "欢迎"):
        assert text in page
    response = house.stranger.post(f"{path}/accept")
    assert response.status_code == 422 and "请先勾选同意" in errors(response)["consent"]
    assert house.roles_of(house.stranger_person) == set()
    assert house.stranger.post(f"{path}/accept", data={"consent": "1"}).location == "/my/organisation"
    assert house.roles_of(house.stranger_person) == {ROLES.RESEARCHER, ROLES.BROKER}
    assert house.notices(house.admin_person) == ["来者 已接受邀请，加入本单位"]
    assert house.stranger.post(f"{path}/accept", data={"consent": "1"}).status_code == 409
    assert house.stranger.get("/my/organisation").status_code == 200


def test_an_unknown_address_is_mailed_how_to_register(house: House) -> None:
    house.invite("new@unit.example")
    mail = db.session.scalars(select(Mail).where(Mail.recipient == "new@unit.example")).one()
    assert f"/invitations/{house.offer.public_id}" in mail.body and "注册" in mail.body
    late = house.make.person(email="new@unit.example")
    page = house.log_in(late.email).get("/organisations/join").get_data(as_text=True)
    assert "邀请您加入" in page


def test_an_invitation_is_for_its_address_alone(house: House) -> None:
    house.invite("new@unit.example")
    path = f"/invitations/{house.offer.public_id}"
    assert house.stranger.get(path).status_code == 403
    assert house.stranger.post(f"{path}/accept", data={"consent": "1"}).status_code == 403
    assert house.stranger.post(f"{path}/decline").status_code == 403
    visitor = house.log_in(house.make.person().email).application.test_client()
    assert visitor.get(path).location.startswith("/login?next=")
    assert house.stranger.get("/invitations/2222222222").status_code == 404


def test_an_invitation_is_declined_resent_withdrawn(house: House) -> None:
    house.invite()
    first = house.offer
    path = f"/my/organisation/invitations/{first.public_id}"
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert house.admin.post(f"{path}/resend").status_code == 302
        assert house.offer.expires_at == clock.now() + timedelta(days=14)
    assert len(house.notices(house.stranger_person)) == 2
    house.stranger.post(f"/invitations/{first.public_id}/decline")
    assert house.offer.status is OfferStatus.DECLINED
    assert house.admin.post(f"{path}/resend").status_code == 409
    house.invite()
    second = house.offer
    assert house.admin.post(f"/my/organisation/invitations/{second.public_id}/withdraw").status_code == 302
    response = house.stranger.post(f"/invitations/{second.public_id}/accept", data={"consent": "1"})
    assert response.status_code == 409 and house.roles_of(house.stranger_person) == set()
    assert "已撤回" in house.stranger.get(f"/invitations/{second.public_id}").get_data(as_text=True)


def test_an_invitation_ends(house: House) -> None:
    house.invite()
    path = f"/invitations/{house.offer.public_id}/accept"
    with clock.frozen(clock.now() + timedelta(days=14)):
        response = house.stranger.post(path, data={"consent": "1"})
        assert response.status_code == 422 and "已过有效期" in response.get_data(as_text=True)
        assert jobs.run_next(frozenset({EXPIRE})) and not jobs.run_next(frozenset({EXPIRE}))
        assert house.offer.status is OfferStatus.EXPIRED
    assert house.notices(house.admin_person) == ["对 guest@unit.example 的邀请已过期"]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("email", {"email": ""}),
        ("email", {"email": "guest"}),
        ("email", {"email": "member@unit.example"}),
        ("email", {"email": "waiting@unit.example"}),
        ("roles", {"roles": []}),
        ("roles", {"roles": ["emperor"]}),
        ("message", {"message": "长" * 401}),
    ],
)
def test_a_wrong_invitation_is_refused_beside_its_field(
    house: House, field: str, data: dict[str, Any]
) -> None:
    house.make.person(house.organisation, email="member@unit.example")
    house.invite("waiting@unit.example")
    filled = {"email": "guest@unit.example", "roles": ["researcher"], "message": "留言", **data}
    response = house.admin.post("/my/organisation/invite", data=filled)
    assert response.status_code == 422 and list(errors(response)) == [field]
    assert values(response)["message"] == filled["message"]
    assert db.session.scalar(select(func.count()).select_from(MembershipOffer)) == 1


def test_the_second_person_joins_only_by_the_administrators_consent(house: House) -> None:
    assert house.ask("broker", "researcher").status_code == 302
    assert house.stranger.get("/my/organisation").status_code == 302
    assert house.notices(house.admin_person) == ["来者 申请加入本单位"]
    path = f"/my/organisation/requests/{house.offer.public_id}"
    assert [line.path for line in waiting_for(db.session, acting(house.admin_person))] == [path]
    assert "我是研发部的" in house.admin.get(path).get_data(as_text=True)
    response = house.admin.post(path, data={"action": "admit"})
    assert response.status_code == 422 and list(errors(response)) == ["roles"]
    house.admin.post(path, data={"action": "admit", "roles": ["reviewer"]})
    assert house.roles_of(house.stranger_person) == {ROLES.REVIEWER}
    assert house.notices(house.stranger_person) == ["您已加入渤海储能有限公司"]
    assert house.admin.post(path, data={"action": "admit", "roles": ["admin"]}).status_code == 409
    assert house.ask().status_code == 409


def test_a_request_is_refused_with_a_reason_or_withdrawn(house: House) -> None:
    house.ask()
    assert house.ask().status_code == 409
    path = f"/my/organisation/requests/{house.offer.public_id}"
    response = house.admin.post(path, data={"action": "refuse", "reason": ""})
    assert response.status_code == 422 and list(errors(response)) == ["reason"]
    house.admin.post(path, data={"action": "refuse", "reason": "不认识"})
    notice = db.session.scalars(select(Notice).where(Notice.person_id == house.stranger_person.id)).one()
    assert notice.title == "渤海储能有限公司没有同意您的申请" and "不认识" in notice.body
    house.ask()
    assert house.stranger.post(f"/organisations/requests/{house.offer.public_id}/withdraw").status_code == 302
    assert house.offer.status is OfferStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("roles", {"roles": []}),
        ("roles", {"roles": ["admin"]}),
        ("message", {"message": ""}),
        ("message", {"message": "长" * 401}),
    ],
)
def test_a_wrong_request_is_refused_beside_its_field(house: House, field: str, data: dict[str, Any]) -> None:
    filled = {"roles": ["broker"], "message": "说明", **data}
    response = house.stranger.post(f"/organisations/{house.organisation.public_id}/join", data=filled)
    assert response.status_code == 422 and list(errors(response)) == [field]
    assert values(response)["message"] == filled["message"]


def test_crossing_invitation_and_request_are_settled_by_one_answer(house: House) -> None:
    house.ask()
    request = house.offer
    house.invite()
    house.stranger.post(f"/invitations/{house.offer.public_id}/accept", data={"consent": "1"})
    db.session.rollback()
    assert db.session.get_one(MembershipOffer, request.id).status is OfferStatus.EXPIRED


def test_an_unverified_organisation_takes_nobody_in(make: Factory, log_in: LogIn) -> None:
    data = OrganisationData(name="新单位", short_name="新", kind=make.organisation().kind, zone="teda")
    admin, guest = make.person(), make.person()
    with transaction() as session:
        organisation = create_organisation(session, data)
        add_member(session, organisation, session.merge(admin), ROLES.ADMIN)
    client = log_in(admin.email)
    form = {"email": "x@unit.example", "roles": ["broker"]}
    assert client.post("/my/organisation/invite", data=form).status_code == 409
    ask = {"roles": ["broker"], "message": "我"}
    log_in(guest.email).post(f"/organisations/{organisation.public_id}/join", data=ask)
    offer = db.session.scalars(select(MembershipOffer)).one()
    path = f"/my/organisation/requests/{offer.public_id}"
    response = client.post(path, data={"action": "admit", "roles": ["broker"]})
    assert response.status_code == 422 and "通过核验后才能接纳成员" in response.get_data(as_text=True)


def test_an_officer_decides_where_no_administrator_is_left(house: House) -> None:
    with transaction() as session:
        session.merge(house.admin_person).active = False
    house.ask()
    page = f"/organisations/{house.organisation.public_id}/verification"
    other = house.log_in(house.make.officer(OfficerLevel.ZONE, "thip").email)
    officer = house.log_in(house.make.officer(OfficerLevel.ZONE, "teda").email)
    data = {"what": "administrator", "target": house.offer.public_id, "agrees": "1"}
    assert other.post(page, data={**data, "roles": ["admin"]}).status_code == 404
    assert "来者" in officer.get(page).get_data(as_text=True)
    response = officer.post(page, data=data)
    assert response.status_code == 422 and "请至少选择一种角色" in response.get_data(as_text=True)
    assert officer.post(page, data={**data, "roles": ["admin", "enterprise"]}).status_code == 302
    assert house.roles_of(house.stranger_person) == {ROLES.ADMIN, ROLES.ENTERPRISE}


def test_a_member_asks_for_an_administrator_when_theirs_has_gone(house: House) -> None:
    member = house.make.person(house.organisation, ROLES.RESEARCHER, name="老成员")
    client = house.log_in(member.email)
    response = client.post("/my/organisation/administrator", data={"message": ""})
    assert response.status_code == 422 and list(errors(response)) == ["message"]
    client.post("/my/organisation/administrator", data={"message": "已离职"})
    assert house.notices(house.admin_person) == ["老成员 请求科技局指定其为管理员"]
    assert house.admin.post(
        f"/my/organisation/requests/{house.offer.public_id}", data={"action": "admit", "roles": ["admin"]}
    ).status_code == 403  # fmt: skip
    officer = house.log_in(house.make.officer().email)
    page = f"/organisations/{house.organisation.public_id}/verification"
    data = {"what": "administrator", "target": house.offer.public_id, "agrees": "1", "roles": ["admin"]}
    assert officer.post(page, data=data).status_code == 302
    assert set(active_admins(db.session, house.organisation.id)) == {member.id, house.admin_person.id}
    assert house.admin.post("/my/organisation/administrator", data={"message": "x"}).status_code == 409


def test_two_acceptances_at_once_make_one_membership(app: Flask, house: House) -> None:
    house.invite()
    path, answers = f"/invitations/{house.offer.public_id}/accept", []
    clients = [house.log_in(house.stranger_person.email) for _ in range(4)]
    together = threading.Barrier(len(clients))

    def accept(client: FlaskClient) -> None:
        with app.app_context():
            together.wait(timeout=10)
            answers.append(client.post(path, data={"consent": "1"}).status_code)
            db.session.remove()

    threads = [threading.Thread(target=accept, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 409, 409, 409]
    assert is_member(db.session, house.organisation.id, house.stranger_person.id)
    rows = (
        select(func.count()).select_from(Membership).where(Membership.person_id == house.stranger_person.id)
    )
    db.session.rollback()
    assert db.session.scalar(rows) == 1
    assert db.session.get_one(Organisation, house.organisation.id).memberships[-1].ended_at is None


def test_all_that_is_missing_is_told_at_once(house: House) -> None:
    invited = house.admin.post("/my/organisation/invite", data={})
    asked = house.stranger.post(f"/organisations/{house.organisation.public_id}/join", data={})
    assert (invited.status_code, set(errors(invited))) == (422, {"email", "roles"})
    assert (asked.status_code, set(errors(asked))) == (422, {"message", "roles"})
