"""Revisions: every submitted content is kept, and what is live changes only through one.

Design decision 15: an edit of a published listing waits for review while the live text stands; price,
contact and validity alone change at once and are recorded as a revision that needs no review.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, Reader
from marketplace.core import audit, clock, workflow
from marketplace.core.checks import require
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed
from marketplace.listings import jobs
from marketplace.listings.choices import AttachmentVisibility, ListingStatus, RevisionStatus
from marketplace.listings.content import Content, content_of, kind_of
from marketplace.listings.differences import changed_names
from marketplace.listings.models import ListingColumns, Revision
from marketplace.listings.revision_workflow import REVISION_TRANSITIONS, RevisionAction
from marketplace.listings.service import (
    FLAGS,
    Review,
    check_membership,
    check_reviews,
    listing_path,
)
from marketplace.listings.workflow import reviews_itself
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.service import members_with
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item, open_item

OPEN = (RevisionStatus.ORGANISATION_REVIEW, RevisionStatus.SUBMITTED)


def of_listing(listing: ListingColumns) -> Any:
    """The condition that a revision belongs to this listing."""
    return getattr(Revision, f"{kind_of(listing)}_id") == listing.id


def revisions_of(session: Session, reader: Reader, listing: ListingColumns) -> list[Revision]:
    """Newest first; officers see none that has not left its organisation. The caller asks the policy."""
    query = select(Revision).where(of_listing(listing)).order_by(Revision.number.desc())
    if listing.organisation_id not in reader.organisation_ids:
        query = query.where(Revision.sent_at.is_not(None))
    return list(session.scalars(query))


def open_revision(session: Session, listing: ListingColumns, of_live: bool = True) -> Revision | None:
    """The edit of a live listing that waits, or with ``of_live=False`` the submission that does."""
    return session.scalar(
        select(Revision)
        .where(of_listing(listing), Revision.of_live == of_live, Revision.status.in_(OPEN))
        .order_by(Revision.number.desc())
        .limit(1)
    )


def content(revision: Revision) -> Any:
    """The content that a revision keeps: ResultData or DemandData."""
    return content_of(revision.listing).adapter.validate_json(revision.payload)


def dump(kind: Content, data: Any) -> str:
    return kind.adapter.dump_json(data).decode()


def lock(session: Session, listing: ListingColumns) -> None:
    """Take the listing's row before its revisions: numbers stay gapless, one edit waits at most."""
    model: Any = type(listing)
    session.flush()
    session.scalars(
        select(model)
        .where(model.id == listing.id)
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    ).one()


def add_revision(
    session: Session, actor: Reader, listing: ListingColumns, status: RevisionStatus, data: Any = None,
    **values: Any,
) -> Revision:  # fmt: skip
    """Keep a content under the next number; call with the listing locked."""
    kind = content_of(listing)
    last = session.scalar(select(func.max(Revision.number)).where(of_listing(listing))) or 0
    revision = Revision(
        number=last + 1,
        status=status,
        payload=dump(kind, kind.data_of(listing) if data is None else data),
        author_id=actor.person_id,
        sent_at=None if status is RevisionStatus.ORGANISATION_REVIEW else clock.now(),
        **{kind_of(listing): listing},
        **values,
    )
    session.add(revision)
    session.flush()
    return revision


def move_revision(
    session: Session, actor: Reader, revision: Revision, action: RevisionAction, reason: str = ""
) -> Revision:
    return workflow.apply(session, REVISION_TRANSITIONS, revision, action, actor, reason)


def record_applied(session: Session, actor: Reader, listing: ListingColumns, note: str) -> Revision:
    """Record what is live now as a revision that needed no review; it never waits, beside one that may."""
    revision = add_revision(
        session, actor, listing, RevisionStatus.APPLIED, note=note, of_live=True, applied_at=clock.now(),
        **_review_of(listing),
    )  # fmt: skip
    audit.record(
        session, actor.person_id, f"revision.{RevisionAction.APPLY.value}", f"revision:{revision.id}",
        {"to": RevisionStatus.APPLIED.value},
    )  # fmt: skip
    return revision


