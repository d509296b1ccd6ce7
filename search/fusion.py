"""Fusing the lexical and the dense part of a search into one score.

Both parts are put on scales of their own before they are added. BM25 is divided by what a document
holding every query term once would score (its *ceiling*, Σ weight·idf): a lexical part that has
nothing to say, such as an English query that meets only stray Latin terms of Chinese texts, then
stays near zero by itself, because terms that no document holds have the greatest idf. Cosines of
sentence encoders lie in a narrow band, so they are standardised over the candidates of the query.
"""

from dataclasses import dataclass

import numpy as np

from search.documents import FloatArray

# BM25(document) = WORD_WEIGHT·BM25(word field) + BIGRAM_WEIGHT·BM25(bigram field), in every engine.
WORD_WEIGHT = 1.0
BIGRAM_WEIGHT = 0.5

DENSE_SCALE = 0.1  # weight of one standard deviation of the cosines against a full lexical match
DENSE_WEIGHT = 0.5  # what a hybrid query asks for unless told otherwise


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """Document frequencies of the query's terms in the whole index, before any filter.

    ``words`` and ``bigrams`` follow ``QueryTerms``; a term that no document holds counts as 0.
    """

    documents: int  # documents in the index
    words: tuple[int, ...] = ()
    bigrams: tuple[int, ...] = ()


def inverse_document_frequency(documents: int, frequencies: tuple[int, ...]) -> FloatArray:
    """BM25's idf as Lucene and tantivy compute it: ln(1 + (N − n + ½) / (n + ½)), shape (terms,)."""
    n = np.minimum(np.asarray(frequencies, dtype=np.float32), documents)
    return np.log1p((documents - n + 0.5) / (n + 0.5), dtype=np.float32)


def lexical_ceiling(statistics: TermStatistics) -> float:
    """Return the BM25 score of a document of average length that holds every query term once."""
    words = inverse_document_frequency(statistics.documents, statistics.words).sum()
    bigrams = inverse_document_frequency(statistics.documents, statistics.bigrams).sum()
    return float(WORD_WEIGHT * words + BIGRAM_WEIGHT * bigrams)


def fuse(
    lexical: FloatArray, dense: FloatArray, statistics: TermStatistics, dense_weight: float = 0.5
) -> FloatArray:
    """Return fused scores, shape (n,), greater is better, comparable inside one call only.

    ``lexical``: BM25 of each candidate (0 where no term matches), shape (n,). ``dense``: cosine of
    each candidate with the query, shape (n,), zeros where the query has no vector.
    ``dense_weight`` 0 gives the order of BM25, 1 that of the cosine.
    """
    ceiling = lexical_ceiling(statistics)
    covered = lexical / ceiling if ceiling > 0 else np.zeros_like(lexical)
    spread = float(dense.std()) if dense.size else 0.0
    standard = (dense - dense.mean()) / spread if spread > 0 else np.zeros_like(dense)
    fused: FloatArray = (1 - dense_weight) * covered + dense_weight * DENSE_SCALE * standard
    return fused.astype(np.float32)
