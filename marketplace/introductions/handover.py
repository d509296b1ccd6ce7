"""Introductions of one who leaves an organisation pass to a successor (领域规则：有人离开，由他人接替).

Those a technology broker (技术经纪人) assists pass to another broker of the organisation, or nobody
assists them any more; both sides are told which.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import Appointment
from marketplace.accounts.models import Person
from marketplace.core import audit, clock
from marketplace.core.errors import NotFound
from marketplace.introductions.choices import AssistanceStatus, IntroductionStatus
from marketplace.introductions.models import Introduction, IntroductionAssistance
from marketplace.introductions.policy import masked_side
from marketplace.introductions.service import name_of, path_of
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.handover import (
    HANDOVER,
    HELD_BY,
    HOLDINGS,
    ROLE_ENDED,
    HeldItem,
    Holding,
)
from marketplace.organisations.models import Membership

UNFINISHED = (IntroductionStatus.PENDING, IntroductionStatus.ACTIVE, IntroductionStatus.LAPSED)


def _held(session: Session, organisation_id: int, person_id: int) -> Sequence[Introduction]:
    sides: tuple[tuple[Any, Any], ...] = (
        (Introduction.from_organisation_id, Introduction.from_person_id),
        (Introduction.to_organisation_id, Introduction.to_person_id),
    )
    mine = or_(*(and_(side == organisation_id, contact == person_id) for side, contact in sides))
    return session.scalars(select(Introduction).where(mine, Introduction.status.in_(UNFINISHED))).all()


def count_held(session: Session, organisation_id: int, person_id: int) -> tuple[str, int]:
    return "未了结的对接", len(_held(session, organisation_id, person_id))


def hand_over(session: Session, organisation_id: int, from_person: int, to_person: int) -> None:
    """The successor becomes the contact of the organisation's side."""
    for row in _held(session, organisation_id, from_person):
        if row.from_organisation_id == organisation_id:
            row.from_person_id = to_person
        else:
            row.to_person_id = to_person
    session.flush()


# What a broker assists

ASSISTED = "assisted"
GOES_TO_BROKERS = "接手人须是本单位技术经纪人，否则解除协助"
ENDS = "企业名称脱敏，移交时解除协助"


def _brokers(session: Session, person_id: int) -> set[int]:
    """The organisations for which this person is a broker now."""
    return set(
        session.scalars(
            select(Membership.organisation_id).where(
                Membership.person_id == person_id,
                Membership.role == MembershipRole.BROKER,
                Membership.ended_at.is_(None),
            )
        )
    )


def _is_officer(session: Session, person_id: int) -> bool:
    person = session.get_one(Person, person_id)
    return any(a.role is Appointment.OFFICER and a.ended_at is None for a in person.appointments)


def assisted_by(session: Session, person_id: int) -> Sequence[Introduction]:
    """Unfinished ones; what has ended keeps its assistant, who may have to prove the work."""
    return session.scalars(
        select(Introduction)
        .where(Introduction.broker_id == person_id, Introduction.status.in_(UNFINISHED))
        .order_by(Introduction.id)
    ).all()


def _assisted_items(session: Session, organisation_id: int, person_id: int) -> Sequence[HeldItem]:
    """Nothing while the person assists by another right: as a broker elsewhere, or as an officer."""
    if _brokers(session, person_id) != {organisation_id} or _is_officer(session, person_id):
        return []
    return [
        HeldItem(
            f"{ASSISTED}:{row.id}", "协助的对接", f"{row.number} {row.asked_for.title}",
            GOES_TO_BROKERS if masked_side(row) is None else ENDS, path_of(row),
        )
        for row in assisted_by(session, person_id)
    ]  # fmt: skip


def _pass_assisted(
    session: Session, organisation_id: int, key: str, from_person: int, to_person: int
) -> None:
    row = session.get(Introduction, int(key.partition(":")[2]), with_for_update=True)
    if row is None or row.broker_id != from_person or row.status not in UNFINISHED:
        raise NotFound("没有找到要移交的对接。")
    # The sides of a masked need have agreed to one person's knowing them: that passes to nobody else.
    able = organisation_id in _brokers(session, to_person) and masked_side(row) is None
    change_assistant(session, row, to_person if able else None)
    _withdraw_offers(session, from_person)


def change_assistant(session: Session, introduction: Introduction, to_person: int | None) -> None:
    """Another assistant or none, and word to both sides."""
    before, introduction.broker_id = introduction.broker_id, to_person
    session.flush()
    audit.record(
        session, None, "introduction.assistance_pass", name_of(introduction),
        {"from": before, "to": to_person},
    )  # fmt: skip
    if to_person is None:
        title, body = "协助人已退出", "您可继续与对方对接，也可另请技术经纪人协助。"
    else:
        title, body = "协助人已更换", f"现由{session.get_one(Person, to_person).name}协助。"
    for person_id, organisation_id in (
        (introduction.from_person_id, introduction.from_organisation_id),
        (introduction.to_person_id, introduction.to_organisation_id),
    ):
        notify(
            session, [person_id], f"{title}：{introduction.asked_for.title}",
            f"对接编号 {introduction.number}。{body}", path_of(introduction),
            organisation_id=organisation_id,
        )  # fmt: skip


def release_assisted(session: Session, person_id: int) -> None:
    """The person assists nothing any more, and offers to assist nothing."""
    for row in assisted_by(session, person_id):
        change_assistant(session, row, None)
    _withdraw_offers(session, person_id)


def _withdraw_offers(session: Session, person_id: int) -> None:
    for offer in session.scalars(
        select(IntroductionAssistance).where(
            IntroductionAssistance.person_id == person_id,
            IntroductionAssistance.status == AssistanceStatus.OFFERED,
        )
    ):
        offer.status, offer.decided_at = AssistanceStatus.DECLINED, clock.now()


def _role_ended(session: Session, organisation_id: int, person_id: int, role: MembershipRole) -> None:
    """Who stays a member may have no role to assist by."""
    if role is not MembershipRole.BROKER or _brokers(session, person_id):
        return
    if not _is_officer(session, person_id):
        release_assisted(session, person_id)


HOLDINGS.append(Holding(ASSISTED, _assisted_items, _pass_assisted))
ROLE_ENDED.append(_role_ended)
HELD_BY.append(count_held)
HANDOVER.append(hand_over)
