"""Verbs of a listing's life as its pages offer them, and the lists of what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.policy import Reader
from marketplace.catalogue.life import is_insider
from marketplace.core import clock
from marketplace.core.desk import DeskLine
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.core.files import Attachment
from marketplace.demands.models import Demand
from marketplace.demands.service import get_demand, move_sourcing
from marketplace.demands.workflow import SourcingAction
from marketplace.listings.choices import AttachmentVisibility, ListingStatus, RevisionStatus, SecrecyVerdict
from marketplace.listings.content import CONTENT, content_of
from marketplace.listings.following import renew_listing
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import (
    content,
    decide_revision,
    of_listing,
    open_revision,
    review_path,
    review_revision,
)
from marketplace.listings.service import Review, listing_path, record_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole
from marketplace.results.models import Result
from marketplace.results.service import get_result
from marketplace.taxonomy.rules import Rule, days_of

Listing = Result | Demand
PAGE = 20
DESK = 20  # lines of one kind on the desk


def get_listing(session: Session, reader: Reader, kind: str, public_id: str) -> Listing:
    """NotFound where there is none that this reader may read."""
    return (get_result if kind == "result" else get_demand)(session, reader, public_id)


def get_insider(session: Session, reader: Reader, kind: str, public_id: str) -> Listing:
    """NotAllowed where the reader may read the listing, but not what stands behind it."""
    listing = get_listing(session, reader, kind, public_id)
    if not is_insider(reader, listing):
        raise NotAllowed("历史记录仅对本单位和主管部门开放。")
    return listing


def act_on(
    session: Session, actor: Reader, listing: Listing, action: ListingAction, reason: str,
    verdict: SecrecyVerdict = SecrecyVerdict.PENDING,
) -> None:  # fmt: skip
    """One button of the listing page."""
    if action is ListingAction.RENEW:
        renew_listing(session, actor, listing)
        return
    if action is ListingAction.FILE and verdict is not SecrecyVerdict.PENDING:
        flags = (listing.export_restricted, listing.human_genetic, listing.ethics_review)
        record_review(session, actor, listing, Review(
            verdict=verdict, export_restricted=flags[0], human_genetic=flags[1], ethics_review=flags[2]
        ))  # fmt: skip
    content_of(listing).move(session, actor, listing, action, reason)


def act_on_sourcing(
    session: Session, actor: Reader, listing: Demand, action: SourcingAction, reason: str
) -> None:
    move_sourcing(session, actor, listing, action, reason)


# Revisions


def get_revision(session: Session, reader: Reader, public_id: str) -> Revision:
    """NotFound where there is none that this reader may see: as in the history of its listing."""
    revision = session.scalar(select(Revision).where(Revision.public_id == public_id))
    seen = (
        revision is not None
        and is_insider(reader, revision.listing)
        and (revision.sent_at is not None or revision.listing.organisation_id in reader.organisation_ids)
    )
    if revision is None or not seen:
        raise NotFound("没有找到这次修改。")
    return revision


def file_of(session: Session, revision: Revision, file_id: str) -> Attachment:
    named = any(row.file == file_id for row in content(revision).attachments)
    found = session.scalar(select(Attachment).where(Attachment.public_id == file_id)) if named else None
    if found is None:
        raise NotFound("没有找到这个附件。")
    return found


def is_controlled(revision: Revision, file_id: str) -> bool:
    """Whether a submitted content keeps this file among what is controlled."""
    rows = content(revision).attachments
    return any(r.file == file_id and r.visibility is AttachmentVisibility.CONTROLLED for r in rows)


# 单位审核


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """What a reviewer decides on: a listing, or an edit of a live one."""

    listing: Listing
    revision: Revision  # the submission or the edit
    previous: Revision | None  # of an earlier submission, to compare with

    @property
    def is_edit(self) -> bool:
        return self.revision.of_live


def is_reviewer(reader: Reader) -> bool:
    """Whether the person reviews for the organisation acted for."""
    return reader.acting_for is not None and reader.has_role(reader.acting_for, MembershipRole.REVIEWER)


def check_reviewer(reader: Reader) -> int:
    """The organisation a reviewer reviews for now; NotAllowed for others."""
    if reader.acting_for is None or not is_reviewer(reader):
        raise NotAllowed("单位审核由本单位的审核人员办理。")
    return reader.acting_for


def waiting_reviews(session: Session, reader: Reader) -> list[Revision]:
    """New listings and edits of the acting organisation that wait for its reviewer, oldest first."""
    organisation_id = check_reviewer(reader)
    return list(
        session.scalars(
            select(Revision)
            .outerjoin(Result, Revision.result_id == Result.id)
            .outerjoin(Demand, Revision.demand_id == Demand.id)
            .where(
                Revision.status == RevisionStatus.ORGANISATION_REVIEW,
                or_(Result.organisation_id == organisation_id, Demand.organisation_id == organisation_id),
            )
            .options(joinedload(Revision.result), joinedload(Revision.demand))
            .order_by(Revision.created_at, Revision.id)
        )
    )


def review_case(session: Session, reader: Reader, kind: str, public_id: str) -> ReviewCase:
    """NotFound where nothing of this listing waits for the reader's review."""
    organisation_id = check_reviewer(reader)
    listing = get_listing(session, reader, kind, public_id)
    if listing.organisation_id != organisation_id:
        raise NotFound("没有等您审核的内容。")
    first = listing.status is ListingStatus.ORGANISATION_REVIEW
    revision = open_revision(session, listing, of_live=not first)
    if revision is None or revision.status is not RevisionStatus.ORGANISATION_REVIEW:
        raise NotFound("没有等您审核的内容：可能已经处理，或已被撤回。")
    previous = None
    if first:
        previous = session.scalar(
            select(Revision)
            .where(of_listing(listing), Revision.number < revision.number)
            .order_by(Revision.number.desc())
            .limit(1)
        )
    return ReviewCase(listing, revision, previous)


