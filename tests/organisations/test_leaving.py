"""Roles and leaving: never without an administrator, nothing orphaned, rights gone at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db, transaction
from marketplace.demands.models import Demand
from marketplace.listings.models import Draft
from marketplace.notifications.models import Notice
from marketplace.organisations import handover
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.membership import active_admins
from marketplace.organisations.models import Membership, Organisation
from marketplace.results.models import Result
from tests.factories import Factory
from tests.organisations.pages import errors

LogIn = Callable[[str], FlaskClient]
ROLES = MembershipRole


class Team:
    """An administrator, one who leaves with listings, and two who may take over."""

    def __init__(self, make: Factory, log_in: LogIn) -> None:
        self.make, self.log_in = make, log_in
        self.organisation = make.organisation(name="渤海储能有限公司")
        self.admin = make.person(self.organisation, ROLES.ADMIN, name="管理员")
        self.leaver = make.person(
            self.organisation, ROLES.RESEARCHER, ROLES.ENTERPRISE, ROLES.REVIEWER, name="离职者"
        )
        self.heirs = [make.person(self.organisation, ROLES.RESEARCHER, name=f"接手{i}") for i in range(2)]

    def path(self, person: Person, act: str) -> str:
        return f"/my/organisation/members/{person.public_id}/{act}"

    def post(self, by: Person, person: Person, act: str, **data: Any) -> Any:
        return self.log_in(by.email).post(self.path(person, act), data=data)

    def roles(self, person: Person) -> set[MembershipRole]:
        db.session.rollback()
        rows = select(Membership.role).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
        return set(db.session.scalars(rows))


@pytest.fixture
def team(make: Factory, log_in: LogIn) -> Team:
    return Team(make, log_in)


def test_an_administrator_gives_and_takes_roles(team: Team) -> None:
    assert team.post(team.admin, team.leaver, "roles", roles=["broker", "reviewer"]).status_code == 302
    assert team.roles(team.leaver) == {ROLES.BROKER, ROLES.REVIEWER}
    notice = db.session.scalars(select(Notice).where(Notice.person_id == team.leaver.id)).one()
    assert "单位审核、技术经纪人" in notice.body
    ended = select(Membership.role).where(
        Membership.person_id == team.leaver.id, Membership.ended_at.is_not(None)
    )
    assert set(db.session.scalars(ended)) == {ROLES.RESEARCHER, ROLES.ENTERPRISE}
    for roles, field in (([], "roles"), (["emperor"], "roles")):
        response = team.post(team.admin, team.leaver, "roles", roles=roles)
        assert response.status_code == 422 and list(errors(response)) == [field]
    assert team.post(team.leaver, team.leaver, "roles", roles=["admin"]).status_code == 403


def test_the_last_administrator_stays(team: Team) -> None:
    response = team.post(team.admin, team.admin, "roles", roles=["researcher"])
    assert response.status_code == 422 and "至少要有一名管理员" in errors(response)["roles"]
    assert team.post(team.admin, team.admin, "leave").status_code == 409
    page = team.log_in(team.admin.email).get(team.path(team.admin, "leave")).get_data(as_text=True)
    assert "唯一的管理员" in page
    with transaction() as session:  # an administrator whose account is closed does not count
        closed = session.merge(team.heirs[0])
        closed.active = False
        session.add(Membership(organisation_id=team.organisation.id, person=closed, role=ROLES.ADMIN))
    assert team.post(team.admin, team.admin, "leave").status_code == 409
    team.post(team.admin, team.heirs[1], "roles", roles=["admin"])
    assert team.post(team.admin, team.admin, "leave").status_code == 302
    assert team.roles(team.admin) == set()


def test_two_administrators_who_take_each_others_role_leave_one(app: Flask, team: Team) -> None:
    team.post(team.admin, team.heirs[0], "roles", roles=["admin"])
    pairs = [(team.admin, team.heirs[0]), (team.heirs[0], team.admin)]
    clients = [(team.log_in(by.email), team.path(other, "leave")) for by, other in pairs]
    together, answers = threading.Barrier(2), []

    def remove(client: FlaskClient, path: str) -> None:
        with app.app_context():
            together.wait(timeout=10)
            answers.append(client.post(path).status_code)
            db.session.remove()

    threads = [threading.Thread(target=remove, args=pair) for pair in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert len(active_admins(db.session, team.organisation.id)) == 1
    assert answers.count(302) == 1


def add_draft(team: Team) -> None:
    with transaction() as session:
        session.add(
            Draft(kind="result", organisation_id=team.organisation.id, author_id=team.leaver.id,
                  payload="{}", updated_at=clock.now())
        )  # fmt: skip


def test_everything_is_handed_over_in_one_transaction(team: Team) -> None:
    make, (first, second) = team.make, team.heirs
    result = make.result(team.organisation, team.leaver, title="成果甲")
    demand = make.demand(team.organisation, team.leaver, title="需求乙", published=False)
    others = make.result(*make.staffed(), title="别家的")
    add_draft(team)
    page = team.log_in(team.admin.email).get(team.path(team.leaver, "leave")).get_data(as_text=True)
    for text in ("成果甲", "已发布", "需求乙", "草稿", "未提交的草稿 1 项", "接手0"):
        assert text in page
    assert "别家的" not in page
    one = {f"heir-result:{result.id}": first.public_id}
    for chosen in ({}, one):  # one choice for all is asked for first, not one after the other
        response = team.post(team.admin, team.leaver, "leave", **chosen)
        assert response.status_code == 422 and "每一项" in errors(response)["general"]
    some = {f"heir-result:{result.id}": first.public_id, f"heir-demand:{demand.id}": second.public_id}
    response = team.post(team.admin, team.leaver, "leave", **some)
    assert response.status_code == 422 and list(errors(response)) == ["general"]
    db.session.rollback()
    assert db.session.get_one(Result, result.id).contact_id == team.leaver.id  # all or nothing
    assert team.roles(team.leaver)
    response = team.post(team.admin, team.leaver, "leave", general=second.public_id, **some)
    assert response.status_code == 302
    db.session.rollback()
    assert db.session.get_one(Result, result.id).contact_id == first.id
    assert db.session.get_one(Demand, demand.id).contact_id == second.id
    assert db.session.get_one(Result, others.id).contact_id not in (first.id, second.id)
    assert db.session.scalars(select(Draft.author_id)).one() == second.id
    assert team.roles(team.leaver) == set()
    for person, title in (
        (first, "您接手了 离职者 的事项"),
        (second, "您接手了 离职者 的事项"),
        (team.leaver, "您已不再是渤海储能有限公司的成员"),
    ):
        assert title in db.session.scalars(select(Notice.title).where(Notice.person_id == person.id)).all()
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "membership.end")).one()
    assert "离职者" not in record.detail


def test_a_strangers_successor_is_not_taken(team: Team) -> None:
    team.make.result(team.organisation, team.leaver)
    stranger = team.make.person()
    response = team.post(team.leaver, team.leaver, "leave", general=stranger.public_id)
    assert response.status_code == 422 and team.roles(team.leaver)


def test_the_session_of_the_leaver_loses_its_rights_at_once(team: Team) -> None:
    draft = team.make.result(team.organisation, team.leaver, published=False)
    client = team.log_in(team.leaver.email)
    assert client.get(f"/results/{draft.public_id}").status_code == 200
    assert client.get("/my/organisation").status_code == 200
    form = {"general": team.heirs[0].public_id}
    team.post(team.admin, team.leaver, "leave", **form)
    assert client.get(f"/results/{draft.public_id}").status_code == 404
    assert client.get("/my/organisation").location == "/organisations/join"
    assert client.post(team.path(team.leaver, "leave"), data=form).status_code == 404


def test_memberships_end_and_the_history_stands(team: Team) -> None:
    assert team.post(team.heirs[0], team.heirs[0], "leave").location == "/organisations/join"
    db.session.rollback()
    row = db.session.scalars(select(Membership).where(Membership.person_id == team.heirs[0].id)).one()
    assert row.ended_at is not None
    page = team.log_in(team.admin.email).get("/my/organisation").get_data(as_text=True)
    assert "曾任成员和角色" in page and "接手0" in page.split("曾任成员")[1]
    assert "接手0" not in page.split("曾任成员")[0]


def test_only_oneself_or_the_administrator_ends_a_membership(team: Team) -> None:
    assert team.post(team.heirs[0], team.leaver, "leave").status_code == 403
    outsider = team.make.person(team.make.organisation(), ROLES.ADMIN)
    assert team.post(outsider, team.leaver, "leave").status_code == 404
    assert team.roles(team.leaver)


def test_without_anybody_to_take_over_nobody_with_listings_leaves(make: Factory, log_in: LogIn) -> None:
    organisation, alone = make.staffed()
    make.result(organisation, alone)
    path = f"/my/organisation/members/{alone.public_id}/leave"
    client = log_in(alone.email)
    assert "没有其他成员" in client.get(path).get_data(as_text=True)
    assert client.post(path).status_code == 422
    assert db.session.get_one(Organisation, organisation.id).memberships[0].ended_at is None


def test_other_features_hand_over_by_hooks(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[int, int, int]] = []
    monkeypatch.setattr(handover, "HELD_BY", [lambda session, place, person: ("进行中的对接", 2)])
    monkeypatch.setattr(handover, "HANDOVER", [lambda session, *ids: moved.append(ids)])
    path = team.path(team.leaver, "leave")
    client = team.log_in(team.leaver.email)
    assert "进行中的对接 2 项" in client.get(path).get_data(as_text=True)
    client.post(path, data={"general": team.heirs[1].public_id})
    assert moved == [(team.organisation.id, team.leaver.id, team.heirs[1].id)]
