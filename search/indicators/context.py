"""Which quantities are indicators: dates, money of projects, staff, land, deliverables and names are not."""

import re

from search.indicators.lexicon import any_of, has
from search.indicators.model import Operator
from search.indicators.quantities import Quantity
from search.indicators.units import counts_things

_STANDARDS = (
    "GB|ISO|IEC|IEEE|ASTM|JB|HG|YB|YY|YS|DL|QC|QB|EN|DIN|JIS|SAE|UL|GJB|IATF|TS|NB|SH|SY|SJ|TB|JT|JC|JG|JGJ|CJ"
    "|CJJ|HJ|LY|NY|WS|AQ|MT|DB|CNS|GA|T/[A-Z]{2,8}|Q/[A-Z]{1,8}"
)
_LINE_START = r"(?:(?<=[\n。;:!?,])|(?<=\A))[ \t]{0,12}"
# Blanked before numbers are looked for; all repetition is bounded.
_NO_NUMBERS = re.compile(
    "|".join(
        (
            r"https?://[^\s\u4e00-\u9fff]{1,300}|[\w.+-]{1,60}@[\w.-]{1,60}",
            # GB/T 1234.5-2008, ISO 9001, IEC61850-2010; patents
            rf"(?<![A-Za-z])(?:{_STANDARDS})(?:[/\s-]{{0,2}}[A-Z]{{1,2}})?[\s-]{{0,2}}\d{{2,6}}"
            r"(?:[.:]\d{1,4}){0,3}(?:\s?-{1,2}\s?\d{2,4})?",
            r"7\s?[×xX*]\s?24\s?(?:小时|h)?|(?:ZL|CN)\s?\d{6,14}(?:\.[\dXx])?[A-Z]?",
            # dates and hours
            r"(?:19|20)\d\d\s?[-~至到/]\s?(?:(?:19|20)\d\d|\d\d)\s?年(?:度|底|初|末)?",
            r"(?:19|20)\d\d\s?年(?:度|底|初|末)?(?:\s?\d{1,2}\s?月(?:份|底|初)?(?:\s?\d{1,2}\s?[日号])?)?",
            r"(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?![\d%])(?=[^\d%A-Za-z℃]|$)",
            r"(?<!\d)\d{1,2}\s?月\s?\d{1,2}\s?[日号]|(?<!\d)(?:1[0-2]|[1-9])\s?月份",
            r"十[一二三四五]五|(?<!\d)[012]?\d:[0-5]\d(?::[0-5]\d)?(?!\d)",
            # telephone numbers, and digits too many for a value
            r"(?<![\d.])1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|(?<![\d.])\d{13,40}",
            # numbers of lists and headings: 1.2研究, 3、, (4), 第5
            rf"{_LINE_START}\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}(?=[\u4e00-\u9fff、 \t])"
            r"(?![ \t]?(?:[万亿个倍吨米元毫微厘公千兆度克分秒寸纳]|小时))",
            rf"{_LINE_START}[(]?\d{{1,2}}(?:[、)]|\.(?!\d))",
            r"(?<!\d)[(]\d{1,2}[)](?!\s?[Ω℃%])|(?<=\s)\d{1,2}[、)](?!\d)|\[\d{1,3}(?:[-,]\d{1,3}){0,3}\]",
            r"第\s?\d{1,6}|工业\s?\d\.0|\d\.0\s?(?:时代|版)|[Vv]\d{1,2}\.\d{1,2}",
            # ratios 35:18:8, grades 5G and 5级风
            r"(?<![\d.])\d{1,5}(?:\.\d{1,4})?\s?:\s?\d{1,5}(?:\.\d{1,4})?"
            r"(?:\s?:\s?\d{1,5}(?:\.\d{1,4})?){0,4}(?![\d.])",
            r"[345]\s?G(?![A-Za-zH])|(?<![\d.≥≤<>])\d{1,2}\s?级(?:风|地震|台风)?",
        )
    )
)
_MONEY = re.compile(r"(?:美|欧|日|港)?元|人民币|RMB")
_AREA = re.compile(r"亩|公顷|平方米|平米|m[2²]|㎡|平方公里|平方|hm[2²]")
_YEARS = re.compile(r"年|个?月|天|日|星期|周|a|d|days?")
_DAYS = re.compile(r"天|d|日|days?|周|星期")
_STEELS = frozenset({201, 202, 301, 303, 304, 310, 316, 317, 321, 347, 410, 420, 430, 440, 904, 2205, 2507})
_LETTERS = frozenset("KHST")  # units of one letter that also end names: 4K, 3M, 5S
_ROLES = frozenset(("项", "篇", "座", "家", "处", "本", "户", "间", "类", "种", "单", "口", "张", "把"))
_PERSONS = frozenset(("名", "人", "人次"))
_SAID = r"(?:降|升|提高|降低|增加|减少|控制)?(?:为|是|:|=|达到|达|约|在|至|到|\s|可达|高达|控制在){0,3}[(]?$"
_DIMENSIONLESS = re.compile(
    r"(?:[pP][hH]值?|R[azq]|[比率值度数性量]|系数|指数|因子|精度|密度|比重|折射率|得分|评分"
    rf"|AUC|F1|R2|R²|PUE|COP|mAP|Kappa|PSNR|SSIM){_SAID}"
)
# How bare counts of things are said to be a property: 数量, 产量, 由原来27个.
_COUNTED = re.compile(
    rf"{any_of('counted')}(?:为|是|:|达到|达|约|在|由原来的?|由|从|至|到|减少|增加|\s){{0,3}}$|每(?:秒|分钟|小时|天|日)$"
)
_OF_THINGS = re.compile(rf"{any_of('things')}[共约达有及其计等]{{0,2}}$")
_PRODUCED = re.compile(rf"[年日月](?:均|可|能)?{any_of('produced')}")
_SINCE = re.compile(rf"(?:多|余)?(?:的)?(?:{any_of('since')}|后(?!期))")
_PROJECT = re.compile(rf"{any_of('project')}[^,]{{0,3}}$")
_HAN_UNITS = re.compile(
    r"通道|次|倍|小时|天|年|个?月|分钟|秒|米|毫米|厘米|公里|吨|公斤|千克|克|度|℃|个?百分点|个?数量级|路|层"
    r"|瓶|头份|羽份|羽|粒|台|套|辆|吨/年|个|件|只|头|条|千瓦|兆瓦|转|帧|像素"
)


