"""Quantities that only say under which condition another one holds: 在-40℃下, 盐雾1000h, (10GHz)."""

import math
import re

from search.indicators.lexicon import any_of
from search.indicators.model import Operator
from search.indicators.numbers import fold
from search.indicators.quantities import Quantity, find_quantities
from search.indicators.units import conversion
from search.segment import normalise

_AFTER = re.compile(
    rf"(?:的)?{any_of('state')}{{0,3}}(?:下|时(?!间)|后|以?内)(?!限)|{any_of('exposed')}|\s?\d?C\b"
)
_BEFORE = re.compile(
    rf"(?:(?:^|[,、(;:\s])(?:在|经|经过|于|当|以|按|对|环境温度|室温|常温)|{any_of('tested')}"
    r"|每(?:减少|增加|降低|提高|升高|下降|上升)|[(]?(?:例|比|诸)?如)"
    r"\s?(?:温度|压力|环境|湿度|频率|转速)?(?:为|:)?$"
)
_LEADING = re.compile(rf"^(?:[\s:：]|{any_of('wish')}|{any_of('leading')}|[在经于当以按]过?)*")
_TEMPERATURE = re.compile(r"[℃Kk]|°C|摄氏度")
_TIME = re.compile(r"天|d|h|小时|min|分钟|日")
_SUPPOSED = re.compile(r"(?:若|如果|假如|一旦)[^,。;、]{0,18}$")
_NEVER = ("%", "倍", "")


def is_condition(folded: str, quantity: Quantity, following: Quantity) -> bool:
    """Whether ``quantity`` is said for the sake of what comes after it in its sentence."""
    if _compares(quantity):
        return False
    if _SUPPOSED.search(folded[max(0, quantity.start - 20) : quantity.start]):
        return True  # 若整车减重10%，油耗可降低6%
    if quantity.unit in _NEVER:
        return False
    after = folded[quantity.end : quantity.end + 14]
    before = folded[max(0, quantity.start - 8) : quantity.start].rstrip()
    temperature = _TEMPERATURE.fullmatch(quantity.unit)
    if temperature and re.match(r"(?:/-?\d{1,4}℃)?-\d", after):
        return True  # 0℃/38℃-20150W
    opens = before[-1:] in ("", *",;:(。、\n") or folded[quantity.start] == ":"
    if temperature and opens and re.match(r"\s?[\u4e00-\u9fff\dA-Za-z]", after):
        return True
    if _AFTER.match(after) or _BEFORE.search(before):
        return True
    gap = folded[quantity.end : following.start]
    if _in_brackets(folded, quantity):  # (QUV 500h)ΔE≤3
        return following.explicit and bool(re.fullmatch(r"\)[^,;、()]{0,8}", gap))
    # 28天抗压强度≥52.5MPa: nothing parts it from what is compared
    measured = temperature or _TIME.fullmatch(quantity.unit)
    apart = re.search(r"[,;、:()]", gap) or quantity.stated or len(gap) > 10
    return bool(measured and following.explicit and not apart)


def is_condition_of_previous(folded: str, previous: Quantity, quantity: Quantity) -> bool:
    """介电常数≤2.8(10GHz); ``previous`` is the quantity of the last row."""
    gap = folded[previous.end : quantity.start]
    bare = _compares(previous) and not _compares(quantity) and previous.unit != quantity.unit
    return bare and len(gap) <= 40 and bool(re.fullmatch(r"\s?\([^()\u4e00-\u9fff]*[在]?", gap))


def _compares(quantity: Quantity) -> bool:
    return quantity.explicit and quantity.operator is not Operator.RANGE


def _in_brackets(folded: str, quantity: Quantity) -> bool:
    opened = re.search(r"\([^(),;。]{0,10}$", folded[max(0, quantity.start - 11) : quantity.start])
    return bool(opened) and bool(re.match(r"[A-Za-z]{0,6}\)", folded[quantity.end : quantity.end + 7]))


def condition_place(folded: str, quantity: Quantity, earliest: int) -> tuple[int, int]:
    """From the start of its clause to the words that make it a condition: 盐雾1000h后."""
    start = max(earliest, *(folded.rfind(mark, earliest, quantity.start) + 1 for mark in ",;:、(。 "))
    start = max(start, quantity.start - 16)
    match = _AFTER.match(folded, quantity.end)
    if match is None:  # (80%DOD, 95%RH)
        match = re.compile(r"[A-Za-z]{1,6}(?=[,)])").match(folded, quantity.end)
    return start, match.end() if match else quantity.end


def condition_text(text: str, places: list[tuple[int, int]]) -> str:
    """The author's words at these places; those that touch stay together."""
    parts: list[str] = []
    last = -1
    for start, end in places:
        part = _LEADING.sub("", text[start:end])
        if start == last:
            parts[-1] += part
        else:
            parts.append(part)
        last = end
    return "，".join(parts)[:60].strip()


_EMPTY_WORDS = re.compile(r"[\s,，、;；。()（）]|在|经|于|条件|环境|情况|测试|试验|下|时|后|温度|室温|常温")


def conditions_agree(asked: str, offered: str) -> bool:
    """Whether two conditions may be one: the same words, or the same values of the same units.

    Where a side states none, the values can be compared; whether that is enough, the caller says.
    """
    if not asked.strip() or not offered.strip():
        return True
    ours, theirs = (_EMPTY_WORDS.sub("", normalise(text)) for text in (asked, offered))
    if ours == theirs or (min(len(ours), len(theirs)) >= 3 and (ours in theirs or theirs in ours)):
        return True
    left, right = _values(asked), _values(offered)
    return bool(left) and len(left) == len(right) and all(map(_same_value, left, right))


def _values(condition: str) -> list[tuple[float, float, str]]:
    found = find_quantities(fold(condition))
    return sorted((quantity.low, quantity.high, quantity.unit) for quantity in found)


def _same_value(one: tuple[float, float, str], two: tuple[float, float, str]) -> bool:
    ratio = conversion(two[2], one[2])
    if ratio is None:
        return False
    factor, offset = ratio
    return all(
        math.isclose(a, b * factor + offset, rel_tol=1e-9) for a, b in zip(one[:2], two[:2], strict=True)
    )
