"""How sure a match is, from the cosine of need and result."""

from enum import IntEnum

# Two thresholds between three provisional levels. Cosines of this encoder lie in a narrow band.
STRONG = 0.88
GOOD = 0.85


class MatchLevel(IntEnum):
    WEAK = 1
    GOOD = 2
    STRONG = 3


def match_level(cosine: float) -> MatchLevel:
    """The level of a pair; provisional until it is calibrated on outcomes."""
    if cosine >= STRONG:
        return MatchLevel.STRONG
    return MatchLevel.GOOD if cosine >= GOOD else MatchLevel.WEAK
