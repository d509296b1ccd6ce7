"""Searching and matching for one reader. Nothing here stores or logs what was typed or pasted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.policy import Reader
from marketplace.core.clock import now
from marketplace.core.markdown import plain_text
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id, split_document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.policy import live
from marketplace.matching.facets import FACET_NAMES, KIND_FACET
from marketplace.matching.reasons import against_pair, against_text, penalty
from marketplace.matching.verdicts import judge_for_listing, judge_for_rows
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from search.documents import Filter, FloatArray, Hit, Page, Passages, QueryTerms, Sort
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.explain import shared_terms
from search.indicators import Indicator, Judgement, read_indicators
from search.indicators import prior as indicator_prior
from search.model_store import ModelUnavailable
from search.query import build_query
from search.ranking import RERANKED, Judged, MatchLevel, asked_passages, found_passages
from search.segment import words

log = structlog.get_logger()

Listing = Result | Demand

PAGE_SIZE = 20
MATCHES = 20  # shown for a pasted text
MATCHES_OF_LISTING = 5
SPARE = 10  # read beside those shown, in case some were withdrawn since the search
MAX_PASTE = 20_000  # characters
WEAK_SHOWN = 5  # weak matches shown after the sure ones
SHARED, KEYWORDS = 8, 12  # words shown of a match, and of what was understood

FALL_BACK_NOTICE = "检索引擎暂时不可用，当前仅按标题查找，不含筛选统计；稍后刷新即可恢复。"
NOTHING_SURE_NOTICE = (
    "没有哪一项能确定相关。下面几项最接近，请读过原文再判断；补充指标、材料、工艺名称后再试。"
)
LEXICAL_NOTICE = "语义模型暂时繁忙，当前结果仅按词语匹配；稍后刷新可得到按语义排序的结果。"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    q: str = ""
    kind: str = ""
    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    page: Page
    listings: Sequence[Listing]  # in the order of the hits, read again through the policy
    terms: QueryTerms
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    listing: Listing
    level: MatchLevel
    pair: tuple[str, str] | None  # the closest sentences: asked, offered
    shared: Sequence[str]
    score: float = 0.0  # of the ranking
    probability: float = 0.0  # that it is at least 较强相关
    against: Sequence[str] = ()
    judgements: Sequence[Judgement] = ()  # of the result's 指标 on each the need asks for


@dataclass(frozen=True, slots=True)
class MatchOutcome:
    matches: Sequence[Match]
    keywords: Sequence[str]
    field: str | None  # the field most of the best matches share
    notice: str | None = None
    indicators: Sequence[Indicator] = ()  # read from a pasted text


def reader_filter(
    reader: Reader,
    kinds: Iterable[str] = (),
    facets: Mapping[str, frozenset[str]] | None = None,
    excluded: Iterable[str] = (),
) -> Filter:
    """The engine's filter of everything this reader may find now."""
    return Filter(
        audience=reader.tokens,
        now=now().timestamp(),
        kinds=frozenset(kinds),
        facets=facets or {},
        excluded=frozenset(excluded),
    )


def read_listings(session: Session, reader: Reader, ids: Sequence[str]) -> dict[str, Listing]:
    """Read these documents' rows again through the SQL policy; what fails it is left out."""
    moment = now()
    wanted: dict[str, list[int]] = {"result": [], "demand": []}
    for identifier in ids:
        kind, listing_id = split_document_id(identifier)
        wanted[kind].append(listing_id)
    found: dict[str, Listing] = {}
    if wanted["result"]:
        results = select(Result).where(
            Result.id.in_(wanted["result"]), live(Result, moment), result_policy.readable(reader, moment)
        )
        options = (selectinload(Result.keywords), selectinload(Result.transfers))
        for result in session.scalars(results.options(*options)):
            found[document_id("result", result.id)] = result
    if wanted["demand"]:
        demands = select(Demand).where(
            Demand.id.in_(wanted["demand"]), live(Demand, moment), demand_policy.readable(reader, moment)
        )
        demand_options = (
            selectinload(Demand.keywords),
            selectinload(Demand.stages),
            selectinload(Demand.cooperation),
        )
        for demand in session.scalars(demands.options(*demand_options)):
            found[document_id("demand", demand.id)] = demand
    return found


def _vector(runtime: SearchRuntime, text: str) -> tuple[FloatArray | None, str | None]:
    """The query's vector, or a notice why there is none."""
    try:
        return runtime.query_vector(text), None
    except (EncoderBusy, ModelUnavailable) as error:
        log.warning("search.lexical_only", reason=type(error).__name__)
        return None, LEXICAL_NOTICE