def blank_out(text: str) -> str:
    """The folded text with what holds numbers but no values blanked, character by character."""
    return _NO_NUMBERS.sub(lambda match: "\0" * len(match[0]), text)


def is_indicator(text: str, quantity: Quantity, sentence: tuple[int, int]) -> bool:
    """Whether a quantity says a technical property, by its unit and the words around it."""
    before = text[max(sentence[0], quantity.start - 30) : quantity.start]
    clause = re.split(r"[,、:(]", before)[-1]
    local = re.split(r"[,;]", before)[-1]
    after = text[quantity.end : min(sentence[1], quantity.end + 12)]
    here = re.split(r"[,;]", after)[0]
    unit = quantity.unit
    if re.match(r"\s?过[充放]", after):
        return False  # 10V过充 is the name of a test
    if not unit:
        return _bare_number(text, quantity, before, after)
    if quantity.number.han and not quantity.number.percent:
        return _han_numeral(quantity, clause, after)
    if _MONEY.match(unit):
        price = "/" in unit or "每" in unit or has("price").search(local[-16:])
        return bool(price) and not has("funds").search(local[-12:] + here[:6])
    if unit == "%":
        return not _share(local, clause, here)
    if _AREA.fullmatch(unit):
        return not has("land").search(before + here)
    if _YEARS.fullmatch(unit):
        return _duration(quantity, before, here)
    if not quantity.explicit and _part_of_a_name(quantity, before, after):
        return False
    return unit not in _PERSONS and _counts(quantity, before, clause, after)


def _part_of_a_name(quantity: Quantity, before: str, after: str) -> bool:
    """304N, 316L; 4K, 5S; 4N级."""
    if quantity.unit == "N" and (re.match(r"\s?(?:级|高?纯)", after) or re.search(r"纯度?\W{0,2}$", before)):
        return True
    short = re.fullmatch(r"[A-Z]{1,2}", quantity.unit)
    return bool(short) and (
        quantity.low in _STEELS or (quantity.unit in _LETTERS and quantity.low in (1, 2, 3, 4, 5, 6, 8))
    )


