"""Judgements → the rows a reader sees of them."""

import re
from collections.abc import Sequence

from marketplace.listings.choices import IndicatorDirection, IndicatorNecessity, IndicatorRole
from marketplace.listings.labels import value_shown
from marketplace.matching.presenters import IndicatorRow, VerdictRow, VerdictTable
from search.indicators import Indicator, Judgement, Verdict, written


def read_rows(indicators: Sequence[Indicator]) -> list[IndicatorRow]:
    """What was read from a pasted text, as guessed."""
    return [
        IndicatorRow(
            name=row.name or "（未写名称）",
            role=(IndicatorRole.PRESENT if row.present else IndicatorRole.TARGET).title,
            necessity=_necessity(row),
            value=row.text,
            unit="",
            condition=row.condition,
            direction=IndicatorDirection.of(row.direction.value).title,
        )
        for row in indicators
    ]


def verdict_table(judgements: Sequence[Judgement]) -> VerdictTable | None:
    """None where nothing is asked."""
    if not judgements:
        return None
    verdicts = [judgement.verdict for judgement in judgements]
    must = [judgement.verdict for judgement in judgements if judgement.asked.must]
    return VerdictTable(
        rows=[_verdict_row(judgement) for judgement in judgements],
        met=verdicts.count(Verdict.MET),
        gap=verdicts.count(Verdict.GAP),
        unstated=verdicts.count(Verdict.UNSTATED),
        incomparable=verdicts.count(Verdict.INCOMPARABLE),
        complete=bool(must) and set(must) == {Verdict.MET},
    )


def _verdict_row(judgement: Judgement) -> VerdictRow:
    asked, offered = judgement.asked, judgement.offered
    said = ""
    if offered is not None:
        named = f"{offered.name}：" if offered.name != asked.name else ""
        condition = f"（{offered.condition}）" if offered.condition else ""
        said = f"{named}{_shown(offered)}{condition}"
    return VerdictRow(
        name=asked.name,
        necessity=_necessity(asked),
        asked=_shown(asked),
        offered=said,
        verdict=judgement.verdict.value,
        difference=judgement.note,
        condition=asked.condition,
    )


def _necessity(row: Indicator) -> str:
    return (IndicatorNecessity.MUST if row.must else IndicatorNecessity.WISH).title


def _shown(row: Indicator) -> str:
    """The author's own writing with its unit."""
    text = re.sub(r"^[在为是至到：:\s]+", "", row.text) or written(row)
    unit = f" {row.unit}" if row.unit and row.unit not in text else ""
    return f"{value_shown(text, approximate=row.approximate)}{unit}"
