"""The life of a detail request: 待答复 → 已授权 / 已拒绝 / 已撤回; 已授权 → 已撤销 / 已到期."""

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.disclosure.choices import RequestAction, RequestStatus
from marketplace.disclosure.models import DetailRequest
from marketplace.listings.policy import is_live
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.taxonomy.rules import Rule, days_of


def latest_end(session: Session) -> datetime:
    """The last moment to which a grant of now may reach."""
    today = clock.now().astimezone(clock.SHANGHAI).date()
    return clock.end_of_day(today + days_of(session, Rule.DETAIL_GRANT))


def decides(actor: Reader, request: DetailRequest) -> bool:
    """The owner's contact, reviewer or administrator, acting for the owner's organisation."""
    listing = request.listing
    owner = listing.organisation_id
    if owner not in actor.organisation_ids:
        return False
    contact = actor.person_id is not None and actor.person_id == listing.contact_id
    return contact or actor.has_role(owner, MembershipRole.REVIEWER, MembershipRole.ADMIN)


def asked(actor: Reader, request: DetailRequest) -> bool:
    """Anybody acting for the organisation that asks: a request belongs to it, not to the person."""
    return request.organisation_id in actor.organisation_ids


def _site(actor: Reader, request: DetailRequest) -> bool:
    return actor.is_site


def _not_grantable(session: Session, request: DetailRequest) -> str | None:
    until, now = request.granted_until, clock.now()
    if until is None or not now < until <= latest_end(session):
        return "授权截止日期须晚于今天，且不超过最长期限。"
    if request.organisation.verification is not Verification.VERIFIED:
        return "对方单位目前未通过核验，不能授权。"
    return None if is_live(request.listing, now) else "该内容已下架、过期或结束，不能再授权。"


def _not_due(session: Session, request: DetailRequest) -> str | None:
    due = request.granted_until is not None and request.granted_until <= clock.now()
    return None if due else "授权尚未到期。"


def _close(request: DetailRequest, reason: str) -> None:
    request.closed_at = clock.now()


def _close_with_reason(request: DetailRequest, reason: str) -> None:
    request.closed_at, request.reason = clock.now(), reason[:400]


def _row(
    action: RequestAction, source: RequestStatus, target: RequestStatus, **more: object
) -> Transition[Reader, DetailRequest]:
    return Transition(action, frozenset({source}), target, **more)  # type: ignore[arg-type]  # each row below names them


OWNER = "归属单位（联系人、单位审核、单位管理员）"
TRANSITIONS: tuple[Transition[Reader, DetailRequest], ...] = (
    _row(RequestAction.GRANT, RequestStatus.PENDING, RequestStatus.GRANTED, permission=decides,
         guard=_not_grantable, effect=_close, actor=OWNER,
         guard_text="截止日期晚于今天且不超过最长期限；对方单位已核验；条目在发布中"),
    _row(RequestAction.REFUSE, RequestStatus.PENDING, RequestStatus.REFUSED, permission=decides,
         effect=_close_with_reason, needs_reason=True, actor=OWNER),
    _row(RequestAction.REVOKE, RequestStatus.GRANTED, RequestStatus.REVOKED, permission=decides,
         effect=_close_with_reason, needs_reason=True, actor=OWNER),
    _row(RequestAction.WITHDRAW, RequestStatus.PENDING, RequestStatus.WITHDRAWN, permission=asked,
         effect=_close, actor="申请单位"),
    _row(RequestAction.EXPIRE, RequestStatus.GRANTED, RequestStatus.EXPIRED, permission=_site,
         guard=_not_due, effect=_close, actor="系统（授权到期时）", guard_text="授权已到期"),
)  # fmt: skip
declare_machine("detail_request", Machine("受控详情申请", RequestStatus, RequestStatus.PENDING, TRANSITIONS))
