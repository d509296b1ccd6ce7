"""Who may read a result, and what of it."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from marketplace.accounts.policy import Reader
from marketplace.listings import policy as listings
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result


def can_read(reader: Reader, result: Result, now: datetime) -> bool:
    return (
        listings.is_open(result, now)
        or listings.belongs_to(reader, result)
        or listings.reads_as_officer(reader, result, result.organisation.zone)
    )


def readable(reader: Reader, now: datetime) -> ColumnElement[bool]:
    """``can_read`` in SQL."""
    zone = select(Organisation.id).where(Organisation.zone == reader.officer_zone)
    return or_(
        listings.open_to_all(Result, now),
        listings.own(reader, Result),
        listings.officers(reader, Result, Result.organisation_id.in_(zone)),
    )


def can_read_details(reader: Reader, result: Result) -> bool:
    """受控详情: the own organisation, and officers who may read the listing."""
    return listings.belongs_to(reader, result) or listings.reads_as_officer(
        reader, result, result.organisation.zone
    )
