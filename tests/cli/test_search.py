"""``flask search …`` and ``flask worker --once``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from marketplace.core.db import transaction
from marketplace.indexing.models import OutboxEntry
from search.encoder import CachedEncoder
from tests.cli.conftest import Completed
from tests.factories import Factory

CORPUS = {
    "d1": ("海水淡化反渗透膜", "两性离子涂层提高反渗透膜在高藻海水中的抗污染能力。"),
    "d2": ("机床热误差补偿", "温度传感器建立主轴热漂移模型，在线补偿孔位误差。"),
    "d3": ("固态电池电解质", "硫化物电解质膜在室温下的离子电导率。"),
}
QUERIES = {"q1": "反渗透膜如何抗污染", "q2": "machine tool thermal error"}
MODES = {"lexical", "dense", "hybrid", "ranked"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": key, "title": title, "text": text} for key, (title, text) in CORPUS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    queries = [{"_id": key, "text": text} for key, text in QUERIES.items()]
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(row) for row in queries))
    lines = ["query-id\tcorpus-id\tscore", "q1\td1\t2", "q1\td3\t0", "q2\td2\t1"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines))
    return folder


def test_evaluate_prints_one_json_object_and_nothing_else(
    run: Callable[..., Completed], folder: Path
) -> None:
    done = run("search", "evaluate", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    result = json.loads(done.stdout)
    assert set(result) == MODES
    for metrics in result.values():
        assert {"ndcg@10", "recall@100", "mrr@10"} <= set(metrics)
        assert all(isinstance(value, float) for value in metrics.values())
    assert result["dense"]["mrr@10"] == result["hybrid"]["ndcg@10"] == 1.0
    assert result["lexical"]["recall@100"] == 0.5  # words alone do not cross languages
    assert "documents" in done.stderr


def test_evaluate_as_a_table_of_one_mode_and_judged(run: Callable[..., Completed], folder: Path) -> None:
    done = run("search", "evaluate", str(folder), "--modes", "dense", "--judged")
    assert done.returncode == 0, done.stderr
    assert "judged documents only" in done.stdout
    assert "dense" in done.stdout and "hybrid" not in done.stdout


def break_file(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no corpus": (lambda folder: (folder / "corpus.jsonl").unlink(), "corpus.jsonl: No such file"),
    "no labels": (lambda folder: (folder / "qrels" / "test.tsv").unlink(), "test.tsv: No such file"),
    "torn line": (break_file("corpus.jsonl", '{"_id": "d1", "text": "a"}\n{"_id": '), "corpus.jsonl:2"),
    "a number": (break_file("queries.jsonl", '{"_id": 1, "text": "a"}'), "queries.jsonl:1"),
    "no positive": (break_file("qrels/test.tsv", "head\nq1\td1\t0\n"), "no query has a positive label"),
    "wrong columns": (break_file("qrels/test.tsv", "head\nq1 d1 1\n"), "test.tsv:2"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_evaluate_names_file_and_line_at_fault(app: Flask, folder: Path, name: str) -> None:
    spoil, words = BROKEN[name]
    spoil(folder)
    done = app.test_cli_runner().invoke(args=["search", "evaluate", str(folder), "--json"])
    assert done.exit_code == 1 and done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: ") and words in lines[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["evaluate"], 2),
        (["evaluate", "x", "--engine", "none"], 2),
        (["evaluate", "x", "--modes", "psychic"], 1),
        (["ask"], 2),
        (["ask", "电池", "--kind", "person"], 2),
        (["ask", "电池", "--limit", "0"], 2),
    ],
)
def test_wrong_arguments_are_refused(app: Flask, arguments: list[str], code: int) -> None:
    done = app.test_cli_runner().invoke(args=["search", *arguments])
    assert done.exit_code == code and done.stdout == "" and "Traceback" not in done.stderr


def test_ask_ranks_with_reasons_as_a_visitor_sees_it(app: Flask, make: Factory) -> None:
    organisation, person = make.staffed()
    make.result(organisation, person, trl=3)
    make.result(organisation, person, title="未发布的内部配方", published=False)
    runner = app.test_cli_runner()
    assert "listings indexed" in runner.invoke(args=["worker", "--once"]).output
    assert runner.invoke(args=["worker", "--once"]).output.startswith("0 listings indexed, ")
    app.extensions["search"].__dict__.pop("engine", None)
    asked = runner.invoke(args=["search", "ask", "固态电池用硫化物电解质膜，要求能通过针刺试验。"])
    assert asked.exit_code == 0, asked.output
    first = asked.output.splitlines()[0]
    assert first.startswith(" 1. [") and first.endswith("高比能固态锂电池电解质膜连续制备技术")
    assert "共有：" in asked.output and "TRL 3" in asked.output
    assert "未发布" not in asked.output
    other = runner.invoke(args=["search", "ask", "固态电池用硫化物电解质膜", "--kind", "demand"])
    assert (other.exit_code, other.output) == (0, "")


def test_reindex_builds_the_index_anew_without_encoding(
    app: Flask, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.result(*make.staffed())
    runner = app.test_cli_runner()
    runner.invoke(args=["worker", "--once"])
    with transaction() as session:
        session.execute(delete(OutboxEntry))
    found = app.extensions["search"]
    monkeypatch.setattr(CachedEncoder, "SAVE_EVERY", 1)
    monkeypatch.setattr(type(found.encoder), "encode_passages", None)  # every vector is kept
    done = runner.invoke(args=["search", "reindex"])
    assert done.exit_code == 0, done.output
    assert done.stdout == "1 listings indexed\n"
    found.__dict__.pop("engine", None)
    assert list(found.engine.versions()) == ["result:1"]


def test_reindex_beside_a_worker_is_refused(app: Flask) -> None:
    writer = app.extensions["search"].open_writer()
    try:
        for arguments in (["search", "reindex"], ["worker", "--once"]):
            done = app.test_cli_runner().invoke(args=arguments)
            assert done.exit_code == 1
            assert "is being written by process" in done.stderr and "Traceback" not in done.stderr
    finally:
        writer.close()


def test_indicators_prints_a_line_for_each_need(run: Callable[..., Completed], tmp_path: Path) -> None:
    file = tmp_path / "needs.jsonl"
    need = {
        "id": "n1",
        "title": "550kV断路器",
        "content": "抗拉强度不低于450MPa，在-40℃下冲击功≥27J。",
        "more": 1,
    }
    file.write_text(
        json.dumps(need, ensure_ascii=False) + "\n\n" + '{"id": "n2", "title": "", "content": ""}\n'
    )
    done = run("search", "indicators", str(file))
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    keys = {"name", "operator", "low", "high", "unit", "condition", "text"}
    assert first["id"] == "n1" and all(set(row) == keys for row in first["rows"])
    voltage, strength, work = first["rows"]
    assert (voltage["operator"], voltage["low"], voltage["high"], voltage["unit"]) == ("=", 550, 550, "kV")
    assert (strength["name"], strength["operator"], strength["text"]) == ("抗拉强度", ">=", "不低于450MPa")
    assert work["condition"] == "-40℃下" and work["high"] is None
    assert second == {"id": "n2", "rows": []}


@pytest.mark.parametrize(
    "line", ["not json", "[1]", '{"id": "n2", "title": ""}', '{"id": 2, "title": "", "content": ""}']
)
def test_indicators_names_file_and_line_of_a_fault(
    run: Callable[..., Completed], tmp_path: Path, line: str
) -> None:
    file = tmp_path / "needs.jsonl"
    file.write_text('{"id": "n1", "title": "", "content": ""}\n' + line + "\n")
    done = run("search", "indicators", str(file))
    assert done.returncode == 1
    assert f"{file}:2" in done.stderr and "Traceback" not in done.stderr


def test_indicators_are_measured_against_gold_rows(run: Callable[..., Completed], tmp_path: Path) -> None:
    needs, gold = tmp_path / "needs.jsonl", tmp_path / "gold.jsonl"
    needs.write_text(json.dumps({"id": "n1", "title": "", "content": "强度≥450MPa，密度＜2.7g/cm³"}))
    rows = [
        {"operator": ">=", "low": 450, "high": None, "unit": "MPa", "optional": False},
        {"operator": "<=", "low": None, "high": 2.7, "unit": "g/cm³", "optional": False},
    ]
    gold.write_text(json.dumps({"id": "n1", "rows": rows}))
    done = run("search", "indicators", str(needs), "--gold", str(gold))
    assert done.returncode == 0, done.stderr
    by_value, by_operator = done.stdout.splitlines()
    assert "precision 1.000  recall 1.000" in by_value
    assert "precision 0.500  recall 0.500" in by_operator
    gold.write_text(json.dumps({"id": "n1", "rows": [{}]}))
    assert f"{gold}:1" in run("search", "indicators", str(needs), "--gold", str(gold)).stderr
