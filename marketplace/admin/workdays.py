"""The working calendar that officers edit: days that differ from their weekday."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.admin import policy
from marketplace.core import audit, clock
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.taxonomy.workdays import CalendarDay, is_year_known

FIRST_YEAR, LAST_YEAR = 2000, 2100
NEAR_YEAR_END = 11  # month from which next year's holidays should be known


@dataclass(frozen=True, slots=True)
class YearView:
    year: int
    months: Sequence[tuple[int, Sequence[CalendarDay]]]
    known: bool
    warns_of: int | None  # next year, where it should be entered by now


def today() -> date:
    return clock.now().astimezone(clock.SHANGHAI).date()


def show_year(session: Session, reader: Reader, year: int | None) -> YearView:
    if not policy.can_read_dictionaries(reader):
        raise NotAllowed("工作日历由区科技局维护。")
    now = today()
    year = year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else now.year
    rows = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    ).all()
    months = [(month, [row for row in rows if row.day.month == month]) for month in range(1, 13)]
    late = now.month >= NEAR_YEAR_END and not is_year_known(session, now.year + 1)
    return YearView(year, months, bool(rows), now.year + 1 if late else None)


def set_day(session: Session, reader: Reader, day: date, working: bool, note: str) -> CalendarDay:
    """Say that a day differs from its weekday, or change what was said of it."""
    check_writer(reader)
    require(FIRST_YEAR <= day.year <= LAST_YEAR, "请填写 2000 至 2100 年的日期。", "day")
    usual = day.weekday() < 5
    require(
        working != usual,
        "这一天本来就是工作日，无需登记。" if usual else "这一天本来就是周末，无需登记。",
        "working",
    )
    note = note.strip() or ("调休上班" if working else "节假日")
    check_texts(CalendarDay, {"note": note})
    row = session.get(CalendarDay, day)
    if row is None:
        row = CalendarDay(day=day, working=working, note=note)
        session.add(row)
    row.working, row.note = working, note
    session.flush()
    _record(session, reader, day, "set", working)
    return row


def remove_day(session: Session, reader: Reader, day: date) -> None:
    """The day counts as its weekday again. Deadlines that were set already stay as they are."""
    check_writer(reader)
    row = session.get(CalendarDay, day)
    if row is None:
        raise NotFound("日历中没有这一天的登记。")
    session.delete(row)
    session.flush()
    _record(session, reader, day, "remove", None)


def check_writer(reader: Reader) -> None:
    if not policy.can_edit_dictionaries(reader):
        raise NotAllowed("工作日历由区科技局维护。")


def _record(session: Session, reader: Reader, day: date, verb: str, working: bool | None) -> None:
    name = f"calendar_day:{day.isoformat()}"
    audit.record(session, reader.person_id, f"calendar_day.{verb}", name, {"working": working})
