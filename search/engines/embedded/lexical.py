"""BM25 over the inverted lists, exactly and for every row at once.

Statistics (documents, frequencies, mean lengths) are of live rows only, so that what was removed or
replaced leaves no trace in any score, and scores do not depend on when the index was compacted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from search.documents import FloatArray, QueryTerms
from search.engine import required_matches
from search.engines.embedded.postings import BIGRAM, WORD, hash_keys, term_key
from search.engines.embedded.snapshot import Snapshot
from search.fusion import (
    BIGRAM_WEIGHT,
    VARIANT_WEIGHT,
    WORD_WEIGHT,
    TermStatistics,
    inverse_document_frequency,
    lexical_ceiling,
)

K1, B = 1.2, 0.75  # Robertson & Zaragoza (2009), as Lucene and tantivy have them


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """What the terms of a query say about every row."""

    scores: FloatArray  # (rows,), BM25 as fusion.py weights its fields
    matched: NDArray[np.int64]  # (rows,), how many distinct query words the row holds
    statistics: TermStatistics


@dataclass(frozen=True, slots=True)
class _Postings:
    """Concatenated inverted lists of the terms of one field; ``terms`` numbers each posting's term."""

    terms: NDArray[np.int64]
    rows: NDArray[np.int32]
    frequencies: NDArray[np.uint8]


def _collect(snapshot: Snapshot, field: str, terms: tuple[str, ...]) -> _Postings:
    hashes = hash_keys(term_key(field, term) for term in terms)
    rows, frequencies, numbers, counts = [], [], [], []
    for segment in snapshot.segments.values():
        for number, (start, end) in enumerate(segment.slices(hashes)):
            if end > start:
                rows.append(segment.rows[start:end])
                frequencies.append(segment.frequencies[start:end])
                numbers.append(number)
                counts.append(end - start)
    if not rows:
        return _Postings(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint8))
    return _Postings(np.repeat(numbers, counts), np.concatenate(rows), np.concatenate(frequencies))


def _frequencies(snapshot: Snapshot, postings: _Postings, terms: int) -> NDArray[np.int64]:
    """Return how many live rows hold each term, shape (terms,)."""
    found = postings.terms
    if snapshot.dead.size:
        found = found[snapshot.alive[postings.rows]]
    return np.bincount(found, minlength=terms)


def _bm25(
    snapshot: Snapshot, postings: _Postings, idf: FloatArray, lengths: FloatArray
) -> NDArray[np.float64]:
    """Return Σ idf·tf·(k1+1) / (tf + k1·(1 − b + b·length/mean length)) of every row, shape (rows,)."""
    mean = max(float(lengths[snapshot.alive].mean()), 1.0)
    saturation = K1 * (1 - B + B / mean * lengths)
    frequency = postings.frequencies.astype(np.float32)
    gain = idf[postings.terms] * (K1 + 1) * frequency / (frequency + saturation[postings.rows])
    return np.bincount(postings.rows, gain, minlength=snapshot.size).astype(np.float64, copy=False)


def score_terms(snapshot: Snapshot, terms: QueryTerms) -> LexicalScores:
    """Score every row (dead ones too: callers mask) for the terms of a query."""
    words = _collect(snapshot, WORD, terms.words)
    bigrams = _collect(snapshot, BIGRAM, terms.bigrams)
    statistics = TermStatistics(
        snapshot.live,
        tuple(_frequencies(snapshot, words, len(terms.words)).tolist()),
        tuple(_frequencies(snapshot, bigrams, len(terms.bigrams)).tolist()),
    )
    scores = np.zeros(snapshot.size)
    for postings, frequencies, lengths, weight in (
        (words, statistics.words, snapshot.words, WORD_WEIGHT),
        (bigrams, statistics.bigrams, snapshot.bigrams, BIGRAM_WEIGHT),
    ):
        if postings.rows.size and snapshot.live:
            idf = inverse_document_frequency(snapshot.live, frequencies)
            scores += weight * _bm25(snapshot, postings, idf, lengths)
    matched = np.bincount(words.rows, minlength=snapshot.size)
    return LexicalScores(scores.astype(np.float32), matched, statistics)


def score_variants(snapshot: Snapshot, terms: QueryTerms, variants: Sequence[QueryTerms]) -> LexicalScores:
    """Score every row by the best of the words typed and of their variants (Lucene's dis_max).

    A row that holds all of a variant scores VARIANT_WEIGHT of one that holds all of what was typed,
    however rare the words of either; one that matches enough of a variant has matched enough.
    """
    typed = score_terms(snapshot, terms)
    ceiling = lexical_ceiling(typed.statistics)
    scores, matched = typed.scores, typed.matched
    enough = required_matches(len(terms.words))
    for variant in variants:
        other = score_terms(snapshot, variant)
        if (reachable := lexical_ceiling(other.statistics)) > 0:
            scores = np.maximum(scores, other.scores * (VARIANT_WEIGHT * ceiling / reachable))
        found = other.matched >= required_matches(len(variant.words))
        matched = np.where(found, np.maximum(matched, enough), matched)
    return replace(typed, scores=scores.astype(np.float32, copy=False), matched=matched)
