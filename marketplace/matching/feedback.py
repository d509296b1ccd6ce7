"""合适 / 不合适: keeping, changing, taking back; and the rows that matching learns from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.checks import require
from marketplace.core.errors import NotAllowed
from marketplace.demands.models import Demand
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict
from marketplace.matching.marks import Mark, listings_of_mark
from marketplace.matching.models import MatchFeedback, MatchFeedbackReason
from marketplace.matching.service import Listing
from marketplace.results.models import Result

MAX_NOTE = 200


def _pair(result_id: int | None, demand_id: int | None) -> str:
    named = (("result", result_id), ("demand", demand_id))
    return " ".join(f"{kind}:{number}" for kind, number in named if number is not None)


def given_feedback(session: Session, reader: Reader, mark: Mark) -> MatchFeedback | None:
    """What this person said of the pair before; NotFound where they may not read it."""
    result, demand = listings_of_mark(session, reader, mark)
    pair = _pair(result.id if result else None, demand.id if demand else None)
    return session.scalar(
        select(MatchFeedback).where(MatchFeedback.person_id == reader.person_id, MatchFeedback.pair == pair)
    )


def earlier_feedback(
    session: Session, reader: Reader, asked: Listing | None, shown: Sequence[Listing]
) -> dict[Listing, MatchFeedback]:
    """What this person said before of each match on a page; ``asked`` is None for a pasted text."""
    if reader.person_id is None or not shown:
        return {}
    pairs = {_pair_of(asked, listing): listing for listing in shown}
    rows = session.scalars(
        select(MatchFeedback)
        .where(MatchFeedback.person_id == reader.person_id, MatchFeedback.pair.in_(pairs))
        .options(selectinload(MatchFeedback.reasons))
    )
    return {pairs[row.pair]: row for row in rows}


def _pair_of(*listings: Listing | None) -> str:
    ids = {type(row): row.id for row in listings if row is not None}
    return _pair(ids.get(Result), ids.get(Demand))


def give_feedback(
    session: Session,
    actor: Reader,
    mark: Mark,
    verdict: Verdict,
    reasons: Iterable[FeedbackReason] = (),
    note: str = "",
) -> MatchFeedback:
    """Keep what a person says of a match, once for each pair; a later word replaces the earlier."""
    if actor.person_id is None:
        raise NotAllowed("请先登录，再评价匹配。")
    reasons, note = list(dict.fromkeys(reasons)), note.strip()
    require(len(note) <= MAX_NOTE, f"最多 {MAX_NOTE} 个字（现有 {len(note)} 个字）。", "note")
    told = verdict is Verdict.FIT or bool(reasons or note)
    require(told, "请选择或写下不合适的原因。", "reasons")
    result, demand = listings_of_mark(session, actor, mark)
    row = given_feedback(session, actor, mark)
    if row is None:
        row = MatchFeedback(
            person_id=actor.person_id,
            result_id=result.id if result else None,
            demand_id=demand.id if demand else None,
            pair=_pair(result.id if result else None, demand.id if demand else None),
        )
        session.add(row)
    row.organisation_id, row.created_at = actor.acting_for, clock.now()
    row.verdict, row.note = verdict, note
    row.level, row.probability = mark.level, mark.probability
    row.reasons.clear()
    session.flush()
    row.reasons = [MatchFeedbackReason(reason=reason) for reason in reasons]
    session.flush()
    return row


def take_back(session: Session, actor: Reader, mark: Mark) -> None:
    """Undo; taking back nothing is nothing."""
    row = given_feedback(session, actor, mark)
    if row is not None:
        session.delete(row)
        session.flush()


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One word on one match; ids and numbers only, no text that was pasted and no person."""

    result_id: int | None  # one of the two is None where the question was a pasted text
    demand_id: int | None
    verdict: Verdict
    reasons: tuple[FeedbackReason, ...]
    level: ShownLevel
    probability: float | None
    organisation_id: int | None
    at: datetime


def feedback_rows(session: Session) -> Sequence[FeedbackRow]:
    """All feedback as matching learns from it, oldest first."""
    rows = session.scalars(
        select(MatchFeedback).options(selectinload(MatchFeedback.reasons)).order_by(MatchFeedback.id)
    )
    return [
        FeedbackRow(
            row.result_id, row.demand_id, row.verdict, tuple(r.reason for r in row.reasons),
            row.level, row.probability, row.organisation_id, row.created_at,
        )
        for row in rows
    ]  # fmt: skip
