"""Keyset paging of database lists: a page begins after a row, so that new rows shift nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def moment_key(moment: datetime) -> int:
    """A moment as a whole number, exact, for a cursor."""
    return (moment - EPOCH) // MICROSECOND


def key_moment(key: int) -> datetime:
    return EPOCH + key * MICROSECOND


def write_cursor(*keys: int) -> str:
    return "_".join(str(int(key)) for key in keys)


def read_cursor(text: str, length: int) -> tuple[int, ...] | None:
    """The keys of a cursor; None for anything that is none: then the list begins at its start."""
    parts = text.split("_")
    try:
        keys = tuple(int(part) for part in parts)
    except ValueError:
        return None
    return keys if len(keys) == length and all(abs(key) < 2**62 for key in keys) else None


def follows(order: Sequence[tuple[Any, Any, bool]]) -> ColumnElement[bool]:
    """SQL for the rows after this one; ``order`` holds column, the row's value, whether it descends."""
    steps: list[ColumnElement[bool]] = []
    for position, (column, value, descends) in enumerate(order):
        equal = [earlier == known for earlier, known, _ in order[:position]]
        bound = literal(value, column.type)
        steps.append(and_(*equal, column < bound if descends else column > bound))
    return or_(*steps)
