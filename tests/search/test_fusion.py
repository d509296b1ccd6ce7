"""Properties of score fusion."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import FloatArray
from search.fusion import (
    BIGRAM_WEIGHT,
    WORD_WEIGHT,
    TermStatistics,
    fuse,
    inverse_document_frequency,
    lexical_ceiling,
)

STATISTICS = TermStatistics(documents=1000, words=(10, 50), bigrams=(12, 30, 60))
scores = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 100)), min_size=1, max_size=30)


def arrays(pairs: list[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
    lexical, dense = np.array(pairs, np.float32).T
    return lexical / 10, np.float32(0.7) + dense / 500


def test_idf_is_lucenes() -> None:
    expected = [math.log(1 + (1000 - n + 0.5) / (n + 0.5)) for n in (0, 1, 500, 1000)]
    np.testing.assert_allclose(inverse_document_frequency(1000, (0, 1, 500, 1000)), expected, rtol=1e-5)


def test_ceiling_weighs_both_fields() -> None:
    words, bigrams = (
        inverse_document_frequency(1000, n).sum() for n in (STATISTICS.words, STATISTICS.bigrams)
    )
    assert lexical_ceiling(STATISTICS) == pytest.approx(WORD_WEIGHT * words + BIGRAM_WEIGHT * bigrams)
    assert lexical_ceiling(TermStatistics(0)) == 0


@given(scores)
def test_the_weight_reaches_from_bm25_to_the_cosine(pairs: list[tuple[int, int]]) -> None:
    lexical, dense = arrays(pairs)
    for only, weight in ((lexical, 0.0), (dense, 1.0)):
        fused = fuse(lexical, dense, STATISTICS, weight)
        assert np.isfinite(fused).all() and fused.dtype == np.float32
        better = only[:, None] > only[None, :]
        assert (fused[:, None] > fused[None, :])[better].all()


@given(scores, st.floats(0.1, 0.9))
def test_better_in_both_parts_is_better(pairs: list[tuple[int, int]], weight: float) -> None:
    lexical, dense = arrays(pairs)
    fused = fuse(lexical, dense, STATISTICS, weight)
    better = (lexical[:, None] > lexical[None, :]) & (dense[:, None] > dense[None, :])
    assert (fused[:, None] > fused[None, :])[better].all()


@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(pairs: list[tuple[int, int]], random) -> None:
    lexical, dense = arrays(pairs)
    order = list(range(len(pairs)))
    random.shuffle(order)
    shuffled = fuse(lexical[order], dense[order], STATISTICS)
    np.testing.assert_allclose(shuffled, fuse(lexical, dense, STATISTICS)[order], atol=1e-5)


def test_a_lexical_part_with_nothing_to_say_is_not_heard() -> None:
    # Ten English words; one stray term, in 20 of 1,000 documents, is all that the Chinese texts hold.
    stray = TermStatistics(1000, words=(0,) * 9 + (20,), bigrams=(0,) * 9 + (20,))
    # The same hit as the whole query.
    whole = TermStatistics(1000, words=(20,), bigrams=(20,))
    idf = float(inverse_document_frequency(1000, (20,))[0])
    lexical = np.array([1.5 * idf, 0, 0, 0, 0], np.float32)
    dense = np.array([0.80, 0.84, 0.80, 0.80, 0.80], np.float32)
    assert fuse(lexical, dense, stray).argmax() == 1
    assert fuse(lexical, dense, whole).argmax() == 0


def test_empty_and_single_and_silent_candidates() -> None:
    none = np.zeros(0, np.float32)
    assert fuse(none, none, STATISTICS).shape == (0,)
    one = fuse(np.array([3.0], np.float32), np.array([0.8], np.float32), STATISTICS)
    assert np.isfinite(one).all()
    flat = fuse(np.zeros(3, np.float32), np.full(3, 0.8, np.float32), TermStatistics(5))
    assert flat.tolist() == [0, 0, 0]
