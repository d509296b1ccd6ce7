"""The embedded engine against a brute-force model: what is found, counted, suggested, and in what order."""

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.documents import IndexedDocument, Query, Sort
from search.engines.embedded import EmbeddedEngine
from search.engines.embedded import results as results_module
from tests.search.embedded_model import DIMENSIONS, Model, documents, queries

batches = st.lists(
    st.tuples(
        st.lists(documents(), max_size=8),
        st.lists(st.integers(0, 14).map(lambda n: f"result:{n}"), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def check_page(engine: EmbeddedEngine, model: Model, query: Query) -> None:
    page = engine.search(query)
    everything = engine.search(
        Query(query.filter, query.terms, query.vector, query.dense_weight, query.sort, 0, 1000)
    )
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


@settings(max_examples=150, deadline=None)
@given(batches=batches, asked=st.lists(queries, min_size=1, max_size=4), few=st.sampled_from((1, 5000)))
def test_results_equal_the_definition(
    batches: list[tuple[list[IndexedDocument], list[str]]], asked: list[Query], few: int
) -> None:
    model = Model()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_module, "FEW_ROWS", few)
        writer = EmbeddedEngine(Path(folder), DIMENSIONS, writer=True)
        for upserts, deletes in batches:
            writer.write(upserts, deletes)
            model.write(upserts, deletes)
        reader = EmbeddedEngine(Path(folder), DIMENSIONS)
        for engine, query in itertools.product((writer, reader), asked):
            check_page(engine, model, query)
        versions = {id: item.document.version for id, item in model.documents.items()}
        assert reader.versions() == versions == writer.versions()
        writer.close()
