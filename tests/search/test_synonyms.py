"""Synonyms: the list itself, and a question asked in other words."""

import pytest

from search.documents import Document, Filter, IndexedDocument
from search.engines.embedded import EmbeddedEngine
from search.query import build_query
from search.segment import normalise
from search.synonyms import (
    MAX_CHARACTERS,
    MAX_VARIANTS,
    find_synonyms,
    synonym_groups,
    unquoted,
    variants,
)
from tests.search.embedded_model import DIMENSIONS, NOW, unit

EVERYONE = Filter(frozenset({"public"}), NOW)


def test_every_name_stands_in_one_group_of_several() -> None:
    names = [normalise(name) for group in synonym_groups() for name in group]
    assert len(names) == len(set(names))
    assert all(len(group) > 1 for group in synonym_groups())
    assert all(len(name) > 1 for name in names)


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("CAR-T疗法", "嵌合抗原受体T细胞"),
        ("嵌合抗原受体T细胞", "CAR-T"),
        ("RO膜", "反渗透"),
        ("逆滲透", "反渗透"),
        ("锂电回收", "锂离子电池"),
        ("AGV调度", "自动导引车"),
        ("fuel cells", "燃料电池"),
        ("solid-state batteries", "固态电池"),
    ],
)
def test_names_abbreviations_and_english_lead_to_each_other(typed: str, other: str) -> None:
    assert any(other in term.others for term in find_synonyms(typed))


@pytest.mark.parametrize(
    "typed", ["proton", "agvx", "xro", "“RO膜”", '"RO膜"', "「RO膜」", "", "RO" * MAX_CHARACTERS]
)
def test_parts_of_words_quoted_and_long_texts_have_none(typed: str) -> None:
    assert find_synonyms(typed) == () == variants(typed)


def test_the_longest_name_counts_and_what_is_there_is_not_added() -> None:
    (term,) = find_synonyms("全钒液流电池")
    assert term.typed == "全钒液流电池"
    assert "RO" not in next(t for t in find_synonyms("反渗透（RO）膜") if t.typed == "反渗透").others


def test_variants_replace_all_terms_first_then_each() -> None:
    found = variants("RO膜 AGV")
    assert found[0] == "反渗透膜 自动导引车"
    assert "逆渗透膜 agv" in found
    assert len(variants("锂电 BMS IGBT AGV")) == MAX_VARIANTS
    assert variants("RO system")[0] == "反渗透 system"


def test_quotation_marks_are_taken_off() -> None:
    assert unquoted(" “RO膜” ") == "RO膜" and unquoted("RO“膜”") == "RO“膜”"


def test_what_says_it_otherwise_is_found_after_what_says_it_so(tmp_path: object) -> None:
    texts = {"result:1": "自动导引车调度", "result:2": "AGV调度", "result:3": "隔膜涂覆"}
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)  # type: ignore[arg-type]
    engine.write([IndexedDocument(Document(id, "result", text, ""), unit(3)) for id, text in texts.items()])
    hits = engine.search(build_query("AGV调度", EVERYONE)).hits
    assert [hit.id for hit in hits] == ["result:2", "result:1"]
    assert [hit.id for hit in engine.search(build_query("“AGV调度”", EVERYONE)).hits] == ["result:2"]
    page = engine.search(build_query("自动导引车调度", EVERYONE))
    assert page.total == 2 and page.hits[0].id == "result:1"
    engine.close()
