"""Rows → the list of the officer's queue, its filters, and the templates of reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.admin import service
from marketplace.admin.choices import Holder
from marketplace.admin.decisions import KINDS
from marketplace.admin.forms import filter_arguments
from marketplace.admin.service import QueueFilter, QueuePage
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.taxonomy.models import RETURN_REASON, ZONE, Term
from marketplace.taxonomy.service import title, titles


@dataclass(frozen=True, slots=True)
class QueueRow:
    public_id: str
    url: str
    kind: str
    title: str
    zone: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    assigned_to: str  # 我, a name, or empty
    current: bool


@dataclass(frozen=True, slots=True)
class QueueSide:
    """Everything of the page but the item itself."""

    rows: Sequence[QueueRow]
    current: QueueRow | None  # the item at the right
    wanted: QueueFilter
    arguments: Mapping[str, str]
    kinds: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]  # empty where there is but one
    holders: Sequence[tuple[str, str]]
    officers: Sequence[Person]
    decides: bool
    next_page: str
    previous_url: str  # of the item's neighbours
    next_url: str


def queue_side(
    session: Session, reader: Reader, wanted: QueueFilter, page: QueuePage, item: QueueItem | None
) -> QueueSide:
    arguments = filter_arguments(wanted)
    names = _names(session, [*page.items, item] if item else page.items)
    earlier, later = service.neighbours(session, reader, wanted, item) if item else (None, None)
    if item is None and page.items:
        later = page.items[0]
    decides = reader.officer_level in (OfficerLevel.DISTRICT, OfficerLevel.ZONE)
    return QueueSide(
        rows=[_row(reader, row, names, arguments, item) for row in page.items],
        current=_row(reader, item, names, arguments, item) if item else None,
        wanted=wanted,
        arguments=arguments,
        kinds=[(kind.value, kind.title) for kind in QueueKind if kind in KINDS],
        zones=list(titles(ZONE).items()) if reader.reads_everything else [],
        holders=[(holder.value, holder.title) for holder in Holder],
        officers=service.officers_of_scope(session, reader) if decides else [],
        decides=decides,
        next_page=url_for("queue.index", **arguments, after=page.cursor) if page.cursor else "",
        previous_url=_url(earlier, arguments),
        next_url=_url(later, arguments),
    )


def _url(item: QueueItem | None, arguments: Mapping[str, str]) -> str:
    return url_for("queue.item", public_id=item.public_id, **arguments) if item is not None else ""


def _names(session: Session, items: Sequence[QueueItem]) -> dict[int, str]:
    wanted = {item.assigned_to_id for item in items} - {None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def _row(
    reader: Reader,
    item: QueueItem,
    names: Mapping[int, str],
    arguments: Mapping[str, str],
    current: QueueItem | None,
) -> QueueRow:
    holder = item.assigned_to_id
    return QueueRow(
        public_id=item.public_id,
        url=_url(item, arguments),
        kind=item.kind.title,
        title=item.title,
        zone=title(ZONE, item.zone),
        opened_at=item.opened_at,
        due_at=item.due_at,
        overdue=item.due_at <= clock.now(),
        assigned_to="我" if holder and holder == reader.person_id else names.get(holder or 0, ""),
        current=current is not None and current.id == item.id,
    )


def templates_for(kind: QueueKind) -> list[tuple[str, str]]:
    """Reasons to put in with a click: code and text, those of this kind only."""
    rows = db.session.execute(
        select(Term.code, Term.title)
        .where(Term.vocabulary == RETURN_REASON, Term.active, Term.parent_code == kind.value)
        .order_by(Term.position, Term.code)
    )
    return [(row[0], row[1]) for row in rows]
