"""Writing one index: batches, recovery after a crash, compaction, rebuilding beside the old one."""

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.documents import IndexedDocument
from search.engines.embedded.batch import Batch, check, encode
from search.engines.embedded.files import (
    Manifest,
    WriterLock,
    append,
    cut_folder,
    folder_number,
    publish_manifest,
    read_manifest,
    remove_folders,
    sync_folder,
)
from search.engines.embedded.postings import merge_segments, ranges, segments_to_merge
from search.engines.embedded.snapshot import Snapshot

COMPACT_SHARE = 0.2  # of dead rows, from which the index is rewritten without them
COMPACT_ROWS = 1000  # fewer dead rows than this are not worth it

logger = logging.getLogger(__name__)


class Writer:
    """The one writer of an index; not thread-safe (the engine serialises calls).

    Its ``state`` is always what the manifest describes: after a failed write it is read again.
    """

    state: Snapshot

    def __init__(self, path: Path, dimensions: int, *, fresh: bool = False) -> None:
        """Take the lock, cut what a crash left, and read the present state.

        ``fresh``: begin an empty index in a folder of its own, which ``publish`` puts in place.
        Raises IndexLocked where somebody else writes, IndexMismatch unless ``fresh``.
        """
        self._path = path
        self._published = not fresh
        self._lock = WriterLock(path)
        try:
            present = None if fresh else read_manifest(path, dimensions)
            if not fresh:
                remove_folders(path, keep=present.folder if present else "")
            if present is None:
                present = Manifest(dimensions, folder=f"g{folder_number(path) + 1}")
                (path / present.folder).mkdir()
            cut_folder(path / present.folder, present)
            self.state = Snapshot(path, present, {})
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Free the lock; an index begun ``fresh`` and not published is removed."""
        if not self._published:
            shutil.rmtree(self._path / self.state.manifest.folder)
        self._lock.release()

    def publish(self) -> None:
        """Put an index begun ``fresh`` in the place of the old one, atomically."""
        sync_folder(self._path)
        publish_manifest(self._path, self.state.manifest)
        self._published = True
        remove_folders(self._path, keep=self.state.manifest.folder)

    def write(self, upserts: Sequence[IndexedDocument], deletes: Iterable[str]) -> None:
        """Durably remove ``deletes``, then add or replace ``upserts`` (the last of equal ids)."""
        for item in upserts:
            check(item, self.state.manifest.dimensions)
        items = list({item.document.id: item for item in upserts}.values())
        dead = np.unique(self.state.find([*deletes, *(item.document.id for item in items)]))
        if not items and not dead.size:
            return
        try:
            self._commit(self._append(encode(items, self.state), len(items), dead))
        except BaseException:
            self._recover()
            raise
        if len(self.state.dead) >= max(COMPACT_ROWS, COMPACT_SHARE * self.state.size):
            self._try_to_compact()

    def _append(self, batch: Batch, added: int, dead: NDArray[np.int64]) -> Manifest:
        """Make a batch durable beside what the manifest names; return the manifest to come."""
        present = self.state.manifest
        folder = self._path / present.folder
        files = dict(present.files)
        for name, data in {**batch.files, "dead": dead.astype(np.int32).tobytes()}.items():
            if data:
                files[name] = append(folder / name, files.get(name, 0), [data])
        segments = list(present.segments)
        if added:
            opened = [*self.state.segments.values(), batch.segment]
            count = segments_to_merge([segment.rows.size for segment in opened])
            segments = [*segments[: len(opened) - count], f"s{present.generation + 1}"]
            merged = merge_segments(opened[-count:]) if count > 1 else batch.segment
            merged.write(folder / segments[-1])
        sync_folder(folder)
        return present.next(present.rows + added, files, segments)

    def _commit(self, manifest: Manifest) -> None:
        """Publish ``manifest`` and drop the files that only the one before it named.

        Files that resist are left: the next writer removes what no manifest names.
        """
        before = self.state.manifest
        if self._published:
            if before.generation == 0:
                sync_folder(self._path)
            publish_manifest(self._path, manifest)
        self.state = Snapshot(self._path, manifest, self.state.segments)
        if manifest.folder != before.folder:
            shutil.rmtree(self._path / before.folder, ignore_errors=True)
        else:
            for name in set(before.segments) - set(manifest.segments):
                (self._path / before.folder / name).unlink(missing_ok=True)

    def _recover(self) -> None:
        """After a failed write, return to what the manifest in place describes."""
        manifest = self.state.manifest
        if self._published:
            manifest = read_manifest(self._path, manifest.dimensions) or manifest
        self.state = Snapshot(self._path, manifest, self.state.segments)
        cut_folder(self._path / manifest.folder, manifest)

    def _try_to_compact(self) -> None:
        """Compact; a failure costs only room, so it is logged and the write stands."""
        folder = f"g{folder_number(self._path) + 1}"
        try:
            self._commit(self._compact(folder))
        except OSError:
            logger.exception("the index in %s could not be compacted", self._path)
            self._recover()
            shutil.rmtree(self._path / folder, ignore_errors=True)

    def _compact(self, name: str) -> Manifest:
        """Write the live rows alone to a new folder; return its manifest."""
        state = self.state
        folder = self._path / name
        folder.mkdir()
        kept = np.flatnonzero(state.alive)
        records = state.records[kept]
        counts = state.facet_counts[kept]
        codes = state.facet_codes[ranges(state.facet_ends[kept] - counts, counts)]
        heaps = {}
        for column, heap in (("text_end", state.texts), ("sentences_end", state.sentences)):
            ends = np.ascontiguousarray(state.records[column])
            sizes = np.diff(ends, prepend=0)[kept]
            heaps[column] = _parts(heap, ends[kept] - sizes, ends[kept])
            records[column] = np.cumsum(sizes)
        records["facets_end"] = np.cumsum(counts)
        pieces: Mapping[str, Iterable[bytes | memoryview]] = {
            "vectors": _parts(state.vectors, kept, kept + 1),
            "facets": [codes.tobytes()],
            "texts": heaps["text_end"],
            "sentences": heaps["sentences_end"],
            "dictionary": [state.dictionary_bytes],
            "records": [records.tobytes()],
        }
        files = {file: append(folder / file, 0, data) for file, data in pieces.items()}
        renumber = np.full(state.size, -1, np.int32)
        renumber[kept] = np.arange(len(kept))
        segment = f"s{state.manifest.generation + 1}"
        merge_segments(list(state.segments.values()), renumber).write(folder / segment)
        sync_folder(folder)
        sync_folder(self._path)
        return state.manifest.next(len(kept), files, [segment], folder=name)


def _parts(
    heap: NDArray[np.generic], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[memoryview]:
    """Yield parts of a mapped array one by one, so that a copy of it never stands in memory."""
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield heap[start:end].data
