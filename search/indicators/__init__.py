"""指标: technical indicators as typed constraints — read from text, converted, compared."""

from search.indicators.model import Direction, Indicator, Kind, Operator
from search.indicators.reading import read_indicators
from search.indicators.satisfaction import Judgement, judge, prior, sentence, written
from search.indicators.verdicts import Verdict

__all__ = [
    "Direction",
    "Indicator",
    "Judgement",
    "Kind",
    "Operator",
    "Verdict",
    "judge",
    "prior",
    "read_indicators",
    "sentence",
    "written",
]
