"""What is due at a time in the life of a listing: reminders before its validity ends, and the end."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import SITE
from marketplace.core import clock
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import cancel, handles, schedule
from marketplace.listings.choices import ListingStatus
from marketplace.listings.content import CONTENT, content_of, kind_of
from marketplace.listings.models import ListingColumns
from marketplace.listings.workflow import ListingAction
from marketplace.notifications.service import notify
from marketplace.taxonomy.rules import Rule, days_of

EXPIRE, REMIND_EARLY, REMIND_LATE = "listing.expire", "listing.remind_early", "listing.remind_late"
REMINDERS = {REMIND_EARLY: Rule.LISTING_REMIND_EARLY, REMIND_LATE: Rule.LISTING_REMIND_LATE}


def follow_validity(session: Session, listing: ListingColumns) -> None:
    """Forget earlier appointments; a published listing gets those of its present validity."""
    name = f"{kind_of(listing)}:{listing.id}"
    for action in (EXPIRE, *REMINDERS):
        cancel(session, action, name)
    if listing.status is not ListingStatus.PUBLISHED or listing.valid_until is None:
        return
    schedule(session, EXPIRE, name, listing.valid_until)
    for action, rule in REMINDERS.items():
        due = listing.valid_until - days_of(session, rule)
        if due > clock.now():
            schedule(session, action, name, due)


def _published(session: Session, name: str) -> ListingColumns | None:
    kind, _, identifier = name.partition(":")
    model = CONTENT[kind].model
    listing: ListingColumns | None = session.scalar(
        select(model).where(model.id == int(identifier)).execution_options(populate_existing=True)
    )
    published = listing is not None and listing.status is ListingStatus.PUBLISHED
    return listing if published else None


@handles(EXPIRE)
def expire(session: Session, name: str) -> None:
    """Let a listing expire; one whose validity has moved is looked at again then."""
    listing = _published(session, name)
    if listing is None or listing.valid_until is None:
        return
    if listing.valid_until > clock.now():
        schedule(session, EXPIRE, name, listing.valid_until)
    else:
        content_of(listing).move(session, SITE, listing, ListingAction.EXPIRE)


def _remind(session: Session, name: str, action: str) -> None:
    """Once for each reminder: after downtime only the one that still fits is sent."""
    listing = _published(session, name)
    if listing is None or listing.valid_until is None:
        return
    left, ahead = listing.valid_until - clock.now(), days_of(session, REMINDERS[action])
    next_one = days_of(session, Rule.LISTING_REMIND_LATE) if action == REMIND_EARLY else timedelta(0)
    if left > ahead:  # the rule was changed since: its turn comes later
        schedule(session, action, name, listing.valid_until - ahead)
    if not next_one < left <= ahead:
        return
    notify(
        session,
        [listing.contact_id],
        f"即将到期：{listing.title}",
        f"有效期至 {zh_deadline(listing.valid_until)}，还剩 {left.days or '不到 1'} 天。打开页面可一键续期。",
        f"/{kind_of(listing)}s/{listing.public_id}",
        organisation_id=listing.organisation_id,
        urgent=True,
    )


@handles(REMIND_EARLY)
def remind_early(session: Session, name: str) -> None:
    _remind(session, name, REMIND_EARLY)


@handles(REMIND_LATE)
def remind_late(session: Session, name: str) -> None:
    _remind(session, name, REMIND_LATE)
