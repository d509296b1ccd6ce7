"""Whose queue it is: each rule once as Python, once as SQL, with the same answer."""

from sqlalchemy import ColumnElement, and_, false

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem

# Experts are appointed for the whole district.
DISTRICT_ONLY = frozenset({QueueKind.EXPERT})


def can_read(reader: Reader, item: QueueItem, kinds: frozenset[QueueKind]) -> bool:
    """Officers of the item's zone, the district and 监督; only kinds that have a decision here."""
    if item.kind in DISTRICT_ONLY:
        return item.kind in kinds and reader.reads_everything
    return item.kind in kinds and reader.reads_as_officer(item.zone)


def readable(reader: Reader, kinds: frozenset[QueueKind]) -> ColumnElement[bool]:
    """``can_read`` in SQL."""
    known = QueueItem.kind.in_(sorted(kinds))
    if reader.reads_everything:
        return known
    return and_(known, _own_zone(reader))


def can_decide(reader: Reader, item: QueueItem, kinds: frozenset[QueueKind]) -> bool:
    """What still waits, for the officers of its zone and the district; 监督 decides nothing."""
    decides = can_read(reader, item, kinds) and reader.decides_for_zone(item.zone)
    return item.closed_at is None and decides


def decidable(reader: Reader, kinds: frozenset[QueueKind]) -> ColumnElement[bool]:
    """``can_decide`` in SQL."""
    waiting = and_(QueueItem.closed_at.is_(None), QueueItem.kind.in_(sorted(kinds)))
    if reader.officer_level is OfficerLevel.DISTRICT:
        return waiting
    return and_(waiting, _own_zone(reader))


def _own_zone(reader: Reader) -> ColumnElement[bool]:
    if reader.officer_level is not OfficerLevel.ZONE or reader.officer_zone is None:
        return false()
    return and_(QueueItem.zone == reader.officer_zone, QueueItem.kind.not_in(sorted(DISTRICT_ONLY)))


def can_edit_dictionaries(reader: Reader) -> bool:
    """Terms and the calendar hold for the whole district."""
    return reader.officer_level is OfficerLevel.DISTRICT


def can_read_dictionaries(reader: Reader) -> bool:
    return can_edit_dictionaries(reader) or reader.officer_level is OfficerLevel.SUPERVISOR
