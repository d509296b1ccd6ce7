"""Metrics by hand, folders at fault, and whole runs through the embedded engine and the real model."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.encoder import SentenceTransformerEncoder
from search.evaluate import (
    METRICS,
    EvaluationError,
    format_table,
    measure,
    ndcg,
    parse_modes,
    read_dataset,
    recall,
    reciprocal_rank,
    run_evaluation,
)
from search.model_store import ModelInfo
from search.query import Mode

CORPUS = {
    "d1": ("高盐废水零排放", "采用超滤与反渗透组合工艺处理脱硫废水，回收结晶盐。"),
    "d2": ("硅碳负极材料", "锂离子电池用硅碳复合负极材料的制备方法，循环性能好。"),
    "d3": ("表面缺陷检测", "基于深度学习的钢板表面缺陷在线检测系统。"),
    "d4": ("光伏组件回收", "退役光伏组件中玻璃、硅与银的高效分离。"),
    "d5": ("水泥窑协同处置", "利用水泥窑处置生活垃圾与污泥。"),
}
QUERIES = {
    "q1": "脱硫废水零排放工艺",
    "q2": "silicon-carbon anode for lithium-ion batteries",
    "q3": "钢板缺陷检测",
    "q4": "没有相关成果的需求",
}
GRADES = {
    ("q1", "d1"): 3,
    ("q1", "d5"): 1,
    ("q1", "d2"): 0,
    ("q2", "d2"): 1,
    ("q3", "d3"): 2,
    ("q3", "absent"): 3,
    ("q4", "d1"): 0,
}


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    rows = [{"_id": id, "title": title, "text": text} for id, (title, text) in CORPUS.items()]
    write_lines(path / "corpus.jsonl", [json.dumps(row, ensure_ascii=False) for row in rows])
    write_lines(
        path / "queries.jsonl", [json.dumps({"_id": id, "text": text}) for id, text in QUERIES.items()]
    )
    judgements = [f"{query}\t{document}\t{grade}" for (query, document), grade in GRADES.items()]
    write_lines(path / "qrels" / "test.tsv", ["query-id\tcorpus-id\tscore", *judgements])
    return path


@pytest.fixture
def instance(model_info: ModelInfo, tmp_path: Path) -> Path:
    """An instance with the prepared model and a vector cache of its own."""
    path = tmp_path / "instance"
    path.mkdir()
    (path / "model").symlink_to(Path(model_info.path).parent)
    return path


def test_ndcg_by_hand() -> None:
    grades = {"a": 3, "b": 1, "c": 0}
    best = 7 + 1 / math.log2(3)
    assert ndcg(grades, ["a", "b", "c"]) == pytest.approx(1)
    assert ndcg(grades, ["x", "a", "c", "b"]) == pytest.approx((7 / math.log2(3) + 1 / math.log2(5)) / best)
    assert ndcg(grades, ["x"] * 10 + ["a"]) == 0
    assert ndcg({f"r{i}": 1 for i in range(20)}, [f"r{i}" for i in range(10)]) == pytest.approx(1)


def test_recall_and_reciprocal_rank_by_hand() -> None:
    grades = {"a": 3, "b": 1, "c": 0}
    assert recall(grades, ["c", "b"]) == 0.5
    assert recall(grades, ["b", "a"], depth=1) == 0.5
    assert reciprocal_rank(grades, ["c", "x", "b", "a"]) == pytest.approx(1 / 3)
    assert reciprocal_rank(grades, ["x"] * 10 + ["a"]) == 0


@given(st.dictionaries(st.sampled_from("abcdefghijklm"), st.integers(0, 3), min_size=1), st.randoms())
def test_no_ranking_beats_that_of_the_grades(grades: dict[str, int], random) -> None:
    shuffled = sorted(grades)
    random.shuffle(shuffled)
    best = sorted(grades, key=lambda document: -grades[document])
    assert 0 <= ndcg(grades, shuffled) <= ndcg(grades, best) + 1e-12
    assert ndcg(grades, best) == pytest.approx(1 if any(grades.values()) else 0)


def test_measure_is_the_mean_over_queries() -> None:
    grades = {"q1": {"a": 1}, "q2": {"a": 1}}
    assert measure(grades, {"q1": ["a"], "q2": ["b"]}) == dict.fromkeys(METRICS, 0.5)


def test_reading_keeps_what_can_be_measured(folder: Path) -> None:
    dataset = read_dataset(folder)
    assert dataset.name == "tiny" and len(dataset.documents) == len(CORPUS)
    assert list(dataset.queries) == ["q1", "q2", "q3"]  # q4 has no positive label
    assert dataset.grades["q3"] == {"d3": 2}  # what is not in the corpus cannot be found


def test_every_mode_finds_what_is_labelled(folder: Path, instance: Path) -> None:
    lines: list[str] = []
    result = run_evaluation(folder, instance_path=instance, progress=lines.append)
    assert (result["engine"], result["documents"], result["queries"]) == ("embedded", 5, 3)
    assert list(result["modes"]) == ["lexical", "dense", "hybrid", "ranked"]
    # No word of q2 is in a document; its synonyms are.
    assert all(result["modes"][mode]["mrr@10"] == 1 for mode in ("lexical", "dense", "hybrid"))
    assert any("5 of 5 documents indexed" in line for line in lines)
    table = format_table(result)
    assert "tiny: 5 documents, 3 queries, whole corpus" in table
    assert f"hybrid    {result['modes']['hybrid']['ndcg@10']:12.4f}" in table


def test_judged_ranks_the_judged_only(folder: Path, instance: Path) -> None:
    result = run_evaluation(folder, instance_path=instance, judged=True, modes="lexical")
    assert list(result["modes"]) == ["lexical"]
    # q2 has one judged document and q3 too: first by default; q1's best is found by its words.
    assert result["modes"]["lexical"]["mrr@10"] == 1
    assert "judged documents only" in format_table(result)


def test_a_second_run_encodes_nothing(folder: Path, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_evaluation(folder, instance_path=instance)
    monkeypatch.setattr(SentenceTransformerEncoder, "_load", lambda self: pytest.fail("encoded again"))
    second = run_evaluation(folder, instance_path=instance)
    for mode, row in first["modes"].items():
        assert [row[name] for name in METRICS] == [second["modes"][mode][name] for name in METRICS]


def test_modes_are_a_list_of_known_names() -> None:
    assert parse_modes("hybrid, lexical,hybrid") == (Mode.HYBRID, Mode.LEXICAL)
    for text in ("sparse", "lexical,sparse", "", ","):
        with pytest.raises(EvaluationError, match="choose from lexical, dense, hybrid"):
            parse_modes(text)


def test_an_unknown_engine_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="unknown engine 'solr': choose from embedded"):
        run_evaluation(folder, instance_path=tmp_path, engine="solr")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", None, "corpus.jsonl: No such file"),
        (
            "corpus.jsonl",
            b'{"_id": "d1", "text": "a"}\n{"_id": 2, "text": "b"}\n',
            r"corpus.jsonl:2: expected",
        ),
        ("corpus.jsonl", b'{"_id": "d1", "title": null, "text": "a"}\n', r"corpus.jsonl:1: expected"),
        ("queries.jsonl", b"not JSON\n", r"queries.jsonl:1: expected"),
        ("queries.jsonl", b"[1]\n", r"queries.jsonl:1: expected"),
        ("queries.jsonl", b"\xff\xfe\n", r"queries.jsonl: not UTF-8"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\thigh\n", r"test.tsv:2: expected"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\n", r"test.tsv:2: expected"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\t0\n", "no query has a positive label"),
    ],
)
def test_a_folder_at_fault_is_one_clear_line(
    folder: Path, name: str, content: bytes | None, message: str
) -> None:
    path = folder / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(EvaluationError, match=message) as caught:
        read_dataset(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="No such file"):
        read_dataset(tmp_path / "missing")
