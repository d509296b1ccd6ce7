"""The desk (工作台): what waits for me, my listings and how they fare, what is new since the last visit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.desk import waiting_for as account_lines
from marketplace.accounts.policy import Reader
from marketplace.admin.service import waiting_for as queue_waiting_for
from marketplace.core import clock
from marketplace.core.desk import DeskLine
from marketplace.demands.models import Demand
from marketplace.desk.models import DeskVisit
from marketplace.disclosure.choices import RequestStatus
from marketplace.disclosure.lists import waiting_for as disclosure_lines
from marketplace.disclosure.models import DetailRequest
from marketplace.drafting.service import waiting_for as draft_lines
from marketplace.indexing.documents import document_id
from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.models import Introduction
from marketplace.introductions.reading import waiting_for as introduction_lines
from marketplace.lifecycle.service import waiting_for as life_lines
from marketplace.listings.models import Draft
from marketplace.listings.view_counts import views_of
from marketplace.matching.suggestions import NewMatch, count_matches, new_matches
from marketplace.organisations.waiting import waiting_for as organisation_lines
from marketplace.results.models import Result

Listing = Result | Demand

# Each feature says what of its own waits for a reader.
PROVIDERS: tuple[Callable[[Session, Reader], Sequence[DeskLine]], ...] = (
    account_lines,
    queue_waiting_for,
    life_lines,
    organisation_lines,
    draft_lines,
    introduction_lines,
    disclosure_lines,
)

SHOWN = 8  # of my listings, and of new matches
VIEW_DAYS = 30
VISIT = timedelta(minutes=30)  # looking again within this time is the same visit
FIRST_LOOK_BACK = timedelta(days=14)  # what is new on a first visit


@dataclass(frozen=True, slots=True)
class OwnListing:
    listing: Listing
    views: int
    matches: int
    requests: int  # 对接 and 查阅 that wait or go on


@dataclass(frozen=True, slots=True)
class Desk:
    waiting: Sequence[DeskLine]
    overdue: int
    listings: Sequence[OwnListing]
    drafts: int
    since: datetime
    new_matches: Sequence[NewMatch]


def _by_due(line: DeskLine) -> tuple[bool, datetime]:
    return line.due_at is None, line.due_at or clock.now()


def open_desk(session: Session, reader: Reader) -> Desk:
    """Everything of the desk for one person acting for one organisation."""
    waiting = sorted((line for provider in PROVIDERS for line in provider(session, reader)), key=_by_due)
    moment, since = clock.now(), last_visit(session, reader)
    return Desk(
        waiting=waiting,
        overdue=sum(line.due_at is not None and line.due_at <= moment for line in waiting),
        listings=own_listings(session, reader),
        drafts=_drafts(session, reader),
        since=since,
        new_matches=new_matches(session, reader, since)[:SHOWN] if reader.acting_for is not None else (),
    )


def own_listings(session: Session, reader: Reader) -> list[OwnListing]:
    """The newest listings of the organisation with their views of the last VIEW_DAYS days."""
    if reader.acting_for is None:
        return []
    models: tuple[type[Result] | type[Demand], ...] = (Result, Demand)
    newest: list[Listing] = []
    for model in models:
        newest += session.scalars(
            select(model)
            .where(model.organisation_id == reader.acting_for)
            .order_by(model.created_at.desc(), model.id.desc())
            .limit(SHOWN)
        )
    rows = sorted(newest, key=lambda row: row.created_at, reverse=True)[:SHOWN]
    views, requests = _by_kind(session, rows, _views), _by_kind(session, rows, _requests)
    matches = count_matches(session, reader, rows)
    return [
        OwnListing(row, views.get(name, 0), matches.get(name, 0), requests.get(name, 0))
        for row in rows
        for name in (_name(row),)
    ]


def _name(listing: Listing) -> str:
    return document_id("result" if isinstance(listing, Result) else "demand", listing.id)


def _by_kind(
    session: Session, rows: Sequence[Listing], count: Callable[[Session, str, Sequence[int]], dict[int, int]]
) -> dict[str, int]:
    """Numbers of results and needs together, by document id."""
    numbers: dict[str, int] = {}
    for kind, model in (("result", Result), ("demand", Demand)):
        counted = count(session, kind, [row.id for row in rows if isinstance(row, model)])
        numbers |= {document_id(kind, listing_id): number for listing_id, number in counted.items()}
    return numbers


def _views(session: Session, kind: str, ids: Sequence[int]) -> dict[int, int]:
    return views_of(session, kind, ids, VIEW_DAYS)


def _requests(session: Session, kind: str, ids: Sequence[int]) -> dict[int, int]:
    """What others have asked for on these listings and what is not ended yet."""
    asked = getattr(Introduction, f"{kind}_id")
    viewed = getattr(DetailRequest, f"{kind}_id")
    counted: dict[int, int] = {}
    for column, condition in (
        (asked, Introduction.status.in_((IntroductionStatus.PENDING, IntroductionStatus.ACTIVE))),
        (viewed, DetailRequest.status == RequestStatus.PENDING),
    ):
        rows = session.execute(
            select(column, func.count()).where(column.in_(ids), condition).group_by(column)
        )
        for listing_id, number in rows:
            counted[listing_id] = counted.get(listing_id, 0) + number
    return counted


def _drafts(session: Session, reader: Reader) -> int:
    mine = (Draft.author_id == reader.person_id) & Draft.deleted_at.is_(None)
    if reader.acting_for is not None:
        mine = mine & (Draft.acting_for_id == reader.acting_for)
    return session.scalar(select(func.count()).select_from(Draft).where(mine)) or 0


def _visit(session: Session, reader: Reader) -> DeskVisit | None:
    return session.scalar(
        select(DeskVisit).where(
            DeskVisit.person_id == reader.person_id,
            DeskVisit.organisation_id.is_not_distinct_from(reader.acting_for),
        )
    )


def last_visit(session: Session, reader: Reader) -> datetime:
    """From when on something is new to this person."""
    visit = _visit(session, reader)
    if visit is None:
        return clock.now() - FIRST_LOOK_BACK
    return visit.since if clock.now() - visit.seen_at < VISIT else visit.seen_at


def note_visit(session: Session, reader: Reader) -> None:
    """Remember that the desk is looked at; a look soon after belongs to the same visit."""
    moment, visit = clock.now(), _visit(session, reader)
    if visit is None:
        visit = DeskVisit(
            person_id=reader.person_id, organisation_id=reader.acting_for, since=moment - FIRST_LOOK_BACK
        )
        session.add(visit)
    elif moment - visit.seen_at >= VISIT:
        visit.since = visit.seen_at
    visit.seen_at = moment
    session.flush()
