"""View models of the desk: plain values, already allowed for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.accounts.policy import Reader
from marketplace.core.desk import DeskLine
from marketplace.desk.service import VIEW_DAYS, Desk, OwnListing
from marketplace.listings.choices import ListingStatus
from marketplace.listings.service import listing_path
from marketplace.results.models import Result

NEXT_STEPS = {
    ListingStatus.DRAFT: "补充后提交",
    ListingStatus.ORGANISATION_REVIEW: "等单位审核",
    ListingStatus.SUBMITTED: "等科技局审核",
    ListingStatus.RETURNED: "按意见修改后再提交",
    ListingStatus.EXPIRED: "续期，或重新编辑",
    ListingStatus.WITHDRAWN: "可重新编辑",
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    line: DeskLine
    overdue: bool


@dataclass(frozen=True, slots=True)
class ListingRow:
    kind: str  # 成果 or 需求
    title: str
    url: str
    status: str
    next_step: str
    valid_until: datetime | None
    views: int
    matches: int
    requests: int


@dataclass(frozen=True, slots=True)
class MatchRow:
    own: str
    title: str
    url: str
    level: str


@dataclass(frozen=True, slots=True)
class DeskView:
    waiting: Sequence[WaitingRow]
    overdue: int
    listings: Sequence[ListingRow]
    new_matches: Sequence[MatchRow]
    drafts: int
    now: datetime
    since: datetime
    view_days: int
    has_organisation: bool
    is_officer: bool


def _listing_row(own: OwnListing) -> ListingRow:
    listing = own.listing
    status = str(listing.status.title)
    if not isinstance(listing, Result) and listing.status is ListingStatus.PUBLISHED:
        status = f"{status} · {listing.sourcing.title}"
    return ListingRow(
        kind="成果" if isinstance(listing, Result) else "需求",
        title=listing.title,
        url=listing_path(listing),
        status=status,
        next_step=NEXT_STEPS.get(listing.status, ""),
        valid_until=listing.valid_until if listing.status is ListingStatus.PUBLISHED else None,
        views=own.views,
        matches=own.matches,
        requests=own.requests,
    )


def desk_view(reader: Reader, desk: Desk, now: datetime) -> DeskView:
    return DeskView(
        waiting=[WaitingRow(line, line.due_at is not None and line.due_at <= now) for line in desk.waiting],
        overdue=desk.overdue,
        listings=[_listing_row(own) for own in desk.listings],
        new_matches=[
            MatchRow(pair.own.title, pair.other.title, listing_path(pair.other), pair.level.title)
            for pair in desk.new_matches
        ],
        drafts=desk.drafts,
        now=now,
        since=desk.since,
        view_days=VIEW_DAYS,
        has_organisation=reader.acting_for is not None,
        is_officer=reader.is_officer,
    )
