"""Each line carries its request; none carries what was typed."""

import json
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from marketplace.core.logging import configure_logging
from marketplace.core.permissions import Access, access
from tests.conftest import make_settings


@pytest.fixture
def logged(app: Flask, capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    settings = app.extensions["settings"]
    configure_logging(make_settings(settings.instance_path, log_level="INFO", log_format="json"))
    yield capsys
    configure_logging(settings)


def lines(logged: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in logged.readouterr().err.splitlines()]


def test_a_request_is_one_line_with_its_id_and_without_its_query(
    app: Flask, logged: pytest.CaptureFixture[str]
) -> None:
    response = app.test_client().get("/search/suggest?q=秘密配方&kind=result")
    [line] = lines(logged)
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/search/suggest", 200)
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert "秘密配方" not in json.dumps(line, ensure_ascii=False) and "kind" not in json.dumps(line)


def test_every_line_of_a_request_carries_its_id(app: Flask, logged: pytest.CaptureFixture[str]) -> None:
    def view() -> str:
        structlog.get_logger().info("inside", listing=7)
        return ""

    app.add_url_rule("/planted", "planted", access(Access.PUBLIC)(view))
    for number in (1, 2):
        app.test_client().get("/planted", headers={"X-Request-ID": f"request-{number}"})
    assert [(line["event"], line["request_id"]) for line in lines(logged)] == [
        ("inside", "request-1"), ("request", "request-1"), ("inside", "request-2"), ("request", "request-2"),
    ]  # fmt: skip


def test_a_traceback_is_one_object_with_the_id_that_the_page_shows(
    app: Flask, logged: pytest.CaptureFixture[str]
) -> None:
    def view() -> str:
        raise RuntimeError("planted")

    app.add_url_rule("/planted", "planted", access(Access.PUBLIC)(view))
    response = app.test_client().get("/planted", headers={"X-Request-ID": "request-1"})
    assert response.status_code == 500 and "request-1" in response.get_data(as_text=True)
    trace, request = lines(logged)
    assert trace["request_id"] == request["request_id"] == "request-1"
    assert "RuntimeError: planted" in str(trace["exception"])


def test_static_files_are_not_logged(app: Flask, logged: pytest.CaptureFixture[str]) -> None:
    app.test_client().get("/static/css/site.css").close()
    assert lines(logged) == []


def test_less_than_the_level_is_not_written(app: Flask, logged: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(app.extensions["settings"].instance_path, log_level="ERROR"))
    app.test_client().get("/healthz")
    assert logged.readouterr().err == ""


def test_text_for_people_has_no_colours(app: Flask, logged: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(app.extensions["settings"].instance_path, log_level="INFO"))
    app.test_client().get("/healthz")
    written = logged.readouterr().err
    assert "path=/healthz" in written and "\x1b" not in written
