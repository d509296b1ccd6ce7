"""The benchmark's report, over a small library of its own making."""

import gzip
import json
import mmap
from pathlib import Path

import numpy as np
import pytest

from search.bench import BenchError, format_bench, memory_megabytes, run_bench

COUNT = 60
TEXTS = [f"石墨烯电池的第{number}种制备方法，用于储能与传感器。" for number in range(COUNT)]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(TEXTS))
    needs = [
        {"id": "a", "title": "储能电池", "content": "石墨烯"},
        {"id": "b", "title": "传感器", "content": "制备"},
    ]
    lines = "\n".join(json.dumps(need) for need in needs)
    (tmp_path / "needs_texts.jsonl").write_text(lines + "\n", encoding="utf-8")
    return path


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.npy"
    np.save(path, np.random.default_rng(1).integers(-100, 100, (COUNT - 5, 384)).astype(np.int8))
    return path


def silent(line: str) -> None:
    """Progress that nobody reads."""


def test_report_has_every_stage_beside_the_floor(library: Path, vectors: Path, instance_path: Path) -> None:
    before = {*(instance_path / "cache").glob("bench-*")}  # of a benchmark that runs beside the tests
    result = run_bench(library, vectors, COUNT, instance_path=instance_path, rounds=1, progress=silent)
    milliseconds = result["milliseconds"]
    stages = {
        "encode",
        "segment",
        "filter",
        "lexical",
        "dense",
        "fusion",
        "facets",
        "facets_of_all",
        "hybrid",
    }
    assert set(milliseconds) == stages | {"floor", "floor_lexical", "floor_dense"}
    assert all(0 < stage["p50"] <= stage["p95"] for stage in milliseconds.values())
    ratio = milliseconds["hybrid"]["p95"] / milliseconds["floor"]["p95"]
    assert result["p95_to_floor"]["hybrid"] == pytest.approx(ratio, abs=0.01)
    assert result["queries"] == 2
    assert result["documents_per_second"] > 0
    assert 0 < result["memory_megabytes"]["program"] <= result["memory_megabytes"]["with_index"]
    assert {*(instance_path / "cache").glob("bench-*")} <= before
    assert json.loads(json.dumps(result)) == result
    text = format_bench(result)
    assert f"{COUNT} documents, 2 queries" in text
    assert all(f"\n{stage} " in text for stage in stages)


def test_without_needs_the_library_asks(library: Path, vectors: Path, instance_path: Path) -> None:
    (library.parent / "needs_texts.jsonl").unlink()
    result = run_bench(library, vectors, 12, instance_path=instance_path, rounds=1, progress=silent)
    assert (result["documents"], result["queries"]) == (12, 12)


def test_unfit_inputs_are_errors(library: Path, vectors: Path, instance_path: Path) -> None:
    with pytest.raises(BenchError, match="only 60 of the 61 documents"):
        run_bench(library, vectors, COUNT + 1, instance_path=instance_path)
    with pytest.raises(BenchError, match=r"no \.jsonl\.gz library"):
        run_bench(vectors, None, COUNT, instance_path=instance_path)
    np.save(vectors, np.ones((COUNT, 16), np.int8))
    with pytest.raises(BenchError, match="384 dimensions"):
        run_bench(library, vectors, COUNT, instance_path=instance_path)


def test_memory_grows_with_what_is_held() -> None:
    before = memory_megabytes()
    size = 80_000_000  # bytes
    with mmap.mmap(-1, size) as held:  # pages of its own, whatever the allocator keeps in reserve
        held.write(b"\1" * size)
        assert memory_megabytes() - before == pytest.approx(size / 1e6, rel=0.25)
