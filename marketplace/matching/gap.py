"""供给缺口: live needs for which the library holds no result at 较强相关 or better, by field.

Whether a need is answered is read from the pairs the worker keeps (``suggestions``); the nearest result of
one that is not comes from vectors in the index. Nothing is encoded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.policy import live
from marketplace.matching.models import MatchSuggestion
from marketplace.matching.service import judge, nearest, question_of, read_listings
from marketplace.results.models import Result
from search.engine import EngineUnavailable
from search.ranking import MatchLevel

log = structlog.get_logger()

NEAREST_FOR = 200  # needs on one page; the others stand without their nearest result
LOOKED_AT = 20  # candidates of one need


@dataclass(frozen=True, slots=True)
class OpenNeed:
    demand: Demand
    nearest: Result | None
    level: MatchLevel | None


@dataclass(frozen=True, slots=True)
class FieldGap:
    field: str
    needs: int
    unanswered: int

    @property
    def share(self) -> float:
        return self.unanswered / self.needs if self.needs else 0.0


@dataclass(frozen=True, slots=True)
class GapReport:
    fields: Sequence[FieldGap]  # the largest gap first
    total: FieldGap
    needs: Sequence[OpenNeed]  # by field as above, newest first
    complete: bool  # whether every need could be given its nearest result


def gap_report(
    session: Session, runtime: SearchRuntime, reader: Reader, most: int | None = NEAREST_FOR
) -> GapReport:
    """The gap among the needs this reader may read; ``most`` needs get their nearest result."""
    moment = clock.now()
    demands = session.scalars(
        select(Demand)
        .where(live(Demand, moment), demand_policy.readable(reader, moment))
        .options(joinedload(Demand.organisation))
        .order_by(Demand.published_at.desc(), Demand.id.desc())
    ).all()
    answered = set(
        session.scalars(
            select(MatchSuggestion.demand_id)
            .join(Result, Result.id == MatchSuggestion.result_id)
            .where(live(Result, moment))
        )
    )
    fields = [
        FieldGap(field, len(rows), sum(row.id not in answered for row in rows))
        for field in dict.fromkeys(demand.field for demand in demands)
        for rows in [[demand for demand in demands if demand.field == field]]
    ]
    fields.sort(key=lambda gap: (-gap.unanswered, -gap.needs, gap.field))
    order = {gap.field: position for position, gap in enumerate(fields)}
    unanswered = sorted(
        (demand for demand in demands if demand.id not in answered), key=lambda demand: order[demand.field]
    )
    found: dict[int, tuple[Result, MatchLevel]] = {}
    complete = most is None or len(unanswered) <= most
    try:
        found = _nearest(session, runtime, reader, unanswered[:most])
    except EngineUnavailable as error:
        log.warning("gap.without_nearest", reason=type(error).__name__)
        complete = False
    needs = [OpenNeed(demand, *found.get(demand.id, (None, None))) for demand in unanswered]
    return GapReport(fields, FieldGap("", len(demands), len(unanswered)), needs, complete)


def _nearest(
    session: Session, runtime: SearchRuntime, reader: Reader, demands: Sequence[Demand]
) -> dict[int, tuple[Result, MatchLevel]]:
    """Need → the result that stands highest for it, and its level."""
    stored = runtime.engine.passages([document_id("demand", demand.id) for demand in demands])
    best: dict[int, tuple[str, MatchLevel]] = {}
    for demand in demands:
        asked = stored.get(document_id("demand", demand.id))
        if asked is None or asked.whole is None:
            continue  # not in the index yet
        hits = nearest(runtime, reader, question_of(demand), asked.whole, "result", LOOKED_AT)
        ranked = judge(runtime, asked, hits, "result")
        if ranked:
            best[demand.id] = ranked[0][0], ranked[0][1].level
    rows = read_listings(session, reader, sorted({identifier for identifier, _ in best.values()}))
    return {
        demand_id: (result, level)
        for demand_id, (identifier, level) in best.items()
        if isinstance(result := rows.get(identifier), Result)
    }
