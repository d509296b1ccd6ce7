"""Immutable inverted lists: for each term the rows that hold it and how often.

Terms are known by a 64-bit hash of their field and text (among a million terms two collide with a
chance of about 3 in 10⁸, and then only share their lists), so a dictionary costs 16 bytes a term
and no Python objects. A segment is four arrays, in this order in its file after two counts:
hashes u8[terms] ascending · ends i8[terms] · rows i4[postings] ascending within a term ·
frequencies u1[postings] (at most 255, where BM25 is saturated long since).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.engines.embedded.files import append, map_bytes

WORD, BIGRAM, PREFIX = "w", "b", "p"
MERGE_FACTOR = 3  # a segment joins the newer ones once they hold a third of its postings


def term_key(field: str, term: str) -> str:
    """Return the key of ``term`` in ``field`` (WORD, BIGRAM or PREFIX), as postings know it."""
    return field + term


def hash_keys(keys: Iterable[str]) -> NDArray[np.uint64]:
    """Return the 64-bit BLAKE2b hash of each key, shape (keys,)."""
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, np.uint64)


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the concatenated ranges [start, start + count), shape (counts.sum(),)."""
    before = np.cumsum(counts) - counts
    places: NDArray[np.int64] = np.arange(int(counts.sum())) + np.repeat(starts - before, counts)
    return places


@dataclass(frozen=True, slots=True)
class Segment:
    """Inverted lists over some rows of the index."""

    hashes: NDArray[np.uint64]
    ends: NDArray[np.int64]
    rows: NDArray[np.int32]
    frequencies: NDArray[np.uint8]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Return how many rows each term has, shape (terms,)."""
        return np.diff(self.ends, prepend=0)

    def slices(self, hashes: NDArray[np.uint64]) -> list[tuple[int, int]]:
        """Return where the postings of each hash begin and end, shape (hashes, 2); (0, 0): none."""
        if not self.hashes.size:
            return [(0, 0)] * len(hashes)
        at = np.minimum(np.searchsorted(self.hashes, hashes), self.hashes.size - 1)
        known = self.hashes[at] == hashes
        ends = np.where(known, self.ends[at], 0)
        starts = np.where(known & (at > 0), self.ends[at - 1], 0)
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def write(self, path: Path) -> None:
        head = np.array([self.hashes.size, self.rows.size], np.int64)
        arrays = (head, self.hashes, self.ends, self.rows, self.frequencies)
        append(path, 0, [array.data for array in arrays])

    @classmethod
    def open(cls, path: Path) -> "Segment":
        """Map a segment file."""
        data = map_bytes(path, path.stat().st_size)
        terms, postings = data[:16].view(np.int64).tolist()
        edges = np.cumsum([16, 8 * terms, 8 * terms, 4 * postings, postings])
        hashes, ends, rows, frequencies = (data[a:b] for a, b in pairwise(edges))
        return cls(hashes.view(np.uint64), ends.view(np.int64), rows.view(np.int32), frequencies)


def build_segment(documents: Sequence[Iterable[str]], first_row: int) -> Segment:
    """Invert documents given as term keys (repeats count); they take rows from ``first_row`` on."""
    vocabulary: dict[str, int] = {}
    numbers = [[vocabulary.setdefault(key, len(vocabulary)) for key in keys] for keys in documents]
    lengths = np.array([len(row) for row in numbers], np.int64)
    terms = np.fromiter(chain.from_iterable(numbers), np.int64, int(lengths.sum()))
    hashes, rank = np.unique(hash_keys(vocabulary), return_inverse=True)
    width = max(len(numbers), 1)
    pairs = rank[terms] * width + np.repeat(np.arange(len(numbers)), lengths)
    pairs, frequencies = np.unique(pairs, return_counts=True)
    return Segment(
        hashes,
        np.cumsum(np.bincount(pairs // width, minlength=hashes.size)),
        (pairs % width + first_row).astype(np.int32),
        np.minimum(frequencies, 255).astype(np.uint8),
    )


def merge_segments(segments: Sequence[Segment], renumber: NDArray[np.int32] | None = None) -> Segment:
    """Join segments of ascending rows into one.

    ``renumber`` (shape (rows of the index,)) gives each row its new number, ascending, -1: dropped.
    """
    if renumber is not None:
        segments = [_renumbered(segment, renumber) for segment in segments]
    hashes = np.unique(np.concatenate([segment.hashes for segment in segments]))
    ranks = [np.searchsorted(hashes, segment.hashes) for segment in segments]
    counts = np.zeros(hashes.size, np.int64)
    for rank, segment in zip(ranks, segments, strict=True):
        counts[rank] += segment.counts
    ends = np.cumsum(counts)
    free = ends - counts  # where the next posting of each term goes
    rows = np.empty(int(counts.sum()), np.int32)
    frequencies = np.empty(rows.size, np.uint8)
    for rank, segment in zip(ranks, segments, strict=True):
        target = ranges(free[rank], segment.counts)
        rows[target], frequencies[target] = segment.rows, segment.frequencies
        free[rank] += segment.counts
    return Segment(hashes, ends, rows, frequencies)


def _renumbered(segment: Segment, renumber: NDArray[np.int32]) -> Segment:
    rows = renumber[segment.rows]
    kept = rows >= 0
    survivors = np.concatenate([[0], np.cumsum(kept)])[segment.ends]
    used = np.diff(survivors, prepend=0) > 0
    return Segment(segment.hashes[used], survivors[used], rows[kept], segment.frequencies[kept])


def segments_to_merge(sizes: Sequence[int]) -> int:
    """Return how many of the newest segments (sizes in postings, oldest first) to make into one.

    Sizes then fall geometrically: at most about log₄(postings) segments, each posting rewritten as
    often.
    """
    total, taken = sizes[-1], 1
    while taken < len(sizes) and sizes[-1 - taken] < MERGE_FACTOR * total:
        total += sizes[-1 - taken]
        taken += 1
    return taken
