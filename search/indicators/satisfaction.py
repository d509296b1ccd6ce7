"""Whether what is offered meets what is asked: verdicts of a result's 指标 on those of a need.

A row says of which values it speaks (an interval); its direction says what meets it. Bare 达到450 that
is better the larger is met by 460; "≥430" against "≥450" is 未说明, since 450 is not excluded; another
condition or base line is 不可比. Units are converted, so they never change a verdict.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.indicators.conditions import conditions_agree
from search.indicators.grades import compare_criteria, compare_grades
from search.indicators.intervals import Interval, number_text, of_row
from search.indicators.model import Direction, Indicator, Kind, Operator
from search.indicators.names import SAME, is_change, likeness
from search.indicators.units import conversion
from search.indicators.verdicts import Comparison, Verdict

__all__ = ["Comparison", "Judgement", "Verdict", "compare", "judge", "prior", "sentence"]

APPROXIMATE = 0.05  # 约450 asks for 450 give or take 5 %


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of the need beside the row of the result that speaks of the same, if any does."""

    asked: Indicator
    offered: Indicator | None
    verdict: Verdict
    note: str


def judge(asked: Sequence[Indicator], offered: Sequence[Indicator]) -> list[Judgement]:
    """A verdict for each row the need asks for; 现状 rows of both sides say nothing about it."""
    claims = [row for row in offered if not row.present]
    return [_judge_row(row, claims) for row in asked if not row.present]


def _judge_row(asked: Indicator, claims: Sequence[Indicator]) -> Judgement:
    best: tuple[tuple[float, ...], Indicator, Comparison] | None = None
    for claim in claims:
        alike = likeness(asked.name, claim.name)
        if alike < SAME:
            continue
        found = compare(asked, claim)
        rank = (
            float(found.verdict is not Verdict.INCOMPARABLE),
            round(alike, 1),
            _ORDER[found.verdict],
            alike,
        )
        if best is None or rank > best[0]:
            best = rank, claim, found
    if best is None:
        return Judgement(asked, None, Verdict.UNSTATED, "成果没有写这一项")
    return Judgement(asked, best[1], best[2].verdict, best[2].note)


_ORDER = {Verdict.MET: 3, Verdict.GAP: 2, Verdict.UNSTATED: 1, Verdict.INCOMPARABLE: 0}


def compare(asked: Indicator, offered: Indicator) -> Comparison:
    """The verdict of one row on another that speaks of the same property."""
    if asked.kind is not offered.kind:
        return Comparison(Verdict.INCOMPARABLE, "指标类型不同")
    if asked.kind is Kind.CRITERION:
        return compare_criteria(asked.text, offered.text)
    if not conditions_agree(asked.condition, offered.condition):
        return Comparison(Verdict.INCOMPARABLE, f"条件不同：{asked.condition} / {offered.condition}")
    if asked.kind is Kind.GRADE:
        found = compare_grades(asked.text, offered.text, asked.direction)
    else:
        found = _compare_numbers(asked, offered)
    if found.verdict is Verdict.INCOMPARABLE or not asked.condition or offered.condition:
        return found
    return Comparison(Verdict.UNSTATED, f"成果未说明条件：{asked.condition}")


def _compare_numbers(asked: Indicator, offered: Indicator) -> Comparison:
    changes = is_change(asked.name) or is_change(offered.name)
    if changes and not (asked.condition and offered.condition):
        # 较现有降低50%: from what, only the author knows
        return Comparison(Verdict.INCOMPARABLE, "比较的基准不同或未说明")
    wanted, claimed = of_row(asked), of_row(offered)
    if wanted is None or claimed is None:
        return Comparison(Verdict.INCOMPARABLE, "数值不完整")
    if bool(asked.unit) != bool(offered.unit) and "%" not in (asked.unit, offered.unit):
        return Comparison(Verdict.UNSTATED, "一方没有写单位")
    ratio = _conversion(asked, offered)
    if ratio is None:
        return Comparison(Verdict.INCOMPARABLE, f"单位不同：{asked.unit or '无'} / {offered.unit or '无'}")
    claimed = claimed.scaled(*ratio)
    unit = f" {asked.unit}" if asked.unit else ""
    match asked.direction:
        case Direction.COVER if asked.operator is Operator.RANGE:
            return _covers(wanted, claimed, offered, unit)
        case Direction.TOLERANCE if asked.operator is Operator.RANGE:
            return _inside(wanted, claimed, offered, unit)
    return _reaches(_accepted(asked, wanted), _claimed(asked, offered, claimed), unit)


def _conversion(asked: Indicator, offered: Indicator) -> tuple[float, float] | None:
    ours, theirs = _without_year(asked, offered), _without_year(offered, asked)
    return conversion(theirs, ours, difference=_is_difference(asked) or _is_difference(offered))


def _without_year(row: Indicator, other: Indicator) -> str:
    """年产25万吨 and 25万吨/年 are one."""
    for end in ("/年", "/a"):
        if row.unit.endswith(end) and not other.unit.endswith(("/年", "/a")) and "年" in other.name:
            return row.unit.removesuffix(end)
    return row.unit


def _is_difference(row: Indicator) -> bool:
    words = ("温升", "温差", "温降", "偏差", "误差", "波动", "均匀", "精度", "梯度", "变化", "漂移", "超温")
    symmetric = row.low is not None and row.high is not None and row.low == -row.high != 0
    return symmetric or any(word in row.name for word in words)


