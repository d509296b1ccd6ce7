"""The life of a listing as transition rows, shared by results and needs."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Transition
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import ListingColumns
from marketplace.organisations.choices import MembershipRole, OrganisationKind, Verification
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.rules import Rule, days_of

L = TypeVar("L", bound=ListingColumns)

# A 职务成果 is the institution's: nothing of it leaves before its reviewer has agreed.
INSTITUTIONS = frozenset(
    {
        OrganisationKind.UNIVERSITY,
        OrganisationKind.INSTITUTE,
        OrganisationKind.NEW_RD,
        OrganisationKind.HOSPITAL,
    }
)
VERIFIED, REVIEWED = "单位已核验", "已作保密审查"  # what guards ask for, in words


class ListingAction(Choice):
    SUBMIT = "submit", "提交单位审核"
    FILE = "file", "提交审核"
    CONFIRM = "confirm", "企业确认"
    APPROVE = "approve", "单位审核通过"
    PUBLISH = "publish", "发布"
    RETURN = "return", "退回修改"
    RECALL = "recall", "撤回提交"
    WITHDRAW = "withdraw", "下架"
    TRANSFER = "transfer", "标记已转化"
    EXPIRE = "expire", "到期"
    RENEW = "renew", "续期"
    REOPEN = "reopen", "重新编辑"


def reviews_itself(organisation: Organisation) -> bool:
    """Whether 单位审核 stands between draft and officer: institutions, and whoever named a reviewer."""
    return organisation.kind in INSTITUTIONS or any(
        m.role is MembershipRole.REVIEWER and m.ended_at is None for m in organisation.memberships
    )


def _member(actor: Reader, listing: ListingColumns) -> bool:
    return listing.organisation_id in actor.organisation_ids


def _submits(actor: Reader, listing: ListingColumns) -> bool:
    return _member(actor, listing) and reviews_itself(listing.organisation)


def _files(actor: Reader, listing: ListingColumns) -> bool:
    return _member(actor, listing) and not reviews_itself(listing.organisation)


def _confirms(actor: Reader, listing: ListingColumns) -> bool:
    """The holder of the link that was mailed for this very need."""
    demand = listing.__tablename__ == "demand"  # type: ignore[attr-defined]  # of the mapped class
    return demand and actor.confirms_demand_id == listing.id


def _reviewer(actor: Reader, listing: ListingColumns) -> bool:
    return actor.has_role(listing.organisation_id, MembershipRole.REVIEWER)


def _site(actor: Reader, listing: ListingColumns) -> bool:
    return actor.is_site


def _unverified(session: Session, listing: ListingColumns) -> str | None:
    verified = session.scalar(
        select(Organisation.verification).where(Organisation.id == listing.organisation_id)
    )
    return None if verified is Verification.VERIFIED else "单位尚未通过核验，核验通过后才能提交。"


def _secrecy_missing(session: Session, listing: ListingColumns) -> str | None:
    return "请先完成保密审查。" if listing.secrecy is SecrecyVerdict.PENDING else None


def _file_missing(session: Session, listing: ListingColumns) -> str | None:
    return _unverified(session, listing) or _secrecy_missing(session, listing)


def _validity_missing(session: Session, listing: ListingColumns) -> str | None:
    if listing.valid_until is None or listing.valid_until <= clock.now():
        return "请填写晚于今天的有效期。"
    return _unverified(session, listing) or _secrecy_missing(session, listing)


def _renewal_missing(session: Session, listing: ListingColumns) -> str | None:
    """The new date stands in the row already; the old one has to be recent enough."""
    expired, renewable = listing.expired_at, days_of(session, Rule.LISTING_RENEWABLE)
    if expired is not None and clock.now() - expired > renewable:
        return f"过期已超过 {renewable.days} 天，请重新编辑并提交审核。"
    if listing.valid_until is None or listing.valid_until <= clock.now():
        return "请填写晚于今天的有效期。"
    return None


def _not_due(session: Session, listing: ListingColumns) -> str | None:
    due = listing.valid_until is not None and listing.valid_until <= clock.now()
    return None if due else "尚未到期。"


def _publish(listing: ListingColumns, reason: str) -> None:
    listing.published_at, listing.expired_at = clock.now(), None


def _expire(listing: ListingColumns, reason: str) -> None:
    listing.expired_at = clock.now()


def _renew(listing: ListingColumns, reason: str) -> None:
    listing.expired_at = None


def _review_again(listing: ListingColumns, reason: str) -> None:
    """A changed text needs a new 保密审查."""
    listing.secrecy, listing.secrecy_at, listing.secrecy_note = SecrecyVerdict.PENDING, None, ""
    listing.secrecy_by_id, listing.expired_at = None, None


def listing_transitions(zone_of: Callable[[L], str]) -> tuple[Transition[Reader, L], ...]:
    """The rows for one kind of listing; ``zone_of`` says whose zone officers decide on it."""

    def officer(actor: Reader, listing: L) -> bool:
        return actor.decides_for_zone(zone_of(listing))

    def withdraws(actor: Reader, listing: L) -> bool:
        return _member(actor, listing) or officer(actor, listing)

    def row(
        action: ListingAction, sources: set[ListingStatus], target: ListingStatus, permission: object,
        actor: str, **more: object,
    ) -> Transition[Reader, L]:  # fmt: skip
        return Transition(action, frozenset(sources), target, permission, actor=actor, **more)  # type: ignore[arg-type]  # each row below names them

    status, act = ListingStatus, ListingAction
    unsent = {status.DRAFT, status.RETURNED}
    return (
        row(act.SUBMIT, unsent, status.ORGANISATION_REVIEW, _submits, "本单位成员（设单位审核的单位）",
            guard=_unverified, guard_text=VERIFIED),
        row(act.FILE, unsent, status.SUBMITTED, _files, "本单位成员（不设单位审核的单位）",
            guard=_file_missing, guard_text=f"{VERIFIED}；{REVIEWED}"),
        row(act.CONFIRM, unsent, status.SUBMITTED, _confirms, "企业（凭确认链接，代填的需求）",
            guard=_secrecy_missing, guard_text=REVIEWED),
        row(act.APPROVE, {status.ORGANISATION_REVIEW}, status.SUBMITTED, _reviewer, "单位审核",
            guard=_secrecy_missing, guard_text=REVIEWED),
        row(act.PUBLISH, {status.SUBMITTED}, status.PUBLISHED, officer, "区局、本区域的开发区",
            guard=_validity_missing, effect=_publish,
            guard_text=f"{VERIFIED}；{REVIEWED}；有效期晚于现在"),
        row(act.RETURN, {status.ORGANISATION_REVIEW}, status.RETURNED, _reviewer, "单位审核",
            needs_reason=True),
        row(act.RETURN, {status.SUBMITTED}, status.RETURNED, officer, "区局、本区域的开发区",
            needs_reason=True),
        row(act.RECALL, {status.ORGANISATION_REVIEW, status.SUBMITTED}, status.DRAFT, _member, "本单位成员",
            effect=_review_again),
        row(act.WITHDRAW, {status.PUBLISHED}, status.WITHDRAWN, withdraws, "本单位成员、区局、本区域的开发区",
            needs_reason=True),
        row(act.TRANSFER, {status.PUBLISHED}, status.TRANSFERRED, _member, "本单位成员"),
        row(act.EXPIRE, {status.PUBLISHED}, status.EXPIRED, _site, "系统（到期时）",
            guard=_not_due, effect=_expire, guard_text="有效期已到"),
        row(act.RENEW, {status.PUBLISHED, status.EXPIRED}, status.PUBLISHED, _member, "本单位成员",
            guard=_renewal_missing, effect=_renew,
            guard_text="新的有效期晚于现在；过期不超过规定天数"),
        row(act.REOPEN, {status.WITHDRAWN, status.EXPIRED}, status.DRAFT, _member, "本单位成员",
            effect=_review_again),
    )  # fmt: skip
