"""The result set R of a query over one snapshot (see engine.py): members, order, facet counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.documents import FloatArray, Hit, Query, Sort
from search.engine import CANDIDATES, near_enough, required_matches
from search.engines.embedded.lexical import LexicalScores, score_variants
from search.engines.embedded.selection import RowMask, Selection, count_facet_codes
from search.engines.embedded.snapshot import Snapshot
from search.engines.embedded.vectors import cosines
from search.fusion import fuse, lexical_share

Rows = NDArray[np.int64]
FEW_ROWS = 5000  # up to so many, comparing ids costs less than ordering all of them once

_SORT_KEYS: dict[Sort, Callable[[Snapshot], NDArray[np.float64]]] = {
    Sort.NEWEST: lambda snapshot: snapshot.records["published"],
    Sort.TRL: lambda snapshot: snapshot.records["trl"],
    Sort.PRICE: lambda snapshot: -snapshot.records["price"],
}


def best(snapshot: Snapshot, rows: Rows, keys: NDArray[np.floating], count: int) -> Rows:
    """Return the ``count`` of ``rows`` with the greatest keys (shape of rows), ties by id."""
    if count <= 0:
        return rows[:0]
    if len(rows) > count:
        kept = keys >= np.partition(keys, len(rows) - count)[len(rows) - count]
        rows, keys = rows[kept], keys[kept]
    ties = snapshot.ids[rows] if len(rows) <= FEW_ROWS else snapshot.id_order[rows]
    return rows[np.lexsort((ties, -keys))][:count]


def score_vectors(snapshot: Snapshot, query: Query, readable: RowMask) -> FloatArray:
    """Return the cosine of the query with every readable row, zeros without a vector."""
    if query.vector is None:
        return np.zeros(snapshot.size, np.float32)
    return cosines(snapshot.vectors, snapshot.lengths, query.vector, readable)


@dataclass(frozen=True, slots=True)
class Scores:
    """Both parts of a query's scores, of every row that may be read."""

    lexical: LexicalScores
    dense: FloatArray  # (rows,), cosines; zeros without a vector
    best: float  # the greatest BM25 in the library as this reader sees it

    @classmethod
    def of(
        cls, snapshot: Snapshot, query: Query, wanted: RowMask, readable: RowMask | None = None
    ) -> "Scores":
        """Score the rows ``wanted``, of those that may be read (None: the same), shapes (rows,)."""
        lexical = score_variants(snapshot, query.terms, query.variants)
        best = lexical.scores[wanted if readable is None else readable].max(initial=0.0)
        return cls(lexical, score_vectors(snapshot, query, wanted), float(best))

    def hits(self, snapshot: Snapshot, rows: Rows, fused: FloatArray) -> tuple[Hit, ...]:
        lexical = self.lexical.scores[rows]
        ids = [id.decode() for id in snapshot.ids[rows].tolist()]
        shares = lexical_share(lexical, self.best, self.lexical.statistics)
        columns = (column.tolist() for column in (fused, lexical, self.dense[rows], shares))
        return tuple(Hit(*values) for values in zip(ids, *columns, strict=True))

    def fused(self, rows: Rows, dense_weight: float) -> FloatArray:
        """Return the fused scores of ``rows``, comparable among these."""
        lexical, dense = self.lexical.scores[rows], self.dense[rows]
        return fuse(lexical, dense, self.lexical.statistics, dense_weight)


def near_rows(snapshot: Snapshot, query: Query, scores: Scores, selection: Selection) -> Rows:
    """Return the rows nearest by vector, best first: for R among all readable ones, near enough."""
    if query.vector is None:
        return np.empty(0, np.int64)
    rows = np.flatnonzero(selection.passing() if query.ranked else selection.readable)
    nearest = best(snapshot, rows, scores.dense[rows], CANDIDATES)
    return nearest if query.ranked else nearest[near_enough(scores.dense[nearest])]


@dataclass(frozen=True, slots=True)
class ResultSet:
    """R for one choice of passing rows."""

    members: RowMask  # (rows,)
    matching: Rows  # those that match enough words, or in a ranked list any term
    nearest: Rows  # the nearest by vector, best first

    @classmethod
    def of(
        cls, snapshot: Snapshot, query: Query, scores: Scores, near: Rows, passing: RowMask
    ) -> "ResultSet":
        """``near``: the nearest of all readable rows (see ``near_rows``), best first."""
        terms = query.terms
        if query.vector is None and not terms.words and not terms.bigrams:
            nobody = np.empty(0, np.int64)
            return cls(passing, nobody, nobody)
        members = np.zeros(snapshot.size, np.bool_)
        if query.ranked:
            members = passing & (scores.lexical.scores > 0)
        elif terms.words:
            members = passing & (scores.lexical.matched >= required_matches(len(terms.words)))
        matching = np.flatnonzero(members)
        nearest = near[passing[near]]
        members[nearest] = True
        return cls(members, matching, nearest)

    def page(self, snapshot: Snapshot, query: Query, scores: Scores) -> tuple[Hit, ...]:
        """Return hits ``offset`` to ``offset + limit`` in the order that the query asks for."""
        stop = query.offset + query.limit
        if query.sort is Sort.RELEVANCE:
            rows, fused = self._by_relevance(snapshot, query, scores, stop)
        else:
            rows = np.flatnonzero(self.members)
            keys = np.nan_to_num(_SORT_KEYS[query.sort](snapshot)[rows], nan=-np.inf)
            rows = best(snapshot, rows, keys, stop)
            fused = np.zeros(len(rows), np.float32)
        return scores.hits(snapshot, rows[query.offset : stop], fused[query.offset : stop])

    def _by_relevance(
        self, snapshot: Snapshot, query: Query, scores: Scores, stop: int
    ) -> tuple[Rows, FloatArray]:
        """Return the first ``stop`` rows by relevance: the fused candidates, then the rest by BM25.

        The rest are scored below every candidate, by BM25 pressed into less than 1.
        """
        lexical = scores.lexical.scores
        found = best(snapshot, self.matching, lexical[self.matching], CANDIDATES)
        rows = np.union1d(found, self.nearest)
        fused = scores.fused(rows, query.dense_weight)
        order = np.lexsort((snapshot.ids[rows], -fused))
        rows, fused = rows[order], fused[order]
        if stop <= len(rows):
            return rows[:stop], fused[:stop]
        others = self.members.copy()
        others[rows] = False
        rest = np.flatnonzero(others)
        rest = best(snapshot, rest, lexical[rest], stop - len(rows))
        lowest = fused[-1] - 1 if len(fused) else np.float32(0)
        below = lowest + lexical[rest] / (1 + lexical[rest].max(initial=0.0))
        return np.concatenate([rows, rest]), np.concatenate([fused, below])


def count_facets(
    snapshot: Snapshot,
    query: Query,
    scores: Scores,
    near: Rows,
    selection: Selection,
    results: ResultSet,
) -> dict[str, dict[str, int]]:
    """Count the values of each facet asked for over R; one the filter narrows, over R without that."""
    over_results = count_facet_codes(snapshot, results.members)
    counts = dict.fromkeys(query.facets, over_results)
    for name in counts.keys() & selection.narrowed.keys():
        widened = ResultSet.of(snapshot, query, scores, near, selection.passing(lifted=name))
        counts[name] = count_facet_codes(snapshot, widened.members)
    facets: dict[str, dict[str, int]] = {name: {} for name in counts}
    for (name, value), code in snapshot.dictionary.facets.items():
        if name in counts and (count := int(counts[name][code])):
            facets[name][value] = count
    return facets
