"""The inbox: a person's own notices, newest first, and what they do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.notifications.models import Notice

PAGE = 30
MOST_COUNTED = 100  # the bell says "99+" from here on
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NoticePage:
    notices: Sequence[Notice]
    older: str  # public id after which the next page starts; "" on the last one


def list_notices(session: Session, reader: Reader, *, unread: bool = False, before: str = "") -> NoticePage:
    """One page of this person's notices; ``before`` is the last one of the page above."""
    query = select(Notice).where(Notice.person_id == reader.person_id)
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if before:
        query = query.where(Notice.id < _own_notice(session, reader, before).id)
    found = session.scalars(query.order_by(Notice.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    return NoticePage(shown, shown[-1].public_id if len(found) > PAGE else "")


def count_unread(session: Session, person_id: int) -> int:
    """At most MOST_COUNTED: every page asks."""
    some = (
        select(Notice.id).where(Notice.person_id == person_id, Notice.read_at.is_(None)).limit(MOST_COUNTED)
    )
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _own_notice(session: Session, reader: Reader, public_id: str) -> Notice:
    found = session.scalar(
        select(Notice).where(Notice.public_id == public_id, Notice.person_id == reader.person_id)
    )
    if found is None:
        raise NotFound("没有找到这条通知，它可能已过期清理。")
    return found


def open_notice(session: Session, reader: Reader, public_id: str) -> Notice:
    """Mark one's own notice read and return it."""
    notice = _own_notice(session, reader, public_id)
    notice.read_at = notice.read_at or clock.now()
    return notice


def mark_all_read(session: Session, reader: Reader) -> tuple[int, str]:
    """Return how many notices that were, and the mark by which they can be made unread again."""
    moment = clock.now()
    done = session.execute(
        update(Notice)
        .where(Notice.person_id == reader.person_id, Notice.read_at.is_(None))
        .values(read_at=moment)
    )
    return int(done.rowcount), str((moment - EPOCH) // MICROSECOND)  # type: ignore[attr-defined]  # of an UPDATE


def unread_again(session: Session, reader: Reader, mark: str) -> None:
    """Undo ``mark_all_read``: exactly the notices it touched, nothing the person has opened since."""
    try:
        moment = EPOCH + int(mark) * MICROSECOND
    except (ValueError, OverflowError) as error:
        raise NotFound("没有可以撤销的操作。") from error
    session.execute(
        update(Notice)
        .where(Notice.person_id == reader.person_id, Notice.read_at == moment)
        .values(read_at=None)
    )
