"""The life of a revision: 单位审核 → 待审 → 已生效, or 退回 / 已撤回."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.listings.choices import ListingStatus, RevisionStatus, SecrecyVerdict
from marketplace.listings.content import content_of
from marketplace.listings.models import Revision
from marketplace.organisations.choices import MembershipRole


class RevisionAction(Choice):
    APPROVE = "approve", "单位审核通过"
    APPLY = "apply", "通过并生效"
    RETURN = "return", "退回修改"
    WITHDRAW = "withdraw", "撤回修改"


def _member_or_site(actor: Reader, revision: Revision) -> bool:
    return actor.is_site or revision.listing.organisation_id in actor.organisation_ids


def _reviewer(actor: Reader, revision: Revision) -> bool:
    """One sent before publication follows its listing, whose own rows have asked the actor."""
    reviews = actor.has_role(revision.listing.organisation_id, MembershipRole.REVIEWER)
    return reviews or (actor.is_site and not revision.of_live)


def _officer_or_site(actor: Reader, revision: Revision) -> bool:
    listing = revision.listing
    return actor.is_site or actor.decides_for_zone(content_of(listing).zone_of(listing))


def _unreviewed(session: Session, revision: Revision) -> str | None:
    pending = revision.of_live and revision.secrecy is SecrecyVerdict.PENDING
    return "请先完成保密审查。" if pending else None


def _not_live(session: Session, revision: Revision) -> str | None:
    if revision.listing.status is not ListingStatus.PUBLISHED:
        return "条目目前不在发布中，修改不能生效；续期或重新发布后再办。"
    return _unreviewed(session, revision)


def _send(revision: Revision, reason: str) -> None:
    revision.sent_at = clock.now()


def _apply(revision: Revision, reason: str) -> None:
    revision.applied_at = clock.now()


_STATUS, _ACT = RevisionStatus, RevisionAction
REVISION_TRANSITIONS: tuple[Transition[Reader, Revision], ...] = (
    Transition(
        _ACT.APPROVE, frozenset({_STATUS.ORGANISATION_REVIEW}), _STATUS.SUBMITTED, _reviewer,
        guard=_unreviewed, effect=_send, actor="单位审核", guard_text="已作保密审查",
    ),
    Transition(
        _ACT.APPLY, frozenset({_STATUS.SUBMITTED}), _STATUS.APPLIED, _officer_or_site,
        guard=_not_live, effect=_apply, actor="区局、本区域的开发区；仅改价格、联系人、有效期的直接生效",
        guard_text="条目在发布中；已作保密审查",
    ),
    Transition(
        _ACT.RETURN, frozenset({_STATUS.ORGANISATION_REVIEW}), _STATUS.RETURNED, _reviewer,
        needs_reason=True, actor="单位审核",
    ),
    Transition(
        _ACT.RETURN, frozenset({_STATUS.SUBMITTED}), _STATUS.RETURNED, _officer_or_site,
        needs_reason=True, actor="区局、本区域的开发区",
    ),
    Transition(
        _ACT.WITHDRAW, frozenset({_STATUS.ORGANISATION_REVIEW, _STATUS.SUBMITTED}), _STATUS.WITHDRAWN,
        _member_or_site, actor="本单位成员；条目下架、转化或被新的修改取代时由系统",
    ),
)  # fmt: skip
declare_machine(
    "revision",
    Machine("修改（已发布条目的修订）", RevisionStatus, _STATUS.ORGANISATION_REVIEW, REVISION_TRANSITIONS),
)
