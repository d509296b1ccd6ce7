"""Who may call what: every route has a rule, and every route × role × object its declared answer."""

import re
from pathlib import Path

import pytest
from flask import Flask, template_rendered

from marketplace.core.permissions import Access, access, rule_of
from tests.guards import routes_accounts
from tests.guards.conftest import BuildSite, World
from tests.guards.roles import EVERYBODY, NOBODY, OFFICERS, OWN, ROLES
from tests.guards.routes_disclosure import DISCLOSURE
from tests.guards.routes_drafting import DRAFTING
from tests.guards.routes_introductions import INTRODUCTIONS
from tests.guards.routes_life import LIFE
from tests.guards.routes_life import declared as declared_of_life
from tests.guards.routes_officer import OFFICER_PAGES, OFFICER_ROUTES
from tests.guards.routes_organisations import ROUTES

# Object → who may read it; everybody else gets 404, as if it did not exist.
READERS = {
    "public": EVERYBODY,
    "masked": EVERYBODY,
    "controlled": OWN | OFFICERS,
    "withdrawn": OWN | OFFICERS,
    "expired": OWN | OFFICERS,
    "draft": OWN,
    "directed": OWN | OFFICERS | {"invited"},
    "unknown": NOBODY,
}
ABSENT = "/{}/2222222222"

# (endpoint, method) → address and status for a visitor and for anybody logged in.
SIMPLE = {
    ("static", "GET"): ("/static/css/site.css", 200, 200),
    ("home.start", "GET"): ("/", 200, 200),
    ("matching.search", "GET"): ("/search?q=电池", 200, 200),
    ("matching.suggest", "GET"): ("/search/suggest?q=电", 200, 200),
    ("matching.match", "GET"): ("/match", 200, 200),
    ("matching.match", "POST"): ("/match", 422, 422),  # nothing pasted
    ("organisations.detail", "GET"): ("{organisation}", 200, 200),
    ("notifications.inbox", "GET"): ("/inbox", 302, 200),
    ("notifications.open_notice", "POST"): ("/inbox/2222222222/open", 302, 404),  # one's own: tests/inbox
    ("notifications.read_all", "POST"): ("/inbox/read", 302, 303),
    ("notifications.unread_again", "POST"): ("/inbox/read/1/undo", 302, 303),
    ("notifications.choose_mail", "POST"): ("/inbox/mail", 302, 422),  # nothing chosen
    ("notifications.mailbox", "GET"): ("/mailbox", 200, 200),
    ("health.healthz", "GET"): ("/healthz", 200, 200),
    ("health.readyz", "GET"): ("/readyz", 200, 200),
    ("styleguide.index", "GET"): ("/styleguide", 200, 200),
    ("desk.desk", "GET"): ("/desk", 302, 200),
    **routes_accounts.ROUTES,
}
BY_OBJECT = {
    ("results.detail", "GET"): ("results", tuple(READERS.keys() - {"masked", "directed"})),
    ("demands.detail", "GET"): ("demands", tuple(READERS)),
    **routes_accounts.BY_OBJECT,
}  # fmt: skip
BY_ROLE = LIFE | INTRODUCTIONS


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def without_rule(app: Flask) -> list[str]:
    return sorted(e for e in {rule.endpoint for rule in app.url_map.iter_rules()} if rule_of(app, e) is None)


def test_every_route_has_a_declared_rule(site: Flask) -> None:
    assert without_rule(site) == []


def test_a_route_without_a_rule_is_noticed_and_refused(build_site: BuildSite) -> None:
    app = build_site()
    app.add_url_rule("/planted", "planted", lambda: "secret")
    assert without_rule(app) == ["planted"]
    response = app.test_client().get("/planted")
    assert response.status_code == 403
    assert "secret" not in response.get_data(as_text=True)


def test_a_route_for_people_asks_visitors_to_log_in(build_site: BuildSite, world: World) -> None:
    app = build_site()
    app.add_url_rule("/planted", "planted", access(Access.LOGGED_IN)(lambda: "for people"))
    response = app.test_client().get("/planted?page=2")
    assert response.status_code == 302
    assert response.headers["Location"] == "/login?next=/planted?page%3D2"


def test_every_route_stands_in_the_table(site: Flask) -> None:
    tables = (SIMPLE, BY_OBJECT, BY_ROLE, DRAFTING, DISCLOSURE, OFFICER_ROUTES, ROUTES)
    assert routes(site) == {route for table in tables for route in table}


def test_the_table_names_every_role(world: World) -> None:
    assert set(world.people) == EVERYBODY


