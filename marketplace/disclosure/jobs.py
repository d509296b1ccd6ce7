"""What is due at a time for a detail request: reminders before and at the due date, a grant's end."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import SITE
from marketplace.core.clock import now
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import handles
from marketplace.disclosure.choices import RequestAction, RequestStatus
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.service import (
    ENDING,
    EXPIRE,
    OVERDUE,
    REMIND,
    has_ended,
    move_request,
    tell_asker,
    tell_owner,
)


def _request_of(session: Session, obj: str) -> DetailRequest | None:
    return session.get(DetailRequest, int(obj.partition(":")[2]))


@handles(REMIND)
def remind_owner(session: Session, obj: str) -> None:
    request = _request_of(session, obj)
    if request is not None and request.status is RequestStatus.PENDING:
        tell_owner(
            session, request, f"查阅申请明日到期：{request.listing.title}", "请尽快授权或说明理由拒绝。"
        )


@handles(OVERDUE)
def say_overdue(session: Session, obj: str) -> None:
    request = _request_of(session, obj)
    if request is not None and request.status is RequestStatus.PENDING:
        tell_owner(session, request, f"查阅申请已超期：{request.listing.title}", "请尽快授权或说明理由拒绝。")
        tell_asker(session, request, "查阅申请超期未答复", "对方尚未答复，已再次提醒；您可以继续等待或撤回。")


@handles(ENDING)
def remind_asker(session: Session, obj: str) -> None:
    request = _request_of(session, obj)
    if request is not None and request.granted_until and request.status is RequestStatus.GRANTED:
        until = zh_deadline(request.granted_until)
        tell_asker(session, request, f"查阅授权将于 {until} 到期", "到期后需重新申请。")


@handles(EXPIRE)
def expire_grant(session: Session, obj: str) -> None:
    request = _request_of(session, obj)
    if request is not None and has_ended(request, now()):
        tell_asker(session, move_request(session, SITE, request, RequestAction.EXPIRE), "查阅授权已到期")
