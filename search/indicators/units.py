"""Units as people write them: recognised in a text, and converted by pint where they measure the same.

``lexicon/units.txt`` is the one table: a pint expression and its ways of writing. Counting words (次,
通道) and scales that convert into nothing (HRC, dB) are units of their own. Compounds follow a grammar:
factors with exponents, joined by · * . and divided by / or 每.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import pint

from search.indicators.lexicon import read_groups
from search.segment import is_word

OWN, COUNTING = "=", "~"
# What can be divided by besides the units of the table: 吨/年, 25kg/袋, 头/亩.
_PER = "cc|年度|批次|[年月日天班炉批套台辆件车人次只袋瓶箱片支个根周季户亩点位头羽株]"
_DIGITS = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹−", "-+0123456789-")
# After a unit of one character these never make a word of it: 3年内, 5米长.
_AFTER = "内多余起左以上下长高宽厚深远级每"


class UnitTable(NamedTuple):
    """Ways of writing → pint expression, "=" for a unit of its own, "~" for one that counts things."""

    exact: dict[str, str]
    folded: dict[str, str]

    def find(self, written: str) -> str | None:
        return self.exact.get(written) or self.folded.get(written.casefold())


@lru_cache(maxsize=1)
def table() -> UnitTable:
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    for expression, ways in read_groups("units.txt"):
        for way in ways:
            exact.setdefault(way, expression)
            if len(way) > 1:
                folded.setdefault(way.casefold(), expression)
    return UnitTable(exact, folded)


def _alternatives(ways: list[str]) -> str:
    """A pattern of literal ways, the longest first; ways of several letters in any case."""
    return "|".join(
        re.escape(way) if len(way) == 1 or not way.isascii() else f"(?i:{re.escape(way)})"
        for way in sorted(ways, key=len, reverse=True)
    )


@lru_cache(maxsize=1)
def unit_pattern() -> re.Pattern[str]:
    """A unit at a place. All repetition is bounded, so matching is linear in the text."""
    ways = list(table().exact)
    ends = re.compile(r"[A-Za-zµμΩΩ]$")
    letters = _alternatives([way for way in ways if ends.search(way)])
    marked = _alternatives([way for way in ways if not ends.search(way) and re.search("[A-Za-z]", way)])
    signs = _alternatives([way for way in ways if not re.search("[A-Za-zµμΩΩ]", way)])
    power = r"(?:\^?[-−]?[1-4](?!\d|[.,]\d)|[⁻⁺]?[¹²³⁴])"
    latin = rf"(?:{marked}|(?:{letters})(?:{power})?(?![A-Za-z\d]))"
    factor = rf"(?:{latin}|(?:{signs})(?:[²³])?)"
    below = rf"(?:{latin}|(?:{signs}|{_PER})(?:[²³])?)"
    joint = r"\s?[·•・*.⋅∙•・]\s?"
    product = rf"{factor}(?:{joint}{latin}){{0,3}}"
    many = r"(?:(?:1000?|[125]0|25)(?=k?g|mL|ml|L|k?m))?"  # 3.0g/100g
    divisor = rf"{many}(?:\(\s?{below}(?:{joint}{below}){{0,2}}\s?\)|{below}(?:{joint}{latin})?)"
    other = rf"[\u4e00-\u9fff]{{1,3}}(?=/(?:{_PER}|h|d|min|s|小时|分钟|秒))"
    rate = r"[\u4e00-\u9fff]{1,2}/[\u4e00-\u9fff]{1,3}(?=以上|以下|以内|左右|[,。;、)]|$)"
    spoken = "每(?:平方米|立方米|分钟?|小时|千克|公斤|[秒天日年米吨亩])"
    return re.compile(rf"{rate}|(?:{product}|{other})(?:\s?/\s?{divisor}|{spoken}){{0,2}}")


def match_unit(text: str, at: int) -> str:
    """The unit that starts at ``at``, "" where none does. Words that only begin like one (安全) are none."""
    match = unit_pattern().match(text, at)
    if match is None:
        return ""
    unit = match[0]
    last, after = unit[-1], text[match.end() : match.end() + 2]
    alone = len(unit) == 1 or unit[-2] in "/每"
    if alone and "\u4e00" <= last <= "\u9fff" and after and after[0] not in _AFTER:
        word = is_word(last + after[0]) or (len(after) == 2 and is_word(last + after))
        if word and not is_word(after):
            return ""
    return unit


def counts_things(unit: str) -> bool:
    """Whether a unit counts things (台, 个) and tells of no property by itself."""
    return table().find(unit) == COUNTING


def expression(unit: str) -> str | None:
    """The pint expression of a unit as written, None where a part of it is of its own kind."""
    found: list[str] = []
    divided = False  # W/m·K is W/(m·K): after a stroke everything divides
    for piece in re.findall(
        r"[/每()]|[·•・*.⋅∙]|(?<=[/每])(?:1000?|[125]0|25)(?=\D)|[^/每()·•・*.⋅∙\s]+", unit
    ):
        if piece in "/每":
            found.append("/")
            divided = True
        elif piece in "()" or piece.isdecimal():
            found.append(piece)
            divided = divided and piece != "("
        elif piece in "·•・*.⋅∙":
            found.append("/" if divided else "*")
        else:
            if found and found[-1].isdecimal():
                found.append("/")  # g/100g
            part = _factor(piece)
            if part is None:
                return None
            found.append(part)
    whole = "".join(found)
    # In a compound a degree is a difference.
    return whole if whole in ("(degC)", "(degF)") else whole.replace("(deg", "(delta_deg")


def _factor(piece: str) -> str | None:
    whole = table().find(piece)
    power = ""
    if whole is None:
        match = re.fullmatch(r"(.+?)\^?([-−⁻⁺]?[1-4¹²³⁴])", piece)
        if match is None:
            return None
        whole, power = table().find(match[1]), match[2].translate(_DIGITS)
    if whole is None or whole[0] in (OWN, COUNTING):
        return None
    return f"({whole})**({power})" if power else f"({whole})"


@lru_cache(maxsize=1)
def registry() -> "pint.UnitRegistry[float]":
    """Pint's registry, built when first needed (0.4 s)."""
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def own_kind(unit: str) -> str:
    """What a unit that converts into nothing else is called, by whichever way it is written."""
    found = table().find(unit)
    if found and found[0] == OWN and found != OWN:
        return found[1:]
    return re.sub(r"\s", "", unit).casefold()


@lru_cache(maxsize=4096)
def conversion(source: str, target: str, *, difference: bool = False) -> tuple[float, float] | None:
    """(factor, offset) that take a value from one unit to another, None where they measure different things.

    ``difference``: the value is one of two temperatures, a tolerance or a rise, so 0 ℃ is 0 K.
    """
    if own_kind(source) == own_kind(target):
        return 1.0, 0.0
    left, right = (expression(unit) if unit else "dimensionless" for unit in (source, target))
    if left is None or right is None:
        return None
    if difference:
        left, right = (
            part.replace("(deg", "(delta_deg").replace("delta_delta", "delta") for part in (left, right)
        )
    quantity = registry().Quantity
    try:
        nought, one = (float(quantity(value, left).to(right).magnitude) for value in (0.0, 1.0))
    except (pint.PintError, ZeroDivisionError):
        return None
    return one - nought, nought
