"""Cards: prices as people say them, facts, marks, and the texts of which they are made."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from marketplace.demands.choices import DemandKind, Disclosure
from marketplace.demands.models import Demand
from marketplace.matching.cards import (
    demand_facts,
    listing_marks,
    marked,
    offer_price,
    result_facts,
)
from marketplace.results.choices import TransferMode
from marketplace.results.models import Result, TransferOffer
from marketplace.results.service import TransferData
from search.explain import highlight_spans
from search.segment import analyse
from tests.factories import Factory

WAN = 1_000_000  # 分
ASSIGNMENT, SOLE = TransferMode.ASSIGNMENT, TransferMode.SOLE


@pytest.mark.parametrize(
    ("offer", "text"),
    [
        ({}, "面议"),
        ({"price": 120 * WAN}, "120 万元"),
        ({"price": 1}, "0.000001 万元"),
        ({"price": 12_000 * WAN + 5_000}, "12,000.005 万元"),
        ({"entry_fee": 30 * WAN, "royalty_percent": 3.0}, "入门费 30 万元 + 提成 3%"),
        ({"price": WAN, "royalty_percent": 2.25}, "1 万元 + 提成 2.25%"),
    ],
)
def test_prices_read_as_people_say_them(offer: dict[str, float], text: str) -> None:
    assert offer_price(TransferOffer(mode=SOLE, **offer)) == text


@pytest.mark.parametrize(
    ("offers", "text"),
    [
        ((TransferData(mode=SOLE, price=80 * WAN),), "80 万元"),
        (
            (TransferData(mode=SOLE, price=80 * WAN), TransferData(mode=ASSIGNMENT, price=50 * WAN)),
            "50 万元 起",
        ),
        ((TransferData(mode=SOLE, price=80 * WAN), TransferData(mode=ASSIGNMENT)), "80 万元 起"),
        ((TransferData(mode=SOLE), TransferData(mode=ASSIGNMENT)), "面议"),
    ],
)
def test_a_card_shows_the_lowest_price(
    app: Flask, make: Factory, offers: tuple[TransferData, ...], text: str
) -> None:
    facts = {fact.label: fact.value for fact in result_facts(make.result(*make.staffed(), transfers=offers))}
    assert facts["价格"] == text
    assert facts["TRL"] == "6 正样级" and facts["功能区"] == "经开区" and facts["阶段"] == "中试"
    assert facts["转化方式"].startswith("排他许可")


def test_facts_of_a_need(app: Flask, make: Factory) -> None:
    organisation, person = make.staffed(zone="thip")
    facts = {f.label: f.value for f in demand_facts(make.demand(organisation, person, budget=None))}
    assert facts == {
        "领域": "新能源",
        "预期投入": "面议",
        "期望时限": "18 个月",
        "最低 TRL": "5 初样级",
        "合作方式": "联合开发、技术许可",
        "功能区": "高新区",
    }


def test_marks() -> None:
    assert listing_marks(Result(pay_after_use=True)) == ["先使用后付费"]
    assert listing_marks(Result(pay_after_use=False)) == []
    plain = Demand(kind=DemandKind.PURCHASE, disclosure=Disclosure.OPEN, wants_challenge=False)
    assert listing_marks(plain) == ["采购需求"]
    full = Demand(kind=DemandKind.SCENE, disclosure=Disclosure.DIRECTED, wants_challenge=True)
    assert listing_marks(full) == ["场景验证", "定向可见", "申请进入榜单"]


TEXTS = st.text(st.sampled_from("热漂移补偿机床<>&\"'/ ab1"), max_size=60)


@given(text=TEXTS, query=TEXTS)
def test_marking_keeps_the_text_and_lets_no_tag_through(text: str, query: str) -> None:
    shown = marked(text, highlight_spans(text, analyse(query)))
    page = html.fromstring(f"<p>{shown}</p>")
    assert page.text_content() == text
    assert {element.tag for element in page.iter()} <= {"p", "mark"}
