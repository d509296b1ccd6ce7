"""Headers of every answer, and pages that a strict Content-Security-Policy lets work."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.guards.conftest import BuildSite, World
from tests.guards.pages import Tags

PAGES = (
    "/", "/search?q=电池", "/search?q=zzzz&kind=result&stage=lab", "/match", "/login", "/missing",
    "{results public}", "{demands masked}", "{organisation}", "/styleguide",
)  # fmt: skip


def visit(world: World, path: str, role: str = "visitor") -> TestResponse:
    if path.startswith("{"):
        path = world.urls[path.strip("{}")]
    return world.client(role).get(path)


def policy(response: TestResponse) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {part[0]: part[1:] for part in parts}


def nonce(response: TestResponse) -> str:
    found = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
    assert found is not None
    return found[1]


@pytest.mark.parametrize("role", ["visitor", "district officer"])
@pytest.mark.parametrize("path", PAGES)
def test_scripts_and_styles_come_from_files_only(world: World, path: str, role: str) -> None:
    response = visit(world, path, role)
    tags = Tags(response.get_data(as_text=True))
    if path == "/login" and role != "visitor":
        assert response.status_code == 302
        return
    assert tags.of("script") and tags.of("link")
    for script in tags.of("script"):
        assert script["nonce"] == nonce(response)
        assert str(script["src"]).startswith("/static/") and "?v=" in str(script["src"])
    assert tags.script_text.strip() == ""
    assert tags.of("style") == []
    inline = [
        (tag, name) for tag, found in tags.found for name in found if name == "style" or name[:2] == "on"
    ]
    assert inline == []
    addresses = [str(a.get("href") or a.get("src") or "") for _, a in tags.found]
    assert not [a for a in addresses if a.startswith(("javascript:", "data:", "//", "http"))]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_its_headers(world: World, path: str) -> None:
    response = visit(world, path)
    rules = policy(response)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'", f"'nonce-{nonce(response)}'"]
    assert rules["style-src"] == ["'self'"]
    assert rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert rules["form-action"] == ["'self'"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-Request-ID"])
    assert "Strict-Transport-Security" not in response.headers


def test_each_answer_has_a_nonce_of_its_own(world: World) -> None:
    client = world.client("visitor")
    assert len({nonce(client.get("/match")) for _ in range(5)}) == 5


def test_answers_that_are_no_pages_carry_them_too(world: World) -> None:
    for path in ("/search/suggest?q=电", "/healthz", "/readyz"):
        response = visit(world, path)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert policy(response)["default-src"] == ["'none'"]


def test_static_files_are_kept_only_under_the_address_of_their_content(world: World) -> None:
    client = world.client("visitor")
    page = Tags(client.get("/").get_data(as_text=True))
    links = [str(link["href"]) for link in page.of("link")] + [str(s["src"]) for s in page.of("script")]
    for link in links:
        with client.get(link) as response:
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        with client.get(link.partition("?")[0]) as plain:
            assert "immutable" not in plain.headers["Cache-Control"]
    missing = client.get("/static/css/missing.css?v=1")
    assert missing.status_code == 404 and "immutable" not in missing.headers.get("Cache-Control", "")


def session_cookie(client: FlaskClient) -> str:
    return str(client.get("/login").headers["Set-Cookie"])


@pytest.fixture(scope="module")
def https_site(build_site: BuildSite) -> Flask:
    app = build_site(site_url="https://keji.example")
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(build_site: BuildSite) -> None:
    app = build_site()
    app.config["WTF_CSRF_ENABLED"] = True
    cookie = session_cookie(app.test_client())
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_under_https_the_cookie_is_secure_and_the_browser_told_to_stay(https_site: Flask) -> None:
    client = https_site.test_client()
    cookie = session_cookie(client)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie
    assert client.get("/").headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize(("given", "kept"), [
    ("abcdef-1234", True), ("short", False), ("x" * 65, False), ("abc def gh\u00e9", False),
])  # fmt: skip
def test_a_request_id_is_taken_over_only_when_harmless(world: World, given: str, kept: bool) -> None:
    response = world.client("visitor").get("/healthz", headers={"X-Request-ID": given})
    assert (response.headers["X-Request-ID"] == given) is kept
