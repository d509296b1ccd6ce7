"""指标 of both sides of a match: stored and read rows judged, counted, shown, and the filter over them."""

from lxml import html

from marketplace.core.db import db
from marketplace.matching.verdicts import constraints
from marketplace.results.models import Result
from search.indicators import Operator
from tests.matching.conftest import Library
from tests.matching.pages import by_class, parse, texts
from tests.matching.test_match import post

NEED = "固态电池干燥房外成膜，电池能量密度不低于{}Wh/kg，循环寿命大于2000次，最好成本低于0.5元/Wh。"
OFFER = "硫化物固态电池电解质膜可在干燥房外成膜，电池能量密度达到{}Wh/kg，适合动力电池快充。"


def battery_card(page: html.HtmlElement, title: str) -> html.HtmlElement:
    cards = page.xpath(by_class("match-card"))
    return next(card for card in cards if title in card.text_content())


def test_stored_rows_become_constraints(library: Library) -> None:
    with library.app.app_context():
        result = db.session.query(Result).filter(Result.indicators.any()).first()
        assert result is not None
        (row,) = constraints(db.session, [result])[result]
        assert (row.name, row.operator, row.low, row.unit) == ("能量密度", Operator.GE, 300, "Wh/kg")
        assert row.must and not row.present


def test_a_pasted_need_is_judged_row_by_row(library: Library) -> None:
    page = parse(post(library, text=NEED.format(280)))
    card = battery_card(page, "能量密度")
    counts = texts(card, ".//summary")[0]
    assert "满足 1" in counts and "差距 0" in counts and "未说明 2" in counts
    (row,) = card.xpath(by_class("match-verdicts", ".") + "//tbody/tr")
    told = row.text_content()
    assert "电池能量密度" in told and "不低于280Wh/kg" in told and "300" in told and "满足" in told
    unstated = texts(card, by_class("match-verdicts", ".") + "/p")[0]
    assert "循环寿命 大于2000次" in unstated and "成本" in unstated
    understood = texts(page, by_class("understood"))[0]
    assert "识别到 3 项指标" in understood and "期望" in understood
    assert card.get("data-complete") is None  # the cycles are not stated


def test_only_cards_that_meet_all_that_must_be_met_are_marked(library: Library) -> None:
    text = "固态电池干燥房外成膜，电池能量密度不低于{}Wh/kg，最好成本低于0.5元/Wh。"
    met = parse(post(library, text=text.format(280)))
    assert battery_card(met, "能量密度").get("data-complete") is not None
    assert "满足全部必须指标（1 项）" in texts(met, by_class("only-complete"))[0]
    beyond = parse(post(library, text=text.format(350)))
    assert battery_card(beyond, "能量密度").get("data-complete") is None
    assert beyond.xpath(by_class("only-complete") + "/input")[0].get("disabled") is not None


def test_a_pasted_result_is_judged_by_what_stored_needs_ask(library: Library) -> None:
    page = parse(post(library, direction="result", text=OFFER.format(200)))
    card = battery_card(page, "能量密度")
    (row,) = card.xpath(by_class("match-verdicts", ".") + "//tbody/tr")
    assert "差距" in row.text_content() and "差 33.3%" in row.text_content()


def test_listings_show_their_stored_rows_against_each_other(library: Library) -> None:
    page = parse(library.client().get(library.urls["fast-charging"]))
    card = battery_card(page, "能量密度")
    assert "满足 1" in texts(card, ".//summary")[0]


def test_a_text_without_indicators_shows_no_table(library: Library) -> None:
    page = parse(post(library, text="固态电池干燥房外成膜，需要更便宜、更安全的连续制备技术。"))
    assert not page.xpath(by_class("match-verdicts")) and not page.xpath(by_class("only-complete"))
