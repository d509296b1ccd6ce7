"""Who may read what a listing controls: its organisation, its officers, and whom the owner has let in.

The rule stands once as Python and once as SQL, with the same answer. A grant counts by time: it ends
at its moment, whether the worker has seen it or not.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.disclosure.choices import RequestStatus, Right
from marketplace.disclosure.models import DetailRequest
from marketplace.listings import policy as listings
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.models import AttachmentLink
from marketplace.organisations.models import Organisation
from marketplace.results import policy as result_policy
from marketplace.results.models import Result

Listing = Result | Demand


def can_read_listing(reader: Reader, listing: Listing, now: datetime) -> bool:
    if isinstance(listing, Result):
        return result_policy.can_read(reader, listing, now)
    return demand_policy.can_read(reader, listing, now)


def is_inside(reader: Reader, listing: Listing) -> bool:
    """The own organisation, and officers who may read the listing."""
    if isinstance(listing, Result):
        return result_policy.can_read_details(reader, listing)
    return demand_policy.can_read_controlled(reader, listing)


def active_grant(session: Session, reader: Reader, listing: Listing, now: datetime) -> DetailRequest | None:
    """The grant of the organisation this reader acts for; only while the listing itself is readable."""
    if not reader.organisation_ids or not can_read_listing(reader, listing, now):
        return None
    return session.scalar(select(DetailRequest).where(of_listing(listing), _granted(reader, now)).limit(1))


def right_to_read(session: Session, reader: Reader, listing: Listing, now: datetime) -> Right | None:
    """By which right this reader may read the controlled part; None: not at all."""
    if listings.belongs_to(reader, listing):
        return Right.OWN
    if is_inside(reader, listing):
        return Right.OFFICER
    return Right.GRANT if active_grant(session, reader, listing, now) is not None else None


def can_read_details(session: Session, reader: Reader, listing: Listing, now: datetime) -> bool:
    return right_to_read(session, reader, listing, now) is not None


def details_readable(reader: Reader, model: type[Listing], now: datetime) -> ColumnElement[bool]:
    """``can_read_details`` in SQL."""
    column: Any = DetailRequest.result_id if model is Result else DetailRequest.demand_id
    granted = select(column).where(_granted(reader, now), column.is_not(None))
    in_zone: ColumnElement[bool]
    if model is Result:
        in_zone = Result.organisation_id.in_(
            select(Organisation.id).where(Organisation.zone == reader.officer_zone)
        )
        readable = result_policy.readable(reader, now)
    else:
        in_zone = Demand.zone == reader.officer_zone
        readable = demand_policy.readable(reader, now)
    entered = demand_policy.entered(reader) if model is Demand else false()
    return or_(
        listings.own(reader, model),
        entered,
        listings.officers(reader, model, in_zone),
        and_(readable, model.id.in_(granted)),
    )


def can_read_file(
    session: Session, reader: Reader, listing: Listing, link: AttachmentLink, now: datetime
) -> bool:
    """A public file goes with its listing; a controlled one with the right to it. A file that says whose
    a masked need is goes only to those who may know it, or whom the owner has told."""
    if not can_read_listing(reader, listing, now):
        return False
    if is_inside(reader, listing):
        return True
    telling = isinstance(listing, Demand) and listing.disclosure is Disclosure.MASKED and link.reveals_owner
    if link.visibility is AttachmentVisibility.PUBLIC and not telling:
        return True
    grant = active_grant(session, reader, listing, now)
    return grant is not None and (grant.tells_owner or not telling)


def of_listing(listing: Listing) -> ColumnElement[bool]:
    if isinstance(listing, Result):
        return DetailRequest.result_id == listing.id
    return DetailRequest.demand_id == listing.id


def _granted(reader: Reader, now: datetime) -> ColumnElement[bool]:
    return and_(
        DetailRequest.status == RequestStatus.GRANTED,
        DetailRequest.granted_until > now,
        DetailRequest.organisation_id.in_(sorted(reader.organisation_ids)),
    )
