"""Normalisation, words, bigrams, query terms and sentences of Chinese technical text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import segment
from search.segment import analyse, bigrams, normalise, sentences, tokens, words

# Characters that the rules treat specially, beside all of Unicode (lone surrogates too).
SPECIAL = "锂电池反渗透膜的与０Ａ₄²⁻⁶×µ℃㎡－—～\u200b\x00\r\n\t 　aBs5.,，。；！？「」（）()1、①-/+#%·^k"
anything = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters()), max_size=200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＬｉＦｅＰＯ₄", "lifepo4"),
        ("50㎡", "50m2"),
        ("25℃", "25°c"),
        ("25 °C", "25 °c"),
        ("10⁻⁶", "10^-6"),
        ("10⁶Ω", "10^6ω"),
        ("m²", "m2"),
        ("µm", "μm"),
        ("1024×768", "1024x768"),
        ("宽 × 高", "宽 × 高"),
        ("1400–1600", "1400-1600"),
        ("零下−5", "零下-5"),
        ("锂\u200b电\x00池\ufeff", "锂电池"),
        ("坏\ud800字", "坏字"),
        ("一\r\n二\u2028三", "一\n二\n三"),
    ],
)
def test_normalise_one_form_for_equal_meaning(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("traditional", "mainland"),
    [
        ("軟體", "软件"),
        ("矽晶圓", "硅晶圆"),
        ("雷射", "激光"),
        ("甲醯胺", "甲酰胺"),
        ("幹細胞", "干细胞"),
        ("薄膜電晶體", "薄膜晶体管"),
        ("鋰電池隔膜", "锂电池隔膜"),
    ],
)
def test_normalise_traditional_technical_words(traditional: str, mainland: str) -> None:
    assert normalise(traditional) == mainland


@pytest.mark.parametrize(
    "text", ["显著提升", "时间序列", "支持向量机", "核心组件", "覆盖", "后处理", "干扰素", "建立"]
)
def test_normalise_leaves_simplified_words(text: str) -> None:
    assert normalise(text) == text


@given(anything)
def test_normalised_text_is_casefolded_and_free_of_invisible_characters(text: str) -> None:
    assert not re.search("[\x00\r\u200b\ufeff\ud800-\udfff]", normalise(text))
    assert normalise(text.upper()) == normalise(text.upper().lower()) or not text.isascii()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LiFePO₄", ["lifepo4"]),
        ("CO₂", ["co2"]),
        ("CAR-T", ["car-t", "car"]),
        ("5G", ["5g"]),
        ("IP67", ["ip67"]),
        ("GB/T 12345-2019", ["gb/t", "gb", "12345-2019", "12345", "2019"]),
        ("W/(m·K)", ["w/(m·k)"]),
        ("mAh/g", ["mah/g", "mah"]),
        ("3.5", ["3.5"]),
        ("1,000吨", ["1000", "吨"]),
        ("3,4-二甲苯", ["3", "4", "二甲", "甲苯"]),
        ("C++ C#", ["c++", "c#"]),
        ("95%", ["95%", "95"]),
        ("Fe₃O₄@SiO₂", ["fe3o4", "sio2"]),
        ("CD4+", ["cd4+", "cd4"]),
        ("Schrödinger", ["schrödinger"]),
        ("batteries and films of gas analysis, ADAS", ["battery", "film", "gas", "analysis", "adas"]),
    ],
)
def test_words_keep_latin_terms_whole(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 英寸", "12英寸"),
        ("90 kW", "90kW"),
        ("25 ℃", "25°C"),
        ("１２英寸", "12英寸"),
        ("鋰離子電池", "锂离子电池"),
        ("Ca²⁺", "ca2+"),
        ("solar cells", "Solar Cell"),
    ],
)
def test_two_ways_of_writing_give_the_same_terms(one: str, other: str) -> None:
    assert words(one) == words(other)
    assert bigrams(one) == bigrams(other)


def test_a_range_shares_its_unit() -> None:
    assert words("1400～1600℃") == ["1400°c", "1600°c", "°c"]


def test_a_unit_does_not_cut_the_word_it_begins() -> None:
    assert "毫米" not in [token.term for token in tokens("77毫米波雷达", whole=True)]
    assert words("2.0升级")[-1] == "升级"


@pytest.mark.parametrize(
    ("long", "part"),
    [
        ("磷酸铁锂", "磷酸"),
        ("反渗透膜", "渗透"),
        ("固态电解质", "固态"),
        ("固态电解质", "电解"),
        ("锂离子电池", "电池"),
        ("人工智能", "智能"),
        ("高压反渗透膜元件", "反渗透膜"),
    ],
)
def test_a_long_word_is_found_by_its_parts(long: str, part: str) -> None:
    assert set(words(part)) <= set(words(f"一种{long}的制备方法"))


def test_readers_are_shown_long_words() -> None:
    shown = [token.term for token in tokens(normalise("磷酸铁锂的GB/T标准与石墨烯"), whole=True)]
    assert shown == ["磷酸铁锂", "gb/t", "标准", "石墨烯"]


def test_stop_words_are_left_out_and_genre_nouns_stay() -> None:
    assert words("需要进行的以及 of the") == []
    assert words("技术") == ["技术"]


def test_bigrams_of_han_runs_and_latin_terms() -> None:
    assert bigrams("反渗透膜，LiFePO4 膜 CAR-T") == ["反渗", "渗透", "透膜", "lifepo4", "膜", "car-t"]


@given(anything)
def test_tokens_stand_where_they_say(text: str) -> None:
    text = normalise(text)
    position = 0
    for term, start, end in tokens(text):
        assert 0 <= start < end <= len(text)
        if re.fullmatch("[\u4e00-\u9fff]+", term):
            assert text[start:end] == term
        position = max(position, end)
    assert [token.start for token in tokens(text, whole=True)] == sorted(
        token.start for token in tokens(text, whole=True)
    )


@given(anything)
def test_terms_suit_an_index_that_splits_at_white_space(text: str) -> None:
    for term in words(text) + bigrams(text):
        assert term.split() == [term]
        assert len(term) <= segment.MAX_TERM_CHARACTERS or not term.isascii()


@given(anything)
def test_analyse_gives_distinct_terms_in_order(text: str) -> None:
    terms = analyse(text)
    assert (
        terms.words == tuple(dict.fromkeys(words(text)))[: segment.MAX_QUERY_WORDS]
        or len(set(words(text))) > segment.MAX_QUERY_WORDS
    )
    assert len(set(terms.bigrams)) == len(terms.bigrams) <= segment.MAX_QUERY_BIGRAMS


def test_analyse_keeps_the_topic_of_a_long_page() -> None:
    filler = " ".join(f"x{i}" for i in range(500))
    terms = analyse(f"氢能。{filler}锂电池隔膜。{filler}锂电池隔膜，锂电池隔膜。")
    assert len(terms.words) == segment.MAX_QUERY_WORDS
    assert len(terms.bigrams) == segment.MAX_QUERY_BIGRAMS
    assert {"电池", "隔膜", "氢能"} <= set(terms.words)
    assert {"电池", "隔膜", "氢能"} <= set(terms.bigrams)


def test_sentences_end_at_marks_lines_and_list_numbers() -> None:
    text = (
        "目前国内产品的寿命不足两年。他说：“必须延长到五年以上！”\n需求如下：1、工作温度大于1400℃；"
        "2、抗压强度大于3.5MPa，（3）成本低于进口产品。见式(1)中的结果.它说明问题. The next one is new."
    )
    assert sentences(text) == [
        "目前国内产品的寿命不足两年。",
        "他说：“必须延长到五年以上！”",
        "需求如下：1、工作温度大于1400℃；",
        "2、抗压强度大于3.5MPa，",
        "（3）成本低于进口产品。",
        "见式(1)中的结果.它说明问题.",
        "The next one is new.",
    ]


def test_long_sentences_are_cut_at_commas() -> None:
    clause = "在高温高压条件下连续运行的换热器腐蚀速率大于1,000微米，"
    passages = sentences(clause * 8)
    assert "".join(passages) == clause * 8
    assert all(passage.endswith("，") and len(passage) <= segment.MAX_SENTENCE for passage in passages)
    assert len(passages) == 2


@given(anything, st.integers(1, 5))
def test_sentences_lose_nothing_but_white_space(text: str, limit: int) -> None:
    passages = sentences(text, limit=10_000)
    visible = segment._INVISIBLE.sub("", segment._NEWLINES.sub("\n", text))
    assert "".join("".join(passages).split()) == "".join(visible.split())
    assert all(0 < len(passage) <= segment.MAX_SENTENCE for passage in passages)
    assert sentences(text, limit) == passages[:limit]
