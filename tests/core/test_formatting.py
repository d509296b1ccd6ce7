"""Dates, spans, money and sizes as pages write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.formatting import filesize, wan, zh_date, zh_datetime, zh_deadline, zh_relative

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 22), "2026年11月22日 (周日)"),
        (date(2026, 1, 5), "2026年1月5日 (周一)"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "2026年11月22日 (周日)"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026年11月23日 (周一)"),  # midnight in Shanghai
    ],
)
def test_a_day_is_the_day_in_shanghai(day: date, text: str) -> None:
    assert zh_date(day) == text


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (datetime(2026, 11, 22, 16, tzinfo=UTC), "2026年11月22日 (周日) 24:00"),  # the day that ends
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "2026年12月31日 (周四) 24:00"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "2026年11月22日 (周日) 23:59"),
        (datetime(2026, 11, 22, 16, 1, tzinfo=UTC), "2026年11月23日 (周一) 00:01"),
    ],
)
def test_a_deadline_that_ends_a_day_names_that_day(end: datetime, text: str) -> None:
    assert zh_deadline(end) == text


def test_a_deadline_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        zh_deadline(datetime(2026, 11, 22, 16))  # noqa: DTZ001  # the point of the test


def test_a_moment_has_its_hour_in_shanghai() -> None:
    assert zh_datetime(NOON) == "2026年11月22日 (周日) 12:00"
    tokyo = timezone(timedelta(hours=9))
    assert zh_datetime(datetime(2026, 11, 22, 0, 5, tzinfo=tokyo)) == "2026年11月21日 (周六) 23:05"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        zh_datetime(datetime(2026, 11, 22))  # noqa: DTZ001  # the point of the test


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=3, hours=4, minutes=59), "还剩 3 天 4 小时"),
        (timedelta(days=3, minutes=59), "还剩 3 天"),
        (timedelta(hours=2, minutes=5), "还剩 2 小时 5 分钟"),
        (timedelta(minutes=59, seconds=59), "还剩 59 分钟"),
        (timedelta(seconds=59), "还剩不到 1 分钟"),
        (timedelta(0), "刚刚"),
        (-timedelta(seconds=59), "刚刚"),
        (-timedelta(minutes=1), "1 分钟前"),
        (-timedelta(hours=25), "1 天前"),
    ],
)
def test_a_span_is_written_in_whole_units(span: timedelta, text: str) -> None:
    assert zh_relative(NOON + span, NOON) == text


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=4000)))
def test_a_deadline_never_promises_time_that_is_not_there(left: timedelta) -> None:
    units = {"天": timedelta(days=1), "小时": timedelta(hours=1), "分钟": timedelta(minutes=1)}
    words = zh_relative(NOON + left, NOON).removeprefix("还剩 ").split()
    promised = sum(
        (int(n) * units[unit] for n, unit in zip(words[::2], words[1::2], strict=True)), timedelta()
    )
    smallest_shown = units["小时"] if left >= units["天"] else units["分钟"]
    assert promised <= left < promised + smallest_shown


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (120_000_000, "120 万元"),
        (0, "0 万元"),
        (500_000, "0.5 万元"),
        (1, "0.000001 万元"),
        (9_999_000_000, "9999 万元"),
        (12_345_670_000, "12,345.67 万元"),
        (-1_500_000, "-1.5 万元"),
    ],
)
def test_money_is_exact_in_wan(fen: int, text: str) -> None:
    assert wan(fen) == text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_no_fen_is_lost(fen: int) -> None:
    assert Decimal(wan(fen).removesuffix(" 万元").replace(",", "")) * 1_000_000 == fen


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (348_160, "340 KB"),
        (1024 * 1024 - 1, "1.0 MB"),
        (5 * 1024 * 1024, "5.0 MB"),
    ],
)
def test_sizes_step_by_1024(size: int, text: str) -> None:
    assert filesize(size) == text
