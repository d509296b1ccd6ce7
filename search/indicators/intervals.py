"""The values a row speaks of, as an interval with open or closed ends."""

import math
from dataclasses import dataclass

from search.indicators.model import Indicator, Operator

ROUNDING = 1e-9  # relative: converted bounds that differ by less are equal


def _equal(one: float, two: float) -> bool:
    return one == two or math.isclose(one, two, rel_tol=ROUNDING, abs_tol=1e-300)


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def symmetric(self) -> bool:
        return math.isfinite(self.high) and self.high > 0 and _equal(self.low, -self.high)

    def contains(self, other: "Interval") -> bool:
        same_low = _equal(other.low, self.low)
        starts = (other.low_open or not self.low_open) if same_low else other.low > self.low
        if _equal(other.high, self.high):
            return starts and (other.high_open or not self.high_open)
        return starts and other.high < self.high

    def meets(self, other: "Interval") -> bool:
        """Whether some value is in both."""
        return not (self._before(other) or other._before(self))

    def _before(self, other: "Interval") -> bool:
        if _equal(self.high, other.low):
            return self.high_open or other.low_open
        return self.high < other.low

    def scaled(self, factor: float, offset: float) -> "Interval":
        low, high = self.low * factor + offset, self.high * factor + offset
        if factor < 0:
            return Interval(high, low, self.high_open, self.low_open)
        return Interval(low, high, self.low_open, self.high_open)

    def widened(self, share: float) -> "Interval":
        return Interval(self.low - share * abs(self.low), self.high + share * abs(self.high))


def of_row(row: Indicator) -> Interval | None:
    """None where the bounds do not fill the operator."""
    low = -math.inf if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    if math.isnan(low) or math.isnan(high) or low > high or (row.low is None and row.high is None):
        return None
    return Interval(low, high, row.operator is Operator.GT, row.operator is Operator.LT)


def number_text(value: float, digits: int = 6) -> str:
    """Without needless zeros and never as 1e+06 where digits can stand: 250000, 0.02, 4.4."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e9:
        return f"{float(f'{value:.{digits}g}'):.12f}".rstrip("0").rstrip(".")
    return f"{value:.{digits}g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
