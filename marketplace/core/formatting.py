"""How the pages write dates, spans of time, money and sizes (Jinja filters)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from marketplace.core.clock import SHANGHAI, end_of_day, last_day

WEEKDAYS = "一二三四五六日"
FEN_PER_WAN = Decimal(1_000_000)  # 1 万元 = 10,000 元 = 1,000,000 分


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(SHANGHAI)


def zh_date(day: date | datetime) -> str:
    """``2026年11月22日 (周日)``; a moment (aware, else ValueError) is shown as its day in Shanghai."""
    if isinstance(day, datetime):
        day = _local(day).date()
    return f"{day.year}年{day.month}月{day.day}日 (周{WEEKDAYS[day.weekday()]})"


def zh_datetime(moment: datetime) -> str:
    """``2026年11月22日 (周日) 14:05``, Shanghai time; ValueError for a moment without time zone."""
    return f"{zh_date(moment)} {_local(moment):%H:%M}"


def zh_deadline(moment: datetime) -> str:
    """A moment until which something holds: ``2026年11月22日 (周日) 24:00`` where a day ends with it."""
    _local(moment)  # ValueError without time zone
    day = last_day(moment)
    return f"{zh_date(day)} 24:00" if moment == end_of_day(day) else zh_datetime(moment)


def zh_relative(moment: datetime, now: datetime) -> str:
    """The span to ``moment``: ``还剩 3 天 4 小时`` before it, ``3 天前`` after it, in whole units.

    Two units are shown before a deadline, the larger one after it. Rounded down: it never promises
    time that is not there.
    """
    remaining = moment - now
    if remaining > timedelta(0):
        return f"还剩 {_span(remaining, units=2)}" if remaining >= timedelta(minutes=1) else "还剩不到 1 分钟"
    return f"{_span(-remaining, units=1)}前" if -remaining >= timedelta(minutes=1) else "刚刚"


def _span(span: timedelta, units: int) -> str:
    hours, minutes = divmod(span.seconds // 60, 60)
    parts = [(span.days, "天"), (hours, "小时"), (minutes, "分钟")]
    first = next(index for index, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + units] if number)


def wan(fen: int) -> str:
    """An amount in 分 as 万元, exact: ``120 万元``, ``12,000 万元``, ``0.5 万元``."""
    amount = f"{Decimal(fen) / FEN_PER_WAN:.6f}".rstrip("0").rstrip(".")
    whole, point, rest = amount.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}"
    return f"{whole}{point}{rest} 万元"


def filesize(size: int) -> str:
    """Bytes as ``812 B``, ``340 KB``, ``1.2 MB`` (steps of 1024)."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1023.5:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024**2:.1f} MB"