def _review_of(row: ListingColumns | Revision) -> dict[str, Any]:
    names = ("secrecy", "secrecy_at", "secrecy_note", "secrecy_by_id", *FLAGS)
    return {name: getattr(row, name) for name in names}


def copy_review(source: ListingColumns | Revision, target: ListingColumns | Revision) -> None:
    for name, value in _review_of(source).items():
        setattr(target, name, value)


# Edits of what is live


def send_revision(
    session: Session,
    actor: Reader,
    listing: ListingColumns,
    data: Any,
    note: str = "",
    *,
    review: Review | None = None,
    contact: Person | None = None,
) -> Revision:
    """Send an edit of a published listing; its status says whether it took effect at once.

    ``review`` is the sender's 保密审查 where the organisation has no reviewer.
    """
    check_membership(actor, listing.organisation_id)
    lock(session, listing)
    if listing.status is not ListingStatus.PUBLISHED:
        raise Conflict(f"当前状态为“{listing.status.title}”，只有发布中的条目才能这样修改。")
    kind = content_of(listing)
    kind.check(session, data)
    data = kind.prepare(session, listing, data, contact)
    require(len(note) <= 400, "最多 400 个字。", "note")
    require(data.columns.valid_until > clock.now(), "请填写晚于今天的有效期。", "valid_until")
    old = kind.data_of(listing)
    changed = changed_names(kind.labels, old, data)
    new_contact = contact is not None and contact.id != listing.contact_id
    if not changed and not new_contact:
        raise InvalidInput("内容没有变化。")
    if new_contact and contact is not None:
        _change_contact(session, actor, listing, contact)
    if not changed or is_immediate(kind, old, data):
        return _change_at_once(session, actor, listing, data, note)
    return _ask_for_review(session, actor, listing, data, note, review)


def is_immediate(kind: Content, old: Any, new: Any) -> bool:
    """Whether only price and validity differ; another way of transfer is more than a price."""
    names = changed_names(kind.labels, old, new)
    if not names <= kind.immediate_columns | set(kind.immediate_rows):
        return False
    return all(
        [getattr(row, key) for row in getattr(old, rows)] == [getattr(row, key) for row in getattr(new, rows)]
        for rows, key in kind.immediate_rows.items()
    )


def _change_contact(session: Session, actor: Reader, listing: ListingColumns, contact: Person) -> None:
    members = members_with(session, listing.organisation_id, *MembershipRole)
    require(contact.id in members, "联系人须是本单位成员。", "contact")
    listing.contact = contact
    audit.record(
        session, actor.person_id, f"{kind_of(listing)}.change_contact", f"{kind_of(listing)}:{listing.id}"
    )


def _change_at_once(
    session: Session, actor: Reader, listing: ListingColumns, data: Any, note: str
) -> Revision:
    content_of(listing).replace(session, listing, data)
    revision = record_applied(session, actor, listing, note or "价格、联系人或有效期变更")
    carry_into_open(session, listing)
    jobs.follow_validity(session, listing)
    return revision


def carry_into_open(session: Session, listing: ListingColumns) -> None:
    """An edit that waits must not take back a price or validity that has changed meanwhile."""
    waiting = open_revision(session, listing)
    if waiting is None:
        return
    kind = content_of(listing)
    live, data = kind.data_of(listing), content(waiting)
    columns = {name: getattr(live.columns, name) for name in kind.immediate_columns}
    rows = {}
    for name, key in kind.immediate_rows.items():
        now = {getattr(row, key): row for row in getattr(live, name)}
        rows[name] = tuple(now.get(getattr(row, key), row) for row in getattr(data, name))
    waiting.payload = dump(kind, replace(data, columns=replace(data.columns, **columns), **rows))
    session.flush()


def _ask_for_review(
    session: Session, actor: Reader, listing: ListingColumns, data: Any, note: str, review: Review | None
) -> Revision:
    inside = reviews_itself(listing.organisation)
    if not inside:
        require(review is not None, "请选择保密审查结论。", "secrecy")
    if (older := open_revision(session, listing)) is not None:
        move_revision(session, SITE, older, RevisionAction.WITHDRAW)
        close_item(session, QueueKind.REVISION, older.id, actor.person_id)
    status = RevisionStatus.ORGANISATION_REVIEW if inside else RevisionStatus.SUBMITTED
    revision = add_revision(session, actor, listing, status, data, note=note, of_live=True)
    if inside:
        reviewers = members_with(session, listing.organisation_id, MembershipRole.REVIEWER)
        title = f"请审核修改：{listing.title}"
        _tell(session, revision, reviewers, title, review_path(listing), urgent=True)
    else:
        assert review is not None
        review_revision(session, actor, revision, review)
        _queue(session, revision)
    return revision


