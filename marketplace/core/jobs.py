"""Work that is due at a time (deadlines, reminders), done exactly once, also after downtime.

A job is unique by (action, object, due_at). Its handler runs in the same transaction that marks it
done, so it has happened with all its effects, or not at all. Handlers stand in each feature's
``jobs.py``; ``worker.registry`` names these modules.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Index, String, UniqueConstraint, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, PrimaryKey, Timestamp, UTCDateTime, db, transaction
from marketplace.core.errors import DomainError

log = structlog.get_logger()

Handler = Callable[[Session, str], None]  # the session and the job's object, "result:17"
Change = Callable[[Session], object]  # what is to be written
Preparation = Callable[[Session, str], Change]
HANDLERS: dict[str, Handler] = {}
PREPARATIONS: dict[str, Preparation] = {}  # of actions that work long before they write
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


def prepares(action: str) -> Callable[[Preparation], Preparation]:
    """Declare what works for seconds before it writes; it goes into the slow lane.

    The function reads and computes while nothing is locked, and returns the change, which then runs in
    the transaction that marks the job done. What it has read may be outdated by then: the change looks
    again at whatever must still hold.
    """

    def declare(preparation: Preparation) -> Preparation:
        if PREPARATIONS.setdefault(action, preparation) is not preparation:
            raise LookupError(f"two preparations for {action!r}")
        SLOW.add(action)
        return preparation

    return declare


def actions_in_lane(*, slow: bool) -> frozenset[str]:
    """The actions of the slow lane, or those of all others."""
    return frozenset(SLOW if slow else HANDLERS.keys() - SLOW)


def schedule(session: Session, action: str, obj: str, due_at: datetime) -> None:
    """Let the worker do ``action`` on ``obj`` at ``due_at`` (aware); scheduling it twice is once."""
    if action not in HANDLERS and action not in PREPARATIONS:
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


def _first_due(actions: frozenset[str]) -> Job | None:
    """A look without the write lock that ``transaction()`` takes on SQLite: most looks find nothing."""
    job = db.session.scalar(select(Job).where(*_due(actions)).order_by(Job.next_try_at, Job.id).limit(1))
    if job is not None:
        db.session.expunge(job)
    db.session.rollback()
    return job


def _take(session: Session, job_id: int, actions: frozenset[str]) -> Job | None:
    """The job, locked; None where another worker has it or has done it."""
    wanted = select(Job).where(Job.id == job_id, *_due(actions))
    return session.scalar(wanted.with_for_update(skip_locked=True))


def run_next(actions: frozenset[str]) -> bool:
    """Do the next due job of these actions; False where none is due. A failure is tried again later."""
    due = _first_due(actions)
    if due is None:
        return False
    try:
        change = _change(due)
        with transaction() as session:
            job = _take(session, due.id, actions)
            if job is None:
                return False
            change(session)
            job.done_at, job.problem, job.attempts = clock.now(), "", job.attempts + 1
        return True
    except Exception as error:
        log.exception("job.failed", job=due.id, domain=isinstance(error, DomainError))
        _put_off(due.id, error)
        return True


def _change(job: Job) -> Change:
    """What the job is to write; a preparation works here, while nothing is locked."""
    if job.action not in PREPARATIONS:
        return lambda session: HANDLERS[job.action](session, job.object)
    try:
        return PREPARATIONS[job.action](db.session(), job.object)
    finally:
        db.session.rollback()


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
