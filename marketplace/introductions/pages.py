"""Rows → pages of introductions, for one reader."""

import json
from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.formatting import wan, zh_datetime, zh_deadline
from marketplace.core.workflow import possible
from marketplace.demands import policy as demand_policy
from marketplace.introductions import policy
from marketplace.introductions.choices import AssistanceStatus, IntroductionStatus, Side
from marketplace.introductions.models import Introduction
from marketplace.introductions.presenters import (
    Action,
    ContactCard,
    InboxRow,
    IntroductionView,
    ListingLine,
    OfferLine,
    Step,
    ThreadLine,
)
from marketplace.introductions.service import MASKED_NAME, Listing, name_of
from marketplace.introductions.workflow import (
    TRANSITIONS,
    IntroductionAction,
    owes_answer,
    takes_part,
)
from marketplace.listings.service import listing_path
from marketplace.results import policy as result_policy
from marketplace.results.models import Result

AGREEING = (IntroductionAction.CONSENT_FROM, IntroductionAction.CONSENT_TO, IntroductionAction.ACCEPT)
STEP_TITLES = {
    "introduction.open": "提出对接",
    **{f"introduction.{action.value}": action.title for action in IntroductionAction},
    "introduction.accept": "接受对接，互换联系方式",
    "introduction.assistance_agree": "同意协助人加入",
}


def organisation_of(introduction: Introduction, side: Side) -> Any:
    return introduction.from_organisation if side is Side.FROM else introduction.to_organisation


def side_name(reader: Reader, introduction: Introduction, side: Side) -> str:
    """The organisation's short name, or that it is masked."""
    known = policy.can_know(reader, introduction, side)
    return str(organisation_of(introduction, side).short_name) if known else MASKED_NAME


def _side_url(reader: Reader, introduction: Introduction, side: Side) -> str | None:
    if not policy.can_know(reader, introduction, side):
        return None
    return url_for("organisations.detail", public_id=organisation_of(introduction, side).public_id)


def can_read_listing(reader: Reader, listing: Listing) -> bool:
    moment = clock.now()
    if isinstance(listing, Result):
        return result_policy.can_read(reader, listing, moment)
    return demand_policy.can_read(reader, listing, moment)


def _listing_line(reader: Reader, introduction: Introduction, listing: Listing) -> ListingLine:
    side = Side.FROM if listing.organisation_id == introduction.from_organisation_id else Side.TO
    return ListingLine(
        kind="成果" if isinstance(listing, Result) else "需求",
        number=listing.number,
        title=listing.title,
        url=listing_path(listing) if can_read_listing(reader, listing) else None,
        organisation=side_name(reader, introduction, side),
        organisation_url=_side_url(reader, introduction, side),
    )


def _contacts(reader: Reader, introduction: Introduction) -> list[ContactCard]:
    if not policy.can_see_contacts(reader, introduction):
        return []
    sides = ((Side.FROM, introduction.from_person), (Side.TO, introduction.to_person))
    cards = [
        _card(side.title, str(organisation_of(introduction, side).name), person)
        for side, person in sides
        if person is not None and policy.can_know(reader, introduction, side)
    ]
    if introduction.broker is not None:
        cards.append(_card(Side.ASSISTANT.title, "", introduction.broker))
    return cards


def _card(side: str, organisation: str, person: Person) -> ContactCard:
    return ContactCard(side, organisation, person.name, person.professional_title, person.email, person.phone)


def shown_of(person: Person | None, organisation_name: str) -> list[str]:
    """What the other side gets to see after acceptance, word for word."""
    if person is None:
        return []
    lines = [f"单位：{organisation_name}", f"姓名：{person.name}"]
    if person.professional_title:
        lines.append(f"职务：{person.professional_title}")
    return [*lines, f"邮箱：{person.email}", f"电话：{person.phone or '未填写'}"]


def _actions(reader: Reader, introduction: Introduction, shown: Sequence[str]) -> list[Action]:
    moves = possible(TRANSITIONS, introduction, reader)
    return [
        _action(introduction, t.action, t.needs_reason, shown)
        for t in moves
        if isinstance(t.action, IntroductionAction) and t.action is not IntroductionAction.CONCLUDE
    ]


def _action(
    introduction: Introduction, action: IntroductionAction, needs_reason: bool, shown: Sequence[str]
) -> Action:
    masked = policy.masked_side(introduction) is not None
    consequences: list[str] = []
    question = f"{action.title}？"
    if action in AGREEING:
        when = "对方立即" if action is IntroductionAction.ACCEPT else "双方都同意后，对方"
        consequences = [f"{when}可看到您的：{'；'.join(shown)}。", "您同样可看到对方联系人的上述信息。"]
        if masked:
            consequences.append(
                "需求方选择了名称脱敏：接受后双方在本次对接中互知企业名称，其他页面仍保持脱敏。"
            )
    elif action is IntroductionAction.DECLINE:
        consequences = ["对接结束，对方会看到您写的理由。", "双方的联系方式不会公开。"]
    elif action is IntroductionAction.WITHDRAW:
        consequences = ["对接结束，对方会收到通知。"]
    elif action is IntroductionAction.FAIL:
        consequences = [
            "对接结束，双方和协助人会看到理由。",
            "若这是该需求的最后一项对接，需求恢复为寻源中。",
        ]
    grave = action not in AGREEING
    return Action(action.value, action.title, question, consequences, needs_reason, grave)


