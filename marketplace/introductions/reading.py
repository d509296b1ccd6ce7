"""Lists of introductions: inbox, what waits, and the rows that matching learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.policy import Reader
from marketplace.core.choices import Choice
from marketplace.core.desk import DeskLine
from marketplace.introductions import policy
from marketplace.introductions.choices import AssistanceStatus, IntroductionStatus, OutcomeKind
from marketplace.introductions.models import Introduction, IntroductionAssistance
from marketplace.introductions.service import path_of
from marketplace.introductions.workflow import owes_answer
from marketplace.matching.choices import ShownLevel
from marketplace.organisations.choices import MembershipRole

PAGE = 20


class Box(Choice):
    RECEIVED = "received", "我收到的"
    SENT = "sent", "我发起的"
    ASSISTED = "assisted", "我协助的"


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: Sequence[Introduction]
    following: str | None  # public id of the last row shown where more follow


def _of_box(reader: Reader, box: Box) -> ColumnElement[bool]:
    own = sorted(reader.organisation_ids)
    if box is Box.ASSISTED:
        return policy.assisted(reader)
    column = Introduction.to_organisation_id if box is Box.RECEIVED else Introduction.from_organisation_id
    return column.in_(own)


def inbox(
    session: Session, reader: Reader, box: Box, status: IntroductionStatus | None = None, after: str = ""
) -> InboxPage:
    """One page, newest first; ``after`` is the public id of the last row of the page before."""
    rows = select(Introduction).where(_of_box(reader, box))
    if status is not None:
        rows = rows.where(Introduction.status == status)
    if after:
        last = select(Introduction.id).where(Introduction.public_id == after).scalar_subquery()
        rows = rows.where(Introduction.id < last)
    loaded = (joinedload(Introduction.result), joinedload(Introduction.demand))
    found = session.scalars(rows.options(*loaded).order_by(Introduction.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    return InboxPage(shown, shown[-1].public_id if len(found) > PAGE else None)


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """Replies that are due, offers of assistance to decide on, outcomes that were asked for."""
    if reader.acting_for is None:
        return []
    organisation_id, me = reader.acting_for, reader.person_id
    sides = (
        (Introduction.from_organisation_id, Introduction.from_person_id),
        (Introduction.to_organisation_id, Introduction.to_person_id),
    )
    administers = reader.has_role(organisation_id, MembershipRole.ADMIN)
    mine = or_(
        *(
            and_(organisation == organisation_id, or_(person == me, person.is_(None)))
            if not administers
            else organisation == organisation_id
            for organisation, person in sides
        )
    )
    open_rows = session.scalars(
        select(Introduction)
        .where(mine, Introduction.status.in_((IntroductionStatus.PENDING, IntroductionStatus.ACTIVE)))
        .order_by(Introduction.reply_due_at, Introduction.id)
    )
    return [line for row in open_rows for line in _lines(reader, row)]


def _lines(reader: Reader, introduction: Introduction) -> list[DeskLine]:
    title, path = f"{introduction.number} {introduction.asked_for.title}", path_of(introduction)
    lines = []
    if introduction.status is IntroductionStatus.PENDING and owes_answer(reader, introduction):
        lines.append(DeskLine("答复对接申请", title, path, introduction.reply_due_at))
    if introduction.status is IntroductionStatus.ACTIVE and introduction.outcome_asked_at is not None:
        lines.append(DeskLine("登记对接结果", title, path))
    if any(offer.status is AssistanceStatus.OFFERED for offer in introduction.assistance):
        lines.append(DeskLine("决定是否接受协助", title, path))
    return lines


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one introduction; ids and numbers only, no texts and no people."""

    result_id: int | None
    demand_id: int | None
    level: ShownLevel | None
    probability: float | None
    status: IntroductionStatus
    assisted: bool
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: OutcomeKind | None
    contract_amount: int | None  # 分


def outcome_rows(session: Session) -> list[OutcomeRow]:
    """Every introduction as matching learns from it, oldest first."""
    return [
        OutcomeRow(
            row.result_id, row.demand_id, row.level, row.probability, row.status, row.broker_id is not None,
            row.created_at, row.answered_at, row.ended_at, row.outcome_kind, row.contract_amount,
        )
        for row in session.scalars(select(Introduction).order_by(Introduction.id))
    ]  # fmt: skip


def offers_by(session: Session, reader: Reader) -> Sequence[IntroductionAssistance]:
    """Offers of assistance this person made that nobody has answered yet."""
    return session.scalars(
        select(IntroductionAssistance)
        .where(
            IntroductionAssistance.person_id == reader.person_id,
            IntroductionAssistance.status == AssistanceStatus.OFFERED,
        )
        .order_by(IntroductionAssistance.id.desc())
    ).all()
