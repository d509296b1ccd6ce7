"""Who may read a listing: each rule once as Python, once as SQL, with the same answer.

A test holds the pairs equal on random people and rows; the audience tokens of the index follow the
same rules (``indexing.documents``).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false

from marketplace.accounts.policy import Reader
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import ListingColumns

UNSENT = (ListingStatus.DRAFT, ListingStatus.ORGANISATION_REVIEW)  # still inside the organisation


def is_live(listing: ListingColumns, now: datetime) -> bool:
    """Published, not expired and still looking for a counterpart: what may be found at all."""
    return (
        listing.status is ListingStatus.PUBLISHED
        and listing.valid_until is not None
        and listing.valid_until > now
        and listing.sought
    )


def live(model: type[ListingColumns], now: datetime) -> ColumnElement[bool]:
    return and_(model.status == ListingStatus.PUBLISHED, model.valid_until > now, model.sought)


def is_open(listing: ListingColumns, now: datetime) -> bool:
    """Live and free for everybody by 保密审查."""
    return is_live(listing, now) and listing.secrecy is SecrecyVerdict.PUBLIC


def open_to_all(model: type[ListingColumns], now: datetime) -> ColumnElement[bool]:
    return and_(live(model, now), model.secrecy == SecrecyVerdict.PUBLIC)


def belongs_to(reader: Reader, listing: ListingColumns) -> bool:
    return listing.organisation_id in reader.organisation_ids


def own(reader: Reader, model: type[ListingColumns]) -> ColumnElement[bool]:
    return model.organisation_id.in_(sorted(reader.organisation_ids))


def reads_as_officer(reader: Reader, listing: ListingColumns, zone: str) -> bool:
    return listing.status not in UNSENT and reader.reads_as_officer(zone)


def officers(
    reader: Reader, model: type[ListingColumns], in_zone: ColumnElement[bool]
) -> ColumnElement[bool]:
    """``in_zone`` says in SQL that the listing lies in the reader's zone."""
    sent = model.status.not_in(UNSENT)
    if reader.reads_everything:
        return sent
    return and_(sent, in_zone) if reader.officer_zone is not None else false()
