"""Answering an introduction and ending it, with all that a move brings with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, Reader
from marketplace.core import clock, workflow
from marketplace.core.checks import require
from marketplace.core.jobs import cancel, schedule
from marketplace.demands.choices import SEEKING_STATES, SourcingStatus
from marketplace.demands.service import move_sourcing
from marketplace.demands.workflow import SourcingAction
from marketplace.introductions import policy
from marketplace.introductions.choices import IntroductionStatus, OutcomeKind, Side
from marketplace.introductions.models import Introduction
from marketplace.introductions.names import refuse_names
from marketplace.introductions.service import ASK_OUTCOME, LAPSE, REMIND, name_of, path_of
from marketplace.introductions.workflow import TRANSITIONS, IntroductionAction, is_asking
from marketplace.listings.choices import ListingStatus
from marketplace.notifications.service import notify
from marketplace.taxonomy.rules import Rule, days_of

MAX_REASON = 400

TITLES = {
    IntroductionAction.CONSENT_FROM: "对方已同意对接，等您答复",
    IntroductionAction.CONSENT_TO: "对方已同意对接，等您答复",
    IntroductionAction.ACCEPT: "对接已接受，可以查看联系方式",
    IntroductionAction.DECLINE: "对接被婉拒",
    IntroductionAction.WITHDRAW: "对接申请已撤回",
    IntroductionAction.LAPSE: "对接超期未回应",
    IntroductionAction.CONCLUDE: "对接已登记为达成",
    IntroductionAction.FAIL: "对接已登记为未达成",
}


def move_introduction(
    session: Session,
    actor: Reader,
    introduction: Introduction,
    action: IntroductionAction,
    reason: str = "",
) -> Introduction:
    """Apply one transition; who agrees becomes the contact of their side."""
    require(len(reason.strip()) <= MAX_REASON, f"最多 {MAX_REASON} 个字。", "reason")
    _refuse_telling_reason(session, actor, introduction, reason)
    was_active = introduction.status is IntroductionStatus.ACTIVE
    moved = workflow.apply(session, TRANSITIONS, introduction, action, actor, reason)
    if action in (IntroductionAction.CONSENT_FROM, IntroductionAction.CONSENT_TO, IntroductionAction.ACCEPT):
        _name_contact(actor, moved)
    if action is IntroductionAction.ACCEPT:
        _begin(session, moved)
    elif moved.status is IntroductionStatus.FAILED:
        _forget_dates(session, moved)
        if was_active:
            _resume_need(session, moved)
    _tell(session, actor, moved, action)
    return moved


def _refuse_telling_reason(session: Session, actor: Reader, introduction: Introduction, reason: str) -> None:
    """Before acceptance the masked side writes nothing that tells who it is."""
    side = policy.masked_side(introduction)
    if side is None or introduction.accepted or policy.side_of(actor, introduction) is not side:
        return
    demand = introduction.demand
    assert demand is not None and actor.person_id is not None  # a side is a person's
    author = session.get_one(Person, actor.person_id)
    refuse_names(reason, "reason", demand.organisation, author, demand.contact)


def _name_contact(actor: Reader, introduction: Introduction) -> None:
    """Nobody's address is given away by somebody else: who agrees gives their own."""
    if is_asking(actor, introduction):
        introduction.from_person_id = actor.person_id
    else:
        introduction.to_person_id = actor.person_id


def _begin(session: Session, introduction: Introduction) -> None:
    _forget_dates(session, introduction)
    ask_at = clock.now() + days_of(session, Rule.INTRODUCTION_OUTCOME)
    schedule(session, ASK_OUTCOME, name_of(introduction), ask_at)
    demand = introduction.demand
    if (
        demand is not None
        and demand.sourcing is SourcingStatus.SEEKING
        and demand.status is ListingStatus.PUBLISHED
    ):
        move_sourcing(session, SITE, demand, SourcingAction.INTRODUCE)


def _forget_dates(session: Session, introduction: Introduction) -> None:
    for action in (REMIND, LAPSE, ASK_OUTCOME):
        cancel(session, action, name_of(introduction))


def _resume_need(session: Session, introduction: Introduction) -> None:
    """The last talk about a need ended without success: it is sought again."""
    demand = introduction.demand
    if demand is None or demand.sourcing is not SourcingStatus.INTRODUCING:
        return
    session.flush()
    others = select(Introduction.id).where(
        Introduction.demand_id == demand.id, Introduction.status == IntroductionStatus.ACTIVE
    )
    if session.scalar(others.limit(1)) is None:
        move_sourcing(session, SITE, demand, SourcingAction.RESUME)


def conclude_introduction(
    session: Session,
    actor: Reader,
    introduction: Introduction,
    kind: OutcomeKind,
    note: str = "",
    contract_amount: int | None = None,
) -> Introduction:
    """已达成: what was signed is kept, and the need counts as signed."""
    require(len(note.strip()) <= MAX_REASON, f"最多 {MAX_REASON} 个字。", "note")
    require(contract_amount is None or contract_amount > 0, "合同金额须大于零；不便填写请留空。", "amount")
    if introduction.status is IntroductionStatus.ACTIVE:  # else the transition below refuses
        introduction.outcome_kind, introduction.outcome_note = kind, note.strip()
        introduction.contract_amount = contract_amount
    moved = workflow.apply(session, TRANSITIONS, introduction, IntroductionAction.CONCLUDE, actor)
    _forget_dates(session, moved)
    demand = moved.demand
    if demand is not None and demand.sourcing in SEEKING_STATES and demand.status is ListingStatus.PUBLISHED:
        move_sourcing(session, SITE, demand, SourcingAction.SIGN)
    _tell(session, actor, moved, IntroductionAction.CONCLUDE)
    return moved


def people_of(introduction: Introduction) -> list[tuple[Side, int | None, int | None]]:
    """Each side's contact with the organisation they act for, and who assists."""
    return [
        (Side.FROM, introduction.from_person_id, introduction.from_organisation_id),
        (Side.TO, introduction.to_person_id, introduction.to_organisation_id),
        (Side.ASSISTANT, introduction.broker_id, None),
    ]


def _tell(session: Session, actor: Reader, introduction: Introduction, action: IntroductionAction) -> None:
    """Everybody but who acted. Reasons stand on the page, not in the notice."""
    for _, person_id, organisation_id in people_of(introduction):
        if person_id is None or person_id == actor.person_id:
            continue
        notify(
            session,
            [person_id],
            f"{TITLES[action]}：{introduction.asked_for.title}",
            f"对接编号 {introduction.number}。",
            path_of(introduction),
            organisation_id=organisation_id,
        )
