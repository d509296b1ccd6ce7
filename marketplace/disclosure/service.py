"""Ask for what a listing controls, and answer: grant with an end date, refuse, revoke, withdraw."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import SITE, Reader
from marketplace.core import workflow
from marketplace.core.checks import require
from marketplace.core.clock import now
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.core.jobs import cancel, schedule
from marketplace.demands.models import Demand
from marketplace.disclosure import policy
from marketplace.disclosure.choices import OPEN_STATES, RequestAction, RequestStatus
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.workflow import TRANSITIONS, asked, decides, latest_end
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.policy import belongs_to
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import members_with
from marketplace.results.models import Result
from marketplace.taxonomy.rules import Rule, days_of, number_of
from marketplace.taxonomy.workdays import working_day_before, working_days_after

SHORTEST_PURPOSE, LONGEST_PURPOSE = 10, 500
REMINDER_HOUR = 9  # of the working day before the reply is due

REMIND, OVERDUE = "detail_request.remind", "detail_request.overdue"
ENDING, EXPIRE = "detail_request.ending", "detail_request.expire"

Listing = Result | Demand
ReasonVerb = Callable[[Session, Reader, DetailRequest, str], DetailRequest]  # refuse, revoke


def has_controlled(listing: Listing) -> bool:
    """Whether there is anything to ask for: a result always keeps its 受控详情."""
    files = any(link.visibility is AttachmentVisibility.CONTROLLED for link in listing.attachments)
    return files or isinstance(listing, Result)


def check_asker(session: Session, actor: Reader, listing: Listing) -> Organisation:
    """The organisation that asks; NotAllowed or Conflict says why it cannot."""
    organisation = session.get(Organisation, actor.acting_for) if actor.acting_for else None
    if organisation is None or actor.person_id is None:
        raise NotAllowed("查阅申请须以单位名义提出，请先加入或登记所在单位。")
    if organisation.verification is not Verification.VERIFIED:
        raise NotAllowed("单位尚未通过核验，核验通过后才能申请查阅。")
    if belongs_to(actor, listing):
        raise Conflict("这是本单位登记的内容，无需申请。")
    if policy.can_read_details(session, actor, listing, now()):
        raise Conflict("您已可以查阅受控内容，无需再申请。")
    if not has_controlled(listing):
        raise Conflict("该内容没有受控的部分，无需申请。")
    if open_request(session, organisation.id, listing) is not None:
        raise Conflict("贵单位已提出申请，请在“查阅申请”中查看进展。")
    return organisation


def open_request(session: Session, organisation_id: int | None, listing: Listing) -> DetailRequest | None:
    """The request that is waiting, or the grant that has not ended yet."""
    found = session.scalar(
        select(DetailRequest).where(
            policy.of_listing(listing),
            DetailRequest.organisation_id == organisation_id,
            DetailRequest.status.in_(OPEN_STATES),
        )
    )
    return None if found is not None and has_ended(found, now()) else found


def has_ended(request: DetailRequest, moment: datetime) -> bool:
    """A grant whose time is over, whether the worker has seen it or not."""
    until = request.granted_until
    return request.status is RequestStatus.GRANTED and until is not None and until <= moment


def request_details(
    session: Session, actor: Reader, listing: Listing, purpose: str, wished_until: datetime | None = None
) -> DetailRequest:
    """Ask the owner for the controlled part; a reply is due in some working days."""
    if not policy.can_read_listing(actor, listing, now()):
        raise NotFound("没有找到这项内容。")
    organisation = check_asker(session, actor, listing)
    purpose = purpose.strip()
    fits = SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE
    require(fits, f"请用 {SHORTEST_PURPOSE} 至 {LONGEST_PURPOSE} 个字说明用途。", "purpose")
    if wished_until is not None:
        _check_end(session, wished_until, "wished_until")
    _end_what_is_over(session, organisation.id, listing)
    days = number_of(session, Rule.DETAIL_REPLY)
    request = DetailRequest(
        organisation=organisation,
        person_id=actor.person_id,
        purpose=purpose,
        wished_until=wished_until,
        due_at=working_days_after(session, now(), days),
        result=listing if isinstance(listing, Result) else None,
        demand=listing if isinstance(listing, Demand) else None,
    )
    session.add(request)
    session.flush()
    remind_at = working_day_before(session, request.due_at, REMINDER_HOUR)
    if remind_at > now():
        schedule(session, REMIND, _object(request), remind_at)
    schedule(session, OVERDUE, _object(request), request.due_at)
    body = f"申请单位：{organisation.name}\n用途：{purpose}\n请在 {days} 个工作日内答复。"
    tell_owner(session, request, f"请答复查阅申请：{listing.title}", body)
    return request


def suggested_end(session: Session, request: DetailRequest) -> datetime:
    """What the asker wishes, as far as the rules go; without a wish that is to come, as long as they go."""
    latest, wished = latest_end(session), request.wished_until
    return latest if wished is None or wished <= now() else min(wished, latest)


def _check_end(session: Session, until: datetime, field: str) -> None:
    days = number_of(session, Rule.DETAIL_GRANT)
    require(now() < until <= latest_end(session), f"截止日期须晚于今天，且不超过 {days} 天。", field)


def _end_what_is_over(session: Session, organisation_id: int, listing: Listing) -> None:
    """A grant that is over by time gives way to the next request, also before the worker comes."""
    for old in session.scalars(
        select(DetailRequest).where(
            policy.of_listing(listing),
            DetailRequest.organisation_id == organisation_id,
            DetailRequest.status == RequestStatus.GRANTED,
            DetailRequest.granted_until <= now(),
        )
    ).all():
        move_request(session, SITE, old, RequestAction.EXPIRE)
    session.flush()


def _object(request: DetailRequest) -> str:
    return f"detail_request:{request.id}"


def request_path(request: DetailRequest) -> str:
    return f"/details/{request.public_id}"


def deciders(session: Session, listing: Listing) -> list[int | None]:
    owner = listing.organisation_id
    return [listing.contact_id, *members_with(session, owner, MembershipRole.REVIEWER, MembershipRole.ADMIN)]


def tell_owner(session: Session, request: DetailRequest, title: str, body: str) -> None:
    listing = request.listing
    owner = listing.organisation_id
    waits = request.status is RequestStatus.PENDING
    notify(session, deciders(session, listing), title, body, request_path(request),
           organisation_id=owner, urgent=waits)  # fmt: skip


def tell_asker(session: Session, request: DetailRequest, title: str, body: str = "") -> None:
    """Never says whose a listing is: the owner of a masked need stays unknown to the asker."""
    notify(session, [request.person_id], f"{title}：{request.listing.title}", body, request_path(request),
           organisation_id=request.organisation_id)  # fmt: skip


def move_request(
    session: Session, actor: Reader, request: DetailRequest, action: RequestAction, reason: str = ""
) -> DetailRequest:
    moved = workflow.apply(session, TRANSITIONS, request, action, actor, reason)
    if action is not RequestAction.EXPIRE:
        moved.decided_by_id = actor.person_id
        for job in (REMIND, OVERDUE, ENDING, EXPIRE):
            cancel(session, job, _object(moved))
    return moved


def grant_request(
    session: Session, actor: Reader, request: DetailRequest, until: datetime, *, tells_owner: bool = False
) -> DetailRequest:
    """Let the asking organisation read until ``until``; ``tells_owner``: also files that name the owner."""
    if decides(actor, request):
        _check_end(session, until, "until")
        if request.status is RequestStatus.PENDING:
            request.granted_until, request.tells_owner = until, tells_owner
    moved = move_request(session, actor, request, RequestAction.GRANT)
    schedule(session, EXPIRE, _object(moved), until)
    remind_at = until - days_of(session, Rule.DETAIL_ENDING)
    if remind_at > now():
        schedule(session, ENDING, _object(moved), remind_at)
    tell_asker(session, moved, "已获授权查阅", "在授权期内可查阅受控内容，每次查阅均有记录，请勿外传。")
    return moved


def refuse_request(session: Session, actor: Reader, request: DetailRequest, reason: str) -> DetailRequest:
    moved = move_request(session, actor, request, RequestAction.REFUSE, reason)
    tell_asker(session, moved, "查阅申请未获同意", f"理由：{moved.reason}")
    return moved


def revoke_request(session: Session, actor: Reader, request: DetailRequest, reason: str) -> DetailRequest:
    moved = move_request(session, actor, request, RequestAction.REVOKE, reason)
    tell_asker(session, moved, "查阅授权已撤销", f"理由：{moved.reason}")
    return moved


def withdraw_request(session: Session, actor: Reader, request: DetailRequest) -> DetailRequest:
    moved = move_request(session, actor, request, RequestAction.WITHDRAW)
    tell_owner(session, moved, f"查阅申请已撤回：{moved.listing.title}", "对方已撤回申请，无需再答复。")
    return moved


def get_request(session: Session, reader: Reader, public_id: str) -> DetailRequest:
    """The request, for the asking organisation and for those of the owner who decide."""
    found = session.scalar(select(DetailRequest).where(DetailRequest.public_id == public_id))
    if found is None or not (asked(reader, found) or decides(reader, found)):
        raise NotFound("没有找到这份查阅申请。")
    return found


def get_request_to_decide(session: Session, reader: Reader, public_id: str) -> DetailRequest:
    """The same for an answer of the owner: the asker may read a request and not decide on it."""
    found = get_request(session, reader, public_id)
    if not decides(reader, found):
        raise NotAllowed("查阅申请由归属单位的联系人、单位审核或单位管理员答复。")
    return found
