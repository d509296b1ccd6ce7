"""Files of the embedded engine: rebuilding, compaction, merging, and readers beside a writer."""

import errno
import json
import threading
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from search.documents import Document, Filter, IndexedDocument, Query
from search.engine import EngineUnavailable
from search.engines.embedded import EmbeddedEngine, IndexLocked, IndexMismatch, writer
from search.engines.embedded.postings import build_segment, hash_keys, merge_segments, segments_to_merge
from search.segment import analyse
from tests.search.embedded_model import DIMENSIONS, unit

EVERYONE = Filter(frozenset({"public"}), now=0.0)


def item(number: int, version: int, word: str = "电池") -> IndexedDocument:
    document = Document(f"result:{number}", "result", f"{word} n{number}", "", version=version)
    return IndexedDocument(document, unit(number), ("一句话",), unit(number)[None])


def items(numbers: Iterable[int], version: int, word: str = "电池") -> list[IndexedDocument]:
    return [item(number, version, word) for number in numbers]


def wait_for(engine: EmbeddedEngine, versions: dict[str, int]) -> None:
    """Wait until a reader sees ``versions``; fail after long enough for any machine."""
    deadline = time.monotonic() + 30
    while engine.versions() != versions:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_reader_follows_the_writer(tmp_path: Path) -> None:
    reader = EmbeddedEngine(tmp_path, DIMENSIONS)
    assert reader.versions() == {}
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    for version in (1, 2, 3):
        engine.write(items(range(version), version))
        wait_for(reader, {f"result:{number}": version for number in range(version)})
    engine.write([], ["result:0", "result:7"])
    wait_for(reader, {"result:1": 3, "result:2": 3})
    with pytest.raises(EngineUnavailable, match="reading only"):
        reader.write(items([1], 1))
    engine.close()


def test_rebuilding_swaps_at_the_end_and_at_no_other_time(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items(range(4), 1))
    with pytest.raises(IndexLocked), EmbeddedEngine.rebuild(tmp_path, DIMENSIONS):
        pass
    engine.close()
    reader = EmbeddedEngine(tmp_path, DIMENSIONS)
    before = {f"result:{number}": 1 for number in range(4)}

    def rebuild_and_fail() -> None:
        with EmbeddedEngine.rebuild(tmp_path, DIMENSIONS) as fresh:
            fresh.write(items([9], 2))
            assert EmbeddedEngine(tmp_path, DIMENSIONS).versions() == before
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        rebuild_and_fail()
    assert EmbeddedEngine(tmp_path, DIMENSIONS).versions() == before
    with EmbeddedEngine.rebuild(tmp_path, DIMENSIONS) as fresh:
        fresh.write(items([8], 2))
        fresh.write(items([9], 2))
        assert EmbeddedEngine(tmp_path, DIMENSIONS).versions() == before
    wait_for(reader, {"result:8": 2, "result:9": 2})
    assert len([*tmp_path.glob("g*")]) == 1
    restarted = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    restarted.write(items([9], 3))
    wait_for(reader, {"result:8": 2, "result:9": 3})
    restarted.close()


def test_another_dimension_or_schema_asks_for_reindexing(tmp_path: Path) -> None:
    EmbeddedEngine(tmp_path, DIMENSIONS, writer=True).close()
    reader = EmbeddedEngine(tmp_path, DIMENSIONS + 1)
    assert reader.versions() == {}  # nothing was written yet
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items([1], 1))
    engine.close()
    message = "run `flask search reindex`"
    with pytest.raises(IndexMismatch, match=message):
        EmbeddedEngine(tmp_path, DIMENSIONS + 1, writer=True)
    with pytest.raises(IndexMismatch, match=message):
        EmbeddedEngine(tmp_path, DIMENSIONS + 1).search(Query(EVERYONE))
    with EmbeddedEngine.rebuild(tmp_path, DIMENSIONS + 1):
        pass
    assert EmbeddedEngine(tmp_path, DIMENSIONS + 1).versions() == {}
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 0}))
    with pytest.raises(IndexMismatch, match=message):
        EmbeddedEngine(tmp_path, DIMENSIONS + 1).versions()
    manifest.write_text("{")
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        EmbeddedEngine(tmp_path, DIMENSIONS + 1).versions()


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items([1], 1))
    engine.close()
    (tmp_path / "g1" / "vectors").unlink()
    with pytest.raises(EngineUnavailable, match="incomplete"):
        EmbeddedEngine(tmp_path, DIMENSIONS).versions()


