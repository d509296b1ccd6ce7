"""Log in and out: the right person, a limit on guessing, no way to another site."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.audit import AuditRecord, first_break
from marketplace.core.db import db, transaction
from tests.factories import PASSWORD, Factory


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person(name="张测试")


def post(client: FlaskClient, email: str, password: str, **more: str) -> tuple[int, str]:
    response = client.post("/login", data={"email": email, "password": password, **more})
    return response.status_code, response.get_data(as_text=True)


def test_a_person_logs_in_and_out(client: FlaskClient, person: Person) -> None:
    assert post(client, person.email.upper(), PASSWORD)[0] == 302
    assert "张测试" in client.get("/").get_data(as_text=True)
    assert client.post("/logout").status_code == 302
    assert "张测试" not in client.get("/").get_data(as_text=True)


def test_a_log_in_is_recorded_in_the_audit_chain(client: FlaskClient, person: Person) -> None:
    post(client, person.email, PASSWORD)
    assert db.session.query(AuditRecord).one().object == f"person:{person.id}"
    assert first_break(db.session) is None


@pytest.mark.parametrize("email", ["", "not-an-address", "nobody@unit.example"])
def test_wrong_input_keeps_the_form_and_says_what_is_wrong(client: FlaskClient, email: str) -> None:
    status, page = post(client, email, "x")
    assert status in (302, 400, 422) and status != 302
    assert f'value="{email}"' in page or not email
    assert "邮箱" in page


def test_an_unknown_account_and_a_wrong_password_look_the_same(client: FlaskClient, person: Person) -> None:
    wrong = post(client, person.email, "wrong")[1].replace(person.email, "")
    unknown = post(client, "nobody@unit.example", "wrong")[1].replace("nobody@unit.example", "")
    message = "邮箱或密码不正确"
    assert message in wrong and message in unknown


def test_guessing_is_limited_and_the_limit_ends(client: FlaskClient, person: Person) -> None:
    for _ in range(5):
        assert post(client, person.email, "wrong")[0] == 422
    status, page = post(client, person.email, PASSWORD)
    assert status == 429 and "分钟后再试" in page
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert post(client, person.email, PASSWORD)[0] == 302


def test_guessing_many_accounts_from_one_address_is_limited(client: FlaskClient) -> None:
    for number in range(30):
        post(client, f"guess{number}@unit.example", "wrong")
    assert post(client, "guess99@unit.example", "wrong")[0] == 429


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "//[",
        "/\r\nSet-Cookie: a=b",
    ],
)
def test_log_in_never_leads_to_another_site(client: FlaskClient, person: Person, target: str) -> None:
    response = client.post("/login", data={"email": person.email, "password": PASSWORD, "next": target})
    assert response.headers["Location"] == "/"


def test_log_in_leads_back_to_the_page_asked_for(client: FlaskClient, person: Person) -> None:
    data = {"email": person.email, "password": PASSWORD, "next": "/search?q=电池"}
    assert client.post("/login", data=data).headers["Location"].startswith("/search?q=")


def test_a_new_session_token_ends_open_sessions(log_in: Callable[[str], FlaskClient], person: Person) -> None:
    client = log_in(person.email)
    with transaction() as session:
        session.get_one(Person, person.id).session_token = "another"
    assert client.get("/login").status_code == 200  # somebody logged in would be sent on


def test_an_inactive_person_cannot_log_in(client: FlaskClient, person: Person) -> None:
    with transaction() as session:
        session.get_one(Person, person.id).active = False
    assert post(client, person.email, PASSWORD)[0] == 422


def test_a_form_without_its_token_is_refused(app: Flask, person: Person) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    status, page = post(app.test_client(), person.email, PASSWORD)
    assert status == 422
    assert "请再登录一次" in page and f'value="{person.email}"' in page
