"""The search page from its address: parse the query string, build every link of the page."""

import re
from collections.abc import Mapping

from flask import url_for
from werkzeug.datastructures import MultiDict

from marketplace.accounts.policy import Reader
from marketplace.core.errors import NotFound
from marketplace.matching.cards import listing_card
from marketplace.matching.facets import FACET_NAMES, FACETS, KIND_FACET, KINDS, SORTS
from marketplace.matching.presenters import (
    Chip,
    FacetGroup,
    FacetValue,
    KindTab,
    Pager,
    PagerLink,
    QueryNote,
    SearchPage,
    SortOption,
)
from marketplace.matching.service import PAGE_SIZE, SearchOutcome, SearchRequest
from marketplace.matching.understanding import Understanding
from search.documents import Page, Sort
from search.engine import MAX_PAGES

MAX_QUERY = 200  # characters of the search box; longer texts belong to /match
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,2}")  # as search_url writes it
NO_WORD_NOTICE = "没有条目直接写到这些词。下面按意思相近列出，可能并不相关。"
NEIGHBOURS = 2  # page numbers shown on either side of the current one


def parse_request(arguments: MultiDict[str, str]) -> SearchRequest:
    """Read a search from its address. Unknown values are dropped, an impossible page is not found."""
    kind = arguments.get("kind", "")
    sort = arguments.get("sort", "")
    page = arguments.get("page", "1")
    if not PAGE_NUMBER.fullmatch(page) or int(page) > MAX_PAGES:
        raise NotFound(f"检索结果最多显示 {MAX_PAGES} 页，请缩小范围后再查。")
    facets = {}
    for facet in FACETS:
        known = facet.values()
        chosen = frozenset(value for value in arguments.getlist(facet.name) if value in known)
        if chosen:
            facets[facet.name] = chosen
    return SearchRequest(
        q=arguments.get("q", "").strip()[:MAX_QUERY],
        kind=kind if kind in KINDS else "",
        facets=facets,
        sort=Sort(sort) if sort in {s.value for s in SORTS} else Sort.RELEVANCE,
        page=int(page),
    )


def search_url(request: SearchRequest, **changes: object) -> str:
    """The address of a search; always in the same order, so that it is stable."""
    values: dict[str, object] = {"q": request.q, "kind": request.kind}
    values |= {name: sorted(request.facets.get(name, ())) for name in FACET_NAMES}
    values |= {"sort": request.sort.value if request.sort is not Sort.RELEVANCE else "", "page": ""}
    values |= changes
    return url_for("matching.search", **{k: v for k, v in values.items() if v})


def _toggled(request: SearchRequest, name: str, value: str) -> str:
    chosen = set(request.facets.get(name, ())) ^ {value}
    return search_url(request, **{name: sorted(chosen)})


def _group(request: SearchRequest, counts: Mapping[str, int], index: int) -> FacetGroup | None:
    facet = FACETS[index]
    chosen = request.facets.get(facet.name, frozenset())
    values = [
        FacetValue(
            value=code,
            title=label,
            count=counts.get(code, 0),
            selected=code in chosen,
            url=_toggled(request, facet.name, code),
        )
        for code, label in facet.values().items()
        if counts.get(code) or code in chosen
    ]
    if not values:
        return None
    clear = search_url(request, **{facet.name: ()}) if chosen else None
    return FacetGroup(facet.name, facet.title, values, clear)


