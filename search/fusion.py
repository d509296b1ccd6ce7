"""Fusing the lexical and the dense part of a search into one score.

BM25 is divided by the best candidate's, and then weighted by how much that best candidate says: by
the square root of its share of the *ceiling*, what a document holding the query's most telling
terms would score (at most CEILING_TERMS of them: none holds all of a long text). So a lexical part
that has nothing to say, such as an English query that meets only stray Latin terms of Chinese texts,
moves little: terms that no document holds have the greatest idf. Cosines of sentence encoders lie in
a narrow band that differs between models, so they are standardised over the candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.documents import FloatArray

# BM25(document) = WORD_WEIGHT·BM25(word field) + BIGRAM_WEIGHT·BM25(bigram field), in every engine.
WORD_WEIGHT = 1.0
BIGRAM_WEIGHT = 0.5
VARIANT_WEIGHT = 0.5  # of a question in which a term was replaced by its synonym

CEILING_TERMS = 12  # words, and as many bigrams

# Fitted on four sets of Chinese technical texts, 1,016 queries (`flask search evaluate`); nDCG@10
# moves by at most 0.01 anywhere between 0.2 and 0.4, and alike on either half of the queries.
DENSE_SCALE = 0.35  # a standard deviation of the cosines against the best lexical match
DENSE_WEIGHT = 0.5  # what a hybrid query asks for unless told otherwise


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """Document frequencies of the query's terms in the whole index, before any filter.

    ``words`` and ``bigrams`` follow ``QueryTerms``; a term that no document holds counts as 0.
    """

    documents: int  # documents in the index
    words: Sequence[int] = ()
    bigrams: Sequence[int] = ()


def inverse_document_frequency(documents: int, frequencies: Sequence[int]) -> FloatArray:
    """BM25's idf as Lucene and tantivy compute it: ln(1 + (N − n + ½) / (n + ½)), shape (terms,)."""
    n = np.minimum(np.asarray(frequencies, dtype=np.float32), documents)
    return np.log1p((documents - n + 0.5) / (n + 0.5), dtype=np.float32)


def lexical_ceiling(statistics: TermStatistics) -> float:
    """Return the BM25 score of a document of average length that holds the rarest query terms once."""

    def rarest(frequencies: Sequence[int]) -> float:
        idf = inverse_document_frequency(statistics.documents, frequencies)
        return float(np.sort(idf)[-CEILING_TERMS:].sum())

    return WORD_WEIGHT * rarest(statistics.words) + BIGRAM_WEIGHT * rarest(statistics.bigrams)


def fuse(
    lexical: FloatArray,
    dense: FloatArray,
    statistics: TermStatistics,
    dense_weight: float = DENSE_WEIGHT,
) -> FloatArray:
    """Return fused scores, shape (n,), greater is better, comparable inside one call only.

    ``lexical``: BM25 of each candidate, shape (n,), 0 where no term matches; also for those that
    only the dense part found. ``dense``: cosine of each candidate with the query, shape (n,); also
    for those that only the lexical part found; zeros where the query has no vector.
    ``dense_weight``: 0 gives the order of BM25, 1 that of the cosine.
    """
    words = lexical_share(lexical, float(lexical.max(initial=0.0)), statistics)
    fused: FloatArray = (1 - dense_weight) * words + dense_weight * DENSE_SCALE * _standardised(dense)
    return fused.astype(np.float32)


def lexical_share(lexical: FloatArray, best: float, statistics: TermStatistics) -> FloatArray:
    """Return BM25 scores as shares of ``best``, weighted by how much the best one says, 0 to 1."""
    ceiling = lexical_ceiling(statistics)
    if best <= 0 or ceiling <= 0:
        return np.zeros_like(lexical)
    share: FloatArray = lexical / best * min(1.0, best / ceiling) ** 0.5
    return share


def _standardised(dense: FloatArray) -> FloatArray:
    exact = dense.astype(np.float64)  # the mean of near-equal cosines cancels in float32
    spread = float(exact.std()) if exact.size else 0.0
    if spread < 1e-6:  # one candidate, or all alike: nothing to tell them apart
        return np.zeros_like(dense)
    standard: FloatArray = ((exact - exact.mean()) / spread).astype(np.float32)
    return standard
