"""How often listings are read: counted in memory, written in batches to a table of their own.

Nobody is recorded, only a number for each listing and day. What a process has not written yet when it
is killed is lost: a few views, never a change of a listing.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from flask import Flask, current_app
from sqlalchemy import CheckConstraint, Date, UniqueConstraint, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, PrimaryKey, transaction
from marketplace.listings.models import OneListing, one_listing

log = structlog.get_logger()

FLUSH_SECONDS = 15.0
Key = tuple[str, int, date]  # kind, id of the listing, day in Shanghai


class ListingViews(OneListing, Base):
    """Views of one listing on one day by people outside its organisation."""

    __tablename__ = "listing_views"
    __table_args__ = (
        one_listing(),
        CheckConstraint("count > 0", name="count"),
        UniqueConstraint("result_id", "day"),
        UniqueConstraint("demand_id", "day"),
    )

    id: Mapped[PrimaryKey]
    day: Mapped[date] = mapped_column(Date)
    count: Mapped[int]


class ViewCounter:
    """One for each process; a thread of its own writes what has been counted."""

    def __init__(self, app: Flask, background: bool = True) -> None:
        """``background``: whether a thread writes; without it ``flush`` is the caller's."""
        self._app = app
        self._background = background
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        self._thread: threading.Thread | None = None

    def count(self, kind: str, listing_id: int) -> None:
        day = clock.now().astimezone(clock.SHANGHAI).date()
        with self._lock:
            self._counts[kind, listing_id, day] += 1
            if self._thread is None and self._background:
                self._thread = threading.Thread(target=self._run, name="view-counts", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            with self._app.app_context():
                try:
                    self.flush()
                except SQLAlchemyError as error:
                    log.warning("views.not_written", reason=type(error).__name__)

    def flush(self) -> None:
        """Write what has been counted; on an error it is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with transaction() as session:
                for (kind, listing_id, day), number in sorted(counts.items()):
                    _add(session, kind, listing_id, day, number)
        except SQLAlchemyError:
            with self._lock:
                self._counts.update(counts)
            raise


def _add(session: Session, kind: str, listing_id: int, day: date, number: int) -> None:
    own = {f"{kind}_id": listing_id}
    column = ListingViews.__table__.c[f"{kind}_id"]
    changed = session.execute(
        update(ListingViews)
        .where(column == listing_id, ListingViews.day == day)
        .values(count=ListingViews.count + number)
        .returning(ListingViews.id),
        execution_options={"synchronize_session": False},
    ).first()
    if changed is None:
        session.execute(insert(ListingViews).values(day=day, count=number, **own))


def views_of(session: Session, kind: str, ids: Sequence[int], days: int | None = None) -> dict[int, int]:
    """Listing id → number of views, all or those of the last ``days`` days."""
    column = ListingViews.__table__.c[f"{kind}_id"]
    query = select(column, func.sum(ListingViews.count)).where(column.in_(ids)).group_by(column)
    if days is not None:
        first = clock.now().astimezone(clock.SHANGHAI).date() - timedelta(days=days - 1)
        query = query.where(ListingViews.day >= first)
    return {int(row[0]): int(row[1]) for row in session.execute(query)}


def init_view_counter(app: Flask, background: bool) -> None:
    app.extensions["view_counter"] = ViewCounter(app, background)


def count_view(kind: str, listing_id: int) -> None:
    """Note one view by somebody outside the listing's organisation."""
    counter: ViewCounter = current_app.extensions["view_counter"]
    counter.count(kind, listing_id)
