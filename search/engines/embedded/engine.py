"""EmbeddedEngine: the contract of search/engine.py over snapshots and the writer."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from search.documents import Filter, Hit, IndexedDocument, Page, Passages, Query
from search.engine import COUNT_CAP, MAX_PAGES, EngineUnavailable
from search.engines.embedded.files import Manifest, read_manifest
from search.engines.embedded.results import ResultSet, Scores, count_facets, near_rows
from search.engines.embedded.selection import select
from search.engines.embedded.snapshot import Snapshot
from search.engines.embedded.suggest import suggest
from search.engines.embedded.writer import Writer

REFRESH_SECONDS = 0.2  # how old the manifest that a reader follows may be
LOADING_TRIES = 10  # a folder may be replaced between reading its name and opening its files


class EmbeddedEngine:
    """One index in a folder. Thread-safe; may be opened by many processes, by one to write.

    A reader of a folder without an index answers empty pages until there is one. Reading raises
    IndexMismatch (an EngineUnavailable) while the index is of another schema or dimension.
    """

    def __init__(self, path: Path, dimensions: int, writer: bool = False) -> None:
        """Open the index in ``path``; with ``writer``, exclusively and created if absent.

        Raises IndexLocked where another engine writes it, IndexMismatch where it must be rebuilt.
        """
        self._open(path, dimensions, Writer(path, dimensions) if writer else None)

    def _open(self, path: Path, dimensions: int, writer: Writer | None) -> None:
        self._path = path
        self._dimensions = dimensions
        self._writer = writer
        self._writing = threading.Lock()
        self._loading = threading.Lock()
        self._checked = -REFRESH_SECONDS
        self._snapshot = writer.state if writer else Snapshot(path, Manifest(dimensions), {})

    @classmethod
    @contextmanager
    def rebuild(cls, path: Path, dimensions: int) -> Iterator["EmbeddedEngine"]:
        """Yield a writer of a new, empty index that takes the old one's place when the block ends.

        Readers keep the old index until then; where the block raises, for good. Takes the writer's
        lock (IndexLocked), and minds neither schema nor dimensions of the old index.
        """
        writer = Writer(path, dimensions, fresh=True)
        engine = cls.__new__(cls)
        engine._open(path, dimensions, writer)
        try:
            yield engine
            writer.publish()
        finally:
            engine.close()

    def snapshot(self) -> Snapshot:
        """Return the state that a request beginning now reads, at most REFRESH_SECONDS old."""
        writer = self._writer
        if writer is not None:
            return writer.state
        if time.monotonic() - self._checked >= REFRESH_SECONDS:
            with self._loading:
                if time.monotonic() - self._checked >= REFRESH_SECONDS:
                    self._reload()
                    self._checked = time.monotonic()
        return self._snapshot

    def _reload(self) -> None:
        """Follow the manifest; segments that both states share stay mapped."""
        for _ in range(LOADING_TRIES):
            manifest = read_manifest(self._path, self._dimensions) or Manifest(self._dimensions)
            if manifest == self._snapshot.manifest:
                return
            try:
                self._snapshot = Snapshot(self._path, manifest, self._snapshot.segments)
                return
            except FileNotFoundError as error:
                missing = error
        raise EngineUnavailable(f"the index in {self._path} is incomplete: {missing}") from missing

    def search(self, query: Query) -> Page:
        """Return one page of R; an offset past the last page gives an empty page."""
        snapshot = self.snapshot()
        selection = select(snapshot, query.filter)
        scores = Scores.of(snapshot, query, selection.readable)
        near = near_rows(snapshot, query, scores, selection)
        results = ResultSet.of(snapshot, query, scores, near, selection.passing())
        hits: tuple[Hit, ...] = ()
        if query.offset < MAX_PAGES * query.limit:
            hits = results.page(snapshot, query, scores)
        size = int(np.count_nonzero(results.members)) if query.count else None
        return Page(
            hits,
            total=None if size is None else min(size, COUNT_CAP),
            capped=size is not None and size > COUNT_CAP,
            facets=count_facets(snapshot, query, scores, near, selection, results) if query.facets else {},
        )

    def score(self, query: Query, ids: Sequence[str]) -> tuple[Hit, ...]:
        """Score exactly these ids (those that pass the filter), best first, ties by id."""
        snapshot = self.snapshot()
        asked = np.zeros(snapshot.size, np.bool_)
        asked[snapshot.find(ids)] = True
        selection = select(snapshot, query.filter)
        asked &= selection.passing()
        scores = Scores.of(snapshot, query, asked, selection.readable)
        rows = np.flatnonzero(asked)
        fused = scores.fused(rows, query.dense_weight)
        order = np.lexsort((snapshot.ids[rows], -fused))
        return scores.hits(snapshot, rows[order], fused[order])

    def sample(self, filter: Filter, size: int) -> tuple[str, ...]:
        """Return up to ``size`` ids that pass the filter, evenly spaced in the order of writing."""
        snapshot = self.snapshot()
        rows = np.flatnonzero(select(snapshot, filter).passing())
        if len(rows) > size:
            rows = rows[np.linspace(0, len(rows) - 1, size).astype(np.int64)]
        return tuple(id.decode() for id in snapshot.ids[rows].tolist())

    def suggest(self, prefix: str, filter: Filter, limit: int = 8) -> tuple[str, ...]:
        """Return titles and keywords of readable documents in which a word starts with ``prefix``."""
        return suggest(self.snapshot(), prefix, filter, limit)

    def passages(self, ids: Sequence[str]) -> dict[str, Passages]:
        """Return stored sentences and vectors; ids that are not in the index are left out.

        No filter is applied: ask only for what a filtered search has just returned.
        """
        snapshot = self.snapshot()
        return {snapshot.id(row): snapshot.passages(row) for row in snapshot.find(ids).tolist()}

    def versions(self) -> dict[str, int]:
        """Return every id in the index with its version."""
        snapshot = self.snapshot()
        rows = np.flatnonzero(snapshot.alive)
        ids = (id.decode() for id in snapshot.ids[rows].tolist())
        return dict(zip(ids, snapshot.records["version"][rows].tolist(), strict=True))

    def write(self, upserts: Sequence[IndexedDocument], deletes: Sequence[str] = ()) -> None:
        """Durably remove ``deletes``, then add or replace ``upserts``; a failed write changes nothing.

        Raises EngineUnavailable on a reader, ValueError for documents that cannot be indexed,
        OSError for a full disk.
        """
        if self._writer is None:
            raise EngineUnavailable(f"the index in {self._path} is open for reading only")
        with self._writing:
            self._writer.write(upserts, deletes)

    def close(self) -> None:
        """Free the writer's lock; requests that still run keep their snapshot."""
        with self._writing:
            if self._writer is not None:
                self._snapshot, writer = self._writer.state, self._writer
                self._writer = None
                writer.close()