def _accepted(asked: Indicator, wanted: Interval) -> Interval:
    """The values that meet a need that is no coverage and no tolerance."""
    if asked.approximate and asked.operator is Operator.EQ:
        wanted = wanted.widened(APPROXIMATE)
    if asked.direction is Direction.HIGHER and wanted.low > -math.inf:
        return replace(wanted, high=math.inf)
    if asked.direction is Direction.LOWER and wanted.high < math.inf:
        return replace(wanted, low=-math.inf)
    return wanted


def _claimed(asked: Indicator, offered: Indicator, claimed: Interval) -> Interval:
    """What a claim says towards this need: the end of a range that it reaches, the size of a tolerance."""
    if offered.operator is not Operator.RANGE:
        return claimed
    size = max(abs(claimed.low), abs(claimed.high))
    if claimed.symmetric and asked.direction is Direction.LOWER:
        return Interval(size, size)  # ±0.02 against ≤0.01
    if offered.direction is Direction.COVER:
        if asked.direction is Direction.HIGHER:
            return Interval(claimed.high, claimed.high)
        if asked.direction is Direction.LOWER:
            return Interval(claimed.low, claimed.low)
        wanted = of_row(asked)
        if wanted and claimed.contains(wanted):
            return wanted  # any value of the range can be had
    return claimed


def _reaches(accepted: Interval, claimed: Interval, unit: str) -> Comparison:
    if accepted.contains(claimed):
        return Comparison(Verdict.MET)
    if accepted.meets(claimed):
        return Comparison(Verdict.UNSTATED, "成果所写的范围不能确定达到")
    below = claimed.high <= accepted.low
    bound, value = (accepted.low, claimed.high) if below else (accepted.high, claimed.low)
    return Comparison(Verdict.GAP, _distance(bound, value, unit))


def _distance(bound: float, value: float, unit: str) -> str:
    difference = abs(bound - value)
    if difference <= 1e-9 * max(abs(bound), abs(value)):
        return "刚好在界限上，需要严格优于"
    if bound == 0 or unit.strip() in ("℃", "°C", "%"):
        return f"差 {number_text(difference)}{unit if unit != ' %' else ' 个百分点'}"
    share = 100 * difference / abs(bound)
    return f"差 {number_text(round(share, 1) if share >= 0.1 else share, 6 if share >= 0.1 else 2)}%"


def _covers(wanted: Interval, claimed: Interval, offered: Indicator, unit: str) -> Comparison:
    if claimed.contains(wanted):
        return Comparison(Verdict.MET)
    if offered.operator is not Operator.RANGE and wanted.meets(claimed):
        return Comparison(Verdict.UNSTATED, "成果没有写覆盖的整个范围")
    missing = [
        f"{end}差 {number_text(short)}{unit}"
        for end, short in (("低端", claimed.low - wanted.low), ("高端", wanted.high - claimed.high))
        if short > 0 and math.isfinite(short)
    ]
    return Comparison(Verdict.GAP, "，".join(missing) or "范围没有覆盖")


def _inside(wanted: Interval, claimed: Interval, offered: Indicator, unit: str) -> Comparison:
    if wanted.symmetric and offered.operator in (Operator.LE, Operator.LT) and claimed.high >= 0:
        claimed = replace(claimed, low=-claimed.high)  # 误差≤0.01 is ±0.01
    if wanted.contains(claimed):
        return Comparison(Verdict.MET)
    if offered.operator is not Operator.RANGE and wanted.meets(claimed):
        return Comparison(Verdict.UNSTATED, "成果所写的范围不能确定在公差之内")
    beyond = max(wanted.low - claimed.low, claimed.high - wanted.high)
    return Comparison(
        Verdict.GAP, f"超出 {number_text(beyond)}{unit}" if math.isfinite(beyond) else "超出公差"
    )


def sentence(judgement: Judgement) -> str:
    """需要 ≥450 MPa，成果 430 MPa，差 4.4%."""
    parts = [f"需要 {written(judgement.asked)}"]
    if judgement.offered:
        parts.append(f"成果 {written(judgement.offered)}")
    return "，".join([*parts, judgement.note] if judgement.note else parts)


_SIGNS = {Operator.GE: "≥", Operator.LE: "≤", Operator.GT: ">", Operator.LT: "<", Operator.EQ: ""}


def written(row: Indicator) -> str:
    """A row in signs: ≥450 MPa, −40~85 ℃, ±0.01 mm; grades and criteria as their author wrote them."""
    if row.operator is None:
        return row.text
    low, high = row.low, row.high
    if row.operator is Operator.RANGE and low is not None and high is not None:
        value = f"±{number_text(high)}" if low == -high else f"{number_text(low)}~{number_text(high)}"
    else:
        value = f"{_SIGNS[row.operator]}{number_text(low if low is not None else high or 0.0)}"
    about = "约 " if row.approximate else ""
    return f"{about}{value} {row.unit}".strip()


def prior(judgements: Sequence[Judgement]) -> float:
    """−1 to 1: satisfied minus gaps among the 必须 rows, as a share of them; 0 where there are none.

    A prior, not fitted: rows that are 未说明 or 不可比 say nothing for or against. The ranking gives it a
    small weight of its own and lets it reorder only inside a level.
    """
    must = [judgement.verdict for judgement in judgements if judgement.asked.must]
    if not must:
        return 0.0
    return (must.count(Verdict.MET) - must.count(Verdict.GAP)) / len(must)
