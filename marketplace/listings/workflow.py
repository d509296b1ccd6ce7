"""The life of a listing as transition rows, shared by results and needs."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Transition
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import ListingColumns
from marketplace.organisations.choices import MembershipRole

L = TypeVar("L", bound=ListingColumns)


class ListingAction(Choice):
    SUBMIT = "submit", "提交单位审核"
    APPROVE = "approve", "单位审核通过"
    PUBLISH = "publish", "发布"
    RETURN = "return", "退回修改"
    WITHDRAW = "withdraw", "下架"
    TRANSFER = "transfer", "标记已转化"


def _member(actor: Reader, listing: ListingColumns) -> bool:
    return listing.organisation_id in actor.organisation_ids


def _reviewer(actor: Reader, listing: ListingColumns) -> bool:
    return actor.has_role(listing.organisation_id, MembershipRole.REVIEWER)


def _secrecy_missing(session: Session, listing: ListingColumns) -> str | None:
    return "请先完成保密审查。" if listing.secrecy is SecrecyVerdict.PENDING else None


def _validity_missing(session: Session, listing: ListingColumns) -> str | None:
    if listing.valid_until is None or listing.valid_until <= clock.now():
        return "请填写晚于今天的有效期。"
    return _secrecy_missing(session, listing)


def _publish(listing: ListingColumns) -> None:
    listing.published_at = clock.now()


def listing_transitions(zone_of: Callable[[L], str]) -> tuple[Transition[Reader, L], ...]:
    """The rows for one kind of listing; ``zone_of`` says whose zone officers decide on it."""

    def officer(actor: Reader, listing: L) -> bool:
        return actor.decides_for_zone(zone_of(listing))

    def returns(actor: Reader, listing: L) -> bool:
        if listing.status is ListingStatus.ORGANISATION_REVIEW:
            return _reviewer(actor, listing)
        return officer(actor, listing)

    def withdraws(actor: Reader, listing: L) -> bool:
        return _member(actor, listing) or officer(actor, listing)

    status = ListingStatus
    return (
        Transition(
            ListingAction.SUBMIT,
            frozenset({status.DRAFT, status.RETURNED}),
            status.ORGANISATION_REVIEW,
            _member,
        ),
        Transition(
            ListingAction.APPROVE,
            frozenset({status.ORGANISATION_REVIEW}),
            status.SUBMITTED,
            _reviewer,
            guard=_secrecy_missing,
        ),
        Transition(
            ListingAction.PUBLISH,
            frozenset({status.SUBMITTED}),
            status.PUBLISHED,
            officer,
            guard=_validity_missing,
            effect=_publish,
        ),
        Transition(
            ListingAction.RETURN,
            frozenset({status.ORGANISATION_REVIEW, status.SUBMITTED}),
            status.RETURNED,
            returns,
            needs_reason=True,
        ),
        Transition(
            ListingAction.WITHDRAW,
            frozenset({status.PUBLISHED}),
            status.WITHDRAWN,
            withdraws,
            needs_reason=True,
        ),
        Transition(ListingAction.TRANSFER, frozenset({status.PUBLISHED}), status.TRANSFERRED, _member),
    )
