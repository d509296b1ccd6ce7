"""Read what is controlled, and leave a record: in the same transaction, for the owner and in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import audit
from marketplace.core.clock import now
from marketplace.core.errors import NotFound
from marketplace.core.files import Attachment
from marketplace.demands.models import Demand
from marketplace.disclosure import policy
from marketplace.disclosure.choices import ReadingKind, Right
from marketplace.disclosure.models import DetailReading, DetailRequest
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.models import AttachmentLink
from marketplace.results.models import Result

Listing = Result | Demand
MODELS: dict[str, type[Result] | type[Demand]] = {"results": Result, "demands": Demand}


@dataclass(frozen=True, slots=True)
class Access:
    """What one reader has of the controlled part of a listing."""

    listing: Listing
    right: Right
    grant: DetailRequest | None
    files: Sequence[AttachmentLink]


def find_listing(session: Session, reader: Reader, kind: str, public_id: str) -> Listing:
    """A readable result or need; ``kind`` as in its address."""
    model: Any = MODELS[kind]
    found: Listing | None = session.scalar(select(model).where(model.public_id == public_id))
    if found is None or not policy.can_read_listing(reader, found, now()):
        raise NotFound("该内容不存在、已下架或已过期，或仅对特定单位可见。")
    return found


def read_controlled(session: Session, reader: Reader, kind: str, public_id: str) -> Access:
    """The controlled part, recorded; NotFound for whoever may not read it now, and where there is none."""
    listing = find_listing(session, reader, kind, public_id)
    right = policy.right_to_read(session, reader, listing, now())
    files = controlled_files(session, reader, listing)
    if right is None or not (files or isinstance(listing, Result)):
        raise NotFound("没有可查阅的受控内容，或授权已结束。")
    grant = policy.active_grant(session, reader, listing, now()) if right is Right.GRANT else None
    record_reading(session, reader, listing, ReadingKind.DETAILS)
    return Access(listing, right, grant, files)


def controlled_files(session: Session, reader: Reader, listing: Listing) -> list[AttachmentLink]:
    return [
        link
        for link in listing.attachments
        if link.visibility is AttachmentVisibility.CONTROLLED
        and policy.can_read_file(session, reader, listing, link, now())
    ]


def read_file(session: Session, reader: Reader, kind: str, public_id: str, file: str) -> Attachment:
    """The attachment, recorded where it is controlled; NotFound for whoever may not have it."""
    listing = find_listing(session, reader, kind, public_id)
    link = next((row for row in listing.attachments if row.attachment.public_id == file), None)
    if link is None or not policy.can_read_file(session, reader, listing, link, now()):
        raise NotFound("没有找到这个附件。")
    if link.visibility is AttachmentVisibility.CONTROLLED:
        record_reading(session, reader, listing, ReadingKind.FILE, link.attachment)
    return link.attachment


def record_reading(
    session: Session,
    reader: Reader,
    listing: Listing,
    what: ReadingKind = ReadingKind.DETAILS,
    attachment: Attachment | None = None,
) -> None:
    """Leave a record of a reading by somebody from outside the owner's organisation.

    Call it in the transaction that reads, after the policy has agreed; own readings leave none.
    """
    right = policy.right_to_read(session, reader, listing, now())
    if right in (None, Right.OWN) or reader.person_id is None:
        return
    grant = policy.active_grant(session, reader, listing, now()) if right is Right.GRANT else None
    session.add(
        DetailReading(
            at=now(),
            person_id=reader.person_id,
            organisation_id=reader.acting_for,
            what=what,
            attachment_id=attachment.id if attachment else None,
            request_id=grant.id if grant else None,
            access_right=right,
            result_id=listing.id if isinstance(listing, Result) else None,
            demand_id=listing.id if isinstance(listing, Demand) else None,
        )
    )
    kind = listing.__tablename__
    audit.record(session, reader.person_id, f"{kind}.read_{what.value}", f"{kind}:{listing.id}", {
        "right": right, "organisation": reader.acting_for, "request": grant.id if grant else None,
        "file": attachment.id if attachment else None,
    })  # fmt: skip


def count_readings(session: Session, listing: Listing) -> int:
    query = select(func.count()).select_from(DetailReading).where(_of(listing))
    return session.scalar(query) or 0


def readings_of(
    session: Session, listing: Listing, before: int | None, limit: int
) -> Sequence[DetailReading]:
    """Newest first; one more than ``limit`` where there are further ones."""
    query = select(DetailReading).where(_of(listing)).order_by(DetailReading.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(DetailReading.id < before)
    return session.scalars(query).all()


def _of(listing: Listing) -> ColumnElement[bool]:
    column = DetailReading.result_id if isinstance(listing, Result) else DetailReading.demand_id
    return column == listing.id
