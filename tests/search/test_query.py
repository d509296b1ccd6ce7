"""The builder of engine queries."""

import numpy as np
import pytest

from search.documents import Filter, QueryTerms, Sort
from search.encoder import SentenceTransformerEncoder
from search.engine import MAX_PAGES
from search.fusion import DENSE_WEIGHT
from search.query import MAX_PAGE_SIZE, Mode, PageOutOfRange, build_query, query_vector

FILTER = Filter(audience=frozenset({"public"}), now=1.0)
VECTOR = np.eye(8, dtype=np.float32)[0]
TEXT = "高盐废水零排放"


def test_a_hybrid_query_has_terms_and_vector() -> None:
    query = build_query(TEXT, FILTER, VECTOR)
    assert "废水" in query.terms.words and "盐废" in query.terms.bigrams
    assert query.vector is VECTOR and query.dense_weight == DENSE_WEIGHT
    assert query.filter is FILTER


def test_modes_take_one_part() -> None:
    lexical = build_query(TEXT, FILTER, VECTOR, mode=Mode.LEXICAL)
    assert lexical.vector is None and lexical.dense_weight == 0 and lexical.terms.words
    dense = build_query(TEXT, FILTER, VECTOR, mode=Mode.DENSE)
    assert dense.vector is VECTOR and dense.dense_weight == 1 and dense.terms == QueryTerms()


def test_without_a_vector_the_search_is_lexical() -> None:
    query = build_query(TEXT, FILTER)
    assert query.vector is None and query.dense_weight == 0 and query.terms.words


@pytest.mark.parametrize("text", ["", "  \n　"])
def test_a_blank_text_browses(text: str, encoder: SentenceTransformerEncoder) -> None:
    query = build_query(text, FILTER, VECTOR, sort=Sort.NEWEST, facets=("field",))
    assert query.terms == QueryTerms() and query.vector is None
    assert query.sort is Sort.NEWEST and query.facets == ("field",)
    assert query_vector(text, encoder) is None


def test_pages_become_offsets() -> None:
    query = build_query(TEXT, FILTER, page=MAX_PAGES, page_size=20, ranked=True)
    assert (query.offset, query.limit, query.count) == ((MAX_PAGES - 1) * 20, 20, False)
    assert build_query(TEXT, FILTER).offset == 0


@pytest.mark.parametrize(("page", "size"), [(0, 20), (MAX_PAGES + 1, 20), (1, 0), (1, MAX_PAGE_SIZE + 1)])
def test_pages_out_of_bounds_are_refused(page: int, size: int) -> None:
    with pytest.raises(PageOutOfRange):
        build_query(TEXT, FILTER, page=page, page_size=size)


def test_the_vector_of_a_text_is_its_query_vector(encoder: SentenceTransformerEncoder) -> None:
    vector = query_vector(f"  {TEXT} ", encoder)
    assert vector is not None and vector.shape == (encoder.dimensions,)
    np.testing.assert_allclose(vector, encoder.encode_queries([TEXT])[0], atol=1e-6)
