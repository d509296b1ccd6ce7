"""A form without its token changes nothing; the long ones come back filled."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Factory
from tests.guards.pages import Tags

TEXT = "低温环境下动力电池快速充电，负极析锂，容量衰减明显。"


@pytest.fixture
def guarded(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def posts(app: Flask) -> list[str]:
    """An address of each route that takes a form; the token is asked for before any object is."""

    def address(rule: str) -> str:
        rule = re.sub(r"<any\(([^,)]+)[^)]*\):\w+>", r"\1", rule)
        return re.sub(r"<int:\w+>", "1", re.sub(r"<(?!int:)[^>]+>", "2222222222", rule))

    found = [address(rule.rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert found
    return found


def token(client: FlaskClient, path: str) -> str:
    page = Tags(client.get(path).get_data(as_text=True))
    return next(str(field["value"]) for field in page.of("input") if field.get("name") == "csrf_token")


@pytest.mark.parametrize("wrong", [{}, {"csrf_token": "wrong"}])
def test_every_post_route_refuses_a_missing_or_wrong_token(
    guarded: Flask, log_in: Callable[[str], FlaskClient], make: Factory, wrong: dict[str, str]
) -> None:
    """However its fields are named, a route that takes a form without a token answers 400 or 422.

    Routes for people are asked by one who is logged in: a visitor is sent to the log-in before.
    """
    data = {"text": TEXT, "email": "a@unit.example", "password": "x", **wrong}
    guarded.config["WTF_CSRF_ENABLED"] = False
    person = log_in(make.staffed()[1].email)
    guarded.config["WTF_CSRF_ENABLED"] = True

    def answer(path: str) -> int:
        response = guarded.test_client().post(path, data=data)
        asked = response.status_code == 302 and response.headers["Location"].startswith("/login")
        return person.post(path, data=data).status_code if asked else response.status_code

    answers = {path: answer(path) for path in posts(guarded)}
    assert set(answers.values()) <= {400, 422}, answers


def test_log_out_needs_its_token(guarded: Flask, log_in: Callable[[str], FlaskClient], make: Factory) -> None:
    guarded.config["WTF_CSRF_ENABLED"] = False
    client = log_in(make.person(name="张测试").email)
    guarded.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/logout").status_code == 400
    assert "张测试" in client.get("/").get_data(as_text=True)
    assert client.post("/logout", data={"csrf_token": token(client, "/")}).status_code == 302
    assert "张测试" not in client.get("/").get_data(as_text=True)


def test_a_refused_form_has_a_request_id(guarded: Flask) -> None:
    response = guarded.test_client().post("/logout", headers={"X-Request-ID": "request-1"})
    assert response.status_code == 400 and response.headers["X-Request-ID"] == "request-1"
    assert "request-1" in response.get_data(as_text=True)


def test_match_without_a_token_comes_back_filled(guarded: Flask) -> None:
    response = guarded.test_client().post("/match", data={"text": TEXT, "direction": "result"})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert TEXT in page
    assert "文字仍在" in page
    chosen = [r for r in Tags(page).of("input") if r.get("name") == "direction" and "checked" in r]
    assert [radio["value"] for radio in chosen] == ["result"]


def test_a_form_with_its_token_goes_through(guarded: Flask, make: Factory) -> None:
    client = guarded.test_client()
    data = {"text": TEXT, "csrf_token": token(client, "/match")}
    assert client.post("/match", data=data).status_code == 200
    person = {"email": make.person().email, "password": PASSWORD}
    assert client.post("/login", data={**person, "csrf_token": token(client, "/login")}).status_code == 302


def test_a_token_of_another_session_is_refused(guarded: Flask) -> None:
    stolen = token(guarded.test_client(), "/match")
    mine = guarded.test_client()
    token(mine, "/match")
    assert mine.post("/match", data={"text": TEXT, "csrf_token": stolen}).status_code == 422
