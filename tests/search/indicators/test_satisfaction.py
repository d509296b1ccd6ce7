"""Verdicts of a result's 指标 on a need's: a hand-made table, and laws that hold for any numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.indicators import Direction, Indicator, Judgement, Kind, Operator, Verdict, judge, prior, sentence
from search.indicators.satisfaction import compare
from search.indicators.units import conversion

TABLE = Path(__file__).parents[1] / "data" / "indicator_pairs.txt"
SIGNS = {">=": Operator.GE, "<=": Operator.LE, ">": Operator.GT, "<": Operator.LT, "=": Operator.EQ}


def row_of(written: str) -> Indicator:
    name, value, unit, direction, condition = [*(part.strip() for part in written.split(";")), ""][:5]
    row = Indicator(name=name, unit=unit, direction=Direction(direction), condition=condition)
    if value[:2] in ("g:", "c:"):
        return replace(row, text=value[2:], kind=Kind.GRADE if value[0] == "g" else Kind.CRITERION)
    if ".." in value:
        low, high = map(float, value.split(".."))
        return replace(row, operator=Operator.RANGE, low=low, high=high)
    if value[0] == "~":
        return replace(
            row, operator=Operator.EQ, low=float(value[1:]), high=float(value[1:]), approximate=True
        )
    sign = next(sign for sign in SIGNS if value.startswith(sign))
    number = float(value[len(sign) :])
    low, high = {">": (number, None), "<": (None, number), "=": (number, number)}[sign[0]]
    return replace(row, operator=SIGNS[sign], low=low, high=high)


PAIRS = [
    line.strip()
    for line in TABLE.read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def test_the_table_is_long_enough() -> None:
    assert len(set(PAIRS)) == len(PAIRS) >= 80


@pytest.mark.parametrize("pair", PAIRS)
def test_hand_made_pair(pair: str) -> None:
    asked, offered, verdict, *note = (part.strip() for part in pair.split("|"))
    (judgement,) = judge([row_of(asked)], [row_of(offered)])
    assert judgement.verdict == verdict, judgement
    if note:
        assert judgement.note == note[0]
    assert (judgement.verdict is Verdict.MET) == (not judgement.note)


def number(low: float = 1e-6, high: float = 1e6) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda value: float(f"{value:.6g}"))


@st.composite
def rows(draw: st.DrawFn, directions: tuple[Direction, ...] = tuple(Direction)) -> Indicator:
    operator = draw(st.sampled_from(Operator))
    one, two = sorted((draw(number()), draw(number())))
    low = None if operator in (Operator.LE, Operator.LT) else one
    high = {Operator.GE: None, Operator.GT: None, Operator.EQ: one, Operator.RANGE: two}.get(operator, one)
    direction = draw(st.sampled_from(directions))
    return Indicator(name="强度", operator=operator, low=low, high=high, unit="MPa", direction=direction)


UNITS = ("Pa", "kPa", "GPa", "bar", "N/mm2", "kN/m²", "兆帕", "Mpa")


@settings(deadline=None)
@given(rows(), rows(), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_change_of_units_never_changes_the_verdict(
    asked: Indicator, offered: Indicator, ours: str, theirs: str
) -> None:
    def written_in(row: Indicator, unit: str) -> Indicator:
        ratio = conversion("MPa", unit)
        assert ratio is not None
        low, high = (None if bound is None else bound * ratio[0] for bound in (row.low, row.high))
        return replace(row, low=low, high=high, unit=unit)

    verdict = compare(asked, offered).verdict
    assert compare(written_in(asked, ours), written_in(offered, theirs)).verdict is verdict


@settings(deadline=None)
@given(rows(), rows(), number(0, 1e3), number(0, 1e3))
def test_asking_for_less_never_turns_satisfied_into_a_gap(
    asked: Indicator, offered: Indicator, below: float, above: float
) -> None:
    covered = asked.direction is Direction.COVER and asked.operator is Operator.RANGE
    low = None if asked.low is None else asked.low + (below if covered else -below)
    high = None if asked.high is None else asked.high - (above if covered else -above)
    if asked.operator is Operator.EQ:
        assume(asked.direction is not Direction.COVER)  # a range to cover asks for more
        asked = replace(asked, operator=Operator.RANGE)  # give or take
    assume(low is None or high is None or low <= high)
    easier = replace(asked, low=low, high=high)
    if compare(asked, offered).verdict is Verdict.MET:
        assert compare(easier, offered).verdict is Verdict.MET
    if compare(easier, offered).verdict is Verdict.GAP:
        assert compare(asked, offered).verdict is not Verdict.MET


@settings(deadline=None)
@given(rows((Direction.HIGHER, Direction.LOWER, Direction.TARGET)))
def test_what_is_asked_meets_itself(row: Indicator) -> None:
    assert compare(row, row).verdict is Verdict.MET


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.booleans()), max_size=12))
def test_prior_counts_the_rows_that_must_be_met(verdicts: list[tuple[Verdict, bool]]) -> None:
    row = row_of("抗拉强度; >=450; MPa; higher")
    judgements = [Judgement(replace(row, must=must), None, verdict, "") for verdict, must in verdicts]
    value = prior(judgements)
    assert -1 <= value <= 1
    must = [verdict for verdict, needed in verdicts if needed]
    assert (value == 1) == (bool(must) and set(must) == {Verdict.MET})
    assert (value == -1) == (bool(must) and set(must) == {Verdict.GAP})
    if Verdict.MET in must:
        worse = [
            replace(one, verdict=Verdict.GAP) if one.asked.must and one.verdict is Verdict.MET else one
            for one in judgements
        ]
        assert prior(worse) < value


def test_rows_of_the_present_state_are_neither_asked_nor_offered() -> None:
    asked = [row_of("强度; >=450; MPa; higher"), replace(row_of("强度; =400; MPa; higher"), present=True)]
    offered = [replace(row_of("强度; =500; MPa; higher"), present=True)]
    (judgement,) = judge(asked, offered)
    assert judgement.verdict is Verdict.UNSTATED and judgement.offered is None


def test_the_row_that_can_be_compared_is_chosen() -> None:
    asked = row_of("容量保持率; >=80; %; higher; -40℃下")
    warm, cold = row_of("容量保持率; =95; %; higher; 25℃下"), row_of("容量保持率; =70; %; higher; -40℃")
    (judgement,) = judge([asked], [warm, cold])
    assert judgement.offered == cold and judgement.verdict is Verdict.GAP


def test_a_gap_is_told_in_a_sentence() -> None:
    asked, offered = row_of("强度; >=450; MPa; higher"), row_of("强度; =430; MPa; higher")
    assert sentence(judge([asked], [offered])[0]) == "需要 ≥450 MPa，成果 430 MPa，差 4.4%"
