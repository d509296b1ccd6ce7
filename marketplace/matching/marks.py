"""A match as it was shown, signed: what it was called cannot be altered on its way back.

It holds ids, level and probability of a pair of listings. Of a pasted text there is nothing in it.
"""

from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.errors import NotFound
from marketplace.demands.models import Demand
from marketplace.demands.service import get_demand
from marketplace.matching.choices import ShownLevel
from marketplace.results.models import Result
from marketplace.results.service import get_result
from search.ranking import MatchLevel

SHOWN_LEVELS = {
    MatchLevel.STRONG: ShownLevel.STRONG,
    MatchLevel.GOOD: ShownLevel.GOOD,
    MatchLevel.WEAK: ShownLevel.WEAK,
    MatchLevel.NONE: ShownLevel.NONE,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """``result`` and ``demand`` are public ids, one of them empty for a pasted text."""

    result: str
    demand: str
    level: ShownLevel
    probability: float


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="match")


def make_mark(asked: Result | Demand | None, shown: Result | Demand, level: MatchLevel, likely: float) -> str:
    """The signed mark of a match; ``asked`` is None where the question was a pasted text."""
    pair = (asked, shown)
    result = next((row.public_id for row in pair if isinstance(row, Result)), "")
    demand = next((row.public_id for row in pair if isinstance(row, Demand)), "")
    return str(_serializer().dumps([result, demand, SHOWN_LEVELS[level].value, round(likely, 4)]))


def read_mark(text: str) -> Mark:
    """NotFound for what this site did not sign."""
    try:
        result, demand, level, probability = _serializer().loads(text)
        return Mark(result, demand, ShownLevel.of(level), float(probability))
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("这条匹配已失效，请回到原页面刷新后再试。") from error


def listings_of_mark(session: Session, reader: Reader, mark: Mark) -> tuple[Result | None, Demand | None]:
    """The listings as this reader may read them now."""
    return (
        get_result(session, reader, mark.result) if mark.result else None,
        get_demand(session, reader, mark.demand) if mark.demand else None,
    )