def review_revision(session: Session, actor: Reader, revision: Revision, review: Review) -> None:
    """保密审查 of an edit; what it says of flags and files goes into the content that will be live."""
    listing = revision.listing
    check_reviews(actor, listing)
    if revision.status not in OPEN:
        raise Conflict("该修改已经处理过。")
    revision.secrecy, revision.secrecy_at = review.checked(), clock.now()
    revision.secrecy_note, revision.secrecy_by_id = review.note, actor.person_id
    for name in FLAGS:
        setattr(revision, name, getattr(review, name))
    kind, data = content_of(listing), content(revision)
    flags = {name: getattr(review, name) for name in FLAGS if hasattr(data.columns, name)}
    files = with_visibility(data.attachments, review.visibility)
    data = replace(data, columns=replace(data.columns, **flags), attachments=files)
    kind.check_decided(session, listing, data)
    revision.payload = dump(kind, data)
    session.flush()
    audit.record(
        session, actor.person_id, "revision.secrecy_review", f"revision:{revision.id}",
        {"verdict": review.verdict.value},
    )  # fmt: skip


def with_visibility(files: Sequence[Any], chosen: Any) -> tuple[Any, ...]:
    return tuple(
        replace(row, visibility=AttachmentVisibility.of(chosen.get(row.file, row.visibility)))
        for row in files
    )


def decide_revision(
    session: Session, actor: Reader, revision: Revision, action: RevisionAction, reason: str = ""
) -> Revision:
    """Approve, apply, return or withdraw an edit of a live listing, with all that follows."""
    if not revision.of_live:
        raise NotAllowed("首次提交的内容随条目一起审核。")
    listing = revision.listing
    lock(session, listing)
    source = revision.status
    moved = move_revision(session, actor, revision, action, reason)
    if source is RevisionStatus.SUBMITTED:
        close_item(session, QueueKind.REVISION, moved.id, actor.person_id)
    if action is RevisionAction.APPROVE:
        _queue(session, moved)
    elif action is RevisionAction.APPLY:
        _put_live(session, moved)
    elif action is RevisionAction.RETURN:
        _tell_owner(session, moved, f"修改已退回：{listing.title}", f"理由：{reason}")
    return moved


def _queue(session: Session, revision: Revision) -> None:
    listing = revision.listing
    title = content(revision).columns.title
    open_item(session, QueueKind.REVISION, revision.id, title, content_of(listing).zone_of(listing))


def _put_live(session: Session, revision: Revision) -> None:
    listing = revision.listing
    content_of(listing).replace(session, listing, content(revision))
    copy_review(revision, listing)
    session.flush()
    jobs.follow_validity(session, listing)
    _tell_owner(session, revision, f"修改已生效：{listing.title}")


def _tell_owner(session: Session, revision: Revision, title: str, body: str = "") -> None:
    listing = revision.listing
    _tell(session, revision, [revision.author_id, listing.contact_id], title, listing_path(listing), body)


def _tell(
    session: Session,
    revision: Revision,
    people: Sequence[int | None],
    title: str,
    path: str,
    body: str = "",
    *,
    urgent: bool = False,
) -> None:
    owner = revision.listing.organisation_id
    notify(session, people, title, body, path, organisation_id=owner, urgent=urgent)


def review_path(listing: ListingColumns) -> str:
    """Where the organisation's reviewer decides on a listing or its edit."""
    return f"/review/{kind_of(listing)}/{listing.public_id}"


def withdraw_open(session: Session, listing: ListingColumns, by_id: int | None) -> None:
    """The edit that waits falls with its listing."""
    waiting = open_revision(session, listing)
    if waiting is not None:
        move_revision(session, SITE, waiting, RevisionAction.WITHDRAW)
        close_item(session, QueueKind.REVISION, waiting.id, by_id)
