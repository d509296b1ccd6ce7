"""When a part of the search is down, busy or missing, the page says so and answers with the rest."""

from pathlib import Path
from typing import Any

import pytest

from marketplace.app import create_app
from marketplace.core.extensions import limiter
from marketplace.matching.service import FALL_BACK_NOTICE, LEXICAL_NOTICE
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable
from tests.conftest import Client, make_settings
from tests.matching.conftest import Library
from tests.matching.pages import by_class, parse, texts, titles, total

NEED = "龙门机床主轴热漂移使孔位超差，希望在线补偿。"


class FailingEncoder:
    """Stands where the encoder stood; whoever encodes gets the error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def encode_queries(self, texts: object) -> object:
        raise self._error


def down(*_: object, **__: object) -> Any:
    raise EngineUnavailable("the index cannot be read")


@pytest.fixture
def engine_down(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("search", "suggest", "passages", "score"):
        monkeypatch.setattr(library.runtime.engine, name, down)


@pytest.fixture(params=[EncoderBusy("queue full"), ModelUnavailable("gone")], ids=["busy", "missing"])
def no_encoder(library: Library, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    library.runtime.query_vector.cache_clear()
    monkeypatch.setitem(library.runtime.__dict__, "encoder", FailingEncoder(request.param))


@pytest.mark.usefixtures("engine_down")
def test_without_the_engine_titles_are_searched(library: Library) -> None:
    page = parse(library.client().get("/search?q=海水淡化 热漂移&sort=trl"))
    assert FALL_BACK_NOTICE in texts(page, by_class("notice"))
    assert set(titles(page)) == {
        "海水淡化反渗透膜抗污染涂层",
        "五轴机床主轴与转台热漂移在线补偿",
        "大型龙门机床早班孔位超差的热漂移抑制",
    }
    assert total(page) == "" and not page.xpath(by_class("filter-value"))
    assert not page.xpath(by_class("kind-tabs") + "//*[@class='count']")  # unknown, not 0


@pytest.mark.usefixtures("engine_down")
def test_the_fall_back_keeps_to_the_readers_rights_and_the_kind(library: Library) -> None:
    assert len(titles(parse(library.client().get("/search")))) == 6
    assert len(titles(parse(library.client("officer").get("/search")))) == 8
    assert titles(parse(library.client().get("/search?q=仅受控"))) == []
    assert titles(parse(library.client("maker").get("/search?q=仅受控"))) == ["仅受控的隔膜陶瓷涂覆配方"]
    assert len(titles(parse(library.client().get("/search?kind=demand&q=热漂移")))) == 1
    assert titles(parse(library.client().get("/search?q=%25"))) != ["%"]


@pytest.mark.usefixtures("engine_down")
def test_other_pages_stand_without_the_engine(library: Library) -> None:
    client = library.client()
    assert client.get("/search/suggest?q=海水").json == []
    assert client.get("/").status_code == 200
    for name in ("battery", "fast-charging"):
        response = client.get(library.urls[name])
        assert response.status_code == 200
        assert "匹配服务暂时繁忙" in response.get_data(as_text=True)
    ready = client.get("/readyz")
    assert ready.status_code == 200 and ready.json["engine"].startswith("unavailable")


@pytest.mark.usefixtures("no_encoder")
def test_without_the_encoder_the_search_goes_by_words(library: Library) -> None:
    page = parse(library.client().get("/search?q=海水淡化反渗透膜"))
    assert LEXICAL_NOTICE in texts(page, by_class("notice"))
    assert titles(page) == ["海水淡化反渗透膜抗污染涂层"]  # by meaning, every listing would follow
    assert total(page) == "1" and page.xpath(by_class("filter-value"))


@pytest.mark.usefixtures("no_encoder")
def test_browsing_needs_no_encoder(library: Library) -> None:
    page = parse(library.client().get("/search?kind=result"))
    assert not texts(page, by_class("notice")) and len(titles(page)) == 4


@pytest.mark.parametrize("trouble", ["no_encoder", "engine_down"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_a_match_that_cannot_be_made_keeps_the_text(
    library: Library, request: pytest.FixtureRequest, trouble: str, headers: dict[str, str]
) -> None:
    if trouble == "no_encoder":
        library.runtime.__dict__["encoder"], kept = FailingEncoder(EncoderBusy()), library.runtime.encoder
        request.addfinalizer(lambda: library.runtime.__dict__.update(encoder=kept))
    else:
        request.getfixturevalue(trouble)
    response = library.client().post("/match", data={"direction": "need", "text": NEED}, headers=headers)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    body = response.get_data(as_text=True)
    assert "匹配服务暂时繁忙" in body
    if not headers:
        assert parse(response).get_element_by_id("match-text").text_content() == NEED


def test_a_site_that_finds_no_model_still_answers(library: Library, tmp_path: Path) -> None:
    database = library.app.config["SQLALCHEMY_DATABASE_URI"]
    app = create_app(make_settings(tmp_path, model=str(tmp_path / "nowhere"), database_url=database))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Client
    client = app.test_client()
    page = parse(client.get("/search?q=海水淡化"))
    assert FALL_BACK_NOTICE in texts(page, by_class("notice"))
    assert titles(page) == ["海水淡化反渗透膜抗污染涂层"]
    assert client.get("/search/suggest?q=海水").json == []
    assert client.get("/search").status_code == 200
    assert client.post("/match", data={"text": NEED}).status_code == 503
    assert "匹配服务暂时繁忙" in client.get(library.urls["battery"]).get_data(as_text=True)


@pytest.mark.parametrize(("method", "address"), [("GET", "/search?q=电池"), ("POST", "/match")])
def test_too_many_requests_are_refused(library: Library, tmp_path: Path, method: str, address: str) -> None:
    database = library.app.config["SQLALCHEMY_DATABASE_URI"]
    app = create_app(
        make_settings(tmp_path, database_url=database, match_rate="3 per hour", search_rate="3 per hour")
    )
    app.config["WTF_CSRF_ENABLED"] = False
    limiter.reset()
    client = app.test_client()
    client.application.extensions["search"] = library.runtime
    answers = [client.open(address, method=method) for _ in range(4)]
    assert [answer.status_code for answer in answers[:3]] == ([200] * 3 if method == "GET" else [422] * 3)
    assert answers[3].status_code == 429
    assert answers[3].headers["Retry-After"]
    assert "操作太频繁" in answers[3].get_data(as_text=True)
    if method == "POST":
        assert client.get("/match").status_code == 200  # looking at the box is not limited
    limiter.reset()
