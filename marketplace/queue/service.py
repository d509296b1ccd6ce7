"""Opening and closing lines of the officers' queue, inside the transaction of what they stand for."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.core.jobs import cancel, schedule
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.taxonomy.rules import Rule, number_of
from marketplace.taxonomy.workdays import working_day_before, working_days_after

REMIND, REMIND_HOUR = "queue.remind", 9  # on the working day before the last one; handled in admin


def open_item(session: Session, kind: QueueKind, object_id: int, title: str, zone: str) -> QueueItem:
    """Put an object into the queue of its zone; one that waits already keeps its place."""
    item = waiting_item(session, kind, object_id)
    if item is None:
        opened, days = clock.now(), number_of(session, Rule.QUEUE_DECISION)
        item = QueueItem(
            kind=kind,
            object_id=object_id,
            title=title[:160],
            zone=zone,
            opened_at=opened,
            due_at=working_days_after(session, opened, days),
        )
        session.add(item)
        session.flush()
        remind_at = working_day_before(session, item.due_at, REMIND_HOUR)
        if remind_at > opened:
            schedule(session, REMIND, item_object(item), remind_at)
    return item


def item_object(item: QueueItem) -> str:
    """How jobs and the audit record name a line of the queue."""
    return f"queue_item:{item.id}"


def close_item(session: Session, kind: QueueKind, object_id: int, by_id: int | None) -> None:
    """Take an object out of the queue, if it waits there."""
    item = waiting_item(session, kind, object_id)
    if item is not None:
        item.closed_at, item.closed_by_id = clock.now(), by_id
        cancel(session, REMIND, item_object(item))
        session.flush()


def waiting_item(session: Session, kind: QueueKind, object_id: int) -> QueueItem | None:
    return session.scalar(
        select(QueueItem).where(
            QueueItem.kind == kind, QueueItem.object_id == object_id, QueueItem.closed_at.is_(None)
        )
    )
