"""The embedded engine against a brute-force model: what is found, counted, suggested, and in what order."""

import itertools
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.documents import Document, Filter, IndexedDocument, Query, Sort
from search.engine import COUNT_CAP, MAX_PAGES
from search.engines.embedded import EmbeddedEngine, results, writer
from search.segment import analyse
from tests.search.embedded_model import DIMENSIONS, NOW, Model, documents, queries, unit

batches = st.lists(
    st.tuples(
        st.lists(documents(), max_size=10),
        st.lists(st.integers(0, 14).map(lambda n: f"result:{n}"), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def check_page(engine: EmbeddedEngine, model: Model, query: Query) -> None:
    page = engine.search(query)
    everything = engine.search(replace(query, offset=0, limit=1000, facets=()))
    ids = [hit.id for hit in everything.hits]
    members = model.members(query)
    assert len(ids) == len(set(ids))
    assert set(ids) == members
    assert [hit.id for hit in page.hits] == ids[query.offset : query.offset + query.limit]
    assert page.total == (len(members) if query.count else None)
    assert not page.capped
    assert page.facets == model.facets(query)
    if query.sort is not Sort.RELEVANCE:
        assert ids == model.ordered(query)
    else:
        scores = [hit.score for hit in everything.hits]
        assert sorted(ids, key=lambda id: (-scores[ids.index(id)], id)) == ids
    for hit in everything.hits:
        assert hit.dense == pytest.approx(model.cosine(query, hit.id), abs=1e-6)
        assert hit.lexical == pytest.approx(model.bm25(query, hit.id), rel=1e-4)


def check_relevance(engine: EmbeddedEngine, model: Model, query: Query) -> None:
    """The fused candidates of both parts come first, the rest of R by BM25."""
    query = replace(query, sort=Sort.RELEVANCE, offset=0, limit=1000)
    hits = engine.search(query).hits
    passing = model.passing(query.filter)
    lexical = {id: model.bm25(query, id) for id in passing}
    matching = [id for id in passing if model.matches(query, id)]
    matching.sort(key=lambda id: (-round(lexical[id], 5), id))
    nearest = [id for id in model.near(query) if id in passing]
    first = {*matching[: model.candidates], *nearest}
    ids = [hit.id for hit in hits]
    assert set(ids[: len(first)]) == first
    rest = ids[len(first) :]
    assert set(rest) == model.members(query) - first
    assert rest == sorted(rest, key=lambda id: (-round(lexical[id], 5), id))


def check_suggestions(engine: EmbeddedEngine, model: Model, query: Query) -> None:
    for prefix in ("石", "石墨", "墨烯", "石墨烯 电", " LiFe", "电池", "", "无此词"):
        expected = model.suggestions(prefix, query.filter) if prefix else set()
        assert set(engine.suggest(prefix, query.filter, 1000)) == expected
        few = engine.suggest(prefix, query.filter, 2)
        assert len(few) == min(2, len(expected))
        assert set(few) <= expected


def check_scores(engine: EmbeddedEngine, model: Model, query: Query) -> None:
    asked = [f"result:{number}" for number in (0, 1, 2, 3, 14, 2)]
    hits = engine.score(query, asked)
    assert {hit.id for hit in hits} == set(asked) & set(model.passing(query.filter))
    assert sorted(hits, key=lambda hit: (-hit.score, hit.id)) == list(hits)
    for hit in hits:
        assert hit.dense == pytest.approx(model.cosine(query, hit.id), abs=1e-6)
        assert hit.lexical == pytest.approx(model.bm25(query, hit.id), rel=1e-4)


def check_passages(engine: EmbeddedEngine, model: Model) -> None:
    found = engine.passages([*model.documents, "result:99"])
    assert set(found) == set(model.documents)
    for id, passages in found.items():
        item = model.documents[id]
        assert passages.sentences == item.sentences
        assert passages.vectors == pytest.approx(item.sentence_vectors, abs=0.01)
        assert passages.vectors.shape == (len(item.sentences), DIMENSIONS)


@settings(max_examples=150, deadline=None)
@given(
    batches=batches,
    asked=st.lists(queries, min_size=1, max_size=4),
    few=st.sampled_from((1, 5000)),
    candidates=st.sampled_from((3, 200)),
    compact=st.sampled_from((2, 1000)),
)
def test_results_equal_the_definition(
    batches: list[tuple[list[IndexedDocument], list[str]]],
    asked: list[Query],
    few: int,
    candidates: int,
    compact: int,
) -> None:
    model = Model(candidates=candidates)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "FEW_ROWS", few)
        patch.setattr(results, "CANDIDATES", candidates)
        patch.setattr(writer, "COMPACT_ROWS", compact)
        writing = EmbeddedEngine(Path(folder), DIMENSIONS, writer=True)
        for upserts, deletes in batches:
            writing.write(upserts, deletes)
            model.write(upserts, deletes)
        reading = EmbeddedEngine(Path(folder), DIMENSIONS)
        for engine, query in itertools.product((writing, reading), asked):
            check_page(engine, model, query)
            check_relevance(engine, model, query)
            check_suggestions(engine, model, query)
            check_scores(engine, model, query)
        check_passages(reading, model)
        versions = {id: item.document.version for id, item in model.documents.items()}
        assert reading.versions() == versions == writing.versions()
        writing.close()


def write_many(path: Path, count: int) -> EmbeddedEngine:
    engine = EmbeddedEngine(path, DIMENSIONS, writer=True)
    numbers = range(count)
    engine.write([IndexedDocument(Document(f"result:{n}", "result", "电池", ""), unit(n)) for n in numbers])
    return engine


def test_counts_are_capped_and_pages_end(tmp_path: Path) -> None:
    everyone = Filter(frozenset({"public"}), NOW)
    engine = write_many(tmp_path, COUNT_CAP + 1)
    page = engine.search(Query(everyone, analyse("电池"), limit=10))
    assert (page.total, page.capped, len(page.hits)) == (COUNT_CAP, True, 10)
    last = engine.search(Query(everyone, analyse("电池"), limit=10, offset=10 * (MAX_PAGES - 1)))
    assert len(last.hits) == 10
    past = engine.search(Query(everyone, analyse("电池"), limit=10, offset=10 * MAX_PAGES))
    assert past.hits == ()
    engine.write([], ["result:5"])
    page = engine.search(Query(everyone, analyse("电池"), limit=10))
    assert (page.total, page.capped) == (COUNT_CAP, False)
    engine.close()


def test_few_passing_rows_score_as_all_do(tmp_path: Path) -> None:
    """The nearest among a few readable rows, which are gathered first, are the same as in full."""
    engine = write_many(tmp_path, 300)
    own = Document("result:own", "result", "电池", "", audience=frozenset({"org:1"}))
    engine.write([IndexedDocument(own, unit(7))])
    public = Query(Filter(frozenset({"public"}), NOW), vector=unit(7), limit=1)
    narrow = Query(Filter(frozenset({"org:1"}), NOW), vector=unit(7))
    [hit] = engine.search(narrow).hits
    [nearest] = engine.search(public).hits
    assert (hit.id, nearest.id) == ("result:own", "result:7")
    assert hit.dense == nearest.dense == pytest.approx(1, abs=1e-5)
    engine.close()


def test_absent_index_answers_empty_pages(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "nowhere", DIMENSIONS)
    everyone = Filter(frozenset({"public"}), NOW, facets={"field": frozenset({"材料"})})
    for query in (Query(everyone), Query(everyone, analyse("电池"), unit(1), facets=("field",))):
        page = engine.search(query)
        assert (page.hits, page.total) == ((), 0)
        assert page.facets == {name: {} for name in query.facets}
        assert engine.score(query, ["result:1"]) == ()
    assert engine.suggest("电", everyone) == ()
    assert engine.passages(["result:1"]) == {}
    assert engine.versions() == {}
    assert not (tmp_path / "nowhere").exists()
