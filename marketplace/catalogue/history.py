"""The history of a listing for those entitled: who did what when, and what each revision changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.choices import Appointment
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.catalogue.life import Listing
from marketplace.core.audit import AuditRecord
from marketplace.core.choices import Choice
from marketplace.core.files import Attachment
from marketplace.demands.workflow import SourcingAction
from marketplace.listings.choices import ListingStatus
from marketplace.listings.content import content_of, kind_of
from marketplace.listings.differences import Change, Names, changes
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import content, revisions_of
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.models import Organisation

OTHER_ACTS = {"secrecy_review": "保密审查", "change_contact": "更换联系人"}


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    title: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class RevisionRow:
    public_id: str
    number: int
    status: str
    kind: str  # 首次提交, 修改
    at: datetime
    applied_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    old: RevisionRow
    new: RevisionRow
    changes: Sequence[Change]


def revision_row(revision: Revision) -> RevisionRow:
    return RevisionRow(
        revision.public_id,
        revision.number,
        revision.status.title,
        "修改" if revision.of_live else "提交",
        revision.created_at,
        revision.applied_at,
        revision.note,
    )


def steps_of(session: Session, reader: Reader, listing: Listing) -> list[Step]:
    """Newest first, from the audit record; edits that wait or are decided stand among the moves."""
    own = listing.organisation_id in reader.organisation_ids
    edits = {r.id: r for r in revisions_of(session, reader, listing) if r.of_live}
    objects = [f"revision:{identifier}" for identifier in edits]
    records = session.scalars(
        select(AuditRecord)
        .where(or_(AuditRecord.object == f"{kind_of(listing)}:{listing.id}", AuditRecord.object.in_(objects)))
        .order_by(AuditRecord.seq.desc())
    ).all()
    people = _people(session, {r.actor_id for r in records if r.actor_id is not None})
    steps = []
    for record in records:
        title = _title(record, edits)
        if title:
            detail = json.loads(record.detail)
            inside = detail.get("from") == ListingStatus.ORGANISATION_REVIEW.value
            reason = str(detail.get("reason", "")) if own or not inside else ""
            steps.append(Step(record.at, title, _who(people.get(record.actor_id), record, listing), reason))
    return steps


def _title(record: AuditRecord, edits: dict[int, Revision]) -> str:
    """In words; empty for what is no step, such as a reading."""
    kind, _, action = record.action.partition(".")
    if kind == "revision":
        number = edits[int(record.object.partition(":")[2])].number
        return f"第 {number} 版：{_action(RevisionAction, action)}" if _action(RevisionAction, action) else ""
    return _action(ListingAction, action) or _action(SourcingAction, action)


def _action(choice: type[Choice], action: str) -> str:
    known = next((member.title for member in choice if member.value == action), "")
    return known or OTHER_ACTS.get(action, "")


def _people(session: Session, ids: set[int]) -> dict[int | None, Person]:
    query = select(Person).where(Person.id.in_(ids)).options(
        selectinload(Person.memberships), selectinload(Person.appointments)
    )  # fmt: skip
    return {person.id: person for person in session.scalars(query)}


def _who(person: Person | None, record: AuditRecord, listing: Listing) -> str:
    """By role and organisation, not by name: names change hands, roles answer."""
    if person is None:
        confirmed = record.action == f"demand.{ListingAction.CONFIRM.value}"
        return "企业（凭确认链接）" if confirmed else "系统"
    own = [m for m in person.memberships if m.organisation_id == listing.organisation_id]
    if own:
        roles = "、".join(dict.fromkeys(m.role.title for m in own))
        return f"{listing.organisation.short_name}（{roles}）"
    office = next((a for a in person.appointments if a.role is Appointment.OFFICER), None)
    if office is not None and office.level is not None:
        return office.level.title
    others = [m.organisation.short_name for m in person.memberships]
    return others[0] if others else "其他人员"


def compare(session: Session, old: Revision, new: Revision) -> list[Change]:
    """What the newer revision changes."""
    return compare_contents(session, new.listing, content(old), content(new))


def compare_with_live(session: Session, revision: Revision) -> list[Change]:
    """What applying a revision would change in what is live now."""
    listing = revision.listing
    live = content_of(listing).data_of(listing)
    return compare_contents(session, listing, live, content(revision))


def compare_contents(session: Session, listing: Listing, old: Any, new: Any) -> list[Change]:
    return changes(content_of(listing).labels, old, new, _names(session, old, new))


def _names(session: Session, *contents: Any) -> Names:
    """Titles of files and names of organisations, in place of their ids."""
    files = {row.file for data in contents for row in data.attachments}
    invited = {i for data in contents for i in getattr(data, "directed_to", ())}
    titles = session.execute(
        select(Attachment.public_id, Attachment.title).where(Attachment.public_id.in_(files))
    ).all()
    named = session.execute(
        select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(invited))
    ).all()
    return {
        **{("attachments", row[0]): row[1] for row in titles},
        **{("directed_to", row[0]): row[1] for row in named},
    }
