"""角色, 方向 and 必须 of a row, guessed from its words for a person to correct."""

import re
from dataclasses import replace

from search.indicators.lexicon import has
from search.indicators.model import LOWER_BOUND, UPPER_BOUND, Direction, Indicator, Operator

_FROM = re.compile(r"[从由](?:原来|目前|现有|现在|原先)?的?[^,。;从由]{0,8}$")
_TO = re.compile(r"^[^,。;]{0,8}(?:提|升|降|增|减|缩|扩|变|改|延|下)[^,。;]{0,4}(?:至|到|为|成)")


def guess(row: Indicator, before: str, after: str, *, tolerance: bool) -> Indicator:
    """``before`` and ``after`` are the rest of its sentence."""
    return replace(
        row,
        present=_is_present(before, after),
        must=not has("wish").search(before[-12:]),
        direction=direction_of(row.name, row.operator, tolerance=tolerance),
    )


def _is_present(before: str, after: str) -> bool:
    if _FROM.search(before[-14:]) and _TO.match(after[:16]):
        return True
    told = [match.end() for match in has("present").finditer(before) if not _compared(before, match.start())]
    wanted = [match.end() for match in has("wanted").finditer(before)]
    return bool(told) and (not wanted or told[-1] > wanted[-1])


def _compared(before: str, at: int) -> bool:
    """比现有设备提高2倍 says nothing of what is."""
    return before[at - 1 : at] in tuple("比较与于")


def direction_of(name: str, operator: Operator | None, *, tolerance: bool = False) -> Direction:
    if operator in LOWER_BOUND:
        return Direction.HIGHER
    if operator in UPPER_BOUND:
        return Direction.LOWER
    if tolerance:
        return Direction.TOLERANCE
    if operator is Operator.RANGE:
        if re.search(r"[pP][hH]|公差|偏差", name):
            return Direction.TOLERANCE
        served = has("covered").search(name) and not has("process").search(name)
        return Direction.COVER if served else Direction.TARGET
    if re.search(r"(?:减|降|缩短|下降)", name) or (
        has("smaller").search(name) and not name.endswith("率提高")
    ):
        return Direction.LOWER
    return Direction.HIGHER if has("larger").search(name) else Direction.TARGET
