"""Introductions of one who leaves an organisation pass to a successor (领域规则：有人离开，由他人接替)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.models import Introduction
from marketplace.organisations.handover import HANDOVER, HELD_BY

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


HELD_BY.append(count_held)
HANDOVER.append(hand_over)
