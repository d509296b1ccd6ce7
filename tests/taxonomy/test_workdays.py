"""Working days: holidays and worked weekends from the table, weekends alone where it knows nothing."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from marketplace.core.clock import end_of_day
from marketplace.core.db import db, transaction
from marketplace.taxonomy.workdays import (
    CalendarDay,
    is_working_day,
    is_year_known,
    load_calendar,
    working_days_after,
)


@pytest.fixture(autouse=True)
def calendar(app: Flask) -> None:
    with transaction() as session:
        session.query(CalendarDay).delete()
        load_calendar(session, range(2026, 2028))


def shanghai(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour - 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 10, 1), False),  # 国庆节
        (date(2026, 10, 10), True),  # a Saturday that is worked
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2027, 10, 1), True),  # not known: a Friday
        (date(2027, 10, 2), False),
    ],
)
def test_days(day: date, working: bool) -> None:
    assert is_working_day(db.session(), day) is working


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (shanghai(2026, 11, 24, 10), 1, date(2026, 11, 25)),
        (shanghai(2026, 11, 24, 10), 5, date(2026, 12, 1)),  # over a weekend
        (shanghai(2026, 11, 27, 23), 1, date(2026, 11, 30)),  # from Friday to Monday
        (shanghai(2026, 9, 30, 9), 1, date(2026, 10, 8)),  # over the holidays
        (datetime(2026, 11, 24, 15, 59, tzinfo=UTC), 1, date(2026, 11, 25)),  # still the 24th in Shanghai
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), 1, date(2026, 11, 26)),  # already the 25th
    ],
)
def test_the_day_itself_does_not_count_and_the_last_ends_at_24(start: datetime, days: int, end: date) -> None:
    due = working_days_after(db.session(), start, days)
    assert due == end_of_day(end)
    assert due.hour == 16  # 24:00 in Shanghai


def test_at_least_one_day(app: Flask) -> None:
    with pytest.raises(ValueError, match="one"):
        working_days_after(db.session(), shanghai(2026, 11, 24, 10), 0)


def test_a_year_without_holidays_is_said_to_be_unknown() -> None:
    assert is_year_known(db.session(), 2026)
    assert not is_year_known(db.session(), 2027)


def test_loading_again_keeps_what_officers_edited() -> None:
    with transaction() as session:
        row = session.get_one(CalendarDay, date(2026, 10, 10))
        row.working, row.note = False, "区里放假"
        assert load_calendar(session, range(2026, 2027)) == 0
    assert not is_working_day(db.session(), date(2026, 10, 10))
