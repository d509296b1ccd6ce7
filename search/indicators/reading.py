"""Chinese technical text → 指标 rows. A proposal: general rules over words and units, nothing learnt.

Numbers with their units are joined to quantities (``quantities``), those that say no technical property
go (``context``), those that only say under which condition another holds become its condition, and the
words around give each of the rest a name.
"""

import re
from bisect import bisect_right

from search.indicators.context import blank_out, is_indicator
from search.indicators.guesses import guess
from search.indicators.lexicon import any_of
from search.indicators.model import Indicator
from search.indicators.naming import name_of
from search.indicators.numbers import fold
from search.indicators.quantities import Quantity, bounds, find_quantities

MAX_CHARACTERS = 20_000
MAX_ROWS = 200
_SENTENCE_END = re.compile(r"[。;!?\n\r\t]|(?<=[\u4e00-\u9fff%℃)])\.(?!\d)")
_CONDITION_AFTER = re.compile(
    rf"(?:的)?{any_of('state')}{{0,3}}(?:下|时(?!间)|后|以?内)(?!限)|{any_of('exposed')}|\s?\d?C\b"
)
_CHANGED = re.compile(r"[\u4e00-\u9fff]{0,4}(?:提|升|降|增|减|缩|扩|变|改|延)[\u4e00-\u9fff]{0,3}")
_TEMPERATURE = re.compile(r"[℃Kk]|°C|摄氏度")
_CONDITION_BEFORE = re.compile(
    rf"(?:(?:^|[,、(;:\s])(?:在|经|经过|于|当|以|按|对)|{any_of('tested')}"
    r"|每(?:减少|增加|降低|提高|升高|下降|上升)|[(]?(?:例|比|诸)?如)"
    r"\s?(?:温度|压力|环境|湿度|频率|转速)?(?:为|:)?$"
)


def read_indicators(text: str) -> list[Indicator]:
    """Every indicator of a text, in order of appearance. Never raises; takes time linear in the text."""
    text = text[:MAX_CHARACTERS]
    folded = fold(text)
    found = find_quantities(blank_out(folded))
    ends = [match.start() for match in _SENTENCE_END.finditer(folded)]
    rows: list[Indicator] = []
    waiting: list[tuple[int, int]] = []  # of this sentence: places of conditions of what follows
    sentence, previous_end = (0, 0), 0
    kept: list[tuple[Quantity, tuple[int, int]]] = []
    for quantity in found:
        at = bisect_right(ends, quantity.number_at)
        own = (ends[at - 1] + 1 if at else 0, ends[at] if at < len(ends) else len(folded))
        if is_indicator(folded, quantity, own) or (
            kept and kept[-1][1] == own and _goes_on(folded, kept[-1][0], quantity)
        ):
            kept.append((quantity, own))
    for index, (quantity, own) in enumerate(kept):
        if own != sentence:
            sentence, previous_end, waiting = own, own[0], []
        more = any(
            later[1] == own and not _only_condition(folded, later[0]) for later in kept[index + 1 :][:6]
        )
        if more and _only_condition(folded, quantity):
            waiting.append(_condition_place(folded, quantity, previous_end))
            previous_end = waiting[-1][1]
            continue
        rows.append(_row(text, folded, quantity, own, previous_end, waiting, rows))
        previous_end = quantity.end
        if len(rows) == MAX_ROWS:
            break
    return rows


def _goes_on(folded: str, last: Quantity, quantity: Quantity) -> bool:
    """减少到7.5个 after 由原来27个."""
    same = bool(quantity.unit) and last.unit == quantity.unit
    return same and bool(_CHANGED.fullmatch(folded[last.end : quantity.start]))


def _only_condition(folded: str, quantity: Quantity) -> bool:
    """Whether a quantity says under which condition something holds: 在-40℃下, 盐雾1000h."""
    if (quantity.explicit and quantity.operator.value != "range") or quantity.unit in ("%", "倍", ""):
        return False
    after = folded[quantity.end : quantity.end + 14]
    before = folded[max(0, quantity.start - 8) : quantity.start]
    opens = (
        not before.strip()
        or before.rstrip()[-1] in ",;:(\n。、"
        or folded[quantity.start : quantity.start + 1] == ":"
    )
    if _TEMPERATURE.fullmatch(quantity.unit) and re.match(r"(?:/-?\d{1,4}℃)?-\d", after):
        return True  # 0℃/38℃-20150W
    if opens and _TEMPERATURE.fullmatch(quantity.unit) and re.match(r"\s?[\u4e00-\u9fff\dA-Za-z]", after):
        return True
    return bool(_CONDITION_AFTER.match(after) or _CONDITION_BEFORE.search(before))


def _condition_place(folded: str, quantity: Quantity, earliest: int) -> tuple[int, int]:
    """From the start of its clause to the words that make it a condition: 盐雾1000h后."""
    start = max(earliest, *(folded.rfind(mark, earliest, quantity.start) + 1 for mark in ",;:、(。 "))
    start = max(start, quantity.start - 16)
    match = _CONDITION_AFTER.match(folded, quantity.end)
    return start, match.end() if match else quantity.end


def _condition(text: str, places: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    last = -1
    for start, end in places:
        part = re.sub(r"^[\s:：]*(?:[在经于当以按](?:过)?)?", "", text[start:end])
        if start == last:
            parts[-1] += part
        else:
            parts.append(part)
        last = end
    return "，".join(parts)[:60]


def _row(
    text: str,
    folded: str,
    quantity: Quantity,
    sentence: tuple[int, int],
    previous_end: int,
    conditions: list[tuple[int, int]],
    rows: list[Indicator],
) -> Indicator:
    low, high = bounds(quantity)
    name = name_of(folded, quantity, (max(sentence[0], previous_end), sentence[1]))
    if not name and rows and previous_end > sentence[0]:
        name = rows[-1].name
    return guess(
        Indicator(
            name=name,
            operator=quantity.operator,
            low=low,
            high=high,
            unit=_written_unit(text, quantity),
            condition=_condition(text, conditions),
            text=text[quantity.start : quantity.end],
            approximate=quantity.approximate,
            start=quantity.start,
            end=quantity.end,
        ),
        folded[sentence[0] : quantity.start],
        folded[quantity.end : sentence[1]],
        tolerance=quantity.tolerance,
    )


def _written_unit(text: str, quantity: Quantity) -> str:
    """The unit as the author wrote it, without spaces; per cent always as %."""
    if quantity.unit == "%" or quantity.unit_apart:
        return quantity.unit
    written = text[quantity.unit_end - len(quantity.unit) : quantity.unit_end]
    return re.sub(r"\s", "", written)