def test_compaction_drops_dead_rows_and_keeps_every_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items(range(30), 1, "钙钛矿"))
    engine.write(items(range(10), 2), ["result:29"])
    query = Query(EVERYONE, analyse("钙钛矿 电池"), unit(3), limit=50)
    page, passages = engine.search(query), engine.passages(["result:3"])
    monkeypatch.setattr(writer, "COMPACT_ROWS", 11)
    engine.write([], ["result:28"])
    snapshot = engine.snapshot()
    assert (snapshot.size, snapshot.live, len(snapshot.segments)) == (28, 28, 1)
    assert [folder.name for folder in tmp_path.glob("g*")] == ["g2"]
    for compacted in (engine, EmbeddedEngine(tmp_path, DIMENSIONS)):
        hits = compacted.search(query).hits
        assert {hit.id for hit in hits} == {hit.id for hit in page.hits} - {"result:28"}
        assert compacted.passages(["result:3"])["result:3"].sentences == passages["result:3"].sentences
        assert set(compacted.suggest("n1", EVERYONE, 50)) == {
            f"{'电池' if number < 10 else '钙钛矿'} n{number}" for number in (1, *range(10, 20))
        }
    engine.close()


def test_a_failed_compaction_leaves_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items(range(5), 1))
    monkeypatch.setattr(writer, "COMPACT_ROWS", 1)

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "_parts", fail)
    engine.write(items(range(3), 2))
    assert "could not be compacted" in caplog.text
    assert engine.versions() == {f"result:{n}": 2 if n < 3 else 1 for n in range(5)}
    assert [folder.name for folder in tmp_path.glob("g*")] == ["g1"]
    monkeypatch.undo()
    engine.write(items([4], 2))
    assert engine.versions() == {f"result:{n}": 1 if n == 3 else 2 for n in range(5)}
    engine.close()


def test_readers_see_each_batch_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a writer replaces all documents again and again, no reader sees two batches mixed."""
    monkeypatch.setattr("search.engines.embedded.engine.REFRESH_SECONDS", 0.001)
    monkeypatch.setattr(writer, "COMPACT_ROWS", 20)
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(items(range(8), 0, "批次0x"))
    reader = EmbeddedEngine(tmp_path, DIMENSIONS)
    done = threading.Event()
    seen: list[set[int]] = []
    failures: list[Exception] = []

    def read() -> None:
        try:
            while not done.is_set():
                for source in (reader, engine):
                    versions = source.versions()
                    page = source.search(Query(EVERYONE, vector=unit(1), limit=50, ranked=True))
                    assert len(versions) == page.total == len({hit.id for hit in page.hits}) == 8
                    seen.append(set(versions.values()))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 60):
        engine.write(items(range(8), version, f"批次{version}x"))
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(len(versions) == 1 for versions in seen)
    wait_for(reader, {f"result:{number}": 59 for number in range(8)})
    engine.close()


def test_merging_equals_building_at_once() -> None:
    random = np.random.default_rng(3)
    documents = [[f"w{t}" for t in random.integers(0, 40, size=9).tolist()] for _ in range(50)]
    whole = build_segment(documents, 0)
    cuts = (0, 7, 8, 30, 50)
    parts = [build_segment(documents[a:b], a) for a, b in pairwise(cuts)]
    merged = merge_segments(parts)
    renumber = np.where(np.arange(50) % 3 == 0, -1, np.cumsum(np.arange(50) % 3 != 0) - 1).astype(np.int32)
    kept = build_segment([terms for number, terms in enumerate(documents) if number % 3], 0)
    for actual, expected in ((merged, whole), (merge_segments(parts, renumber), kept)):
        assert actual.hashes.tolist() == expected.hashes.tolist()
        assert actual.ends.tolist() == expected.ends.tolist()
        assert actual.rows.tolist() == expected.rows.tolist()
        assert actual.frequencies.tolist() == expected.frequencies.tolist()
    [(start, end)] = whole.slices(hash_keys(["w5"]))
    assert whole.rows[start:end].tolist() == [n for n, terms in enumerate(documents) if "w5" in terms]
    assert whole.slices(hash_keys(["absent"])) == [(0, 0)]


def test_segments_stay_few() -> None:
    sizes: list[int] = []
    for _ in range(1000):
        sizes.append(100)
        count = segments_to_merge(sizes)
        sizes[-count:] = [sum(sizes[-count:])]
        assert len(sizes) <= 6
    assert sum(sizes) == 100_000


def test_limits_of_ids(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    for id in ("", "x" * 49, "a\0"):
        with pytest.raises(ValueError, match="bytes and no NUL"):
            engine.write([IndexedDocument(Document(id, "result", "题", ""), unit(1))])
    longest = "文" * 16
    engine.write([IndexedDocument(Document(longest, "result", "题", "", version=4), unit(1))])
    assert engine.versions() == {longest: 4}
    assert engine.passages([longest, "x" * 49])[longest].sentences == ()
    engine.close()
