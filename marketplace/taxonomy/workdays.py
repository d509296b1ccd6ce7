"""Working days (工作日): an editable table, seeded from a holiday library.

A year that the table does not know counts weekends only.
"""

from datetime import UTC, date, datetime, time

import chinese_calendar
from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core.clock import ONE_DAY, SHANGHAI, end_of_day, last_day
from marketplace.core.db import Base


class CalendarDay(Base):
    """A day that differs from its weekday: a holiday, or a weekend day that is worked (调休)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(40), default="")


def load_calendar(session: Session, years: range) -> int:
    """Add the exceptional days that the holiday library knows; what officers edited is left alone."""
    known = set(session.scalars(select(CalendarDay.day)))
    added = 0
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            try:
                working, name = chinese_calendar.is_workday(day), chinese_calendar.get_holiday_detail(day)[1]
            except NotImplementedError:  # a year the library has no data for
                break
            if working != (day.weekday() < 5) and day not in known:
                note = "调休上班" if working else chinese_calendar.Holiday(name).chinese if name else "节假日"
                session.add(CalendarDay(day=day, working=working, note=note))
                added += 1
            day += ONE_DAY
    session.flush()
    return added


def is_year_known(session: Session, year: int) -> bool:
    """Whether holidays of this year are in the table; else only weekends are left out."""
    days = select(CalendarDay.day).where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return session.scalar(days.limit(1)) is not None


def is_working_day(session: Session, day: date) -> bool:
    exception = session.get(CalendarDay, day)
    return exception.working if exception is not None else day.weekday() < 5


def working_days_after(session: Session, start: datetime, days: int) -> datetime:
    """The end (24:00 in Shanghai, as UTC) of the ``days``-th working day after the day of ``start``.

    The day of ``start`` itself does not count (domain rule of 公示 and of replies).
    """
    if days < 1:
        raise ValueError("at least one working day")
    day = start.astimezone(SHANGHAI).date()
    while days:
        day += ONE_DAY
        days -= is_working_day(session, day)
    return end_of_day(day)


def working_day_before(session: Session, moment: datetime, hour: int) -> datetime:
    """This hour (Shanghai) of the last working day before the day that ends at or holds ``moment``."""
    day = last_day(moment) - ONE_DAY
    while not is_working_day(session, day):
        day -= ONE_DAY
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)