def approve(session: Session, actor: Reader, case: ReviewCase, review: Review) -> None:
    """保密审查 and 单位审核 in one step: on to the officers."""
    if case.is_edit:
        review_revision(session, actor, case.revision, review)
        decide_revision(session, actor, case.revision, RevisionAction.APPROVE)
    else:
        record_review(session, actor, case.listing, review)
        content_of(case.listing).move(session, actor, case.listing, ListingAction.APPROVE)


def send_back(session: Session, actor: Reader, case: ReviewCase, reason: str) -> None:
    if case.is_edit:
        decide_revision(session, actor, case.revision, RevisionAction.RETURN, reason)
    else:
        content_of(case.listing).move(session, actor, case.listing, ListingAction.RETURN, reason)


# 我的成果、我的需求


@dataclass(frozen=True, slots=True)
class MyListings:
    rows: Sequence[Listing]
    counts: dict[ListingStatus, int]
    next_after: str


def my_listings(
    session: Session, reader: Reader, status: ListingStatus | None, kind: str, after: str
) -> MyListings:
    """Listings of the acting organisation, newest first, a page at a time by key."""
    organisation_id = reader.acting_for
    if organisation_id is None:
        return MyListings([], {}, "")
    models: dict[str, Any] = {"result": Result, "demand": Demand}
    parts = [
        select(literal(name, String).label("kind"), model.id.label("id"), model.status.label("status"),
               model.created_at.label("created_at")).where(model.organisation_id == organisation_id)
        for name, model in models.items() if kind in ("", name)
    ]  # fmt: skip
    every = union_all(*parts).subquery()
    counts: dict[ListingStatus, int] = {}
    for (found,) in session.execute(select(every.c.status)):
        counts[found] = counts.get(found, 0) + 1
    query = select(every.c.kind, every.c.id, every.c.created_at)
    if status is not None:
        query = query.where(every.c.status == status)
    if (key := _key(after)) is not None:
        query = query.where(tuple_(every.c.created_at, every.c.kind, every.c.id) < key)
    order = (every.c.created_at.desc(), every.c.kind.desc(), every.c.id.desc())
    keys = session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    rows = [session.get_one(models[row.kind], row.id) for row in keys[:PAGE]]
    last = keys[PAGE - 1] if len(keys) > PAGE else None
    return MyListings(rows, counts, f"{last.created_at.isoformat()}_{last.kind}_{last.id}" if last else "")


def _key(after: str) -> tuple[datetime, str, int] | None:
    """The place after which a page begins; a wrong one begins at the start."""
    moment, _, rest = after.partition("_")
    kind, _, identifier = rest.partition("_")
    try:
        found = datetime.fromisoformat(moment)
        return (found, kind, int(identifier)) if found.tzinfo and kind in CONTENT else None
    except ValueError:
        return None


# 等我处理


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """What waits for this person in the life of listings: reviews, mending, renewal."""
    organisation_id = reader.acting_for
    if organisation_id is None:
        return []
    lines: list[DeskLine] = []
    if reader.has_role(organisation_id, MembershipRole.REVIEWER):
        for revision in waiting_reviews(session, reader)[:DESK]:
            listing = revision.listing
            verb = "审核修改" if revision.of_live else "审核"
            lines.append(DeskLine(verb, listing.title, review_path(listing)))
    for model in (Result, Demand):
        lines += _to_mend_or_renew(session, reader, model, organisation_id)
    return lines


def _to_mend_or_renew(
    session: Session, reader: Reader, model: type[Any], organisation_id: int
) -> list[DeskLine]:
    own = (model.organisation_id == organisation_id, model.contact_id == reader.person_id)
    soon = clock.now() + days_of(session, Rule.LISTING_REMIND_EARLY)
    recently = clock.now() - days_of(session, Rule.LISTING_RENEWABLE)
    ending = (model.status == ListingStatus.PUBLISHED) & model.sought & (model.valid_until <= soon)
    expired = (model.status == ListingStatus.EXPIRED) & (model.expired_at > recently)
    returned = session.scalars(
        select(model).where(*own, model.status == ListingStatus.RETURNED).order_by(model.id).limit(DESK)
    )
    to_renew = session.scalars(
        select(model).where(*own, ending | expired).order_by(model.valid_until).limit(DESK)
    )
    return [
        *(DeskLine("修改", listing.title, f"{listing_path(listing)}/edit") for listing in returned),
        *(DeskLine("续期", row.title, listing_path(row), row.valid_until) for row in to_renew),
    ]
