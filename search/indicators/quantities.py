"""Numbers with their units, put together: ranges, tolerances, sizes, lists, and the words of comparison.

What comes out are all quantities of a text, indicators or not; ``context`` judges which they are.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from search.indicators.lexicon import any_of, has
from search.indicators.model import LOWER_BOUND, Operator
from search.indicators.numbers import Number, find_numbers
from search.indicators.units import match_unit


@dataclass(slots=True, kw_only=True)
class Quantity:
    """``start`` to ``end`` holds words of comparison, numbers and unit; ``number_at`` the first number."""

    start: int
    end: int
    number_at: int
    low: float
    high: float
    unit: str = ""
    unit_end: int = 0
    operator: Operator = Operator.EQ
    explicit: bool = False  # a word or sign of comparison beyond 为 and 达到
    stated: bool = False  # 为, 达到, = or the like
    approximate: bool = False
    tolerance: bool = False
    number: Number
    plain: bool = True  # one number as it stands
    unit_apart: bool = False  # its unit stands elsewhere: HRC58, 10、20mm


_JOIN = re.compile(r"\s?(?:~{1,3}\+?|-{1,4}|至|到|→)\s?")
_LIST = re.compile(r"(?:\s?(?:[、/]|和|与|或|及|以及)\s?)?")
_TIMES = re.compile(r"\s?[×xX*]\s?(?:φ|Φ)?")
_PLUS_MINUS = re.compile(r"\s?(?:±|\+/-|\+-)\s?")
_BETWEEN = re.compile(r"\s?(?P<first>[≤<]=?)\s?[A-Za-zφΦα-ω\u4e00-\u9fff]{0,8}\s?(?P<second>[≤<]=?)\s?")
_NOT = "(?:不(?:得|能|应|宜|可|会|要|需|允许|应该|可以|再|致)?(?:出现)?|严禁|禁止|避免|防止)"
_PREFIXES = (
    (
        Operator.GE,
        rf"{_NOT}(?:低|小|少|短|差|薄|窄|慢|弱)[于过]|(?:大|高|多|优|长)于(?:或|、|/)?等于|至少[\u4e00-\u9fff]{{0,4}}?"
        r"|最少[\u4e00-\u9fff]{0,3}?|≥=?|>=|=>|>\s?/\s?=",
    ),
    (
        Operator.LE,
        rf"{_NOT}(?:高|大|多|长|宽|厚|慢|重|早|晚)于|{_NOT}(?:超过|超出|超|大过|突破|高出)|(?:不得|不能|不应)过|(?:小|低|少|短)于(?:或|、|/)?等于"
        r"|最多[\u4e00-\u9fff]{0,4}?|至多[\u4e00-\u9fff]{0,4}?|≤=?|<=|=<|上限(?:为|是)?",
    ),
    (Operator.GT, r"(?:大|高|多|长|快|强|优)[于过]|超过|超出|超|突破|>"),
    (Operator.LT, r"(?:小|低|少|短|轻|薄)[于过]|不足|不到|不满|未达到|达不到|<"),
)
_STRONG = "|".join(f"(?P<{op.name}>{words})" for op, words in _PREFIXES)
_WEAK = (
    r"(?P<approximate>大约|大概|约|接近|将近|近|≈|~)(?:为|有|在|是|达)?"
    r"|=|等于|达到|高达|多达|可达|达|仅为|仅有|仅|只有|不过|为|是|至|到|在|:"
)
_PREFIX = re.compile(
    rf"(?:(?:{_STRONG})\s?(?:为|是|至|到|在|达|约|:|=)?"
    rf"(?:{any_of('elsewhere')}[\u4e00-\u9fff]{{0,4}}|[\u4e00-\u9fff]{{1,6}}的)?"
    rf"|(?P<weak>{_WEAK}))\s?[(]?\s?(?:φ|Φ|Ø|R)?\s?$"
)
_LOOK_BACK = 16
_SUFFIX = re.compile(
    r"\s?(?:级别|级|量级)?\s?(?:(?P<above>(?:及|或|和)?以上|\(含\)以上|之上|起(?![动点重来升停]))"
    r"|(?P<below>(?:及|或|和)?以下|\(含\)以下|之下|(?:以|之)内)"
    r"|(?P<inside>内(?![部径置存容外燃涂衬壁层孔腔网源在蒙陷]))"
    r"|(?P<about>左右|上下(?!文|游|料|班|层|限|移|运|级))"
    r"|(?P<more>[余多](?=[,。;、)\s]|$)|\+))"
)
_TIME = re.compile(r"小时|分钟|秒钟?|个?月|年|天|日|h|min|s|ms|周|d")


def find_quantities(text: str) -> list[Quantity]:
    """Every quantity of a folded text, in order, apart from each other."""
    singles: list[Quantity] = []
    for number in find_numbers(text):
        if singles and number.start < singles[-1].end:
            continue  # the 100 of g/100g
        quantity = _single(text, number)
        adjoins = bool(singles and singles[-1].unit) and quantity.start - singles[-1].end == 1
        if adjoins or not _part_of_a_word(text, quantity):  # 10kV-1000kV
            singles.append(quantity)
    joined = _join(text, singles)
    end = 0
    for quantity in joined:
        _compare(text, quantity, end)
        _unknown_unit(text, quantity)
        end = quantity.end
    for one, two in pairwise(joined):
        # 1.2μm或0.2μm以上
        if (
            text[one.end : two.start].strip() == "或"
            and one.unit == two.unit
            and not one.explicit
            and two.explicit
        ):
            one.operator, one.explicit = two.operator, True
    return joined


_SCALE = re.compile(r"(?<![A-Za-z])(?:H(?:R[ABC]|V|B|BW|S|LD)|[pP][hH]|R[azq]|AC|DC)\s?[≥≤><=~:]{0,2}\s?$")


def _part_of_a_word(text: str, quantity: Quantity) -> bool:
    """Digits inside a longer run, a model name or a numbered word: GX-200, 3.1.2, 第5."""
    start, unit = quantity.start, quantity.unit
    before, after = text[max(0, start - 4) : start], text[quantity.number.end : quantity.number.end + 2]
    if re.match(r"\.\d|\d", after) or re.search(r"[第几数]$|[\d_#№]$|\d\.$", before):
        return True
    if re.search(r"[A-Za-z]$", before):
        # DNA14天 lacks a space; R50 and φ-like letters stand for what is measured.
        glued = re.search(r"[A-Z]{2}$", before) and unit and not unit[0].isascii()
        return not (glued or _SCALE.search(before) or re.search(r"(?:^|[^A-Za-z])[RLDdBbHhTt]$", before))
    return bool(
        re.search(r"(?<!DC)(?<!AC)(?<=[A-Za-z])[-.]$", before)
        or (not unit and re.search(r"[A-Za-z]{2}/$", before))
    )


def _single(text: str, number: Number) -> Quantity:
    at = number.end
    if text[at : at + 1] == " ":
        at += 1
    unit = "" if number.percent else match_unit(text, at)
    end = at + len(unit) if unit else number.end
    return Quantity(
        start=number.start, end=end, number_at=number.start, low=number.value, high=number.value,
        unit="%" if number.percent else unit, unit_end=end, number=number,
        operator=Operator.GE if number.vague else Operator.EQ, explicit=number.vague,
    )  # fmt: skip


def _join(text: str, singles: list[Quantity]) -> list[Quantity]:
    joined: list[Quantity] = []
    at = 0
    while at < len(singles):
        quantity = singles[at]
        following = singles[at + 1] if at + 1 < len(singles) else None
        gap = text[quantity.end : following.start] if following else ""
        made = None
        if following is not None and len(gap) <= 14:
            made = _range(text, quantity, following, gap) or _plus_minus(quantity, following, gap)
            made = made or _bounded(quantity, following, gap)
        if made:
            at += 2
        else:
            made = _tolerance(text, quantity)
            at += 1
        joined.append(_outer_unit(text, made))
    _share_units(text, joined)
    for quantity in joined:
        scale = _SCALE.search(text[max(0, quantity.start - 8) : quantity.start])
        if scale and not quantity.unit and scale[0][0] == "H":  # HRC58-62
            quantity.unit, quantity.unit_apart = re.sub(r"[^A-Z]", "", scale[0]), True
    return joined


def _same_unit(one: Quantity, two: Quantity) -> bool:
    return not one.unit or not two.unit or one.unit.casefold() == two.unit.casefold()


def _range(text: str, one: Quantity, two: Quantity, gap: str) -> Quantity | None:
    low, high = one.low, two.low
    glued = not gap.strip() and two.number.signed and text[two.start] == "-" and bool(one.unit)
    if glued:
        high = -high
    if not (glued or _JOIN.fullmatch(gap)) or not _same_unit(one, two) or one.explicit:
        return None
    if _year(one) and _year(two) and not (one.unit or two.unit):
        return None
    if "至" in gap or "到" in gap:
        before = text[max(0, one.start - 8) : one.start]
        if re.search(r"[从由]", before) and re.match(
            r"\s?[^。；\n]{0,2}(?:提|增|升|降|减|缩)", text[two.end : two.end + 4]
        ):
            return None
    if two.number.grouped and not one.number.grouped and low < high / two.number.place:
        low *= two.number.place
    source = two if two.unit else one
    unit, unit_end = source.unit, source.unit_end
    if low > high:
        if text[one.start : one.end] == "10" and gap == "-" and high <= 12 and high == int(high) and unit:
            value = float(f"1e-{int(high)}")
            return replace(one, end=two.end, low=value, high=value, unit=unit, unit_end=unit_end)
        low, high = high, low
    return replace(
        one, end=two.end, low=low, high=high, unit=unit, unit_end=unit_end, operator=Operator.RANGE,
        plain=False, explicit=False,
    )  # fmt: skip


def _year(quantity: Quantity) -> bool:
    return 1900 <= quantity.low <= 2100 and quantity.low == int(quantity.low)


def _plus_minus(one: Quantity, two: Quantity, gap: str) -> Quantity | None:
    if not _PLUS_MINUS.fullmatch(gap):
        return None
    change, source = abs(two.low), two if two.unit else one
    if two.unit == "%" and one.unit not in ("%", ""):  # 220V±10%
        change, source = change * abs(one.low) / 100, one
    elif not _same_unit(one, two):
        return None
    return replace(
        one, end=two.end, low=_rounded(one.low - change), high=_rounded(one.low + change), unit=source.unit,
        unit_end=source.unit_end, operator=Operator.RANGE, plain=False, tolerance=True,
    )  # fmt: skip


def _rounded(value: float) -> float:
    """Without the dust of binary fractions: 0.3 - 0.1 is 0.2."""
    return float(f"{value:.12g}")


def _bounded(one: Quantity, two: Quantity, gap: str) -> Quantity | None:
    """50≤d<80."""
    if not _BETWEEN.fullmatch(gap) or not _same_unit(one, two) or one.low > two.low:
        return None
    source = two if two.unit else one
    return replace(
        one, end=two.end, low=one.low, high=two.low, unit=source.unit, unit_end=source.unit_end,
        operator=Operator.RANGE, plain=False,
    )  # fmt: skip


def _tolerance(text: str, quantity: Quantity) -> Quantity:
    """±x alone; 正负x."""
    match = re.search(r"(?:±|\+/-|正负)\s?$", text[max(0, quantity.start - 4) : quantity.start])
    if not match:
        return quantity
    size = abs(quantity.low)
    return replace(
        quantity, start=quantity.start - len(match[0]), low=-size, high=size, operator=Operator.RANGE,
        plain=False, tolerance=True,
    )  # fmt: skip


def _outer_unit(text: str, quantity: Quantity) -> Quantity:
    """(2.4~2.9)Ω."""
    start, end = quantity.start, quantity.end
    if quantity.unit or text[start - 1 : start] != "(" or text[end : end + 1] != ")":
        return quantity
    at = end + 1
    unit = match_unit(text, at + (text[at : at + 1] == " "))
    if not unit:
        return quantity
    end = at + (text[at : at + 1] == " ") + len(unit)
    return replace(quantity, start=start - 1, end=end, unit=unit, unit_end=end)


def _share_units(text: str, quantities: list[Quantity]) -> None:
    """10、20、30mm and 1200×600×50mm: one unit, written once. 100/120目 is a grading."""
    for at in range(len(quantities) - 2, -1, -1):
        one, two = quantities[at], quantities[at + 1]
        gap = text[one.end : two.start]
        if one.unit or not two.unit or len(gap) > 4 or (one.operator is Operator.RANGE and two.plain):
            continue
        alike = _LIST.fullmatch(gap) if gap else text[two.start] == "("  # 5(8)mg/L
        if not (alike or _TIMES.fullmatch(gap)):
            continue
        if gap.strip() == "/" and two.unit in ("目", "粒度") and one.low < two.low:
            two.start, two.number_at, two.low = one.start, one.number_at, one.low
            two.operator, two.plain = Operator.RANGE, False
            del quantities[at]
        else:
            one.unit, one.unit_apart = two.unit, True


def _compare(text: str, quantity: Quantity, earliest: int) -> None:
    """Read the words of comparison before and after a quantity into it."""
    strong = None
    window = text[max(earliest, quantity.start - _LOOK_BACK) : quantity.start]
    if match := _PREFIX.search(window):
        quantity.start -= len(window) - match.start()
        strong = next((op for op in Operator if match.groupdict().get(op.name)), None)
        quantity.stated = match["weak"] is not None
        quantity.approximate = match["approximate"] is not None
        if match[0].startswith("优于") and strong is Operator.GT:
            # Accuracies get better downwards: 定位精度优于0.1mm.
            named = text[max(0, quantity.start - 10) : quantity.start]
            strong = Operator.LT if has("accuracy").search(named) else strong
    suffix = _SUFFIX.match(text, quantity.end)
    after = None
    if suffix:
        if suffix["inside"] and not (_TIME.fullmatch(quantity.unit) or quantity.unit == "%"):
            suffix = None
        else:
            after = _suffix_operator(suffix)
    if quantity.operator is Operator.RANGE:
        if suffix and suffix["about"]:
            quantity.end, quantity.approximate = suffix.end(), True
        quantity.explicit = True
        return
    if suffix:
        quantity.end = suffix.end()
        quantity.approximate = quantity.approximate or suffix["about"] is not None
    operator = strong or after
    if operator:
        quantity.operator, quantity.explicit = operator, True
    elif quantity.number.vague:
        quantity.operator, quantity.explicit = Operator.GE, True


def _unknown_unit(text: str, quantity: Quantity) -> None:
    """≤12ppma, 2×10⁷ TU/mL: what is compared has a unit, known or not, and so has what is divided."""
    if quantity.unit:
        return
    rest = text[quantity.end : quantity.end + 16]
    signed = re.match(r"[≥≤<>]", text[quantity.start : quantity.start + 1])
    match = re.match(r"\s?([A-Za-z]{1,8}/[A-Za-z]{1,4}[23]?)(?![A-Za-z\d])", rest)
    if match is None and quantity.explicit:
        end = r"(?![A-Za-z\d≥≤<>=])" if signed else r"(?=[,。;、)\s]|$)"
        match = re.match(rf"\s?([A-Za-zμ]{{{1 if signed else 2},6}}){end}", rest)
    if match:
        quantity.unit, quantity.end = match[1], quantity.end + match.end()
        quantity.unit_end = quantity.end


def _suffix_operator(match: re.Match[str]) -> Operator | None:
    if match["above"] or match["more"]:
        return Operator.GE
    return Operator.LE if match["below"] or match["inside"] else None


def bounds(quantity: Quantity) -> tuple[float | None, float | None]:
    """``low`` and ``high`` as the operator fills them."""
    if quantity.operator in (Operator.EQ, Operator.RANGE):
        return quantity.low, quantity.high
    return (quantity.low, None) if quantity.operator in LOWER_BOUND else (None, quantity.low)