def _counts(quantity: Quantity, before: str, clause: str, after: str) -> bool:
    """False for counts of things that no word makes a property of something."""
    after = re.split(r"[,;、:(]", after)[0]
    people = has("people").search(before[-8:] + after)
    if quantity.unit == "位":
        return not people
    if quantity.unit in _ROLES:
        said = _compared(quantity) or _COUNTED.search(before)
        return bool(said) and not people and not has("things").search(before[-8:] + after)
    if not counts_things(quantity.unit):
        return True
    if quantity.number.grouped and _PRODUCED.search(clause):  # 年屠宰生猪100万头生产线
        return True
    if has("things").search(after[:8]) or _OF_THINGS.search(clause) or has("people").search(after):
        return bool(re.search(r"(?:数量?|产量|年产|日产|月产)$", clause))
    many = quantity.number.grouped and has("served").search(clause)  # 支持10万个终端
    return _compared(quantity) or bool(many or _COUNTED.search(before) or _PRODUCED.search(clause))


def _compared(quantity: Quantity) -> bool:
    """Whether words or a sign compare the value; 1-2个 and 30余台 do not."""
    return quantity.explicit and quantity.operator is not Operator.RANGE and not quantity.number.vague


_GOES_ON = re.compile(
    r"\s?(?:[的时后而则就才仍能可不以且并或和与及]|之间|范围|左右|[\u4e00-\u9fff]{0,2}(?:于|超过))"
)


def _bare_number(text: str, quantity: Quantity, before: str, after: str) -> bool:
    """A number without unit is a value where a sign or word compares it, or a ratio or the like is named."""
    if quantity.number.han or re.match(r"\s?/", after) or before[-1:] == "/":
        return False
    if re.search(r"(?<![A-Za-z])[PpnNtFr]\s?$|影响因子", before):
        return False  # statistics, journals
    noun_follows = re.match(r"\s?[\u4e00-\u9fffA-Za-z]", after) and not _GOES_ON.match(after)
    signs = text[max(0, quantity.start - 1) : quantity.number_at]
    sign = re.search(r"[≥≤><±~]|[A-Za-zα-ω]=", signs)
    if quantity.explicit and not quantity.number.vague:
        if quantity.operator is Operator.RANGE and not sign:
            between = re.match(r"\s?(?:之间|范围)", after)
            return bool(_DIMENSIONLESS.search(before) or between) and not noun_follows
        return bool(sign and not re.match(r"\s?[A-Za-z]{3}", after)) or not noun_follows
    year = 1900 <= quantity.low <= 2100 and quantity.low == int(quantity.low)
    if noun_follows or year or re.match(r"\s?[、)]", after):
        return False
    if sign:  # i=4.5
        return True
    return bool(_DIMENSIONLESS.search(text[max(0, quantity.number_at - 14) : quantity.number_at]))


def _han_numeral(quantity: Quantity, clause: str, after: str) -> bool:
    """一次, 两个, 三种 are idioms; 三万次, 两倍, 三通道 are values."""
    unit = quantity.unit
    if not _HAN_UNITS.fullmatch(unit):
        return False
    if re.fullmatch(r"倍|通道|个?百分点|个?数量级", unit):
        return True
    if counts_things(unit) and unit not in ("层", "路"):
        return quantity.low >= 1000 and bool(_COUNTED.search(clause))
    if _YEARS.fullmatch(unit):
        return quantity.low > 1 and _duration(quantity, clause, after)
    if unit in ("次", "路", "层", "度", "转"):
        return quantity.low >= 10 or (quantity.explicit and quantity.low > 2)
    return quantity.low > 1 or quantity.explicit


def _share(before: str, clause: str, after: str) -> bool:
    """Shares of staff, of ownership, of a market; growth of money."""
    if has("ownership").search(clause[-14:] + after[:8]) or has("business").search(clause[-10:]):
        return True
    if re.match(r"(?:的)?(?:为|用于|是)?(?:研发|资金|经费)", after):
        return True
    around = before[-14:] + after[:6]
    return bool(has("people").search(around) and re.search(r"占|比例|以上", around))


def _duration(quantity: Quantity, before: str, after: str) -> bool:
    """Years, months and days count where something lasts that long, not how long a project takes."""
    if _SINCE.match(after) or _PROJECT.search(before):
        return False
    if has("history").search(before[-14:]) and not has("lasts").search(before[-8:]):
        return False
    if has("lasts").search(before[-14:]) or has("lasts").search(after[:6]):
        return True
    short = _DAYS.fullmatch(quantity.unit)
    return bool(short) and (quantity.explicit or quantity.stated or bool(re.match(r"[\u4e00-\u9fff]", after)))
