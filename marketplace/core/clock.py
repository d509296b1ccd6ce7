"""The one clock of the site, in UTC; tests set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    return _frozen.get() or datetime.now(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of this day in Shanghai, as UTC: the moment from which it is too late."""
    return datetime.combine(day + ONE_DAY, time(), SHANGHAI).astimezone(UTC)


def last_day(end: datetime) -> date:
    """The day that ends with this moment or holds it: the one to name for a deadline at 24:00."""
    return (end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment`` (aware) inside the block."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware datetime")
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
