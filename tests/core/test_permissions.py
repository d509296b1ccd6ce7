"""The rules of routes: declared above the view, refused without one."""

import pytest
from flask import Flask

from marketplace.core.permissions import Access, access, rule_of
from tests.conftest import Client, make_settings
from tests.factories import Factory


def test_a_rule_is_declared_on_the_view_itself(app: Flask) -> None:
    @access(Access.LOGGED_IN)
    def view() -> str:
        return "seen"

    app.add_url_rule("/view", "view", view)
    app.add_url_rule("/bare", "bare", lambda: "seen")
    assert view() == "seen"
    assert rule_of(app, "view") is Access.LOGGED_IN
    assert rule_of(app, "bare") is None
    assert rule_of(app, "unknown") is None
    assert rule_of(app, "static") is Access.PUBLIC


@pytest.mark.parametrize(
    ("rule", "visitor", "person"),
    [
        (Access.PUBLIC, 200, 200),
        (Access.LOGGED_IN, 302, 200),
        (Access.DEVELOPMENT, 200, 200),
        (None, 403, 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_may_call(
    app: Flask, make: Factory, rule: Access | None, visitor: int, person: int, method: str
) -> None:
    def view() -> str:
        return "seen"

    app.add_url_rule("/planted", "planted", access(rule)(view) if rule else view, methods=[method])
    assert app.test_client().open("/planted", method=method).status_code == visitor
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = make.person().get_id()
    assert client.open("/planted", method=method).status_code == person


def test_development_routes_are_absent_in_production(app: Flask) -> None:
    app.add_url_rule("/planted", "planted", access(Access.DEVELOPMENT)(lambda: "seen"))
    settings = app.extensions["settings"]
    app.extensions["settings"] = make_settings(settings.instance_path, app_env="production")
    app.test_client_class = Client
    assert app.test_client().get("/planted").status_code == 404


def test_an_ended_session_is_a_visitor(app: Flask, make: Factory) -> None:
    app.add_url_rule("/planted", "planted", access(Access.LOGGED_IN)(lambda: "seen"))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{make.person().id}:a-token-of-yesterday"
    assert client.get("/planted").status_code == 302