def _pager(request: SearchRequest, outcome: SearchOutcome) -> Pager:
    total = outcome.page.total or 0
    last = max(1, min(MAX_PAGES, -(-total // PAGE_SIZE)))
    first_shown = max(1, request.page - NEIGHBOURS)
    shown = sorted({1, last, *range(first_shown, min(last, request.page + NEIGHBOURS) + 1)})
    return Pager(
        links=[PagerLink(n, search_url(request, page=n if n > 1 else ""), n == request.page) for n in shown],
        previous_url=search_url(request, page=request.page - 1 if request.page > 2 else "")
        if request.page > 1
        else None,
        next_url=search_url(request, page=request.page + 1) if request.page < last else None,
    )


def _hidden(request: SearchRequest) -> list[tuple[str, str]]:
    carried = [("kind", request.kind)] if request.kind else []
    carried += [(name, value) for name in FACET_NAMES for value in sorted(request.facets.get(name, ()))]
    if request.sort is not Sort.RELEVANCE:
        carried.append(("sort", request.sort.value))
    return carried


def _total_text(outcome: SearchOutcome) -> str:
    if outcome.page.total is None:
        return ""
    return f"{outcome.page.total}+" if outcome.page.capped else str(outcome.page.total)


def _kind_tabs(request: SearchRequest, page: Page) -> list[KindTab]:
    """Counts of both libraries beside each other; none while the engine is down."""
    counts = page.facets.get(KIND_FACET)
    every: dict[str, int | None] = dict.fromkeys(KINDS)
    if counts is not None:
        every |= {"": sum(counts.values()), "result": 0, "demand": 0, **counts}
    return [
        KindTab(
            label,
            every[code],
            code == request.kind,
            search_url(request, kind=code),
        )
        for code, label in KINDS.items()
    ]


def _note(request: SearchRequest, understood: Understanding) -> QueryNote:
    def url(asked: SearchRequest | None) -> str | None:
        return search_url(asked) if asked else None

    return QueryNote(
        added=understood.added,
        typed=request.q,
        as_typed_url=url(understood.as_typed),
        with_names_url=url(understood.with_names),
        meant=understood.meant.q if understood.meant else "",
        meant_url=url(understood.meant),
    )


def search_page(
    reader: Reader, request: SearchRequest, outcome: SearchOutcome, understood: Understanding
) -> SearchPage:
    counts = outcome.page.facets
    groups = [_group(request, counts.get(facet.name, {}), i) for i, facet in enumerate(FACETS)]
    chips = [
        Chip(f"{facet.title}：{facet.values()[value]}", _toggled(request, facet.name, value))
        for facet in FACETS
        for value in sorted(request.facets.get(facet.name, ()))
    ]
    return SearchPage(
        q=request.q,
        kind=request.kind,
        kind_tabs=_kind_tabs(request, outcome.page),
        cards=[listing_card(reader, listing, understood.terms) for listing in outcome.listings],
        total_text=_total_text(outcome),
        groups=[group for group in groups if group is not None],
        chips=chips,
        clear_url=search_url(SearchRequest(q=request.q, kind=request.kind, sort=request.sort)),
        sorts=[
            SortOption(
                sort.value,
                label,
                search_url(request, sort=sort.value if sort is not Sort.RELEVANCE else ""),
                sort is request.sort,
            )
            for sort, label in SORTS.items()
        ],
        pager=_pager(request, outcome),
        hidden=_hidden(request),
        notice=outcome.notice or _found_by_meaning(request, outcome.page),
        suggestions=_suggestions(request) if not outcome.listings else (),
        note=_note(request, understood),
    )


def _found_by_meaning(request: SearchRequest, page: Page) -> str | None:
    """A notice where no word of the query is in any listing; the first page by relevance tells."""
    first = request.page == 1 and request.sort is Sort.RELEVANCE
    if not (request.q and first and page.hits) or any(hit.lexical for hit in page.hits):
        return None
    return NO_WORD_NOTICE


def _suggestions(request: SearchRequest) -> list[tuple[str, str]]:
    """Ways out of an empty page."""
    ways = []
    if request.facets:
        ways.append(("去掉全部筛选条件", search_url(SearchRequest(q=request.q, kind=request.kind))))
    if request.kind:
        ways.append(("同时查找成果与需求", search_url(request, kind="")))
    ways.append(("粘贴整段技术需求，按意思匹配", url_for("matching.match")))
    ways.append(("浏览全部成果", url_for("matching.search", kind="result")))
    return ways
