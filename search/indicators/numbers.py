"""Numbers of technical texts: 1,200.5, 1×10¹⁶, 10^-6, 3.5E-4, 三万, 25万, 10余万, 零下18, 百分之三十.

Everything works on a folded copy of the text in which each character stands for one of the original,
so that places in it are places in the text.
"""

import math
import re
import unicodedata
from typing import NamedTuple

DASHES = "-‐‑‒–—―−﹣－─"
_FOLDED = {
    **{ord(c): "-" for c in DASHES},
    **{ord(c): "~" for c in "～〜∼˜﹏∽⁓"},
    **dict(zip(map(ord, "≧⩾≦⩽≯≮﹥﹤﹦"), "≥≥≤≤≤≥><=", strict=True)),
    **{ord(c): "·" for c in "•・⋅∙"},
    **{ord(c): "×" for c in "✕✖⨯╳"},
    ord("µ"): "μ",
    ord("Ω"): "Ω",
    ord("∕"): "/",
}  # fmt: skip


def fold(text: str) -> str:
    """Full-width forms, dashes and signs as one character each; same length as ``text``."""
    folded = []
    for character in text.translate(_FOLDED):
        if "\uff01" <= character <= "\uff5e" or character in "\u3000\u00a0":
            character = unicodedata.normalize("NFKC", character)
        folded.append("-" if character in DASHES else character)
    return "".join(folded)


class Number(NamedTuple):
    start: int
    end: int
    value: float
    vague: bool = False  # 10余万, 几 after it: a lower bound
    percent: bool = False  # 百分之…
    han: bool = False
    grouped: bool = False  # 万 or 亿 are folded in
    signed: bool = False
    place: float = 1.0  # the 万 or 亿 that was folded in, for 5~10万


_DIGITS = re.compile(
    r"(?P<sign>[+-]|零下|负)?(?P<body>\d{1,3}(?:,\d{3}){1,4}(?!\d)(?:\.\d{1,12})?|\d{1,12}(?:\.\d{1,12})?)"
    r"(?P<power>\s?[×xX*]\s?10(?:\s?\^\s?[({]?(?P<caret>[+-]?\d{1,2}(?:\.\d{1,2})?)[)}]?|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"
    r"|(?P<flat>-?[1-9]\d?)(?!\d))|[eE](?P<e>[+-]?\d{1,2})(?![\dA-Za-z]))?"
)
_TEN = re.compile(
    r"10(?:\^[({]?(?P<caret>[+-]?\d{1,2}(?:\.\d{1,2})?)[)}]?|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))"
)
_GROUP = re.compile(
    r"\s?(?P<vague>余|多|几)?(?P<group>万亿|千万|百万|十万|[万亿])(?P<after>[余多])?|(?P<only>余|多)(?!\d)"
)
_THOUSAND = re.compile(
    r"\s?(?P<vague>余|多)?(?P<group>千|百)(?P<after>[余多])?(?![瓦克米伏帕赫卡安牛焦欧度分兆万亿])"
)
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN = re.compile(
    r"(?P<percent>[百千]分之)?(?P<body>[零〇一二两三四五六七八九十百千万亿]{1,12}(?:点[零〇一二三四五六七八九]{1,4})?)(?P<after>[余多][万亿]?)?"
)
_GROUPS = {"万": 1e4, "亿": 1e8, "万亿": 1e12, "千万": 1e7, "百万": 1e6, "十万": 1e5, "千": 1e3, "百": 1e2}
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")


def han_value(text: str) -> float | None:
    """The value of a numeral in Chinese characters, None where it is no proper one (千万, 一二三)."""
    whole, _, fraction = text.partition("点")
    total, section, digit, last = 0.0, 0.0, 0, ""
    for character in whole:
        if character in _HAN_DIGITS:
            if last in _HAN_DIGITS and last not in "零〇":
                return None
            digit = _HAN_DIGITS[character]
        elif character in _HAN_UNITS:
            if not digit and (character != "十" or last):
                return None
            section += (digit or 1) * _HAN_UNITS[character]
            digit = 0
        else:
            if not section and not digit:
                return None
            total = (total + section + digit) * _GROUPS[character]
            section, digit = 0.0, 0
        last = character
    value = total + section + digit
    if fraction:
        value += sum(_HAN_DIGITS[c] / 10**i for i, c in enumerate(fraction, 1))
    return value


def _exponent(text: str) -> tuple[int, float]:
    """The whole part and the rest of an exponent (10^6.5)."""
    number = float(text.translate(_RAISED))
    return math.floor(number), number - math.floor(number)


def _from_digits(text: str, match: re.Match[str]) -> Number | None:
    body = match["body"].replace(",", "")
    exponent, fraction, end = 0, 0.0, match.end()
    power = match["caret"] or match["raised"] or match["flat"] or match["e"]
    if match["flat"] and (float(body) >= 10 or abs(int(match["flat"])) > 25):  # 50×1020 mm is a size
        power, end = None, match.end("body")
    if power:
        exponent, fraction = _exponent(power)
    ten = _TEN.match(text, match.start("body"))
    if ten and not power:
        exponent, fraction = _exponent(ten["caret"] or ten["raised"])
        exponent, end = exponent - 1, ten.end()
    if not -40 <= exponent <= 40:
        return None
    sign, start = match["sign"] or "", match.start()
    before = text[start - 1] if start else ""
    if sign and sign in "+-" and before and ((before.isascii() and before.isalnum()) or before in "-)℃%°"):
        sign, start = "", match.start("body")  # a joint, not a sign
    vague = grouped = False
    place = 1.0
    if group := (_GROUP.match(text, end) or _THOUSAND.match(text, end)):
        named = group.groupdict()
        end = group.end()
        if named.get("only"):
            vague = True
        else:
            place, grouped = _GROUPS[named["group"]], True
            exponent += round(math.log10(place))
            vague = bool(named["vague"] or named["after"])
    value = float(f"{body}e{exponent}") * 10**fraction
    if sign in ("-", "零下", "负"):
        value = -value
    if not sign:
        start = match.start("body")
    return Number(start, end, value, vague=vague, grouped=grouped, signed=bool(sign), place=place)


def _from_han(text: str, match: re.Match[str]) -> Number | None:
    value = han_value(match["body"])
    if value is None:
        return None
    percent, after = match["percent"] or "", match["after"] or ""
    if len(after) > 1:  # 十多万
        value *= _GROUPS[after[1]]
    return Number(
        match.start(),
        match.end(),
        value / 10 if percent == "千分之" else value,
        vague=bool(after),
        percent=bool(percent),
        han=True,
    )


def find_numbers(text: str) -> list[Number]:
    """Every number of a folded text, in order."""
    found: list[Number] = []
    at = 0
    for match in _ANY.finditer(text):
        if match.start() < at:
            continue
        digits = _DIGITS.match(text, match.start())
        if digits:
            number = _from_digits(text, digits)
            at = digits.end("body")
        else:
            han = _HAN.match(text, match.start())
            assert han is not None  # the first character is a numeral
            number, at = _from_han(text, han), han.end()
        if number:
            found.append(number)
            at = max(at, number.end)
    return found


_ANY = re.compile(r"(?:[+-]|零下|负)?\d{1,24}(?:\.\d{1,12})?|[百千]分之|[零〇一二两三四五六七八九十百千]")
