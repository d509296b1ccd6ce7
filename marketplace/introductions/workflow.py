"""The course of an introduction: 待回应 → 对接中 → 已达成 / 未达成(原因) / 超期未回应 (domain rule)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.introductions.choices import OPEN_STATES, IntroductionStatus, IntroductionTarget
from marketplace.introductions.models import Introduction

WITHDRAWN = "发起方已撤回"  # the reason where none was written


class IntroductionAction(Choice):
    CONSENT_FROM = "consent_from", "同意对接"
    CONSENT_TO = "consent_to", "同意参与对接"
    ACCEPT = "accept", "接受对接"
    DECLINE = "decline", "婉拒对接"
    WITHDRAW = "withdraw", "撤回申请"
    LAPSE = "lapse", "超期未回应"
    CONCLUDE = "conclude", "登记达成"
    FAIL = "fail", "登记未达成"


def is_asking(actor: Reader, introduction: Introduction) -> bool:
    return introduction.from_organisation_id in actor.organisation_ids


def is_asked(actor: Reader, introduction: Introduction) -> bool:
    return introduction.to_organisation_id in actor.organisation_ids


def takes_part(actor: Reader, introduction: Introduction) -> bool:
    return is_asking(actor, introduction) or is_asked(actor, introduction)


def owes_answer(actor: Reader, introduction: Introduction) -> bool:
    """The actor's side has not agreed yet."""
    return (is_asking(actor, introduction) and introduction.from_agreed_at is None) or (
        is_asked(actor, introduction) and introduction.to_agreed_at is None
    )


def _first_of_two(introduction: Introduction) -> bool:
    return introduction.from_agreed_at is None and introduction.to_agreed_at is None


def _asking_consents(actor: Reader, introduction: Introduction) -> bool:
    return is_asking(actor, introduction) and _first_of_two(introduction)


def _asked_consents(actor: Reader, introduction: Introduction) -> bool:
    return is_asked(actor, introduction) and _first_of_two(introduction)


def _accepts(actor: Reader, introduction: Introduction) -> bool:
    """The last one to agree."""
    return owes_answer(actor, introduction) and not _first_of_two(introduction)


def _withdraws(actor: Reader, introduction: Introduction) -> bool:
    """Who has agreed already, or the broker or officer who opened it for both."""
    agreed = (is_asking(actor, introduction) and introduction.from_agreed_at is not None) or (
        is_asked(actor, introduction) and introduction.to_agreed_at is not None
    )
    opener = actor.person_id is not None and actor.person_id == introduction.opened_by_id
    return agreed or (opener and introduction.broker_id == actor.person_id)


def _site(actor: Reader, introduction: Introduction) -> bool:
    return actor.is_site


def _other_is_open(session: Session, introduction: Introduction) -> str | None:
    """A late answer to one request, while a newer one on the same listing is open, would make two."""
    by_result = introduction.target is IntroductionTarget.RESULT
    column = Introduction.result_id if by_result else Introduction.demand_id
    same = (Introduction.from_organisation_id == introduction.from_organisation_id) & (
        column == introduction.asked_for.id
    )
    if introduction.result_id is not None and introduction.demand_id is not None:
        same = same & (Introduction.target == introduction.target) | (
            (Introduction.result_id == introduction.result_id)
            & (Introduction.demand_id == introduction.demand_id)
        )
    else:
        same = same & (Introduction.target == introduction.target)
    other = session.scalar(
        select(Introduction.id).where(
            same, Introduction.id != introduction.id, Introduction.status.in_(OPEN_STATES)
        )
    )
    return None if other is None else "双方就同一条目已有新的对接，请在新的对接中答复。"


def _not_due(session: Session, introduction: Introduction) -> str | None:
    return None if introduction.reply_due_at <= clock.now() else "答复期限未到。"


def _consent_from(introduction: Introduction, reason: str) -> None:
    introduction.from_agreed_at = clock.now()


def _consent_to(introduction: Introduction, reason: str) -> None:
    introduction.to_agreed_at = clock.now()


def _accept(introduction: Introduction, reason: str) -> None:
    moment = clock.now()
    introduction.from_agreed_at = introduction.from_agreed_at or moment
    introduction.to_agreed_at = introduction.to_agreed_at or moment
    introduction.answered_at = moment


def _decline(introduction: Introduction, reason: str) -> None:
    introduction.answered_at = clock.now()
    _end(introduction, reason)


def _end(introduction: Introduction, reason: str) -> None:
    introduction.ended_at, introduction.end_reason = clock.now(), reason[:400]


def _withdraw(introduction: Introduction, reason: str) -> None:
    _end(introduction, reason or WITHDRAWN)


def _conclude(introduction: Introduction, reason: str) -> None:
    introduction.ended_at = clock.now()


PENDING, ACTIVE = frozenset({IntroductionStatus.PENDING}), frozenset({IntroductionStatus.ACTIVE})
UNANSWERED = frozenset({IntroductionStatus.PENDING, IntroductionStatus.LAPSED})

TRANSITIONS: tuple[Transition[Reader, Introduction], ...] = (
    Transition(IntroductionAction.CONSENT_FROM, PENDING, IntroductionStatus.PENDING, _asking_consents,
        effect=_consent_from, actor="由经纪人或工作人员发起时的一方，先同意者"),
    Transition(IntroductionAction.CONSENT_TO, PENDING, IntroductionStatus.PENDING, _asked_consents,
        effect=_consent_to, actor="由经纪人或工作人员发起时的另一方，先同意者"),
    Transition(IntroductionAction.ACCEPT, UNANSWERED, IntroductionStatus.ACTIVE, _accepts,
        guard=_other_is_open, effect=_accept, actor="对方；由他人发起时后同意者",
        guard_text="双方就同一条目没有更新的对接"),
    Transition(IntroductionAction.DECLINE, PENDING, IntroductionStatus.FAILED, owes_answer,
        effect=_decline, needs_reason=True, actor="尚未同意的一方"),
    Transition(IntroductionAction.WITHDRAW, UNANSWERED, IntroductionStatus.FAILED, _withdraws,
        effect=_withdraw, actor="发起方；已同意的一方；为双方发起的经纪人或工作人员"),
    Transition(IntroductionAction.LAPSE, PENDING, IntroductionStatus.LAPSED, _site,
        guard=_not_due, actor="系统（答复期限到时）", guard_text="答复期限已到"),
    Transition(IntroductionAction.CONCLUDE, ACTIVE, IntroductionStatus.AGREED, takes_part,
        effect=_conclude, actor="双方之一，同时登记结果"),
    Transition(IntroductionAction.FAIL, ACTIVE, IntroductionStatus.FAILED, takes_part,
        effect=_end, needs_reason=True, actor="双方之一"),
)  # fmt: skip
declare_machine("introduction", Machine("对接", IntroductionStatus, IntroductionStatus.PENDING, TRANSITIONS))
