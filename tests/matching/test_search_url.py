"""The address of a search: what is read from it and written into it."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.core.errors import NotFound
from marketplace.listings.choices import Stage
from marketplace.matching.facets import FACETS, KINDS
from marketplace.matching.search_page import parse_request, search_url
from marketplace.matching.service import SearchRequest
from search.documents import Sort
from tests.matching.conftest import Library


@pytest.fixture(autouse=True, scope="module")
def request_context(library: Library) -> Iterator[None]:
    with library.app.test_request_context():
        yield


def read(address: str) -> SearchRequest:
    return parse_request(MultiDict(parse_qsl(urlsplit(address).query, keep_blank_values=True)))


@st.composite
def requests(draw: st.DrawFn) -> SearchRequest:
    facets = {}
    for facet in FACETS:
        values = draw(st.frozensets(st.sampled_from(sorted(facet.values())), max_size=3))
        if values:
            facets[facet.name] = values
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    return SearchRequest(
        q=draw(words).strip(),
        kind=draw(st.sampled_from(sorted(KINDS))),
        facets=facets,
        sort=draw(st.sampled_from(Sort)),
    )


@given(asked=requests())
def test_an_address_reads_back_as_the_search_it_was_written_for(asked: SearchRequest) -> None:
    address = search_url(asked)
    assert read(address) == asked
    assert search_url(read(address)) == address


@given(asked=requests(), page=st.integers(2, 50))
def test_a_page_is_part_of_the_address_and_of_no_other_link(asked: SearchRequest, page: int) -> None:
    turned = read(search_url(asked, page=page))
    assert turned.page == page
    assert search_url(turned) == search_url(asked)


NAMES = ["kind", "sort", "stage", "field", "zone", "price", "organisation", "colour", "q"]


@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(NAMES), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
    )
)
def test_unknown_values_are_dropped(pairs: list[tuple[str, str]]) -> None:
    asked = parse_request(MultiDict(pairs))
    known = {facet.name: facet.values() for facet in FACETS}
    assert asked.kind in KINDS
    assert all(values <= set(known[name]) for name, values in asked.facets.items())
    assert read(search_url(asked)) == asked


def test_the_order_of_values_does_not_change_the_address() -> None:
    one, other = (
        read(f"/search?stage={a}&stage={b}&zone=teda")
        for a, b in ((Stage.LAB.value, Stage.PILOT.value), (Stage.PILOT.value, Stage.LAB.value))
    )
    assert search_url(one) == search_url(other)


def test_a_long_query_is_cut() -> None:
    assert len(read("/search?q=" + "a" * 999).q) == 200


@pytest.mark.parametrize("page", ["0", "-1", "abc", "51", "٣", "", "1.0", " 1", "+1", "01", "1" * 5000, "３"])
def test_an_impossible_page_is_not_found(library: Library, page: str) -> None:
    with pytest.raises(NotFound):
        parse_request(MultiDict({"page": page}))
    response = library.client().get("/search", query_string={"page": page})
    assert response.status_code == 404 and "50 页" in response.get_data(as_text=True)


@pytest.mark.parametrize("page", ["1", "50"])
def test_the_first_and_last_possible_pages_are_found(library: Library, page: str) -> None:
    assert library.client().get(f"/search?page={page}").status_code == 200
