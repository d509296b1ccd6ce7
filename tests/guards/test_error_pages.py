"""Every error as a Chinese page that says what to do next, and as JSON for those who ask for it."""

from collections.abc import Callable

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError

from marketplace.core.errors import TEXTS, Conflict, InvalidInput, NotAllowed, NotFound, TooMany, Unavailable
from marketplace.core.permissions import Access, access
from tests.guards.conftest import BuildSite

SECRET = "内部路径与口令"


def crash() -> str:
    raise RuntimeError(SECRET)


def database_is_down() -> str:
    raise OperationalError(f"SELECT '{SECRET}'", {}, Exception("unable to open database file"))


def raising(error: Exception) -> Callable[[], str]:
    def view() -> str:
        raise error

    return view


VIEWS: dict[str, tuple[int, Callable[[], str]]] = {
    "bad": (400, lambda: abort(400)),
    "input": (400, raising(InvalidInput("请填写单位名称。", "name"))),
    "forbidden": (403, raising(NotAllowed("您不是该单位的成员。"))),
    "absent": (404, raising(NotFound("该成果已下架。"))),
    "conflict": (409, raising(Conflict("当前状态为“下架”。"))),
    "large": (413, lambda: abort(413)),
    "teapot": (418, lambda: abort(418)),
    "many": (429, raising(TooMany("请约 5 分钟后再试。", retry_after=300))),
    "crash": (500, crash),
    "down": (503, database_is_down),
    "busy": (503, raising(Unavailable("匹配服务暂时繁忙。", 10))),
}


@pytest.fixture(scope="module")
def failing_site(build_site: BuildSite) -> Flask:
    app = build_site()
    for name, (_, view) in VIEWS.items():
        app.add_url_rule(f"/{name}", name, access(Access.PUBLIC)(lambda view=view: view()))
    return app


def own_words(name: str) -> str:
    """The message that the error itself brings along, if any."""
    try:
        VIEWS[name][1]()
    except Exception as error:  # each view raises something else
        return str(getattr(error, "message", ""))
    return ""


@pytest.mark.parametrize("name", VIEWS)
def test_an_error_is_a_page_that_says_what_to_do(failing_site: Flask, name: str) -> None:
    status = VIEWS[name][0]
    response = failing_site.test_client().get(f"/{name}", headers={"X-Request-ID": "request-4711"})
    page = response.get_data(as_text=True)
    text = TEXTS.get(status, TEXTS[400])
    assert response.status_code == status
    assert response.mimetype == "text/html"
    for part in (text.title, own_words(name) or text.message, text.advice, "request-4711", "回到首页"):
        assert part in page
    assert ("kind=demand" in page) is (status == 404)  # from nowhere on to what there is


@pytest.mark.parametrize("name", VIEWS)
def test_an_error_is_json_when_asked_for(failing_site: Flask, name: str) -> None:
    status = VIEWS[name][0]
    headers = {"X-Request-ID": "request-4711", "Accept": "application/json"}
    response = failing_site.test_client().get(f"/{name}", headers=headers)
    text = TEXTS.get(status, TEXTS[400])
    assert response.get_json() == {
        "code": status,
        "title": text.title,
        "message": own_words(name) or text.message,
        "request_id": "request-4711",
    }


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("name", ["crash", "down"])
def test_a_crash_tells_the_reader_nothing_and_the_log_all(
    failing_site: Flask, name: str, accept: str, capfd: pytest.CaptureFixture[str]
) -> None:
    response = failing_site.test_client().get(f"/{name}", headers={"Accept": accept})
    told = f"{response.headers}\n{response.get_data(as_text=True)}"
    for inner in (SECRET, "RuntimeError", "Traceback", "SELECT", "site.db", __file__, "sqlalchemy"):
        assert inner not in told
    assert {"crash": "RuntimeError", "down": "unable to open database file"}[name] in capfd.readouterr().err


def test_whoever_has_to_wait_is_told_how_long(failing_site: Flask) -> None:
    for name, seconds, told in (("many", "300", "5 分钟"), ("busy", "10", "10 秒"), ("down", "5", "5 秒")):
        response = failing_site.test_client().get(f"/{name}")
        assert response.headers["Retry-After"] == seconds
        assert f"请在 {told}后再试" in response.get_data(as_text=True)


def test_an_unknown_address_and_a_wrong_method(failing_site: Flask) -> None:
    client = failing_site.test_client()
    for response, status in ((client.get("/missing"), 404), (client.post("/search"), 405)):
        assert response.status_code == status
        assert TEXTS[status].advice in response.get_data(as_text=True)
    assert "GET" in client.post("/search").headers["Allow"]


def test_too_large_a_form_is_refused(failing_site: Flask) -> None:
    response = failing_site.test_client().post("/match", data={"text": "长" * 2_000_000})
    assert response.status_code == 413
    assert TEXTS[413].advice in response.get_data(as_text=True)


def test_too_many_requests_are_refused_for_a_minute(build_site: BuildSite) -> None:
    client = build_site(search_rate="2 per minute").test_client()
    statuses = [client.get("/search/suggest?q=").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    response = client.get("/search")
    assert response.status_code in (200, 429)
    assert TEXTS[429].advice in client.get("/search/suggest?q=").get_data(as_text=True)


def test_an_error_page_needs_no_database(build_site: BuildSite, tmp_path: object) -> None:
    app = build_site(database_url=f"sqlite:///{tmp_path}/absent/site.db")
    response = app.test_client().get("/")
    assert response.status_code == 503
    assert TEXTS[503].advice in response.get_data(as_text=True)
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 503 and ready.get_json()["status"] == "database unavailable"
    assert app.test_client().get("/healthz").status_code == 200
