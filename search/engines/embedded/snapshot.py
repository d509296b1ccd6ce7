"""One consistent state of an index, as one request reads it: mapped files and columns in memory."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.documents import Passages
from search.engines.embedded.columns import MAX_ID_BYTES, RECORD, Dictionary
from search.engines.embedded.files import Manifest, map_bytes
from search.engines.embedded.postings import Segment
from search.engines.embedded.vectors import restore


class Snapshot:
    """Rows 0 … n-1 of an index, those replaced or removed since (``dead``) among them.

    In memory for 100,000 documents: 10 MB of columns, 6 MB more once ids are looked up. Mapped, so
    shared by processes and dropped under pressure: 38 MB of vectors (384 dimensions), about 100 MB
    of postings (texts of 200 characters) and 13 MB of records; titles and sentences are read only
    for documents shown. Measured by the benchmark: 170 MB in all after 183 long queries.
    """

    def __init__(self, path: Path, manifest: Manifest, known: Mapping[str, Segment]) -> None:
        """Map the files; segments in ``known`` (by path) are taken as they are mapped there.

        Raises FileNotFoundError where the folder has been replaced in the meantime.
        """
        folder = path / manifest.folder
        files = {name: map_bytes(folder / name, length) for name, length in manifest.files.items()}
        nothing = np.empty(0, np.uint8)
        self.manifest = manifest
        self.segments = {
            str(folder / name): known.get(str(folder / name)) or Segment.open(folder / name)
            for name in manifest.segments
        }
        self.records = files.get("records", nothing).view(RECORD)
        self.vectors = files.get("vectors", nothing).view(np.int8).reshape(-1, manifest.dimensions)
        self.facet_codes = files.get("facets", nothing).view(np.int32)
        self.dead = files.get("dead", nothing).view(np.int32)
        self.texts = files.get("texts", nothing)
        self.sentences = files.get("sentences", nothing)
        self.dictionary_bytes = files.get("dictionary", nothing).tobytes()
        self.dictionary = Dictionary.parse(self.dictionary_bytes)
        self._read_columns()

    def _read_columns(self) -> None:
        """Copy what every request scans out of the records, each column contiguous, shape (rows,)."""
        records = self.records
        self.size = len(records)
        self.alive = np.ones(self.size, np.bool_)
        self.alive[self.dead] = False
        self.live = self.size - len(self.dead)
        self.ids = np.ascontiguousarray(records["id"])
        self.kinds = np.ascontiguousarray(records["kind"])
        self.audiences = np.ascontiguousarray(records["audience"])
        self.valid_until = np.ascontiguousarray(records["valid_until"])
        self.lengths = np.ascontiguousarray(records["length"])
        self.words = records["words"].astype(np.float32)
        self.bigrams = records["bigrams"].astype(np.float32)
        self.facet_ends = np.ascontiguousarray(records["facets_end"])
        self.facet_counts = np.diff(self.facet_ends, prepend=0)

    @cached_property
    def _by_id(self) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
        rows = np.flatnonzero(self.alive)
        rows = rows[np.argsort(self.ids[rows])]
        return self.ids[rows], rows

    @cached_property
    def id_order(self) -> NDArray[np.int64]:
        """The place of each live row among all in order of id, shape (rows,)."""
        order = np.zeros(self.size, np.int64)
        order[self._by_id[1]] = np.arange(self.live)
        return order

    def find(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the live rows of ``ids`` in that order; ids that are not here are left out."""
        wanted = [key for key in (id.encode() for id in ids) if len(key) <= MAX_ID_BYTES]
        if not wanted or not self.live:
            return np.empty(0, np.int64)
        keys, rows = self._by_id
        sought = np.array(wanted, keys.dtype)
        at = np.minimum(np.searchsorted(keys, sought), self.live - 1)
        found: NDArray[np.int64] = rows[at[keys[at] == sought]]
        return found

    def id(self, row: int) -> str:
        return bytes(self.ids[row]).decode()

    def _part(self, heap: NDArray[np.uint8], column: str, row: int) -> bytes:
        start = int(self.records[column][row - 1]) if row else 0
        return heap[start : int(self.records[column][row])].tobytes()

    def titles(self, row: int) -> list[str]:
        """Return title and keywords of a row, as written."""
        texts: list[str] = json.loads(self._part(self.texts, "text_end", row))
        return texts

    def passages(self, row: int) -> Passages:
        """Return the stored sentences of a row with their vectors."""
        packed = self._part(self.sentences, "sentences_end", row)
        dimensions = self.manifest.dimensions
        head, _, rest = packed.partition(b"\n")
        sentences = tuple(json.loads(head)) if head else ()
        codes = np.frombuffer(rest, np.int8).reshape(-1, dimensions)
        return Passages(sentences, restore(codes), restore(self.vectors[row : row + 1])[0])
