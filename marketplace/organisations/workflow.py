"""Verification of an organisation, change of its identity and joining it, as transition rows."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.organisations.choices import (
    ChangeStatus,
    MembershipRole,
    OfferDirection,
    OfferStatus,
    ProofKind,
    Verification,
)
from marketplace.organisations.models import (
    MembershipOffer,
    Organisation,
    OrganisationChange,
    OrganisationProof,
)

DECIDERS = "区局、本区域的开发区"


class VerificationAction(Choice):
    VERIFY = "verify", "通过核验"
    ACKNOWLEDGE = "acknowledge", "导入为已核验"
    REFUSE = "refuse", "不予通过"
    RESUBMIT = "resubmit", "重新提交核验"


class ChangeAction(Choice):
    APPROVE = "approve", "批准变更"
    REFUSE = "refuse", "不批准变更"
    WITHDRAW = "withdraw", "撤回变更申请"


class OfferAction(Choice):
    ACCEPT = "accept", "接受邀请"
    DECLINE = "decline", "谢绝邀请"
    ADMIT = "admit", "同意加入"
    REFUSE = "refuse", "不同意加入"
    WITHDRAW = "withdraw", "撤回"
    EXPIRE = "expire", "到期"


def missing_proofs(session: Session, organisation_id: int) -> list[ProofKind]:
    """Kinds of paper of which nothing has been uploaded for the verification."""
    there = set(
        session.scalars(
            select(OrganisationProof.kind).where(
                OrganisationProof.organisation_id == organisation_id, OrganisationProof.change_id.is_(None)
            )
        )
    )
    return [kind for kind in ProofKind if kind not in there]


def _admin(actor: Reader, organisation: Organisation) -> bool:
    return actor.has_role(organisation.id, MembershipRole.ADMIN)


def _officer(actor: Reader, organisation: Organisation) -> bool:
    return actor.decides_for_zone(organisation.zone)


def _site(actor: Reader, row: object) -> bool:
    return actor.is_site


def _proofs_missing(session: Session, organisation: Organisation) -> str | None:
    missing = missing_proofs(session, organisation.id)
    return f"还缺证明材料：{'、'.join(str(kind.title) for kind in missing)}。" if missing else None


def _verified(organisation: Organisation, reason: str) -> None:
    organisation.verified_at, organisation.refusal = clock.now(), ""


def _keep_refusal(organisation: Organisation, reason: str) -> None:
    organisation.refusal = reason[:400]


VERIFICATION_TRANSITIONS: tuple[Transition[Reader, Organisation], ...] = (
    Transition(
        VerificationAction.VERIFY,
        frozenset({Verification.PENDING}),
        Verification.VERIFIED,
        _officer,
        guard=_proofs_missing,
        guard_text="证明材料齐全",
        effect=_verified,
        actor=DECIDERS,
    ),
    Transition(
        VerificationAction.ACKNOWLEDGE,
        frozenset({Verification.PENDING}),
        Verification.VERIFIED,
        _site,
        effect=_verified,
        actor="系统（导入数据时）",
    ),
    Transition(
        VerificationAction.REFUSE,
        frozenset({Verification.PENDING}),
        Verification.REFUSED,
        _officer,
        effect=_keep_refusal,
        needs_reason=True,
        actor=DECIDERS,
    ),
    Transition(
        VerificationAction.RESUBMIT,
        frozenset({Verification.REFUSED}),
        Verification.PENDING,
        _admin,
        guard=_proofs_missing,
        guard_text="证明材料齐全",
        actor="单位管理员",
    ),
)


def _change_admin(actor: Reader, change: OrganisationChange) -> bool:
    return _admin(actor, change.organisation)


def _change_officer(actor: Reader, change: OrganisationChange) -> bool:
    return _officer(actor, change.organisation)


def _change_decided(change: OrganisationChange, reason: str) -> None:
    change.decided_at, change.reason = clock.now(), reason[:400]


CHANGE_TRANSITIONS: tuple[Transition[Reader, OrganisationChange], ...] = (
    Transition(
        ChangeAction.APPROVE,
        frozenset({ChangeStatus.WAITING}),
        ChangeStatus.APPROVED,
        _change_officer,
        effect=_change_decided,
        actor=DECIDERS,
    ),
    Transition(
        ChangeAction.REFUSE,
        frozenset({ChangeStatus.WAITING}),
        ChangeStatus.REFUSED,
        _change_officer,
        effect=_change_decided,
        needs_reason=True,
        actor=DECIDERS,
    ),
    Transition(
        ChangeAction.WITHDRAW,
        frozenset({ChangeStatus.WAITING}),
        ChangeStatus.WITHDRAWN,
        _change_admin,
        effect=_change_decided,
        actor="单位管理员",
    ),
)


def _is_invitation(offer: MembershipOffer) -> bool:
    return offer.direction is OfferDirection.INVITATION


def _invitee(actor: Reader, offer: MembershipOffer) -> bool:
    """The service has put the person there whose e-mail the invitation was sent to."""
    return _is_invitation(offer) and actor.person_id is not None and actor.person_id == offer.person_id


def _decides(actor: Reader, offer: MembershipOffer) -> bool:
    if _is_invitation(offer):
        return False
    return _officer(actor, offer.organisation) if offer.to_officer else _admin(actor, offer.organisation)


def _takes_back(actor: Reader, offer: MembershipOffer) -> bool:
    if _is_invitation(offer):
        return _admin(actor, offer.organisation)
    return actor.person_id is not None and actor.person_id == offer.person_id


def _not_to_join(session: Session, offer: MembershipOffer) -> str | None:
    if offer.expires_at <= clock.now():
        return "已过有效期，请对方重新发出。"
    # An officer who appoints has looked at the organisation already.
    if not offer.to_officer and offer.organisation.verification is not Verification.VERIFIED:
        return "单位通过核验后才能接纳成员。"
    return None


def _not_due(session: Session, offer: MembershipOffer) -> str | None:
    return None if offer.expires_at <= clock.now() else "尚未到期。"


def _offer_decided(offer: MembershipOffer, reason: str) -> None:
    offer.decided_at, offer.reason = clock.now(), reason[:400]


def _offer_row(
    action: OfferAction,
    target: OfferStatus,
    permission: Callable[[Reader, MembershipOffer], bool],
    actor: str,
    guard: Callable[[Session, MembershipOffer], str | None] | None = None,
    *,
    guard_text: str = "",
    needs_reason: bool = False,
) -> Transition[Reader, MembershipOffer]:
    sources: frozenset[Choice] = frozenset({OfferStatus.OPEN})
    return Transition(
        action, sources, target, permission, guard, _offer_decided, needs_reason, actor, guard_text
    )


JOINS = "在有效期内；单位已核验（由科技局指定管理员时除外）"
OFFER_TRANSITIONS: tuple[Transition[Reader, MembershipOffer], ...] = (
    _offer_row(OfferAction.ACCEPT, OfferStatus.ACCEPTED, _invitee, "被邀请人", guard=_not_to_join,
               guard_text=JOINS),
    _offer_row(OfferAction.DECLINE, OfferStatus.DECLINED, _invitee, "被邀请人"),
    _offer_row(
        OfferAction.ADMIT, OfferStatus.ACCEPTED, _decides, "单位管理员；没有管理员时由科技局",
        guard=_not_to_join, guard_text=JOINS,
    ),
    _offer_row(
        OfferAction.REFUSE, OfferStatus.DECLINED, _decides, "单位管理员；没有管理员时由科技局",
        needs_reason=True,
    ),
    _offer_row(OfferAction.WITHDRAW, OfferStatus.WITHDRAWN, _takes_back, "邀请：单位管理员；申请：申请人"),
    _offer_row(OfferAction.EXPIRE, OfferStatus.EXPIRED, _site, "系统（到期时）", guard=_not_due,
               guard_text="有效期已到"),
)  # fmt: skip
declare_machine(
    "organisation_verification",
    Machine("单位核验", Verification, Verification.PENDING, VERIFICATION_TRANSITIONS),
)
declare_machine(
    "organisation_change",
    Machine("单位信息变更", ChangeStatus, ChangeStatus.WAITING, CHANGE_TRANSITIONS),
)
declare_machine(
    "organisation_offer", Machine("加入单位（邀请和申请）", OfferStatus, OfferStatus.OPEN, OFFER_TRANSITIONS)
)
