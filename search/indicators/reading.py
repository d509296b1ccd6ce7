"""Chinese technical text → 指标 rows. A proposal: general rules over words and units, nothing learnt.

Numbers with their units are joined to quantities (``quantities``), those that say no technical property
go (``context``), those that only say under which condition another holds become its condition
(``conditions``), and the words around give each of the rest a name (``naming``).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from search.indicators.conditions import (
    condition_place,
    condition_text,
    is_condition,
    is_condition_of_previous,
)
from search.indicators.context import blank_out, is_indicator
from search.indicators.guesses import guess
from search.indicators.model import Indicator
from search.indicators.naming import clean_name, name_of
from search.indicators.numbers import fold
from search.indicators.quantities import Quantity, bounds, find_quantities

MAX_CHARACTERS = 20_000
MAX_ROWS = 200
_NEARBY = 200  # characters of a sentence that tell of a quantity, so that work stays linear
_SENTENCE_END = re.compile(r"[。;!?\n\r\t]|(?<=[\u4e00-\u9fff%℃)])\.(?!\d)")
_CHANGED = re.compile(r"[\u4e00-\u9fff]{0,4}(?:提|升|降|增|减|缩|扩|变|改|延)[\u4e00-\u9fff]{0,3}")


@dataclass(slots=True)
class _Sentence:
    start: int
    end: int
    quantities: list[Quantity] = field(default_factory=list)


def read_indicators(text: str) -> list[Indicator]:
    """Every indicator of a text, in order of appearance. Never raises; takes time linear in the text."""
    text = text[:MAX_CHARACTERS]
    folded = fold(text)
    rows: list[Indicator] = []
    for sentence in _sentences(folded):
        rows += _rows(text, folded, sentence)
        if len(rows) >= MAX_ROWS:
            break
    return rows[:MAX_ROWS]


def _sentences(folded: str) -> Iterator[_Sentence]:
    """Each sentence that holds indicators, with them."""
    ends = [match.start() for match in _SENTENCE_END.finditer(folded)]
    sentence = _Sentence(0, 0)
    for quantity in find_quantities(blank_out(folded)):
        at = bisect_right(ends, quantity.number_at)
        start, end = ends[at - 1] + 1 if at else 0, ends[at] if at < len(ends) else len(folded)
        if (start, end) != (sentence.start, sentence.end):
            if sentence.quantities:
                yield sentence
            sentence = _Sentence(start, end)
        last = sentence.quantities[-1] if sentence.quantities else None
        if is_indicator(folded, quantity, (start, end)) or (last and _goes_on(folded, last, quantity)):
            sentence.quantities.append(quantity)
    if sentence.quantities:
        yield sentence


def _goes_on(folded: str, last: Quantity, quantity: Quantity) -> bool:
    """减少到7.5个 after 由原来27个."""
    same = bool(quantity.unit) and last.unit == quantity.unit
    return same and bool(_CHANGED.fullmatch(folded[last.end : quantity.start]))


def _rows(text: str, folded: str, sentence: _Sentence) -> list[Indicator]:
    rows: list[Indicator] = []
    conditions: list[tuple[int, int]] = []
    unit, read_to = "", sentence.start  # unit: of the first row under these conditions
    quantities = sentence.quantities
    last: Quantity | None = None
    for index, quantity in enumerate(quantities):
        following = quantities[index + 1] if index + 1 < len(quantities) else None
        if last and is_condition_of_previous(folded, last, quantity):
            place = condition_place(folded, quantity, read_to)
            said = [rows[-1].condition, condition_text(text, [place])]
            rows[-1] = replace(rows[-1], condition="，".join(filter(None, said)))
            read_to = place[1]
            continue
        if following and is_condition(folded, quantity, following):
            if unit:  # conditions of rows that are read already
                conditions, unit = [], ""
            conditions.append(condition_place(folded, quantity, read_to))
            if folded[conditions[-1][0] - 1] != "(":  # a name may stand before a bracket: 粘度(25℃)
                read_to = conditions[-1][1]
            continue
        if unit and unit != quantity.unit:
            conditions = []
        unit = quantity.unit or "-"
        rows.append(_row(text, folded, quantity, sentence, read_to, conditions, rows))
        last = quantity
        read_to = quantity.end
        if len(rows) == MAX_ROWS:
            break
    return rows


def _row(
    text: str,
    folded: str,
    quantity: Quantity,
    sentence: _Sentence,
    read_to: int,
    conditions: list[tuple[int, int]],
    rows: list[Indicator],
) -> Indicator:
    low, high = bounds(quantity)
    condition = condition_text(text, conditions)
    previous = rows[-1].name if rows else ""
    name = name_of(folded, quantity, read_to, sentence.end, previous)
    if name == previous and not folded[read_to : quantity.start].strip():
        name = clean_name(condition) or name  # 溶出度30分钟不少于85%
    row = Indicator(
        name=name,
        operator=quantity.operator,
        low=low,
        high=high,
        unit=_written_unit(text, quantity),
        condition=condition,
        text=text[quantity.start : quantity.end],
        approximate=quantity.approximate,
        start=quantity.start,
        end=quantity.end,
    )
    before = folded[max(sentence.start, quantity.number_at - _NEARBY) : quantity.number_at]
    after = folded[quantity.end : min(sentence.end, quantity.end + _NEARBY)]
    return guess(row, before, after, tolerance=quantity.tolerance)


def _written_unit(text: str, quantity: Quantity) -> str:
    """The unit as the author wrote it, without spaces; per cent always as %."""
    if quantity.unit == "%" or quantity.unit_apart:
        return quantity.unit
    written = text[quantity.unit_end - len(quantity.unit) : quantity.unit_end]
    return re.sub(r"\s", "", written)
