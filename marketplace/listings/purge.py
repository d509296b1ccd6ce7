"""涉密内容不得录入本网站: what a reviewer finds classified leaves no text behind, only that it happened."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock, files
from marketplace.core.db import Base
from marketplace.core.erasure import erase_soon
from marketplace.core.errors import Conflict, NotAllowed
from marketplace.core.files import Attachment
from marketplace.core.jobs import cancel, handles, schedule
from marketplace.listings import jobs
from marketplace.listings.choices import ListingStatus
from marketplace.listings.content import content_of, kind_of
from marketplace.listings.models import Draft, ListingColumns, Revision
from marketplace.listings.revisions import OPEN, content, of_listing
from marketplace.listings.service import listing_path
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem

CLEARED = "内容已按保密要求清除"
REMOVE_FILE = "file.remove"


def _check_reviewer(actor: Reader, listing: ListingColumns) -> None:
    if not actor.has_role(listing.organisation_id, MembershipRole.REVIEWER):
        raise NotAllowed("保密审查由本单位审核人员作出。")


def purge_listing(session: Session, actor: Reader, listing: ListingColumns) -> list[str]:
    """Delete a listing under 单位审核 with all that quotes it; the stored names of its files are returned
    for ``remove_files`` after the commit."""
    _check_reviewer(actor, listing)
    if listing.status is not ListingStatus.ORGANISATION_REVIEW:
        raise Conflict(f"当前状态为“{listing.status.title}”，不在单位审核中。")
    kind, name = kind_of(listing), f"{kind_of(listing)}:{listing.id}"
    revisions = list(session.scalars(select(Revision).where(of_listing(listing))))
    titles = {listing.title, *(content(r).columns.title for r in revisions)}
    public_ids = {row.file for r in revisions for row in content(r).attachments}
    links: Any = listing.attachments  # type: ignore[attr-defined]  # of the mapped class
    public_ids |= {link.attachment.public_id for link in links} | draft_files(session, listing)
    _forget_words(session, listing, titles)
    for queue_kind, ids in ((kind, [listing.id]), (QueueKind.REVISION.value, [r.id for r in revisions])):
        session.execute(
            delete(QueueItem).where(QueueItem.kind == QueueKind.of(queue_kind), QueueItem.object_id.in_(ids))
        )
    session.execute(delete(Draft).where(getattr(Draft, f"{kind}_id") == listing.id))
    for action in (jobs.EXPIRE, *jobs.REMINDERS):
        cancel(session, action, name)
    for revision in revisions:
        session.delete(revision)
    session.delete(listing)
    session.flush()
    audit.record(session, actor.person_id, f"{kind}.refuse_classified", name)
    return drop_files(session, public_ids)


def purge_edit(session: Session, actor: Reader, revision: Revision) -> list[str]:
    """Delete an edit of a live listing that waits for 单位审核; what is live has been judged before."""
    listing = revision.listing
    _check_reviewer(actor, listing)
    if not revision.of_live or revision.status not in OPEN:
        raise Conflict("该修改已经处理过。")
    kind, data = content_of(listing), content(revision)
    kept = {row.file for row in kind.data_of(listing).attachments}
    typed = draft_files(session, listing)
    _forget_words(session, listing, {data.columns.title} - {listing.title})
    session.execute(
        delete(QueueItem).where(QueueItem.kind == QueueKind.REVISION, QueueItem.object_id == revision.id)
    )
    session.execute(delete(Draft).where(getattr(Draft, f"{kind_of(listing)}_id") == listing.id))
    identifier, dropped = revision.id, ({row.file for row in data.attachments} | typed) - kept
    session.delete(revision)
    session.flush()
    audit.record(session, actor.person_id, "revision.refuse_classified", f"revision:{identifier}")
    return drop_files(session, dropped)


def _forget_words(session: Session, listing: ListingColumns, titles: Iterable[str]) -> None:
    """Notices and mails about it name its title."""
    address = listing_path(listing)
    paths = (address, f"/review/{kind_of(listing)}/{listing.public_id}")
    session.execute(delete(Notice).where(Notice.path.in_(paths)))
    about = or_(
        Mail.body.contains(listing.public_id),
        *(Mail.subject.contains(title, autoescape=True) for title in titles),
        *(Mail.body.contains(title, autoescape=True) for title in titles),
    )
    session.execute(
        update(Mail).where(about).values(subject=CLEARED, body=CLEARED),
        execution_options={"synchronize_session": "fetch"},
    )


def draft_files(session: Session, listing: ListingColumns) -> set[str]:
    """Public ids of what was uploaded to the drafts in which this listing is edited."""
    column = getattr(Draft, f"{kind_of(listing)}_id")
    payloads = session.scalars(select(Draft.payload).where(column == listing.id))
    return {file for payload in payloads for file in json.loads(payload)["files"]}


def unused_files(session: Session, public_ids: Iterable[str]) -> set[str]:
    """Which of these belong to nothing: no row links them, and no content that is kept names them."""
    session.flush()
    links = [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "attachment.id" for key in column.foreign_keys)
    ]
    linked = or_(*(Attachment.id.in_(select(c).where(c.is_not(None))) for c in links))
    named = or_(
        *(
            select(model.id).where(model.payload.contains(Attachment.public_id)).exists()
            for model in (Draft, Revision)
        )
    )
    wanted = Attachment.public_id.in_(set(public_ids))
    return set(session.scalars(select(Attachment.public_id).where(wanted, ~linked, ~named)))


def drop_files(session: Session, public_ids: Iterable[str]) -> list[str]:
    """Delete the rows; a job removes the bytes even if this process dies before it does."""
    rows = session.scalars(select(Attachment).where(Attachment.public_id.in_(set(public_ids)))).all()
    names = [row.stored_name for row in rows]
    for row in rows:
        session.delete(row)
    session.flush()
    for name in names:
        schedule(session, REMOVE_FILE, f"file:{name}", clock.now())
    erase_soon(session)
    return names


def remove_files(names: Iterable[str]) -> None:
    """Delete stored bytes; call after the commit."""
    for name in names:
        (files.uploads_path() / name).unlink(missing_ok=True)


@handles(REMOVE_FILE)
def remove_file(session: Session, name: str) -> None:
    remove_files([name.partition(":")[2]])