def search_listings(
    session: Session, runtime: SearchRuntime, reader: Reader, request: SearchRequest
) -> SearchOutcome:
    """One page of the libraries as this reader may see them."""
    vector, notice = _vector(runtime, request.q) if request.q else (None, None)
    # The kind is narrowed as a facet, so that both libraries are counted beside each other.
    facets = dict(request.facets) | ({KIND_FACET: frozenset({request.kind})} if request.kind else {})
    query = build_query(
        request.q,
        reader_filter(reader, facets=facets),
        vector,
        sort=request.sort if request.q or request.sort is not Sort.RELEVANCE else Sort.NEWEST,
        page=request.page,
        page_size=PAGE_SIZE,
        facets=(KIND_FACET, *FACET_NAMES),
    )
    try:
        page = runtime.engine.search(query)
    except (EngineUnavailable, ModelUnavailable) as error:  # an index opens for one model only
        log.error("search.engine_unavailable", error=str(error))
        page, notice = _fall_back(session, reader, request), FALL_BACK_NOTICE
    rows = read_listings(session, reader, [hit.id for hit in page.hits])
    listings = [rows[hit.id] for hit in page.hits if hit.id in rows]
    return SearchOutcome(page, listings, query.terms, notice)


def _fall_back(session: Session, reader: Reader, request: SearchRequest) -> Page:
    """Titles that contain a word of the query, newest first; no facets, no count."""
    moment = now()
    found: list[tuple[datetime, str]] = []
    typed = list(dict.fromkeys(words(request.q)))[:12]
    for kind, model, readable in (
        ("result", Result, result_policy.readable(reader, moment)),
        ("demand", Demand, demand_policy.readable(reader, moment)),
    ):
        if request.kind not in ("", kind):
            continue
        rows = select(model.id, model.published_at).where(live(model, moment), readable)
        if typed:
            rows = rows.where(or_(*(model.title.icontains(word, autoescape=True) for word in typed)))
        for listing_id, published_at in session.execute(
            rows.order_by(model.published_at.desc()).limit(request.page * PAGE_SIZE)
        ):
            assert published_at is not None  # a live listing has its times (CHECK constraint)
            found.append((published_at, document_id(kind, listing_id)))
    start = (request.page - 1) * PAGE_SIZE
    newest = sorted(found, key=lambda row: row[0], reverse=True)[start : start + PAGE_SIZE]
    return Page(hits=tuple(Hit(identifier, 0.0) for _, identifier in newest))


def suggest(runtime: SearchRuntime, reader: Reader, prefix: str) -> Sequence[str]:
    """Titles and keywords this reader may find; nothing while the engine is down."""
    if not prefix.strip():
        return ()
    try:
        return runtime.engine.suggest(prefix, reader_filter(reader))
    except (EngineUnavailable, ModelUnavailable):
        return ()


def match_text(
    session: Session, runtime: SearchRuntime, reader: Reader, text: str, answers: str, limit: int = MATCHES
) -> MatchOutcome:
    """Ranked listings of kind ``answers`` for a pasted text, each with its reasons.

    Raises EncoderBusy or ModelUnavailable when no vector can be had and EngineUnavailable when
    there is no index to ask: a match without meaning would not be one.
    """
    session.rollback()  # the reader is known: no transaction stays open while the encoder works
    passages = asked_passages(text, runtime.encoder)
    matches = _worth_showing(_matches(session, runtime, reader, text, passages, answers, limit))
    sure = [match for match in matches if match.level >= MatchLevel.GOOD]
    indicators = read_indicators(text)
    judged = judge_for_rows(session, indicators, [match.listing for match in matches])
    matches = [
        replace(match, against=against_text(text, match.listing), judgements=judged[match.listing])
        for match in matches
    ]
    return MatchOutcome(
        matches=_by_level(matches, runtime.ranking.prior),
        keywords=shared_terms(text, text)[:KEYWORDS],
        field=_common_field(sure),
        notice=None if sure or not matches else NOTHING_SURE_NOTICE,
        indicators=indicators,
    )


