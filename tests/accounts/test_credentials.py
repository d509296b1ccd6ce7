"""Passwords, addresses and sessions: reset, changed, ended."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Settings
from marketplace.accounts.models import Person
from marketplace.accounts.registration import Registration, register_person
from marketplace.accounts.tokens import DeadLink, Purpose, make_token, read_token
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db, transaction
from marketplace.core.logging import shown_path
from tests.accounts.mailbox import link_in, mails_to, subjects
from tests.factories import PASSWORD, Factory

NEW = "seven green hills away"
LogIn = Callable[[str], FlaskClient]


def enter(app: Flask, email: str, password: str) -> int:
    return app.test_client().post("/login", data={"email": email, "password": password}).status_code


def logged_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def ask_for_reset(client: FlaskClient, email: str) -> str:
    assert client.post("/password/forgot", data={"email": email}).status_code == 303
    return link_in(email)


def audited(person: Person) -> list[str]:
    rows = db.session.scalars(select(AuditRecord).where(AuditRecord.object == f"person:{person.id}"))
    return [row.action for row in rows]


def test_a_forgotten_password_is_reset_and_ends_every_session(
    app: Flask, client: FlaskClient, log_in: LogIn, person: Person
) -> None:
    thief = log_in(person.email)
    link = ask_for_reset(client, person.email)
    assert person.email in client.get(link).get_data(as_text=True)
    assert client.post(link, data={"password": NEW}).headers["Location"] == "/login"
    assert not logged_in(thief)
    assert enter(app, person.email, PASSWORD) == 422
    assert enter(app, person.email, NEW) == 302
    assert subjects(person.email) == ["重设密码", "您的密码已修改"]
    assert "person.password_reset" in audited(person)


def test_a_reset_link_works_once(client: FlaskClient, person: Person) -> None:
    link = ask_for_reset(client, person.email)
    older = link
    link = ask_for_reset(client, person.email)
    assert client.post(link, data={"password": NEW}).status_code == 303
    for dead in (link, older):
        assert client.post(dead, data={"password": "another long password"}).status_code == 410


def test_a_reset_link_expires(client: FlaskClient, person: Person) -> None:
    link = ask_for_reset(client, person.email)
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert client.get(link).status_code == 410


def test_asking_for_a_reset_answers_all_alike(client: FlaskClient, person: Person) -> None:
    answers = set()
    for email in (person.email, "nobody@unit.example"):
        response = client.post("/password/forgot", data={"email": email})
        page = client.get("/password/sent").get_data(as_text=True)
        page = re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page).replace(email, "")
        answers.add((response.status_code, response.headers["Location"], response.data, page))
    assert len(answers) == 1
    assert subjects("nobody@unit.example") == ["您的邮箱还没有账号"]


def test_a_reset_shows_that_the_address_is_theirs(app: Flask, client: FlaskClient) -> None:
    with transaction() as session:
        register_person(session, Registration(name="甲", email="jia@unit.example", password_hash="x"))
    client.post(ask_for_reset(client, "jia@unit.example"), data={"password": NEW})
    assert enter(app, "jia@unit.example", NEW) == 302


@pytest.mark.parametrize("password", ["", "short", "password123", "张测试张测试张测试1"])
def test_a_weak_new_password_is_refused_and_the_link_still_works(
    client: FlaskClient, person: Person, password: str
) -> None:
    link = ask_for_reset(client, person.email)
    response = client.post(link, data={"password": password})
    assert response.status_code == 422 and 'id="password-error"' in response.get_data(as_text=True)
    assert client.post(link, data={"password": NEW}).status_code == 303


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_holds_for_its_purpose_alone(person: Person, purpose: Purpose) -> None:
    token = make_token(person, purpose, person.email)
    if purpose is Purpose.CONFIRM:
        with pytest.raises(DeadLink):  # confirmed already
            read_token(db.session, purpose, token)
    else:
        assert read_token(db.session, purpose, token).person.id == person.id
    for other in set(Purpose) - {purpose}:
        with pytest.raises(DeadLink):
            read_token(db.session, other, token)


@pytest.mark.parametrize(
    "change", [{"session_token": "another"}, {"email": "b@unit.example"}, {"active": False}]
)
def test_a_link_dies_with_what_it_is_bound_to(person: Person, change: dict[str, object]) -> None:
    token = make_token(person, Purpose.RESET, person.email)
    with transaction() as session:
        for name, value in change.items():
            setattr(session.get_one(Person, person.id), name, value)
    with pytest.raises(DeadLink):
        read_token(db.session, Purpose.RESET, token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u4e2d"])
def test_nonsense_is_a_dead_link(app: Flask, token: str) -> None:
    with pytest.raises(DeadLink):
        read_token(db.session, Purpose.RESET, token)


def test_changing_the_password_ends_the_other_sessions_only(
    log_in: LogIn, app: Flask, person: Person
) -> None:
    mine, other = log_in(person.email), log_in(person.email)
    response = mine.post("/account/password", data={"present": PASSWORD, "password": NEW})
    assert response.status_code == 303
    assert logged_in(mine) and not logged_in(other)
    assert enter(app, person.email, NEW) == 302
    assert subjects(person.email) == ["您的密码已修改"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"present": "wrong password", "password": NEW}, "present"),
        ({"present": "", "password": NEW}, "present"),
        ({"present": PASSWORD, "password": "short"}, "password"),
        ({"present": PASSWORD, "password": ""}, "password"),
    ],
)
def test_a_wrong_change_of_password_is_refused_beside_its_field(
    log_in: LogIn, person: Person, data: dict[str, str], field: str
) -> None:
    client = log_in(person.email)
    response = client.post("/account/password", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and re.findall(r'id="(\w+)-error"', page) == [field]
    assert PASSWORD not in page and NEW not in page
    assert logged_in(client) and mails_to(person.email) == []


def test_guessing_the_present_password_is_limited(log_in: LogIn, person: Person) -> None:
    client = log_in(person.email)
    answers = [
        client.post("/account/password", data={"present": "wrong", "password": NEW}).status_code
        for _ in range(6)
    ]
    assert answers == [422] * 5 + [429]


def test_other_devices_can_be_logged_out(log_in: LogIn, person: Person) -> None:
    mine, other = log_in(person.email), log_in(person.email)
    assert mine.post("/account/sessions").status_code == 303
    assert logged_in(mine) and not logged_in(other)


def ask_for_change(client: FlaskClient, email: str) -> None:
    response = client.post("/account/email", data={"email": email, "present": PASSWORD})
    assert response.status_code == 303, response.get_data(as_text=True)


def test_an_address_is_changed_after_its_owner_agrees(log_in: LogIn, app: Flask, person: Person) -> None:
    mine, other, old = log_in(person.email), log_in(person.email), person.email
    ask_for_change(mine, "New@unit.example")
    assert "new@unit.example" in mine.get("/account/email/sent").get_data(as_text=True)
    link = link_in("new@unit.example")
    assert mine.get(link).status_code == 200
    assert enter(app, old, PASSWORD) == 302  # looking changes nothing
    assert mine.post(link).headers["Location"] == "/account"
    assert logged_in(mine) and not logged_in(other)
    assert enter(app, old, PASSWORD) == 422 and enter(app, "new@unit.example", PASSWORD) == 302
    assert subjects(old) == ["您的登录邮箱已更换"] and "new@" not in mails_to(old)[0].body
    assert mine.post(link).status_code == 410


def test_the_link_may_be_opened_where_nobody_is_logged_in(log_in: LogIn, app: Flask, person: Person) -> None:
    ask_for_change(log_in(person.email), "new@unit.example")
    stranger = app.test_client()
    assert stranger.post(link_in("new@unit.example")).headers["Location"] == "/login"
    assert not logged_in(stranger)


def test_a_taken_address_is_told_to_its_owner_alone(log_in: LogIn, make: Factory, person: Person) -> None:
    owner, client = make.person(), log_in(person.email)
    client.get("/")  # the greeting is shown once
    pages = set()
    for email in (owner.email, "free@unit.example"):
        ask_for_change(client, email)
        page = client.get("/account/email/sent").get_data(as_text=True)
        pages.add(re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page).replace(email, ""))
    assert len(pages) == 1
    assert subjects(owner.email) == ["这个邮箱已用于另一个账号"]


def test_an_address_taken_meanwhile_stays_with_who_has_it(
    log_in: LogIn, make: Factory, person: Person
) -> None:
    client, old = log_in(person.email), person.email
    ask_for_change(client, "new@unit.example")
    link = link_in("new@unit.example")
    make.person(email="new@unit.example")
    assert client.post(link).status_code == 410
    db.session.rollback()
    assert db.session.get_one(Person, person.id).email == old


def test_a_registration_that_waits_gives_way_to_the_owner(log_in: LogIn, person: Person) -> None:
    with transaction() as session:
        register_person(session, Registration(name="甲", email="new@unit.example", password_hash="x"))
    client = log_in(person.email)
    ask_for_change(client, "new@unit.example")
    assert client.post(link_in("new@unit.example")).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Person, person.id).email == "new@unit.example"
    assert db.session.query(Person).count() == 1


@pytest.mark.parametrize(
    ("data", "field", "kept"),
    [
        ({"email": "", "present": PASSWORD}, "email", ""),
        ({"email": "nonsense", "present": PASSWORD}, "email", "nonsense"),
        ({"email": "{own}", "present": PASSWORD}, "email", "{own}"),
        ({"email": "b@unit.example", "present": "wrong"}, "present", "b@unit.example"),
        ({"email": "b@unit.example", "present": ""}, "present", "b@unit.example"),
    ],
)
def test_a_wrong_change_of_address_is_refused_beside_its_field(
    log_in: LogIn, person: Person, data: dict[str, str], field: str, kept: str
) -> None:
    client = log_in(person.email)
    data = {name: value.replace("{own}", person.email) for name, value in data.items()}
    response = client.post("/account/email", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and re.findall(r'id="(\w+)-error"', page) == [field]
    assert f'value="{kept.replace("{own}", person.email)}"' in page and PASSWORD not in page


def test_mailed_links_stay_out_of_the_log(app: Flask, client: FlaskClient, person: Person) -> None:
    with app.test_request_context(ask_for_reset(client, person.email)):
        app.preprocess_request()
        assert shown_path() == "/password/reset/<token>"


def test_routes_that_mail_are_limited_by_address(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    settings.account_rate = "2 per hour"
    client = app.test_client()
    for path in ("/register", "/password/forgot", "/register/resend"):
        answers = [client.post(path, data={"email": ""}).status_code for _ in range(3)]
        assert answers == [422, 422, 429], path
