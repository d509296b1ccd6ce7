"""What goes into a search engine and what comes out. Frozen values, no behaviour beyond validation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class Sort(StrEnum):
    """Orders of a result set; every order but RELEVANCE sorts the whole set R (see engine.py)."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  # sort["published"], descending
    TRL = "trl"  # sort["trl"], descending
    PRICE = "price"  # sort["price"], ascending; documents without one come last


@dataclass(frozen=True, slots=True)
class Document:
    """One listing as its whole ``audience`` may read it; nothing narrower may be in any field."""

    id: str  # "result:17": unique over all kinds, never shown to a reader
    kind: str  # "result" or "demand"
    title: str
    text: str  # public text, paragraphs separated by newlines
    keywords: tuple[str, ...] = ()
    annex: str = ""  # found by its words only: neither encoded nor quoted in explanations
    audience: frozenset[str] = frozenset({"public"})  # "public", "org:12", "user:5", …
    valid_until: float = math.inf  # POSIX seconds; hidden from this moment on
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Mapping[str, float] = field(default_factory=dict)  # published (POSIX s), trl, price (分)
    version: int = 0


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document with its vectors, as handed to an engine for writing."""

    document: Document
    vector: FloatArray  # (dimensions,), unit length
    sentences: tuple[str, ...] = ()
    sentence_vectors: FloatArray | None = None  # (len(sentences), dimensions), unit length


@dataclass(frozen=True, slots=True)
class Filter:
    """Who reads, when, and what they narrowed the search to.

    A document passes when its audience shares a token with ``audience``, ``now < valid_until``,
    its kind is in ``kinds`` (empty: any), it has for every facet named here at least one of the
    values, and its id is not in ``excluded``.
    """

    audience: frozenset[str]
    now: float  # POSIX seconds
    kinds: frozenset[str] = frozenset()
    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """An analysed text: distinct words and character bigrams in order of first appearance."""

    words: tuple[str, ...] = ()
    bigrams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A search; with neither terms nor vector it browses everything the filter lets through."""

    filter: Filter
    terms: QueryTerms = QueryTerms()
    vector: FloatArray | None = None  # (dimensions,), unit length
    dense_weight: float = 0.5  # share of the vector part in the fusion, 0 to 1 (see fusion.py)
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()  # facet names to count over R
    count: bool = True
    ranked: bool = False  # a ranked list: any matching term makes a candidate (see engine.py)
    variants: tuple[QueryTerms, ...] = ()  # the same question in other words (see synonyms.py)


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float  # fused, comparable inside one page set only
    lexical: float = 0.0  # BM25, 0 where no term matches
    dense: float = 0.0  # cosine, 0 where the query has no vector
    lexical_share: float = 0.0  # ``lexical`` beside the library's best, 0 to 1 (see fusion.py)


@dataclass(frozen=True, slots=True)
class Page:
    hits: tuple[Hit, ...]
    total: int | None = None  # size of R, at most COUNT_CAP; None where not asked for
    capped: bool = False  # True: there are more than ``total``
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passages:
    """Sentences of one text with their vectors, for explanations."""

    sentences: tuple[str, ...]
    vectors: FloatArray  # (len(sentences), dimensions)
    whole: FloatArray | None = None  # (dimensions,), the vector of the whole text
