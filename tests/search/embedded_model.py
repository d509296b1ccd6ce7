"""A brute-force model of the search contract, and random documents and queries to hold it against."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from search.documents import Document, Filter, FloatArray, IndexedDocument, Query, Sort
from search.engine import CANDIDATES, required_matches
from search.engines.embedded.terms import begins, document_terms, fold
from search.engines.embedded.vectors import quantise
from search.fusion import BIGRAM_WEIGHT, WORD_WEIGHT
from search.segment import analyse

DIMENSIONS = 8
NOW = 1_800_000_000.0
WORDS = ("石墨烯", "电池", "催化剂", "膜分离", "传感器", "机器人", "lifepo4", "激光", "焊接", "算法")
FACETS = {"field": ("材料", "能源", "信息"), "mode": ("转让", "许可")}
# Mostly something passes, or the tests would hold of empty pages only.
AUDIENCES = [frozenset(a) for a in (("public",), ("public",), ("org:1",), ("org:2", "user:3"), ())]
READERS = [frozenset(a) for a in (("public",), ("public", "org:1"), ("public", "user:3"), ("org:2",), ())]
ENDS = (math.inf, math.inf, math.inf, NOW, NOW + 1)


def unit(seed: int) -> FloatArray:
    """Return a random unit vector; few seeds, so that equal vectors (ties) occur."""
    vector = np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
    result: FloatArray = vector / np.linalg.norm(vector)
    return result


texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
vectors = st.integers(0, 30).map(unit)
facet_values = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(v), max_size=2).map(tuple) for name, v in FACETS.items()}
)


@st.composite
def documents(draw: st.DrawFn, ids: int = 12) -> IndexedDocument:
    number = draw(st.integers(0, ids - 1))
    sentences = tuple(draw(st.lists(texts, max_size=3)))
    document = Document(
        id=f"result:{number}",
        kind=draw(st.sampled_from(("result", "demand"))),
        title=draw(texts),
        text=draw(texts),
        annex=draw(texts),
        keywords=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=2))),
        audience=draw(st.sampled_from(AUDIENCES)),
        valid_until=draw(st.sampled_from(ENDS)),
        facets=draw(facet_values),
        sort=draw(st.dictionaries(st.sampled_from(("published", "trl", "price")), st.integers(0, 3))),
        version=draw(st.integers(0, 5)),
    )
    vectors_of = np.array([unit(number + i) for i in range(len(sentences))], np.float32)
    return IndexedDocument(document, draw(vectors), sentences, vectors_of.reshape(-1, DIMENSIONS))


filters = st.builds(
    Filter,
    audience=st.sampled_from(READERS),
    now=st.just(NOW),
    kinds=st.sampled_from([frozenset(), frozenset(), frozenset({"result"}), frozenset({"result", "expert"})]),
    facets=st.fixed_dictionaries(
        {},
        optional={
            n: st.frozensets(st.sampled_from((*v, "none")), min_size=1, max_size=2) for n, v in FACETS.items()
        },
    ),
    excluded=st.frozensets(st.integers(0, 14).map(lambda n: f"result:{n}"), max_size=2),
)

queries = st.builds(
    Query,
    filter=filters,
    terms=texts.map(analyse) | st.just(analyse("")),
    vector=vectors | st.none(),
    dense_weight=st.sampled_from((0.0, 0.4, 1.0)),
    sort=st.sampled_from(Sort),
    offset=st.integers(0, 6),
    limit=st.integers(1, 10),
    facets=st.sampled_from(((), ("field",), ("field", "mode", "unknown"))),
    count=st.booleans(),
    ranked=st.booleans(),
)


@dataclass
class Model:
    """The contract, said as plainly as possible over a dict of documents."""

    documents: dict[str, IndexedDocument] = field(default_factory=dict)
    terms: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)  # words and bigrams
    candidates: int = CANDIDATES

    def write(self, upserts: list[IndexedDocument], deletes: list[str]) -> None:
        for id in deletes:
            self.documents.pop(id, None)
        self.documents |= {item.document.id: item for item in upserts}
        self.terms = {id: document_terms(item.document) for id, item in self.documents.items()}

    def passing(self, filter: Filter, lifted: str | None = None) -> list[str]:
        def passes(document: Document) -> bool:
            return (
                bool(document.audience & filter.audience)
                and filter.now < document.valid_until
                and (not filter.kinds or document.kind in filter.kinds)
                and document.id not in filter.excluded
                and all(
                    values & set(document.facets.get(name, ()))
                    for name, values in filter.facets.items()
                    if name != lifted
                )
            )

        return sorted(id for id, item in self.documents.items() if passes(item.document))

    def cosine(self, query: Query, id: str) -> float:
        if query.vector is None:
            return 0.0
        [a], [m] = quantise(query.vector[None])
        [b], [n] = quantise(self.documents[id].vector[None])
        return float(np.float32(float(a.astype(int) @ b.astype(int)) / float(n * m)))

    def bm25(self, query: Query, id: str) -> float:
        """Robertson's formula, field by field, with statistics of the present documents alone."""
        held = self.terms
        score = 0.0
        for part, terms, weight in (
            (0, query.terms.words, WORD_WEIGHT),
            (1, query.terms.bigrams, BIGRAM_WEIGHT),
        ):
            mean = sum(len(parts[part]) for parts in held.values()) / len(held)
            for term in terms:
                n = sum(term in parts[part] for parts in held.values())
                idf = math.log(1 + (len(held) - n + 0.5) / (n + 0.5))
                tf = held[id][part].count(term)
                norm = 1.2 * (0.25 + 0.75 * len(held[id][part]) / mean)
                score += weight * idf * tf * 2.2 / (tf + norm)
        return score

    def matches(self, query: Query, id: str) -> bool:
        """Whether a document is in the lexical part of R."""
        if query.ranked:
            return self.bm25(query, id) > 0
        wanted = query.terms.words
        return bool(wanted) and len({*self.terms[id][0]} & {*wanted}) >= required_matches(len(wanted))

    def members(self, query: Query, lifted: str | None = None) -> set[str]:
        """R, with one facet of the filter lifted."""
        passing = self.passing(query.filter, lifted)
        if query.vector is None and not query.terms.words and not query.terms.bigrams:
            return set(passing)

        found = {id for id in passing if self.matches(query, id)}
        return found | (set(self.near(query)) & set(passing))

    def near(self, query: Query) -> list[str]:
        """The nearest by vector of all that may be read, as far as they are near enough."""
        filter = query.filter if query.ranked else replace(query.filter, facets={})
        readable = self.passing(filter)
        if query.vector is None or not readable:
            return []
        nearest = sorted(readable, key=lambda id: (-self.cosine(query, id), id))[: self.candidates]
        cosines = [self.cosine(query, id) for id in nearest]
        middle = (max(cosines) + min(cosines)) / 2 - 1e-6
        return [id for id in nearest if query.ranked or self.cosine(query, id) >= middle]

    def facets(self, query: Query) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for name in query.facets:
            counts[name] = {}
            for id in self.members(query, lifted=name):
                for value in set(self.documents[id].document.facets.get(name, ())):
                    counts[name][value] = counts[name].get(value, 0) + 1
        return counts

    def ordered(self, query: Query) -> list[str]:
        """R in the order of a sort other than relevance."""
        missing = math.inf if query.sort is Sort.PRICE else -math.inf
        name = {Sort.NEWEST: "published", Sort.TRL: "trl", Sort.PRICE: "price"}[query.sort]
        sign = 1 if query.sort is Sort.PRICE else -1
        keys = {id: sign * self.documents[id].document.sort.get(name, missing) for id in self.members(query)}
        return sorted(keys, key=lambda id: (keys[id], id))

    def suggestions(self, prefix: str, filter: Filter) -> set[str]:
        return {
            text
            for id in self.passing(filter)
            for text in (self.documents[id].document.title, *self.documents[id].document.keywords)
            if begins(fold(text), fold(prefix))
        }