def match_listing(
    session: Session, runtime: SearchRuntime, reader: Reader, listing: Listing, answers: str, limit: int
) -> MatchOutcome:
    """Listings of kind ``answers`` for a stored listing: the other side, or similar ones."""
    kind = "result" if isinstance(listing, Result) else "demand"
    own = document_id(kind, listing.id)
    text = question_of(listing)
    stored = runtime.engine.passages([own]).get(own)
    vector = runtime.query_vector(text)
    if vector is None:
        return MatchOutcome((), (), None)
    # A listing that is not indexed (a draft, say) is asked as a whole, without sentences.
    asked = replace(stored, whole=vector) if stored else Passages((), vector[None][:0], vector)
    matches = _matches(session, runtime, reader, text, asked, answers, limit, excluded=(own,))
    if answers != kind:
        judged = judge_for_listing(session, listing, [match.listing for match in matches])
        matches = [
            replace(match, against=against_pair(listing, match.listing), judgements=judged[match.listing])
            for match in matches
        ]
        matches = _by_level(matches, runtime.ranking.prior, listing)
    return MatchOutcome(matches, [k.text for k in listing.keywords], listing.field)


def question_of(listing: Listing) -> str:
    """The public text of a listing, as it is asked of the other library."""
    if isinstance(listing, Result):
        parts = (listing.title, plain_text(listing.summary), plain_text(listing.innovation))
    else:
        parts = (listing.title, plain_text(listing.difficulty), plain_text(listing.research))
    return "\n".join(parts)


def nearest(
    runtime: SearchRuntime,
    reader: Reader,
    text: str,
    vector: FloatArray,
    answers: str,
    limit: int,
    excluded: Iterable[str] = (),
) -> Sequence[Hit]:
    """The ranked list without a count."""
    query_filter = reader_filter(reader, (answers,), excluded=excluded)
    query = build_query(text, query_filter, vector, page_size=limit, ranked=True)
    return runtime.engine.search(query).hits


def _matches(
    session: Session,
    runtime: SearchRuntime,
    reader: Reader,
    text: str,
    asked: Passages,
    answers: str,
    limit: int,
    excluded: Iterable[str] = (),
) -> list[Match]:
    """The best answers, best first: the first stage's candidates, judged by the second."""
    assert asked.whole is not None
    hits = nearest(runtime, reader, text, asked.whole, answers, RERANKED, excluded)
    judged = judge(runtime, asked, hits, answers)
    rows = read_listings(session, reader, [id for id, _, _ in judged[: limit + SPARE]])
    matches: list[Match] = []
    for identifier, found, offered in judged:
        answer = rows.get(identifier)
        if len(matches) == limit:
            break
        if answer is None:
            continue  # withdrawn since the search
        pair = None
        if found.pair is not None:
            i, j = found.pair
            pair = (asked.sentences[i], offered.sentences[j])
        shared = shared_terms(text, question_of(answer))[:SHARED]
        matches.append(Match(answer, found.level, pair, shared, found.score, found.probability))
    return matches


def _by_level(
    matches: Sequence[Match], prior: Mapping[str, float], asking: Listing | None = None
) -> list[Match]:
    """Order the matches of each level by score, indicators and what else speaks against a pair."""

    def standing(match: Match) -> float:
        against = penalty(asking, match.listing, prior) if asking is not None else 0.0
        return match.score + prior["indicators"] * indicator_prior(match.judgements) - against

    return sorted(matches, key=lambda match: (-match.level, -standing(match)))


def judge(
    runtime: SearchRuntime, asked: Passages, hits: Sequence[Hit], answers: str
) -> list[tuple[str, Judged, Passages]]:
    """Judge what the first stage found, best first; listings that left the index are left out."""
    stored, lexical = found_passages(runtime.engine, hits)
    judged = runtime.ranking.judge(asked, list(stored.values()), lexical, runtime.background(answers))
    rows = list(zip(stored, judged, stored.values(), strict=True))
    return sorted(rows, key=lambda row: (-row[1].score, row[0]))


def _worth_showing(matches: Sequence[Match]) -> list[Match]:
    """All that are sure enough, and a few of the others to judge for oneself."""
    sure = [match for match in matches if match.level >= MatchLevel.GOOD]
    return [*sure, *[match for match in matches if match.level < MatchLevel.GOOD][:WEAK_SHOWN]]


def _common_field(matches: Sequence[Match], of_first: int = 5) -> str | None:
    """The field that most of the best matches share, if it is most of them."""
    fields = [match.listing.field for match in matches[:of_first]]
    if not fields:
        return None
    best = max(dict.fromkeys(fields), key=fields.count)
    return best if fields.count(best) * 2 > len(fields) else None
