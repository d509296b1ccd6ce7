"""The benchmark's report, over a small library of its own making."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from search.bench import memory_megabytes, run_bench

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
    np.save(path, np.random.default_rng(1).integers(-100, 100, (COUNT, 16)).astype(np.int8))
    return path


def test_report_has_every_stage_beside_the_floor(library: Path, vectors: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    report = run_bench(library, vectors, COUNT, cache=cache, rounds=1)
    stages = {"segment", "filter", "lexical", "dense", "fusion", "facets", "facets_of_all", "whole"}
    assert set(report["milliseconds"]) == stages | {"floor", "floor_lexical", "floor_dense"}
    assert all(0 < stage["p50"] <= stage["p95"] for stage in report["milliseconds"].values())
    ratio = report["milliseconds"]["whole"]["p95"] / report["milliseconds"]["floor"]["p95"]
    assert report["hybrid_to_floor_p95"] == pytest.approx(ratio, abs=0.01)
    assert report["queries"] == 2
    assert report["documents_per_second"] > 0
    assert 0 < report["memory_megabytes"]["program"] <= report["memory_megabytes"]["with_index"]
    assert list(cache.iterdir()) == []
    json.dumps(report)


def test_too_small_inputs_are_errors(library: Path, vectors: Path) -> None:
    with pytest.raises(ValueError, match="only 60 of the 61 documents"):
        run_bench(library, vectors, COUNT + 1)
    with pytest.raises(ValueError, match="an encoder is needed"):
        run_bench(library, None, COUNT)
    np.save(vectors, np.ones((3, 16), np.int8))
    with pytest.raises(ValueError, match="only 3 vectors"):
        run_bench(library, vectors, COUNT)


def test_memory_grows_with_what_is_held() -> None:
    before = memory_megabytes()
    held = np.ones(10_000_000, np.float64)
    assert memory_megabytes() - before == pytest.approx(held.nbytes / 1e6, rel=0.2)
