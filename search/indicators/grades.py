"""等级 (IP67, SIL2, 二级) on one scale, and 定性判据 by their words."""

import re

from search.indicators.model import Direction
from search.indicators.numbers import han_value
from search.indicators.verdicts import Comparison, Verdict
from search.segment import normalise

_IP = re.compile(r"ip([0-6x])([0-9x])k?")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_STEP = r"\d{1,3}(?:\.\d{1,2})?|[一二三四五六七八九十]{1,2}|vi|iv|i{1,3}|v|[a-h]"
_GRADE = re.compile(rf"(?P<before>.*?)(?P<step>{_STEP})(?P<after>级|类|等|档)?")
_FILLER = re.compile(r"[\s\-_:：,，。;；]|等级|达到|不低于|以上|≥")


def _plain(text: str) -> str:
    return _FILLER.sub("", normalise(text))


def compare_grades(asked: str, offered: str, direction: Direction) -> Comparison:
    """Equal, or greater on the same scale; which way is greater, the direction of the need says."""
    ours, theirs = _plain(asked), _plain(offered)
    if ours == theirs:
        return Comparison(Verdict.MET)
    if (wanted := _IP.fullmatch(ours)) and (given := _IP.fullmatch(theirs)):
        return _compare_protection(wanted.groups(), given.groups())
    wanted, given = _GRADE.fullmatch(ours), _GRADE.fullmatch(theirs)
    if not wanted or not given or wanted["before"] != given["before"] or wanted["after"] != given["after"]:
        return Comparison(Verdict.INCOMPARABLE, "等级不在同一尺度上")
    least, has = _step(wanted["step"]), _step(given["step"])
    if least is None or has is None or wanted["step"].isalpha() != given["step"].isalpha():
        return Comparison(Verdict.INCOMPARABLE, "等级不在同一尺度上")
    reached = has <= least if direction is Direction.LOWER else has >= least
    if direction in (Direction.HIGHER, Direction.LOWER) and reached:
        return Comparison(Verdict.MET)
    return Comparison(Verdict.GAP, "等级不够" if direction is not Direction.TARGET else "等级不同")


def _compare_protection(wanted: tuple[str, ...], given: tuple[str, ...]) -> Comparison:
    """Dust and water apart; X states nothing."""
    if any(
        ours != "x" and theirs != "x" and theirs < ours for ours, theirs in zip(wanted, given, strict=True)
    ):
        return Comparison(Verdict.GAP, "防护等级不够")
    if any(ours != "x" and theirs == "x" for ours, theirs in zip(wanted, given, strict=True)):
        return Comparison(Verdict.UNSTATED, "防护等级有一位未说明")
    return Comparison(Verdict.MET)


def _step(text: str) -> float | None:
    if text in _ROMAN:
        return float(_ROMAN[text])
    if text.isascii() and text.isalpha():
        return float(ord(text))
    return float(text) if text.isascii() else han_value(text)


def compare_criteria(asked: str, offered: str) -> Comparison:
    """A criterion is met by the same words; others may or may not come to the same."""
    if _plain(asked) == _plain(offered):
        return Comparison(Verdict.MET)
    return Comparison(Verdict.UNSTATED, "判据的写法不同，请人工核对")
