"""合适 / 不合适 on a match: kept once, changeable, undone; no word of a pasted text."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import delete, text

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict
from marketplace.matching.feedback import feedback_rows
from marketplace.matching.marks import read_mark
from marketplace.matching.models import MatchFeedback, MatchFeedbackReason
from tests.matching.conftest import Library
from tests.matching.pages import by_class

PASTED = "我们需要一种在零下三十度仍能给动力电池快速充电、不析锂的办法，独特词甲乙丙丁戊。"


@pytest.fixture
def client(library: Library) -> Iterator[FlaskClient]:
    yield library.client("university")
    with library.app.app_context(), transaction() as session:
        session.execute(delete(MatchFeedbackReason))
        session.execute(delete(MatchFeedback))


def marks(page: str) -> list[str]:
    links = [unescape(link) for link in re.findall(r'href="(/match/feedback[^"]*verdict=fit)"', page)]
    return [parse_qs(urlsplit(link).query)["mark"][0] for link in links]


def listing_mark(library: Library, client: FlaskClient) -> str:
    return marks(client.get(library.urls["battery"]).get_data(as_text=True))[0]


def rows(library: Library) -> list[tuple[object, ...]]:
    with library.app.app_context():
        return [
            (r.result_id is not None, r.demand_id is not None, r.verdict, r.reasons, r.level)
            for r in feedback_rows(db.session)
        ]


def test_cards_offer_it_to_those_who_are_logged_in(library: Library, client: FlaskClient) -> None:
    assert marks(client.get(library.urls["battery"]).get_data(as_text=True))
    assert not marks(library.client().get(library.urls["battery"]).get_data(as_text=True))


def test_kept_changed_and_undone(library: Library, client: FlaskClient) -> None:
    mark = listing_mark(library, client)
    form = client.get("/match/feedback", query_string={"mark": mark, "verdict": "unfit"})
    assert 'value="unfit"' in form.get_data(as_text=True)
    data = {"mark": mark, "verdict": "unfit", "reasons": ["price", "time"], "note": "超出预算"}
    for _ in range(2):  # a second click is the same word
        assert client.post("/match/feedback", data=data).status_code == 303
    reasons = (FeedbackReason.PRICE, FeedbackReason.TIME)
    assert [row[2:4] for row in rows(library)] == [(Verdict.UNFIT, reasons)]
    assert client.post("/match/feedback", data={"mark": mark, "verdict": "fit"}).status_code == 303
    assert [row[:4] for row in rows(library)] == [(True, True, Verdict.FIT, ())]
    assert "您的评价" in client.get("/match/feedback", query_string={"mark": mark}).get_data(as_text=True)
    assert client.post("/match/feedback/undo", data={"mark": mark}).status_code == 303
    assert rows(library) == []


def card_of(client: FlaskClient, url: str, mark: str) -> html.HtmlElement:
    """The card on this page that carries the mark."""
    page = html.fromstring(client.get(url).get_data(as_text=True))
    cards = [
        card
        for card in page.xpath(by_class("match-card"))
        if any(mark in unquote(str(h)) for h in card.xpath(".//a/@href"))
    ]
    assert len(cards) == 1
    return cards[0]


def test_a_card_shows_what_its_reader_said_and_lets_them_change_it(
    library: Library, client: FlaskClient
) -> None:
    mark = listing_mark(library, client)
    told = {"mark": mark, "verdict": "unfit", "reasons": ["price", "time"], "note": "超出<预算>"}
    client.post("/match/feedback", data=told)
    card = card_of(client, library.urls["battery"], mark)
    said = " ".join(card.xpath(by_class("feedback-given", "."))[0].text_content().split())
    assert said.startswith("您的评价：不合适（价格或预算、时限）“超出<预算>”")
    change = card.xpath(by_class("feedback-given", ".") + "//a/@href")
    assert [
        h for h in card.xpath(".//a/@href") if "/match/feedback" in h
    ] == change  # no second pair of buttons
    form = html.fromstring(client.get(change[0], headers={"HX-Request": "true"}).get_data(as_text=True))
    assert form.xpath(".//details[@open]") and form.xpath(".//input[@name='note']/@value") == ["超出<预算>"]
    assert form.xpath(".//input[@checked]/@value") == ["unfit", "price", "time"]
    client.post("/match/feedback", data={"mark": mark, "verdict": "fit"})
    card = card_of(client, library.urls["battery"], mark)
    assert "您的评价：合适" in card.text_content() and "超出" not in card.text_content()
    client.post("/match/feedback/undo", data={"mark": mark})
    assert "您的评价" not in card_of(client, library.urls["battery"], mark).text_content()


def test_nobody_sees_what_others_said(library: Library, client: FlaskClient) -> None:
    mark = listing_mark(library, client)
    client.post("/match/feedback", data={"mark": mark, "verdict": "fit", "note": "只给自己看"})
    for other in (library.client("maker"), library.client()):
        page = other.get(library.urls["battery"]).get_data(as_text=True)
        assert "只给自己看" not in page and "您的评价" not in page


def test_a_word_on_a_pasted_text_is_no_word_on_a_pair(library: Library, client: FlaskClient) -> None:
    paste = {"direction": "need", "text": PASTED}
    mark = marks(client.post("/match", data=paste).get_data(as_text=True))[0]
    client.post("/match/feedback", data={"mark": mark, "verdict": "fit"})
    assert "您粘贴文字匹配时的评价：" in client.post("/match", data=paste).get_data(as_text=True)
    with library.app.app_context():
        found = read_mark(mark).result
    names = [name for name, url in library.urls.items() if url.endswith(found)]
    for name, url in library.urls.items():
        if name not in ("draft", "controlled", *names):
            assert "评价：" not in client.get(url).get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"verdict": "", "note": "写下的话"}, "请选择合适或不合适"),
        ({"verdict": "unfit", "note": ""}, "请选择或写下不合适的原因"),
        ({"verdict": "fit", "note": "长" * 201}, "最多 200 个字"),
    ],
)
def test_wrong_fields_are_refused_and_the_rest_is_kept(
    library: Library, client: FlaskClient, data: dict[str, str], said: str
) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        mark = listing_mark(library, client)
        response = client.post("/match/feedback", data={"mark": mark, **data}, headers=headers)
        page = response.get_data(as_text=True)
        assert response.status_code == 422 and said in page and data["note"] in page
        assert ("<html" in page) is not bool(headers)
    assert rows(library) == []


def test_of_a_pasted_text_only_the_listing_is_kept(library: Library, client: FlaskClient) -> None:
    page = client.post("/match", data={"direction": "need", "text": PASTED}).get_data(as_text=True)
    mark = marks(page)[0]
    client.post("/match/feedback", data={"mark": mark, "verdict": "fit"})
    ((has_result, has_demand, *_),) = rows(library)
    assert (has_result, has_demand) == (True, False)
    with library.app.app_context():
        assert read_mark(mark).level in ShownLevel
        for table in ("match_feedback", "match_feedback_reason", "audit_record", "notice"):
            stored = db.session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  # names of ours
            assert "甲乙丙丁戊" not in str(stored) and PASTED[:12] not in str(stored)


def test_a_mark_this_site_did_not_sign_is_nothing(library: Library, client: FlaskClient) -> None:
    mark = listing_mark(library, client)
    for forged in ("", "x", mark[:-2] + "xx"):
        assert client.post("/match/feedback", data={"mark": forged, "verdict": "fit"}).status_code == 404
        with library.app.app_context(), pytest.raises(NotFound):
            read_mark(forged)
    assert rows(library) == []


def test_nobody_judges_what_they_may_not_read(library: Library, client: FlaskClient) -> None:
    """A mark goes along with a link; the listing behind it is asked for again."""
    page = client.get(library.urls["membrane"]).get_data(as_text=True)
    with library.app.app_context():
        directed = library.urls["directed"].rpartition("/")[2]
        found = [mark for mark in marks(page) if read_mark(mark).demand == directed]
    assert found, "the invited university matches the directed need"
    stranger = library.client("hidden")
    assert stranger.post("/match/feedback", data={"mark": found[0], "verdict": "fit"}).status_code == 404