def status(world: World, role: str, method: str, path: str) -> int:
    path = path.format_map(world.urls)
    with world.client(role).open(path, method=method) as response:
        return response.status_code


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answer(world: World, role: str) -> None:
    answers, declared = {}, {}
    for (endpoint, method), (path, visitor, person) in SIMPLE.items():
        key = f"{method} {endpoint}"
        declared[key] = visitor if role == "visitor" else person
        answers[key] = status(world, role, method, path)
    for (endpoint, method), (kind, names) in BY_OBJECT.items():
        for name in names:
            key = f"{method} {endpoint} {name}"
            declared[key] = 200 if role in READERS[name] else 404
            path = world.urls.get(f"{kind} {name}", ABSENT.format(kind))
            answers[key] = status(world, role, method, path)
    assert answers == declared


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_answer_declared_by_feature(world: World, role: str) -> None:
    answers, declared = {}, {}
    for (_, method), addresses in BY_ROLE.items():
        for address, expected in addresses:
            key = f"{method} {address}"
            declared[key] = declared_of_life(expected, role)
            answers[key] = status(world, role, method, address)
    assert answers == declared


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answer_about_organisations(world: World, role: str) -> None:
    declared = {key: route.expected(role) for key, route in ROUTES.items()}
    assert {key: status(world, role, key[1], ROUTES[key].path) for key in ROUTES} == declared


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answer_around_the_officers(world: World, role: str) -> None:
    answers, declared = {}, {}
    for (_, method), cases in OFFICER_ROUTES.items():
        for path, by_role in cases:
            declared[f"{method} {path}"] = by_role[role]
            answers[f"{method} {path}"] = status(world, role, method, path)
    assert answers == declared


def test_what_must_not_be_known_answers_as_what_does_not_exist(world: World) -> None:
    def page(path: str) -> str:
        text = world.client("visitor").get(path).get_data(as_text=True)
        text = re.sub(r'nonce="[^"]*"|<span class="num">[0-9a-f]{16}</span>', "", text)
        return text.replace(path.rpartition("/")[2], "")

    for kind in ("results", "demands"):
        missing = page(ABSENT.format(kind))
        for name in ("draft", "withdrawn", "expired", "controlled"):
            assert page(world.urls[f"{kind} {name}"]) == missing


STATES = (
    "/search", "/search?kind=demand&page=2", "/search?q=zzzz&kind=result&stage=lab&trl=9",
    "/search?q=电池&field=newenergy&zone=teda&sort=price", "/search?q=动力电池&sort=newest",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_page_renders_for_every_role(world: World, role: str) -> None:
    """In all its states; an undefined name in a template would be a 500 (StrictUndefined)."""
    client = world.client(role)
    for path in STATES:
        assert client.get(path).status_code == 200, path
    for direction in ("need", "result"):
        data = {"direction": direction, "text": "低温环境下动力电池快速充电，负极析锂。"}
        for headers in ({}, {"HX-Request": "true"}):
            assert client.post("/match", data=data, headers=headers).status_code == 200
    wrong = client.post("/match", data={"text": "短"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422


def test_no_page_template_is_left_out(world: World) -> None:
    seen: set[str] = set()

    def note(sender: Flask, template: object, context: object) -> None:
        seen.add(str(getattr(template, "name", "")))

    template_rendered.connect(note, world.app)
    try:
        pages = [path for (_, method), (path, *_) in SIMPLE.items() if method == "GET"]
        for role in ("visitor", "own admin", "own reviewer", "other admin", "district officer"):
            for path in (*pages, "/details", "/missing", *world.urls.values()):
                status(world, role, "GET", path)
        for path in OFFICER_PAGES:
            status(world, "district officer", "GET", path)
        world.client("visitor").post("/match", data={"text": "短"}, headers={"HX-Request": "true"})
        for (_, method), route in ROUTES.items():
            readers = [role for role in ROLES if route.expected(role) == 200]
            if method == "GET":
                status(world, readers[0], method, route.path)
    finally:
        template_rendered.disconnect(note, world.app)
    pages = {
        name
        for name in world.app.jinja_env.list_templates(["html"])
        if not name.startswith(("components/", "drafting/")) and not Path(name).name.startswith("_")
    }
    assert pages - {"base.html", "layout.html"} <= seen


def test_pages_of_development_are_not_there_in_production(build_site: BuildSite) -> None:
    app = build_site(app_env="production")
    for path in ("/styleguide", "/mailbox"):
        assert app.test_client().get(path).status_code == 404
    assert app.test_client().get("/").status_code == 200
