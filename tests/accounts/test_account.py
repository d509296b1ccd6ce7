"""One's own page, the organisation one acts for, and what waits."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.current import ACTING_FOR
from marketplace.accounts.desk import waiting_for
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.accounts.profiles import ProfileData, ProfileKind, save_profile
from marketplace.accounts.registration import accept_terms
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Membership, Organisation
from marketplace.organisations.service import add_member
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def two(make: Factory) -> tuple[Person, Organisation, Organisation]:
    """A person who belongs to two organisations."""
    first, second = make.organisation(short_name="第一院"), make.organisation(short_name="第二院")
    person = make.person(first, MembershipRole.RESEARCHER, MembershipRole.REVIEWER)
    with transaction() as session:
        add_member(session, session.merge(second), session.merge(person), MembershipRole.BROKER)
    return person, first, second


def acting_in(client: FlaskClient) -> str:
    """The organisation named beside the person in the header."""
    found = re.search(r'class="menu-org[^"]*">([^<]*)<', client.get("/account").get_data(as_text=True))
    return found[1] if found else ""


def acting_for(client: FlaskClient) -> object:
    with client.session_transaction() as cookie:
        return cookie.get(ACTING_FOR)


def test_one_acts_for_one_organisation_at_a_time(
    log_in: LogIn, make: Factory, two: tuple[Person, Organisation, Organisation]
) -> None:
    person, _, second = two
    draft = make.result(second, make.person(second), published=False)
    client = log_in(person.email)
    assert acting_in(client) == "第一院"
    assert client.get(f"/results/{draft.public_id}").status_code == 404
    response = client.post("/acting", data={"organisation": second.public_id, "next": "/account"})
    assert (response.status_code, response.headers["Location"]) == (303, "/account")
    assert acting_in(client) == "第二院"
    assert client.get(f"/results/{draft.public_id}").status_code == 200


def test_the_menu_offers_ones_organisations_with_the_present_one_marked(
    log_in: LogIn, two: tuple[Person, Organisation, Organisation]
) -> None:
    person, first, second = two
    page = log_in(person.email).get("/account").get_data(as_text=True)
    menu = page[page.index("menu-acting") : page.index("我的账号</a>")]
    offered = dict(re.findall(r'value="(\w{10})"\s*(aria-current="true")?>', menu))
    assert offered == {first.public_id: 'aria-current="true"', second.public_id: ""}


def test_nobody_acts_for_an_organisation_that_is_not_theirs(
    log_in: LogIn, make: Factory, two: tuple[Person, Organisation, Organisation]
) -> None:
    person, _, second = two
    with transaction() as session:
        membership = session.query(Membership).filter_by(organisation_id=second.id).one()
        membership.ended_at = clock.now()
    client = log_in(person.email)
    for public_id in (make.organisation().public_id, second.public_id, "", "2222222222"):
        assert client.post("/acting", data={"organisation": public_id}).status_code == 404
    assert acting_for(client) is None


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_switching_never_leads_to_another_site(
    log_in: LogIn, two: tuple[Person, Organisation, Organisation], target: str
) -> None:
    person, _, second = two
    data = {"organisation": second.public_id, "next": target}
    assert log_in(person.email).post("/acting", data=data).headers["Location"] == "/"


def test_the_choice_survives_a_new_password(
    log_in: LogIn, two: tuple[Person, Organisation, Organisation]
) -> None:
    person, _, second = two
    client = log_in(person.email)
    client.post("/acting", data={"organisation": second.public_id})
    client.post("/account/sessions")
    assert acting_for(client) == second.id


def test_the_page_shows_each_membership_with_its_roles(
    log_in: LogIn, two: tuple[Person, Organisation, Organisation]
) -> None:
    person, first, _ = two
    page = log_in(person.email).get("/account").get_data(as_text=True)
    assert first.name in page and "科研人员、单位审核" in page and "技术经纪人" in page
    assert person.email in page


def test_a_person_changes_name_phone_and_title(log_in: LogIn, person: Person) -> None:
    data = {"name": " 张改名 ", "phone": "13800000000", "professional_title": "教授"}
    assert log_in(person.email).post("/account", data=data).status_code == 303
    db.session.rollback()
    changed = db.session.get_one(Person, person.id)
    assert (changed.name, changed.phone, changed.professional_title) == ("张改名", "13800000000", "教授")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "名" * 41), ("phone", "电话"), ("professional_title", "职" * 61)],
)
def test_wrong_personal_data_are_refused_beside_their_field(
    log_in: LogIn, person: Person, field: str, value: str
) -> None:
    data = {"name": "张改名", "phone": "13800000000", "professional_title": "教授", field: value}
    response = log_in(person.email).post("/account", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and re.findall(r'id="(\w+)-error"', page) == [field]
    for name in set(data) - {field}:
        assert f'value="{data[name]}"' in page
    db.session.rollback()
    assert db.session.get_one(Person, person.id).name == "张测试"


@pytest.mark.parametrize(
    "path", ["/account", "/account/password", "/account/email", "/account/profiles/expert"]
)
def test_a_form_without_its_token_changes_nothing(
    app: Flask, log_in: LogIn, person: Person, path: str
) -> None:
    client = log_in(person.email)
    app.config["WTF_CSRF_ENABLED"] = True
    response = client.post(path, data={"name": "张改名"})
    assert response.status_code == 422 and "再提交一次" in response.get_data(as_text=True)


def agreed_to_older_terms(person: Person) -> None:
    with transaction() as session:
        session.get_one(Person, person.id).terms_version = "2020-01"


def test_new_terms_are_agreed_to_once(log_in: LogIn, person: Person) -> None:
    client = log_in(person.email)
    agreed_to_older_terms(person)
    assert "有新的版本" in client.get("/account").get_data(as_text=True)
    assert client.post("/account/terms").status_code == 303
    assert "有新的版本" not in client.get("/account").get_data(as_text=True)


def lines(person: Person) -> list[str]:
    found = db.session.get_one(Person, person.id)
    return [f"{line.verb}{line.title} {line.path}" for line in waiting_for(db.session, reader_of(found))]


def test_what_waits_is_said_until_it_is_done(app: Flask, make: Factory) -> None:
    person = make.person(make.organisation(), MembershipRole.RESEARCHER, MembershipRole.BROKER)
    agreed_to_older_terms(person)
    with app.test_request_context():
        assert lines(person) == [
            "同意新版用户协议与隐私说明 /account",
            "填写科研人员简介 /account/profiles/researcher",
            "填写技术经纪人简介 /account/profiles/broker",
        ]
        data = ProfileData(direction="电池", fields=("newenergy",))
        with transaction() as session:
            found = session.get_one(Person, person.id)
            accept_terms(session, found)
            save_profile(session, found, ProfileKind.RESEARCHER, data)
        assert lines(person) == ["填写技术经纪人简介 /account/profiles/broker"]


def test_nothing_waits_for_a_visitor_or_an_officer(app: Flask, make: Factory) -> None:
    officer = make.officer()
    with app.test_request_context():
        assert waiting_for(db.session, reader_of(None)) == []
        assert lines(officer) == []
