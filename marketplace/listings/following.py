"""What a move of a listing brings with it: revisions, the officers' queue, appointments, word to people."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import SITE, Reader
from marketplace.core import clock
from marketplace.listings import jobs
from marketplace.listings.choices import ListingStatus, RevisionStatus
from marketplace.listings.content import content_of, kind_of
from marketplace.listings.models import ListingColumns, Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import (
    add_revision,
    carry_into_open,
    copy_review,
    dump,
    move_revision,
    open_revision,
    record_applied,
    review_path,
    withdraw_open,
)
from marketplace.listings.service import listing_path
from marketplace.listings.workflow import ListingAction
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.service import members_with
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item, open_item
from marketplace.taxonomy.rules import Rule, days_of

# Where a submission stands after its listing has moved.
FOLLOWS = {
    ListingAction.APPROVE: RevisionAction.APPROVE,
    ListingAction.PUBLISH: RevisionAction.APPLY,
    ListingAction.RETURN: RevisionAction.RETURN,
    ListingAction.RECALL: RevisionAction.WITHDRAW,
}
SENDING = (ListingAction.SUBMIT, ListingAction.FILE, ListingAction.CONFIRM)
LIVE = (ListingStatus.PUBLISHED, ListingStatus.EXPIRED)


def follow_move(
    session: Session,
    listing: ListingColumns,
    actor: Reader,
    action: ListingAction,
    source: ListingStatus,
    zone: str,
    reason: str,
) -> None:
    """Call after each move of a listing, in the same transaction."""
    _follow_with_revisions(session, listing, actor, action, source, reason)
    target, kind = listing.status, QueueKind.of(kind_of(listing))
    if target is ListingStatus.SUBMITTED:
        open_item(session, kind, listing.id, listing.title, zone)
    elif source is ListingStatus.SUBMITTED:
        close_item(session, kind, listing.id, actor.person_id)
    if ListingStatus.PUBLISHED in (source, target):
        jobs.follow_validity(session, listing)
    _tell(session, listing, actor, action, reason)


def _follow_with_revisions(
    session: Session,
    listing: ListingColumns,
    actor: Reader,
    action: ListingAction,
    source: ListingStatus,
    reason: str,
) -> None:
    if action in SENDING:
        inside = listing.status is ListingStatus.ORGANISATION_REVIEW
        add_revision(
            session,
            actor,
            listing,
            RevisionStatus.ORGANISATION_REVIEW if inside else RevisionStatus.SUBMITTED,
        )
    elif action in FOLLOWS:
        _follow(session, listing, actor, action, source, reason)
    elif action is ListingAction.RENEW:
        record_applied(session, actor, listing, "续期")
        carry_into_open(session, listing)
    if source in LIVE and listing.status not in LIVE:
        withdraw_open(session, listing, actor.person_id)


def _follow(
    session: Session,
    listing: ListingColumns,
    actor: Reader,
    action: ListingAction,
    source: ListingStatus,
    reason: str,
) -> None:
    """The submission goes where its listing went, with the content as it stands."""
    revision: Revision = open_revision(session, listing, of_live=False) or add_revision(
        session,
        actor,
        listing,
        RevisionStatus.ORGANISATION_REVIEW
        if source is ListingStatus.ORGANISATION_REVIEW
        else RevisionStatus.SUBMITTED,
    )
    kind = content_of(listing)
    revision.payload = dump(kind, kind.data_of(listing))
    copy_review(listing, revision)
    move_revision(session, SITE, revision, FOLLOWS[action], reason)


ASKS_TO_ACT = (ListingAction.SUBMIT, ListingAction.RETURN, ListingAction.EXPIRE)


def _tell(
    session: Session, listing: ListingColumns, actor: Reader, action: ListingAction, reason: str
) -> None:
    people: list[int | None] = [listing.contact_id]
    title, body, path = "", "", listing_path(listing)
    match action:
        case ListingAction.SUBMIT:
            people = members_with(session, listing.organisation_id, MembershipRole.REVIEWER)
            title, path = f"请审核：{listing.title}", review_path(listing)
        case ListingAction.RETURN:
            title, body = f"已退回修改：{listing.title}", f"理由：{reason}"
        case ListingAction.PUBLISH:
            title = f"已发布：{listing.title}"
        case ListingAction.WITHDRAW if listing.contact_id != actor.person_id:
            title, body = f"已下架：{listing.title}", f"理由：{reason}"
        case ListingAction.EXPIRE:
            title = f"已过期：{listing.title}"
            body = "条目已不再公开展示。打开页面可一键续期，内容和编号不变。"
        case _:
            return
    notify(
        session, people, title, body, path,
        organisation_id=listing.organisation_id, urgent=action in ASKS_TO_ACT,
    )  # fmt: skip


def renew_listing(session: Session, actor: Reader, listing: ListingColumns) -> ListingColumns:
    """一键续期: on from the last day of validity, or from today where that is past, to 24:00."""
    start = clock.last_day(max(clock.now(), listing.valid_until or clock.now()))
    listing.valid_until = clock.end_of_day(start + days_of(session, Rule.LISTING_VALIDITY))
    moved: ListingColumns = content_of(listing).move(session, actor, listing, ListingAction.RENEW)
    return moved
