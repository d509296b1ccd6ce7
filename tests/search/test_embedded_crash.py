"""What a killed writer, a full disk and a second writer leave behind: exactly the acknowledged writes."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from search.documents import Filter, IndexedDocument, Query, QueryTerms
from search.engines.embedded import EmbeddedEngine, IndexLocked, files
from tests.search.embedded_child import DIMENSIONS, IDS, make_batch, word

ROOT = Path(__file__).resolve().parents[2]
READER = Filter(frozenset({"public"}), now=0.0)
Documents = dict[str, IndexedDocument]


def replay(documents: Documents, batch: int) -> Documents:
    upserts, deletes = make_batch(batch)
    kept = {id: item for id, item in documents.items() if id not in deletes}
    return kept | {item.document.id: item for item in upserts}


def versions(documents: Documents) -> dict[str, int]:
    return {id: item.document.version for id, item in documents.items()}


def check_contents(engine: EmbeddedEngine, documents: Documents, batches: range) -> None:
    """Every document is found by its own word and vector, in every part; no older version is."""
    assert engine.versions() == versions(documents)
    for number in range(IDS):
        id = f"result:{number}"
        item = documents.get(id)
        for batch in batches:
            hits = engine.search(Query(READER, QueryTerms((word(number, batch),)))).hits
            current = item is not None and item.document.version == batch
            assert [hit.id for hit in hits] == ([id] if current else [])
        if item is not None:
            nearest = engine.search(Query(READER, vector=item.vector, limit=1)).hits[0]
            assert (nearest.id, nearest.dense) == (id, pytest.approx(1, abs=1e-5))
            passages = engine.passages([id])[id]
            assert passages.sentences == item.sentences
            assert passages.vectors @ item.vector == pytest.approx(1, abs=1e-3)
    page = engine.search(Query(READER, facets=("batch",), limit=IDS))
    assert {hit.id for hit in page.hits} == set(documents)
    assert sum(page.facets["batch"].values()) == len(documents)


def run_until_killed(path: Path, first: int, fsyncs: int | None, seconds: float) -> int:
    """Let a child write from batch ``first`` on and die; return the last batch it acknowledged."""
    command = [sys.executable, "-m", "tests.search.embedded_child", str(path), str(first)]
    command += [] if fsyncs is None else [str(fsyncs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        if fsyncs is None:
            time.sleep(seconds)
            child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    return int(lines[-1])


def test_killing_the_writer_loses_and_revives_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    reader = EmbeddedEngine(tmp_path, DIMENSIONS)
    documents: Documents = {}
    first = 1
    kills: list[int | None] = [*range(1, 13), *[None] * 6]
    for fsyncs in kills:
        last = run_until_killed(tmp_path, first, fsyncs, float(random.uniform(0, 0.2)))
        for batch in range(first, last + 1):
            documents = replay(documents, batch)
        unacknowledged = replay(documents, last + 1)
        restarted = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
        if restarted.versions() != versions(documents):  # durable, but killed before it could say so
            documents = unacknowledged
            last += 1
        check_contents(restarted, documents, range(max(1, last - 3), last + 2))
        restarted.close()
        first = last + 1
    time.sleep(0.25)
    check_contents(reader, documents, range(first - 3, first + 1))


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Make every write past ``size`` bytes fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    documents: Documents = {}
    for batch in range(1, 5):
        engine.write(*make_batch(batch))
        documents = replay(documents, batch)
    [records] = tmp_path.rglob("records")
    for size in (1, 100, 300, records.stat().st_size, records.stat().st_size + 10):
        with file_size_limit(size), pytest.raises(OSError, match="File too large"):
            engine.write(*make_batch(5))
        check_contents(engine, documents, range(1, 6))
        check_contents(EmbeddedEngine(tmp_path, DIMENSIONS), documents, range(1, 6))
    engine.write(*make_batch(5))
    check_contents(engine, replay(documents, 5), range(1, 6))
    engine.close()


@pytest.mark.parametrize("call", range(1, 11))
def test_failure_at_any_sync_changes_nothing(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(*make_batch(1))
    documents = replay({}, 1)
    calls = 0

    def fail(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        engine.write(*make_batch(2))
    monkeypatch.undo()
    check_contents(engine, documents, range(1, 3))
    engine.write(*make_batch(2))
    check_contents(engine, replay(documents, 2), range(1, 3))
    engine.close()
    check_contents(EmbeddedEngine(tmp_path, DIMENSIONS), replay(documents, 2), range(1, 3))


def test_only_one_writer(tmp_path: Path) -> None:
    first = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    with pytest.raises(IndexLocked, match=f"being written by process {os.getpid()}"):
        EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    first.close()
    EmbeddedEngine(tmp_path, DIMENSIONS, writer=True).close()


def test_invalid_documents_leave_the_index_as_it_was(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, DIMENSIONS, writer=True)
    engine.write(*make_batch(1))
    good = make_batch(2)[0][0]
    wrong = [
        IndexedDocument(good.document, np.ones(DIMENSIONS + 1, np.float32)),
        IndexedDocument(good.document, np.full(DIMENSIONS, np.nan, np.float32)),
        IndexedDocument(good.document, good.vector, ("一句",), None),
    ]
    for item in wrong:
        with pytest.raises(ValueError, match=good.document.id):
            engine.write([good, item])
    check_contents(engine, replay({}, 1), range(1, 3))
    engine.close()
