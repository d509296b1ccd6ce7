"""Registering: what is refused, what is mailed, and that nobody learns who has an account."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.registration import FORGET
from marketplace.accounts.terms import TERMS_VERSION
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.jobs import run_next
from tests.accounts.conftest import FORM
from tests.accounts.mailbox import link_in, mails_to, subjects
from tests.factories import Factory

EMAIL = FORM["email"]
Register = Callable[..., FlaskClient]


def found(email: str = EMAIL) -> Person | None:
    db.session.rollback()
    return db.session.scalar(select(Person).where(Person.email == email))


def logged_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_person_registers_confirms_and_arrives(register: Register) -> None:
    client = register()
    assert EMAIL in client.get("/register/sent").get_data(as_text=True)
    assert not logged_in(client)
    link = link_in(EMAIL)
    assert "确认邮箱并登录" in client.get(link).get_data(as_text=True)
    response = client.post(link)
    assert (response.status_code, response.headers["Location"]) == (303, "/welcome")
    assert "赵新来" in client.get("/welcome").get_data(as_text=True)
    person = found()
    assert person is not None and person.email_confirmed_at is not None
    assert (person.phone, person.terms_version) == (FORM["phone"], TERMS_VERSION)
    assert person.terms_accepted_at is not None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "  ", "请填写姓名"),
        ("name", "名" * 41, "最多 40 个字"),
        ("email", "", "请填写邮箱"),
        ("email", "not-an-address", "邮箱格式不正确"),
        ("phone", "打给我", "电话只含"),
        ("phone", "1" * 31, "最多 30 个字符"),
        ("password", "", "请填写密码"),
        ("password", "short", "至少 10 个字符"),
        ("password", "p" * 201, "最多 200 个字符"),
        ("password", "zhao@unit.example", "不能由姓名或邮箱组成"),
        ("password", "Woaini1314520", "太常见"),
        ("password", "aaaaaaaaaaaa", "太常见"),
        ("password", "abcdefghijkl", "太常见"),
        ("terms", "", "请阅读并同意"),
    ],
)
def test_each_wrong_field_is_refused_beside_it_and_the_rest_is_kept(
    client: FlaskClient, field: str, value: str, message: str
) -> None:
    data = {key: text for key, text in (FORM | {field: value}).items() if text or key != "terms"}
    response = client.post("/register", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    refusal = re.search(rf'id="{field}-error">.*?</p>', page, re.DOTALL)
    assert refusal is not None and message in refusal[0]
    assert len(re.findall(r'id="[a-z]+-error"', page)) == 1
    for name in {"name", "email", "phone"} - {field}:
        assert f'value="{FORM[name]}"' in page
    assert ("checked" in page) == (field != "terms")
    assert FORM["password"] not in page
    assert found() is None and mails_to(EMAIL) == []


def test_all_wrong_fields_are_told_at_once(client: FlaskClient) -> None:
    wrong = {"name": "", "email": "not-an-address", "phone": "打给我", "password": "short"}
    page = client.post("/register", data=wrong).get_data(as_text=True)
    refused = set(re.findall(r'id="([a-z]+)-error"', page))
    assert refused == {"name", "email", "phone", "password", "terms"}
    assert re.search(r"<form[^>]* novalidate", page)  # the browser does not stop at the first, either


def test_registering_tells_nobody_whether_an_address_is_known(client: FlaskClient, person: Person) -> None:
    answers = []
    for email in (person.email, "nobody@unit.example"):
        response = client.post("/register", data=FORM | {"email": email})
        page = client.get("/register/sent").get_data(as_text=True)
        page = re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page).replace(email, "")
        answers.append((response.status_code, response.headers["Location"], response.data, page))
    assert answers[0] == answers[1]
    assert subjects(person.email) == ["您的邮箱已有账号"]
    assert link_in(person.email) == "/login" and "/password/forgot" in mails_to(person.email)[-1].body
    assert subjects("nobody@unit.example") == ["请确认您的邮箱"]


def test_what_somebody_registers_changes_nothing_of_a_known_account(
    register: Register, person: Person
) -> None:
    before = (person.name, person.password_hash, person.session_token, person.phone)
    register(email=person.email.upper())
    after = found(person.email)
    assert after is not None
    assert (after.name, after.password_hash, after.session_token, after.phone) == before


def test_the_session_cookie_tells_no_more_than_the_page(app: Flask, person: Person) -> None:
    marks = []
    for email in (person.email, "nobody@unit.example"):
        client = app.test_client()
        client.post("/register", data=FORM | {"email": email})
        with client.session_transaction() as cookie:
            marks.append({key: len(str(value)) for key, value in cookie.items() if key != "mailed_to"})
    assert marks[0] == marks[1]


def test_looking_at_the_link_confirms_nothing(register: Register) -> None:
    client = register()
    for _ in range(3):
        assert client.get(link_in(EMAIL)).status_code == 200
    person = found()
    assert person is not None and person.email_confirmed_at is None


def test_another_browser_must_know_the_password(app: Flask, register: Register) -> None:
    """Else whoever registers somebody's address first would own the account that they confirm."""
    register()
    other, link = app.test_client(), link_in(EMAIL)
    assert "输入注册时设的密码" in other.get(link).get_data(as_text=True)
    assert other.post(link).status_code == 422
    wrong = other.post(link, data={"password": "a wrong password"})
    assert wrong.status_code == 422 and "密码不正确" in wrong.get_data(as_text=True)
    assert not logged_in(other)
    assert other.post(link, data={"password": FORM["password"]}).status_code == 303
    assert logged_in(other)


