"""Brokers and officers who assist an introduction, by consent of one of its sides."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed
from marketplace.introductions.choices import OPEN_STATES, AssistanceStatus
from marketplace.introductions.models import Introduction, IntroductionAssistance
from marketplace.introductions.moves import people_of
from marketplace.introductions.policy import may_assist
from marketplace.introductions.service import name_of, path_of
from marketplace.introductions.workflow import takes_part
from marketplace.notifications.service import notify

NUMBER = re.compile(r"DJ-(\d{4})-(\d{6,9})", re.IGNORECASE)


def offer_assistance(session: Session, actor: Reader, number: str) -> None:
    """Tell the sides of this introduction that the actor would assist it.

    Says nothing of whether there is one: numbers can be guessed.
    """
    if not may_assist(actor):
        raise NotAllowed("协助对接由技术经纪人或科技主管部门办理。")
    found = NUMBER.fullmatch(number.strip())
    if found is None:
        raise InvalidInput("对接编号应如 DJ-2026-000123。", field="number")
    introduction = session.get(Introduction, int(found.group(2)))
    if introduction is None or introduction.number != number.strip().upper():
        return
    if introduction.status not in OPEN_STATES or introduction.broker_id is not None:
        return
    if takes_part(actor, introduction) or _offer_of(session, introduction, actor) is not None:
        return
    session.add(
        IntroductionAssistance(
            introduction=introduction, person_id=actor.person_id, organisation_id=actor.acting_for
        )
    )
    session.flush()
    for _, person_id, organisation_id in people_of(introduction):
        notify(
            session, [person_id], f"有人愿意协助对接：{introduction.asked_for.title}",
            f"对接编号 {introduction.number}。双方之一同意后，协助人可看到进展和留言。",
            path_of(introduction), organisation_id=organisation_id, urgent=True,
        )  # fmt: skip


def _offer_of(session: Session, introduction: Introduction, actor: Reader) -> IntroductionAssistance | None:
    return session.scalar(
        select(IntroductionAssistance).where(
            IntroductionAssistance.introduction_id == introduction.id,
            IntroductionAssistance.person_id == actor.person_id,
        )
    )


def decide_assistance(
    session: Session, actor: Reader, introduction: Introduction, offer_id: str, agreed: bool
) -> None:
    """One of the sides lets somebody assist, or not."""
    session.refresh(introduction, with_for_update=True)
    if not takes_part(actor, introduction):
        raise NotAllowed("是否接受协助由对接双方决定。")
    offer = next((o for o in introduction.assistance if o.public_id == offer_id), None)
    if offer is None or offer.status is not AssistanceStatus.OFFERED:
        raise Conflict("这项协助意向已处理。")
    if agreed and introduction.broker_id is not None:
        raise Conflict("已有协助人。")
    if agreed and introduction.status not in OPEN_STATES:
        raise Conflict("对接已经结束。")
    offer.status = AssistanceStatus.AGREED if agreed else AssistanceStatus.DECLINED
    offer.decided_at, offer.decided_by_id = clock.now(), actor.person_id
    if agreed:
        introduction.broker_id = offer.person_id
    word = "agree" if agreed else "decline"
    audit.record(session, actor.person_id, f"introduction.assistance_{word}", name_of(introduction),
                 {"person": offer.person_id})  # fmt: skip
    session.flush()
    title = "对方已同意您协助对接" if agreed else "对方暂不需要协助"
    path = path_of(introduction) if agreed else ""
    notify(session, [offer.person_id], title, f"对接编号 {introduction.number}。", path,
           organisation_id=offer.organisation_id)  # fmt: skip
