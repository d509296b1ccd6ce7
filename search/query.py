"""Building the query that an engine gets from what a reader typed."""

from enum import StrEnum

from search.documents import Filter, FloatArray, Query, QueryTerms, Sort
from search.encoder import Encoder
from search.engine import MAX_PAGES
from search.fusion import DENSE_WEIGHT
from search.segment import MAX_QUERY_CHARACTERS, analyse
from search.synonyms import variants

MAX_PAGE_SIZE = 100


class Mode(StrEnum):
    """Which parts of a search take part."""

    LEXICAL = "lexical"
    DENSE = "dense"
    HYBRID = "hybrid"
    RANKED = "ranked"  # the hybrid's candidates, ranked again (see ranking.py)


class PageOutOfRange(ValueError):
    """Pages are numbered from 1 to MAX_PAGES and hold 1 to MAX_PAGE_SIZE results."""


def query_vector(text: str, encoder: Encoder) -> FloatArray | None:
    """Return the vector of a search text, shape (dimensions,), or None for a blank one."""
    text = text.strip()[:MAX_QUERY_CHARACTERS]
    return encoder.encode_queries([text])[0] if text else None


def build_query(
    text: str,
    filter: Filter,
    vector: FloatArray | None = None,
    *,
    mode: Mode = Mode.HYBRID,
    sort: Sort = Sort.RELEVANCE,
    page: int = 1,
    page_size: int = 20,
    facets: tuple[str, ...] = (),
    ranked: bool = False,
) -> Query:
    """Build the query for page ``page`` (from 1) of the results for ``text``.

    A blank text browses. Terms that have synonyms are asked by these as well (``variants``), unless
    the whole text stands in quotation marks. Without ``vector`` (see ``query_vector``; None also
    while the encoder is busy) the search is lexical. ``ranked`` asks for a ranked list without a
    count. Raises PageOutOfRange.
    """
    if not 1 <= page <= MAX_PAGES:
        raise PageOutOfRange(f"page {page} is not one of 1 to {MAX_PAGES}")
    if not 1 <= page_size <= MAX_PAGE_SIZE:
        raise PageOutOfRange(f"a page holds 1 to {MAX_PAGE_SIZE} results, not {page_size}")
    blank = not text.strip()
    wordless = blank or mode is Mode.DENSE
    dense = not blank and vector is not None and mode is not Mode.LEXICAL
    return Query(
        filter=filter,
        terms=QueryTerms() if wordless else analyse(text),
        variants=() if wordless else tuple(map(analyse, variants(text))),
        vector=vector if dense else None,
        dense_weight=_dense_weight(mode) if dense else 0.0,
        sort=sort,
        offset=(page - 1) * page_size,
        limit=page_size,
        facets=facets,
        count=not ranked,
        ranked=ranked,
    )


def _dense_weight(mode: Mode) -> float:
    return 1.0 if mode is Mode.DENSE else DENSE_WEIGHT
