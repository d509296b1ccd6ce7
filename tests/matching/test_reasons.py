"""What speaks against a match: each sentence stands exactly when it should."""

from collections.abc import Iterator
from typing import Any

import pytest

from marketplace.demands.choices import CooperationMode
from marketplace.demands.models import Demand, DemandCooperation, DemandKeyword, DemandStage
from marketplace.listings.choices import Stage
from marketplace.matching.reasons import EARLY_TRL, against_pair, against_text
from marketplace.results.choices import IPEncumbrance, IPKind, IPLegalStatus, TransferMode
from marketplace.results.models import IPRight, Result, ResultKeyword, TransferOffer
from tests.matching.conftest import WAN, Library


@pytest.fixture(autouse=True, scope="module")
def dictionaries(library: Library) -> Iterator[None]:
    with library.app.app_context():
        yield


def result(**values: Any) -> Result:
    """A result that nothing speaks against."""
    usual: dict[str, Any] = {
        "title": "五轴机床热误差补偿",
        "summary": "温度传感器测量主轴热漂移。",
        "innovation": "分段模型。",
        "applications": "模具加工。",
        "field": "equipment",
        "trl": 6,
        "stage": Stage.PILOT,
        "keywords": [ResultKeyword(text="热误差补偿")],
        "transfers": [TransferOffer(mode=TransferMode.CO_DEVELOPMENT, price=100 * WAN)],
    }
    return Result(**usual | values)


def need(**values: Any) -> Demand:
    """A need that the result above fits."""
    usual: dict[str, Any] = {
        "title": "主轴热漂移抑制",
        "difficulty": "孔位超差。",
        "research": "在线补偿。",
        "basis": "两台机床。",
        "field": "equipment",
        "min_trl": 6,
        "budget": 100 * WAN,
        "keywords": [DemandKeyword(text="热漂移")],
        "stages": [DemandStage(stage=Stage.PILOT), DemandStage(stage=Stage.INDUSTRIAL)],
        "cooperation": [DemandCooperation(mode=CooperationMode.JOINT)],
    }
    return Demand(**usual | values)


def right(**values: Any) -> IPRight:
    usual: dict[str, Any] = {
        "kind": IPKind.INVENTION,
        "legal_status": IPLegalStatus.GRANTED,
        "encumbrance": IPEncumbrance.NONE,
        "co_owner": "",
        "co_owner_consents": None,
    }
    return IPRight(**usual | values)


def offers(*prices: int | None) -> list[TransferOffer]:
    modes = (TransferMode.CO_DEVELOPMENT, TransferMode.SOLE, TransferMode.SERVICE)
    return [TransferOffer(mode=mode, price=price) for mode, price in zip(modes, prices, strict=False)]


CLEAN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"trl": 9}, {}),
    ({}, {"stages": []}),
    ({}, {"budget": None}),
    ({"transfers": offers(None)}, {}),
    ({"transfers": offers(500 * WAN, 100 * WAN)}, {}),  # the lowest price counts
    ({"ip_rights": [right(co_owner="乙校", co_owner_consents=True)]}, {}),
    ({"ip_rights": [right(legal_status=IPLegalStatus.FILED)]}, {}),
]
AGAINST: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"trl": 5}, {}, "需求要求 TRL 6 以上，成果为 TRL 5。"),
    (
        {"stage": Stage.SMALL_BATCH},
        {},
        "需求可接受的阶段为中试、产业化，成果处于小批量。",
    ),
    (
        {"transfers": offers(100 * WAN + 10_000, None)},
        {},
        "成果最低报价 100.01 万元，高于预期投入 100 万元。",
    ),
    (
        {"transfers": [TransferOffer(mode=TransferMode.SELF_USE)]},
        {},
        "双方列出的合作方式没有相同项，须先协商。",
    ),
    (
        {},
        {"cooperation": [DemandCooperation(mode=CooperationMode.ASSIGNMENT)]},
        "双方列出的合作方式没有相同项，须先协商。",
    ),
    ({"field": "ai"}, {}, "分属不同领域：需求为高端装备，成果为人工智能。"),
    (
        {"trl": EARLY_TRL, "stage": Stage.PILOT},
        {"min_trl": EARLY_TRL},
        f"成熟度为 TRL {EARLY_TRL}（中试），离应用还有距离。",
    ),
    (
        {"ip_rights": [right(), right(encumbrance=IPEncumbrance.PLEDGED)]},
        {},
        "有知识产权已质押或已许可，须先核实权利状态。",
    ),
    (
        {"ip_rights": [right(encumbrance=IPEncumbrance.LICENSED)]},
        {},
        "有知识产权已质押或已许可，须先核实权利状态。",
    ),
    ({"ip_rights": [right(legal_status=IPLegalStatus.LAPSED)]}, {}, "有知识产权已失效。"),
    (
        {"ip_rights": [right(co_owner="乙校", co_owner_consents=False)]},
        {},
        "有知识产权为共有，尚未取得共有人同意。",
    ),
]
OF_THE_RESULT = ("成熟度为", "有知识产权")


@pytest.mark.parametrize(("of_result", "of_need"), CLEAN)
def test_nothing_is_said_where_nothing_speaks_against(
    of_result: dict[str, Any], of_need: dict[str, Any]
) -> None:
    asked, answer = need(**of_need), result(**of_result)
    assert list(against_pair(asked, answer)) == []
    assert list(against_pair(answer, asked)) == []


@pytest.mark.parametrize(("of_result", "of_need", "sentence"), AGAINST)
def test_each_reason_stands_alone(of_result: dict[str, Any], of_need: dict[str, Any], sentence: str) -> None:
    asked, answer = need(**of_need), result(**of_result)
    assert list(against_pair(asked, answer)) == [sentence]
    # Of his own result nobody is told what he knows; what lies between both stands in both directions.
    expected = [] if sentence.startswith(OF_THE_RESULT) else [sentence]
    assert list(against_pair(answer, asked)) == expected


def test_all_that_speaks_against_is_said() -> None:
    worst = result(trl=2, stage=Stage.LAB, field="ai", transfers=offers(900 * WAN), ip_rights=[
        right(legal_status=IPLegalStatus.LAPSED, encumbrance=IPEncumbrance.PLEDGED),
        right(co_owner="乙校", co_owner_consents=False),
    ])  # fmt: skip
    demanding = need(cooperation=[DemandCooperation(mode=CooperationMode.CONSULTING)])
    assert len(against_pair(demanding, worst)) == 9


def test_two_of_one_kind_are_not_weighed() -> None:
    assert not against_pair(need(), need(field="ai"))
    assert not against_pair(result(), result(field="ai"))


def test_words_of_a_pasted_text_that_the_listing_lacks_are_named() -> None:
    text = "五轴机床热误差补偿，须通过盐雾腐蚀试验。"
    assert against_text(text, result())[0].startswith("您的文本提到而该成果未提到：")
    assert "腐蚀" in against_text(text, result())[0]
    assert "热误差" not in against_text(text, result())[0]
    assert against_text(text, need())[0].startswith("您的文本提到而该需求未提到：")
    assert not against_text("热误差补偿", result())


def test_a_pasted_need_is_told_what_weighs_on_the_result_alone() -> None:
    assert list(against_text("热误差补偿", result(trl=3))) == ["成熟度为 TRL 3（中试），离应用还有距离。"]
    assert list(against_text("热漂移", need(min_trl=9))) == []
