"""Marked places, excerpts, shared and missing words, closest sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import QueryTerms
from search.explain import Span, highlight_spans, missing_terms, shared_terms, snippet
from search.segment import analyse, normalise

SPECIAL = "锂电池反渗透膜的技术与０Ａ₄²⁻×℃㎡記憶體印表機－\u200b\u0301\r\n 　aBs5.,，。；！？（）1、ß한ｶﾞ"
anything = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters()), max_size=120)
queries = st.one_of(anything, st.sampled_from(["锂电池", "反渗透膜技术", "a4 内存", "技术", "的", "5x5"]))


def marked(text: str, spans: list[Span]) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("磷酸铁锂", "新型磷酸鐵鋰材料", ["磷酸鐵鋰"]),
        ("LiFePO4", "采用 ＬｉＦｅＰＯ₄ 包覆", ["ＬｉＦｅＰＯ₄"]),
        ("12英寸", "直径为12 英寸的硅片", ["12 英寸"]),
        ("互联网 打印机", "網際網路設備與印表機", ["網際網路", "印表機"]),
        ("3x5", "阵列3 × 5，硅片", ["3 × 5"]),
        ("硅片", "3 × 5 个硅片", ["硅片"]),
        ("硅片", "误差10⁻⁶的硅片", ["硅片"]),
        ("硅片", "ｶﾞㄱe\u0301㎡㍿硅片", ["硅片"]),
        ("solar cells", "A Solar Cell, solar cellular", ["Solar", "Cell", "solar"]),
        ("正极 材料", "正极与负极材料、正极材料", ["正极", "正极材料"]),
    ],
)
def test_words_are_marked_as_the_text_writes_them(query: str, text: str, expected: list[str]) -> None:
    assert marked(text, highlight_spans(text, analyse(query))) == expected


def test_weak_words_are_marked_only_beside_others() -> None:
    text = "本技术研究膜的污染。采用反渗透膜技术。"
    assert marked(text, highlight_spans(text, analyse("反渗透膜技术"))) == ["反渗透膜技术"]
    assert marked(text, highlight_spans(text, analyse("技术"))) == ["技术", "技术"]
    assert marked(text, highlight_spans(text, analyse("膜"))) == ["膜", "膜"]


def test_bigrams_mark_what_the_words_miss() -> None:
    terms = QueryTerms(words=("渗透膜",), bigrams=("渗透", "透膜"))
    assert marked("渗透膜与渗透", highlight_spans("渗透膜与渗透", terms)) == ["渗透膜", "渗透"]
    terms = QueryTerms(words=("电池",), bigrams=("电池", "池隔"))
    assert marked("电池和水池隔板", highlight_spans("电池和水池隔板", terms)) == ["电池"]


def test_nothing_to_mark() -> None:
    assert highlight_spans("石墨烯", analyse("水稻育种")) == []
    assert highlight_spans("石墨烯", QueryTerms()) == []
    assert highlight_spans("", analyse("水稻")) == []


def assert_apart(spans: list[Span], length: int) -> None:
    edges = [-1, *(edge for span in spans for edge in span), length + 1]
    assert all(left < right for left, right in pairwise(edges))


@given(anything, queries)
def test_spans_are_inside_in_order_and_apart(text: str, query: str) -> None:
    assert_apart(highlight_spans(text, analyse(query)), len(text))


@given(anything, st.sampled_from(["锂电池隔膜", "lifepo4", "鋰電池", "石墨烯"]), anything)
def test_a_word_set_apart_is_marked_wherever_it_stands(before: str, word: str, after: str) -> None:
    text = f"{before}。{word}。{after}"
    at = len(before) + 1
    assert (at, at + len(word)) in highlight_spans(text, analyse(word))


@given(anything, queries, st.integers(10, 60))
def test_a_snippet_is_a_piece_of_the_text(text: str, query: str, width: int) -> None:
    shown, spans = snippet(text, analyse(query), width)
    assert len(shown.strip("…")) <= width
    assert "\n" not in shown
    flat = "".join(" " if char.isspace() else char for char in text)
    assert shown.removeprefix("…").removesuffix("…") in flat or shown in flat
    assert_apart(spans, len(shown))
    whole = {normalise(part) for part in marked(text.strip(), highlight_spans(text.strip(), analyse(query)))}
    if len(text.strip()) <= width:
        assert {normalise(part) for part in marked(shown, spans)} == {
            normalise(p.replace("\n", " ")) for p in whole
        }
    assert bool(spans) == bool(whole)


def test_the_snippet_shows_most_different_words_from_the_start_of_the_sentence() -> None:
    text = "隔膜行业发展很快，" * 20 + "\n本成果提供一种锂电池隔膜的涂覆工艺。" + "另有其他说明文字。" * 20
    shown, spans = snippet(text, analyse("锂电池 隔膜 涂覆"), width=40)
    assert shown.startswith("…本成果提供一种锂电池隔膜的涂覆工艺。")
    assert shown.endswith("…")
    assert marked(shown, spans) == ["锂电池隔膜", "涂覆"]


def test_without_a_match_the_snippet_is_the_beginning() -> None:
    assert snippet("一二三四五\n六七八九十甲乙丙", analyse("水稻"), width=10) == ("一二三四五 六七八九…", [])
    assert snippet(" 短文\n二 ", analyse("水稻")) == ("短文 二", [])


def test_shared_terms_are_whole_words_as_written() -> None:
    asked = "需要LiFePO₄正极材料，磷酸铁锂的压实密度达到2.6，技术要求见附件"
    offered = "一种磷酸鐵鋰（lifepo4）正极材料的制备技术，压实密度2.6"
    assert set(shared_terms(asked, offered)) == {"LiFePO₄", "正极材料", "磷酸铁锂", "压实", "密度"}


def test_shared_terms_name_the_part_that_is_shared() -> None:
    assert shared_terms("锂离子电池", "钠离子电池") == ["离子", "电池"]


def test_shared_terms_are_ordered_by_idf() -> None:
    idf = {"石墨": 9.0, "烯": 8.0, "电池": 1.0, "隔膜": 5.0}
    assert shared_terms("电池、隔膜、石墨烯", "石墨烯隔膜电池", idf) == ["石墨烯", "隔膜", "电池"]


def test_shared_terms_leave_out_what_explains_nothing() -> None:
    assert shared_terms("本技术的研究与应用 100 90kW 2024", "应用该技术开展研究 100 90kW 2024") == []
    assert shared_terms("", "石墨烯") == []


def test_missing_terms_are_those_the_offer_holds_in_no_form() -> None:
    asked = "钠离子电池硬碳负极，要求低温性能，CAR-T除外"
    offered = "锂离子電池負極材料，离子液体，car-t"
    assert set(missing_terms(asked, offered)) == {"钠离子电池", "硬碳", "低温", "除外"}


def test_missing_terms_are_limited_to_the_most_telling() -> None:
    asked = "石墨烯薄膜，石墨烯涂层，薄膜附着力"
    assert missing_terms(asked, "水稻", limit=2) == ["石墨烯", "附着力"]
    assert missing_terms(
        asked, "水稻", limit=1, idf={"薄膜": 9.0, "石墨": 1.0, "烯": 1.0, "附着": 1.0, "力": 1.0, "着力": 1.0}
    ) == ["薄膜"]
    assert missing_terms(asked, asked) == []
