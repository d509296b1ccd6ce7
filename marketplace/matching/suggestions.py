"""Pairs found by the worker (新匹配): kept for all, read through the policy of whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.errors import Unavailable
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id, split_document_id
from marketplace.indexing.outbox import LISTING_MODELS
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.policy import is_live, live
from marketplace.matching.choices import ShownLevel
from marketplace.matching.marks import SHOWN_LEVELS
from marketplace.matching.models import MatchSuggestion
from marketplace.matching.service import Listing, judge, question_of, read_listings, reader_filter
from marketplace.results.models import Result
from search.query import build_query
from search.ranking import RERANKED, MatchLevel

KEPT = 20  # pairs of one listing
SURE = MatchLevel.GOOD
NEW_SHOWN = 20
Found = dict[str, tuple[float, MatchLevel]]  # document id → probability of 较强相关 or better, level
EVERYTHING = Reader(officer_level=OfficerLevel.DISTRICT)  # carries a token of every document


@dataclass(frozen=True, slots=True)
class NewMatch:
    own: Listing
    other: Listing
    level: ShownLevel
    found_at: datetime


def find_counterparts(session: Session, runtime: SearchRuntime, identifier: str) -> Found:
    """The surest counterparts of one listing ("result:17"), worked out while nothing is locked.

    Nothing is encoded: both vectors stand in the index. Nothing is found for a listing that is not
    live. Raises Unavailable where the index does not show it yet.
    """
    kind, listing_id = split_document_id(identifier)
    listing = _live_listing(session, identifier)
    if listing is None:
        return {}
    text, paired = question_of(listing), _paired(session, kind, listing_id)
    session.rollback()  # no snapshot stays open over the search
    passages = runtime.engine.passages([identifier]).get(identifier)
    if passages is None or passages.whole is None:  # a reader's view lags a little; the job comes again
        raise Unavailable("该条目尚未进入索引。", 30)
    answers = "demand" if kind == "result" else "result"
    everything = reader_filter(EVERYTHING, (answers,), excluded=(identifier,))
    query = build_query(text, everything, passages.whole, page_size=RERANKED, ranked=True)
    hits = {hit.id: hit for hit in runtime.engine.score(query, paired)}
    hits |= {hit.id: hit for hit in runtime.engine.search(query).hits}
    sure = [row for row in judge(runtime, passages, list(hits.values()), answers) if row[1].level >= SURE]
    return {other: (found.probability, found.level) for other, found, _ in sure[:KEPT]}


def keep_counterparts(session: Session, identifier: str, found: Found) -> int:
    """Keep what was found, as far as both sides are live now; return how many pairs that are."""
    kind, listing_id = split_document_id(identifier)
    if _live_listing(session, identifier) is None:
        session.execute(delete(MatchSuggestion).where(_column(kind) == listing_id))
        return 0
    alive = {i: pair for i, pair in found.items() if _live_listing(session, i) is not None}
    _keep(session, kind, listing_id, alive)
    return len(alive)


def _live_listing(session: Session, identifier: str) -> Listing | None:
    kind, listing_id = split_document_id(identifier)
    model: Any = LISTING_MODELS[kind]
    listing: Listing | None = session.get(model, listing_id)
    return listing if listing is not None and is_live(listing, clock.now()) else None


def _column(kind: str) -> Any:
    return MatchSuggestion.result_id if kind == "result" else MatchSuggestion.demand_id


def _paired(session: Session, kind: str, listing_id: int) -> list[str]:
    """The counterparts known already."""
    answers = "demand" if kind == "result" else "result"
    rows = session.scalars(select(_column(answers)).where(_column(kind) == listing_id))
    return [document_id(answers, other) for other in rows]


def _keep(session: Session, kind: str, listing_id: int, pairs: Found) -> None:
    """A pair that stays keeps the day it was found; one that is no longer sure goes."""
    answers = "demand" if kind == "result" else "result"
    known = {
        getattr(row, f"{answers}_id"): row
        for row in session.scalars(select(MatchSuggestion).where(_column(kind) == listing_id))
    }
    wanted = {split_document_id(identifier)[1]: pair for identifier, pair in pairs.items()}
    for other, row in known.items():
        if other not in wanted:
            session.delete(row)
    moment = clock.now()
    for other, (probability, level) in wanted.items():
        row = known.get(other) or MatchSuggestion(
            **{f"{kind}_id": listing_id, f"{answers}_id": other}, found_at=moment
        )
        row.probability, row.level = probability, SHOWN_LEVELS[level]
        session.add(row)
    session.flush()


def new_matches(session: Session, reader: Reader, since: datetime) -> Sequence[NewMatch]:
    """Pairs found after ``since`` for the reader's organisation's live listings, surest first,
    as far as the reader may read the other side now."""
    own_rows = _own_live(session, reader)
    mine = or_(
        MatchSuggestion.result_id.in_([row.id for row in own_rows if isinstance(row, Result)]),
        MatchSuggestion.demand_id.in_([row.id for row in own_rows if isinstance(row, Demand)]),
    )
    pairs = session.scalars(
        select(MatchSuggestion)
        .where(mine, MatchSuggestion.found_at > since)
        .order_by(MatchSuggestion.probability.desc().nulls_last(), MatchSuggestion.id)
        .limit(NEW_SHOWN * 2)
    ).all()
    by_id = {_identifier(row): row for row in own_rows}
    ids = [document_id(k, getattr(p, f"{k}_id")) for p in pairs for k in ("result", "demand")]
    readable = read_listings(session, reader, ids)
    found = []
    for pair in pairs:
        result, demand = document_id("result", pair.result_id), document_id("demand", pair.demand_id)
        own, other = (result, demand) if result in by_id else (demand, result)
        if other in readable and other not in by_id:
            found.append(NewMatch(by_id[own], readable[other], pair.level, pair.found_at))
    return found[:NEW_SHOWN]


def _identifier(listing: Listing) -> str:
    return document_id("result" if isinstance(listing, Result) else "demand", listing.id)


def _own_live(session: Session, reader: Reader) -> list[Listing]:
    own, moment = sorted(reader.organisation_ids), clock.now()
    models: tuple[Any, ...] = (Result, Demand)
    return [
        row
        for model in models
        for row in session.scalars(
            select(model).where(model.organisation_id.in_(own), live(model, moment)).order_by(model.id)
        )
    ]


def count_matches(session: Session, reader: Reader, listings: Sequence[Listing]) -> dict[str, int]:
    """Document id of each listing → counterparts the worker found that the reader may read now.

    What may not be read is not counted: a count would tell of it.
    """
    found: dict[str, set[str]] = {}
    for listing in listings:
        kind, answers = ("result", "demand") if isinstance(listing, Result) else ("demand", "result")
        others = session.scalars(select(_column(answers)).where(_column(kind) == listing.id))
        found[_identifier(listing)] = {document_id(answers, other) for other in others}
    readable = read_listings(session, reader, sorted(set().union(*found.values()))) if found else {}
    return {identifier: len(others & readable.keys()) for identifier, others in found.items()}
