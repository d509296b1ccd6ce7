"""Work that is due at a time (deadlines, reminders), done exactly once, also after downtime.

A job is unique by (action, object, due_at). Its handler runs in the same transaction that marks it
done, so it has happened with all its effects, or not at all. Handlers stand in each feature's
``jobs.py``; ``worker.registry`` names these modules.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Index, String, UniqueConstraint, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, PrimaryKey, Timestamp, UTCDateTime, db, transaction
from marketplace.core.errors import DomainError

log = structlog.get_logger()

Handler = Callable[[Session, str], None]  # the session and the job's object, "result:17"
HANDLERS: dict[str, Handler] = {}
SLOW: set[str] = set()  # actions that may take seconds; they have a lane of their own
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(hours=6)


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("action", "object", "due_at"),
        Index("ix_job_waiting", "done_at", "next_try_at"),
    )

    id: Mapped[PrimaryKey]
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(64), index=True)
    due_at: Mapped[Timestamp]
    next_try_at: Mapped[Timestamp]  # the due time, later after a failure
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str] = mapped_column(String(200), default="")  # type of the last error, never its text


def handles(action: str, *, slow: bool = False) -> Callable[[Handler], Handler]:
    """Declare the handler of an action: ``@handles("result.expire")``; slow ones delay no deadline."""

    def declare(handler: Handler) -> Handler:
        if HANDLERS.setdefault(action, handler) is not handler:
            raise LookupError(f"two handlers for {action!r}")
        if slow:
            SLOW.add(action)
        return handler

    return declare


def actions_in_lane(*, slow: bool) -> frozenset[str]:
    """The actions of the slow lane, or those of all others."""
    return frozenset(SLOW if slow else HANDLERS.keys() - SLOW)


def schedule(session: Session, action: str, obj: str, due_at: datetime) -> None:
    """Let the worker do ``action`` on ``obj`` at ``due_at`` (aware); scheduling it twice is once."""
    if action not in HANDLERS:
        raise LookupError(f"no handler for {action!r}")
    same = (Job.action == action, Job.object == obj, Job.due_at == due_at)
    if session.scalar(select(Job.id).where(*same)) is not None:
        return
    row = {"action": action, "object": obj, "due_at": due_at, "next_try_at": due_at, "attempts": 0,
           "problem": ""}  # fmt: skip
    try:
        with session.begin_nested():
            session.execute(insert(Job), [row])
    except IntegrityError:  # PostgreSQL: another transaction was first
        if session.scalar(select(Job.id).where(*same)) is None:
            raise


def cancel(session: Session, action: str, obj: str) -> None:
    """Forget what has not been done yet of this action on this object."""
    session.execute(
        delete(Job).where(Job.action == action, Job.object == obj, Job.done_at.is_(None)),
        execution_options={"synchronize_session": "fetch"},
    )


def _due(actions: frozenset[str]) -> tuple[Any, ...]:
    return Job.done_at.is_(None), Job.next_try_at <= clock.now(), Job.action.in_(actions)


def _any_due(actions: frozenset[str]) -> bool:
    """A look without the write lock that ``transaction()`` takes on SQLite: most looks find nothing."""
    found = db.session.scalar(select(exists().where(*_due(actions))))
    db.session.rollback()
    return bool(found)


def _next_due(session: Session, actions: frozenset[str]) -> Job | None:
    return session.scalar(
        select(Job)
        .where(*_due(actions))
        .order_by(Job.next_try_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def run_next(actions: frozenset[str]) -> bool:
    """Do the next due job of these actions; False where none is due. A failure is tried again later."""
    job_id: int | None = None
    if not _any_due(actions):
        return False
    try:
        with transaction() as session:
            job = _next_due(session, actions)
            if job is None:
                return False
            job_id = job.id
            HANDLERS[job.action](session, job.object)
            job.done_at, job.problem, job.attempts = clock.now(), "", job.attempts + 1
        return True
    except Exception as error:
        if job_id is None:
            raise
        log.exception("job.failed", job=job_id, domain=isinstance(error, DomainError))
        _put_off(job_id, error)
        return True


def _put_off(job_id: int, error: Exception) -> None:
    with transaction() as session:
        job = session.get(Job, job_id, with_for_update=True)
        if job is None or job.done_at is not None:
            return
        job.attempts += 1
        job.problem = type(error).__name__
        job.next_try_at = clock.now() + min(FIRST_RETRY * 2 ** min(job.attempts - 1, 12), LONGEST_RETRY)


def due_count() -> int:
    """Jobs whose time has come and that are not done."""
    count = db.session.scalar(
        select(func.count()).where(Job.done_at.is_(None), Job.next_try_at <= clock.now())
    )
    db.session.rollback()
    return count or 0


def forget_done(session: Session, before: datetime) -> int:
    """Remove the jobs done before this moment; return how many."""
    done = session.execute(delete(Job).where(Job.done_at < before))
    return int(done.rowcount)  # type: ignore[attr-defined]  # of a DELETE