def _turn(reader: Reader, introduction: Introduction) -> str:
    if introduction.status is IntroductionStatus.ACTIVE:
        return "双方" if introduction.outcome_asked_at else ""
    if introduction.status not in (IntroductionStatus.PENDING, IntroductionStatus.LAPSED):
        return ""
    waiting = [
        side
        for side, agreed in (
            (Side.FROM, introduction.from_agreed_at), (Side.TO, introduction.to_agreed_at)
        )
        if agreed is None
    ]  # fmt: skip
    if owes_answer(reader, introduction):
        return "您" if len(waiting) == 1 else "您和对方"
    return "、".join(side_name(reader, introduction, side) for side in waiting)


def _steps(session: Session, introduction: Introduction) -> list[Step]:
    records = session.scalars(
        select(AuditRecord).where(AuditRecord.object == name_of(introduction)).order_by(AuditRecord.seq)
    ).all()
    steps = [
        Step(
            title=STEP_TITLES[record.action],
            when=zh_datetime(record.at),
            state="done",
            note=json.loads(record.detail).get("reason", ""),
        )
        for record in records
        if record.action in STEP_TITLES
    ]
    if introduction.status is IntroductionStatus.PENDING:
        steps.append(Step("等待答复", f"{zh_deadline(introduction.reply_due_at)} 截止", "current"))
    elif introduction.status is IntroductionStatus.ACTIVE:
        steps.append(Step("商谈中", "", "current", "谈成或谈不成，请任一方登记结果。"))
    return steps


def _thread(reader: Reader, introduction: Introduction) -> list[ThreadLine] | None:
    if not policy.can_read_thread(reader, introduction):
        return None
    lines = []
    for message in introduction.messages:
        hidden = message.side is not Side.ASSISTANT and not policy.can_know(
            reader, introduction, message.side
        )
        organisation = "" if message.side is Side.ASSISTANT else side_name(reader, introduction, message.side)
        who = organisation if hidden else " · ".join(filter(None, (message.author.name, organisation)))
        if message.side is Side.ASSISTANT:
            who = f"{message.author.name} · {Side.ASSISTANT.title}"
        lines.append(ThreadLine(who, message.author_id == reader.person_id, message.text, message.created_at))
    return lines


def _outcome(introduction: Introduction) -> list[tuple[str, str]]:
    if introduction.outcome_kind is None:
        return []
    rows = [("合作方式", introduction.outcome_kind.title)]
    if introduction.contract_amount is not None:
        rows.append(("合同金额", wan(introduction.contract_amount)))
    if introduction.outcome_note:
        rows.append(("说明", introduction.outcome_note))
    return rows


def _offers(reader: Reader, introduction: Introduction) -> list[OfferLine]:
    if not takes_part(reader, introduction) or introduction.broker_id is not None:
        return []
    return [
        OfferLine(
            offer.public_id,
            f"{offer.person.name} · {offer.organisation.short_name}"
            if offer.organisation
            else offer.person.name,
        )
        for offer in introduction.assistance
        if offer.status is AssistanceStatus.OFFERED
    ]


def introduction_view(
    session: Session, reader: Reader, me: Person, introduction: Introduction
) -> IntroductionView:
    offered, side = introduction.offered, policy.side_of(reader, introduction)
    shown: list[str] = []
    if side in (Side.FROM, Side.TO):
        shown = shown_of(me, organisation_of(introduction, side).name)
    pending = introduction.status is IntroductionStatus.PENDING
    return IntroductionView(
        public_id=introduction.public_id,
        number=introduction.number,
        status=introduction.status.title,
        turn=_turn(reader, introduction),
        since=introduction.created_at,
        due_at=introduction.reply_due_at if pending else None,
        overdue=introduction.status is IntroductionStatus.LAPSED,
        asked_for=_listing_line(reader, introduction, introduction.asked_for),
        offered=_listing_line(reader, introduction, offered) if offered is not None else None,
        from_name=side_name(reader, introduction, Side.FROM),
        from_url=_side_url(reader, introduction, Side.FROM),
        to_name=side_name(reader, introduction, Side.TO),
        assistant=introduction.broker.name if introduction.broker else "",
        message=introduction.message,
        level=introduction.level.title if introduction.level else "",
        end_reason=introduction.end_reason,
        outcome=_outcome(introduction),
        contacts=_contacts(reader, introduction),
        shown_on_acceptance=shown,
        actions=_actions(reader, introduction, shown),
        can_conclude=introduction.status is IntroductionStatus.ACTIVE and takes_part(reader, introduction),
        steps=_steps(session, introduction),
        thread=_thread(reader, introduction),
        can_write=policy.can_write(reader, introduction),
        offers=_offers(reader, introduction),
    )


def inbox_row(reader: Reader, introduction: Introduction) -> InboxRow:
    side = policy.side_of(reader, introduction)
    if side is Side.FROM:
        partner = side_name(reader, introduction, Side.TO)
    elif side is Side.TO:
        partner = side_name(reader, introduction, Side.FROM)
    else:
        partner = " ↔ ".join(side_name(reader, introduction, s) for s in (Side.FROM, Side.TO))
    pending = introduction.status is IntroductionStatus.PENDING
    listing = introduction.asked_for
    return InboxRow(
        url=url_for("introductions.detail", public_id=introduction.public_id),
        number=introduction.number,
        title=listing.title,
        kind="成果" if isinstance(listing, Result) else "需求",
        partner=partner,
        status=introduction.status.title,
        status_code=introduction.status.value,
        created_at=introduction.created_at,
        due_at=introduction.reply_due_at if pending else None,
        my_turn=pending and owes_answer(reader, introduction),
    )
