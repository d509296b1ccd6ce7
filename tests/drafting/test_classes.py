"""领域 and industry suggested beside their fields, from what is typed, and never filled in unasked."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import delete

from marketplace.accounts.policy import VISITOR
from marketplace.core.db import db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.drafting.classes import BUSY
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.classification import keep_name_vectors, measure_accuracy
from marketplace.organisations.choices import MembershipRole
from marketplace.taxonomy.models import INDUSTRY, Term
from marketplace.taxonomy.service import TermRow, load_vocabulary
from search.encoder import EncoderBusy
from tests.drafting.forms import begin, draft_at, fill
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
INDUSTRIES = [
    TermRow("38", "电气机械和器材制造业"),
    TermRow("3841", "锂离子电池制造", "384"),
    TermRow("4630", "海水淡化处理", "463"),
    TermRow("1331", "食用植物油加工", "133"),
]
SEAWATER = {
    "title": "海水淡化反渗透膜抗污染",
    "keywords": "海水淡化、反渗透",
    "difficulty": "高藻海水中反渗透膜结垢快，清洗频繁。",
    "research": "膜表面抗污染涂层。",
}


@pytest.fixture
def industries(app: Flask, index: Callable[[], int]) -> None:
    with transaction() as session:
        session.execute(delete(Term).where(Term.vocabulary == INDUSTRY))  # 1,377 names take a minute
        load_vocabulary(session, INDUSTRY, INDUSTRIES)
    runtime: SearchRuntime = app.extensions["search"]
    keep_name_vectors(runtime)


@pytest.fixture
def client(make: Factory, log_in: LogIn) -> FlaskClient:
    return log_in(make.person(make.organisation(), MembershipRole.ENTERPRISE).email)


def ask(client: FlaskClient, path: str, name: str, data: dict[str, object]) -> html.HtmlElement:
    answer = client.post(f"{path}/classes", data={"classes": name, **data})
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def offered(page: html.HtmlElement) -> list[str]:
    return [str(value) for value in page.xpath("//button[@data-take]/@data-value")]


def test_an_industry_is_suggested_by_its_name(client: FlaskClient, industries: None) -> None:
    path = begin(client, "demand")
    page = ask(client, path, "industry", SEAWATER)
    assert offered(page)[0] == "海水淡化处理（4630）"
    assert "电气机械和器材制造业（38）" not in offered(page)  # 大类 are no answer
    assert draft_at(path).title == ""  # nothing is saved by asking


def test_a_field_is_suggested_by_listings_that_are_alike(
    make: Factory, client: FlaskClient, index: Callable[[], int]
) -> None:
    make.demand(
        *make.staffed(), field="ocean", **{k: SEAWATER[k] for k in ("title", "difficulty", "research")}
    )
    index()
    path = begin(client, "demand")
    assert offered(ask(client, path, "field", SEAWATER))[0] == "ocean"


def test_what_the_author_may_not_read_has_no_say(
    make: Factory, client: FlaskClient, index: Callable[[], int]
) -> None:
    texts = {k: SEAWATER[k] for k in ("title", "difficulty", "research")}
    path = begin(client, "demand")
    before = offered(ask(client, path, "field", SEAWATER))
    make.demand(*make.staffed(), field="rail", directed_to=(make.organisation(),), **texts)
    index()
    assert offered(ask(client, path, "field", SEAWATER)) == before
    make.demand(*make.staffed(), field="rail", disclosure=Disclosure.OPEN, **texts)
    index()
    assert offered(ask(client, path, "field", SEAWATER))[0] == "rail"


def test_without_script_buttons_ask_and_take(client: FlaskClient, industries: None) -> None:
    path = begin(client, "demand")
    asked = fill(client, path, {**SEAWATER, "classes": "industry"})
    assert asked.status_code == 302 and "classes=industry" in asked.headers["Location"]
    page = html.fromstring(client.get(asked.headers["Location"]).get_data(as_text=True))
    (first, *_) = page.xpath("//button[@name='take']/@value")
    assert not page.xpath("string(//input[@name='industry']/@value)")  # shown, not filled in
    taken = fill(client, path, {**SEAWATER, "take": first})
    page = html.fromstring(client.get(taken.headers["Location"]).get_data(as_text=True))
    assert page.xpath("string(//input[@name='industry']/@value)") == "海水淡化处理（4630）"


def test_too_little_text_and_a_busy_model_are_told(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, index: Callable[[], int]
) -> None:
    path = begin(client, "demand")
    assert "请先填写名称和技术难点" in ask(client, path, "field", {"title": "膜"}).text_content()

    def busy(*_: object) -> None:
        raise EncoderBusy("too many")

    monkeypatch.setattr(app.extensions["search"].encoder, "encode_passages", busy)
    assert BUSY in ask(client, path, "field", SEAWATER).text_content()


@pytest.mark.parametrize("name", ["title", "zone", "", "无"])
def test_other_fields_have_no_suggestions(client: FlaskClient, name: str) -> None:
    path = begin(client, "demand")
    assert client.post(f"{path}/classes", data={"classes": name, **SEAWATER}).status_code == 404


def test_accuracy_judges_each_listing_without_itself(
    app: Flask, make: Factory, index: Callable[[], int]
) -> None:
    texts = {k: SEAWATER[k] for k in ("title", "difficulty", "research")}
    make.demand(*make.staffed(), field="ocean", **texts)
    make.demand(*make.staffed(), field="ocean", **texts)
    index()
    field, industry = measure_accuracy(db.session, app.extensions["search"], VISITOR)
    assert (field.vocabulary, field.listings, field.first) == ("field", 2, 1.0)
    assert (industry.vocabulary, industry.listings) == ("industry", 0)
