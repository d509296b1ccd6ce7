"""指标: technical indicators as typed constraints — read from text, converted, compared."""

from search.indicators.model import Direction, Indicator, Kind, Operator
from search.indicators.reading import read_indicators

__all__ = ["Direction", "Indicator", "Kind", "Operator", "read_indicators"]