def test_a_link_confirms_once(register: Register) -> None:
    client, link = register(), link_in(EMAIL)
    client.post(link)
    for again in (client.get(link), client.post(link)):
        assert again.status_code == 410
    assert "已失效" in client.get(link).get_data(as_text=True)


def test_a_link_expires(register: Register) -> None:
    client, link = register(), link_in(EMAIL)
    with clock.frozen(clock.now() + timedelta(hours=48, minutes=1)):
        assert client.post(link).status_code == 410
    assert client.post(link).status_code == 303


def test_registering_anew_replaces_what_waits_and_kills_its_link(register: Register) -> None:
    client, first = register(), link_in(EMAIL)
    register(name="赵又来", password="seven green hills away")
    assert client.get(first).status_code == 410
    assert client.post(link_in(EMAIL)).status_code == 303
    person = found()
    assert person is not None and person.name == "赵又来"
    assert db.session.query(Person).count() == 1


def test_logging_in_before_confirming_says_so_and_mails_again(app: Flask, register: Register) -> None:
    register()
    client = app.test_client()
    response = client.post("/login", data={"email": EMAIL, "password": FORM["password"]})
    assert (response.status_code, response.headers["Location"]) == (303, "/register/sent")
    assert "还没有确认" in client.get("/register/sent").get_data(as_text=True)
    assert subjects(EMAIL) == ["请确认您的邮箱"] * 2
    assert not logged_in(client)
    assert client.post(link_in(EMAIL)).status_code == 303  # the password was right: one button is enough


def test_a_wrong_password_before_confirming_looks_like_any_other(app: Flask, register: Register) -> None:
    register()
    response = app.test_client().post("/login", data={"email": EMAIL, "password": "wrong"})
    assert response.status_code == 422
    assert "邮箱或密码不正确" in response.get_data(as_text=True)
    assert len(mails_to(EMAIL)) == 1


def test_asking_again_answers_all_alike_and_mails_what_helps(
    app: Flask, register: Register, person: Person
) -> None:
    register()
    client, pages = app.test_client(), set()
    for email in (EMAIL, person.email, "nobody@unit.example"):
        response = client.post("/register/resend", data={"email": email})
        page = client.get("/register/sent").get_data(as_text=True)
        page = re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page)
        pages.add((response.status_code, response.data, page.replace(email, "")))
    assert len(pages) == 1
    assert subjects(EMAIL) == ["请确认您的邮箱"] * 2
    assert subjects(person.email) == ["您的邮箱已有账号"]
    assert subjects("nobody@unit.example") == ["您的邮箱还没有账号"]


def test_one_address_gets_only_so_many_mails_in_an_hour(client: FlaskClient) -> None:
    for _ in range(8):
        assert client.post("/register/resend", data={"email": "a@unit.example"}).status_code == 303
    assert len(mails_to("a@unit.example")) == 5
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        client.post("/register/resend", data={"email": "a@unit.example"})
    assert len(mails_to("a@unit.example")) == 6


def test_what_is_never_confirmed_is_forgotten_after_a_week(register: Register) -> None:
    register()
    with clock.frozen(clock.now() + timedelta(days=6)):
        assert not run_next(frozenset({FORGET}))
    with clock.frozen(clock.now() + timedelta(days=7, minutes=1)):
        assert run_next(frozenset({FORGET}))
    assert found() is None


def test_who_has_confirmed_stays(register: Register) -> None:
    register().post(link_in(EMAIL))
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert not run_next(frozenset({FORGET}))
    assert found() is not None


def test_somebody_logged_in_does_not_register(log_in: Callable[[str], FlaskClient], make: Factory) -> None:
    client = log_in(make.person().email)
    assert client.get("/register").headers["Location"] == "/account"


@pytest.mark.parametrize("path", ["/register", "/register/resend", "/password/forgot"])
def test_a_form_without_its_token_comes_back_filled(app: Flask, path: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    response = app.test_client().post(path, data=FORM)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'value="{EMAIL}"' in page and "再提交一次" in page
    assert mails_to(EMAIL) == []


@pytest.mark.parametrize("path", ["/terms", "/privacy"])
def test_the_terms_name_their_version(client: FlaskClient, path: str) -> None:
    assert TERMS_VERSION in client.get(path).get_data(as_text=True)
