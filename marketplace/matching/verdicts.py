"""指标 of both sides of a match: rows of the database and of a pasted text, judged one on the other."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.demands.models import Demand, DemandIndicator
from marketplace.listings.choices import IndicatorNecessity, IndicatorRole
from marketplace.listings.models import IndicatorColumns
from marketplace.results.models import Result, ResultIndicator
from search.indicators import Direction, Indicator, Judgement, Kind, Operator, judge

Listing = Result | Demand


def constraint(row: IndicatorColumns) -> Indicator:
    """A stored row as the comparison takes it."""
    return Indicator(
        name=row.name,
        operator=Operator(row.operator.value) if row.operator else None,
        low=row.low,
        high=row.high,
        unit=row.unit,
        condition=row.condition,
        text=row.value_text,
        kind=Kind(row.type.value),
        direction=Direction(row.direction.value),
        must=row.necessity is IndicatorNecessity.MUST,
        present=row.role is IndicatorRole.PRESENT,
        approximate=row.approximate,
    )


def constraints(session: Session, listings: Sequence[Listing]) -> Mapping[Listing, list[Indicator]]:
    """The stored rows of each listing, in two queries at most."""
    found: dict[Listing, list[Indicator]] = {listing: [] for listing in listings}
    results = {listing.id: listing for listing in listings if isinstance(listing, Result)}
    demands = {listing.id: listing for listing in listings if isinstance(listing, Demand)}
    if results:
        of_results = select(ResultIndicator).where(ResultIndicator.result_id.in_(results))
        for offered in session.scalars(of_results.order_by(ResultIndicator.position)):
            found[results[offered.result_id]].append(constraint(offered))
    if demands:
        of_demands = select(DemandIndicator).where(DemandIndicator.demand_id.in_(demands))
        for asked in session.scalars(of_demands.order_by(DemandIndicator.position)):
            found[demands[asked.demand_id]].append(constraint(asked))
    return found


def judge_for_rows(
    session: Session, rows: Sequence[Indicator], listings: Sequence[Listing]
) -> Mapping[Listing, Sequence[Judgement]]:
    """Verdicts between rows that a text was read into and the stored rows of each listing."""
    return _judge([row for row in rows if row.name], constraints(session, listings))


def judge_for_listing(
    session: Session, listing: Listing, others: Sequence[Listing]
) -> Mapping[Listing, Sequence[Judgement]]:
    """Verdicts between the stored rows of a listing and those of listings of the other kind."""
    others = [other for other in others if type(other) is not type(listing)]
    own = constraints(session, [listing])[listing]
    return _judge(own, constraints(session, others))


def _judge(
    own: Sequence[Indicator], stored: Mapping[Listing, Sequence[Indicator]]
) -> Mapping[Listing, Sequence[Judgement]]:
    """The need asks, whichever side the question came from."""
    return {
        listing: judge(own, rows) if isinstance(listing, Result) else judge(rows, own)
        for listing, rows in stored.items()
    }
