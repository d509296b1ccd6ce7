"""Drafts: begun, saved while somebody types, put away and taken back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import clock, jobs
from marketplace.core.clock import SHANGHAI
from marketplace.core.desk import DeskLine
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.core.files import Attachment, Upload, store
from marketplace.demands.models import Demand
from marketplace.demands.policy import can_enter_for_others, has_entered
from marketplace.demands.service import data_of_demand
from marketplace.drafting import demand_form, policy, result_form
from marketplace.drafting.reading import is_blank
from marketplace.drafting.schema import Raw, Row, Schema, blank, fields_of
from marketplace.drafting.writing import write_fields
from marketplace.listings.choices import ListingStatus
from marketplace.listings.models import AttachmentLink, Draft
from marketplace.listings.purge import drop_files, unused_files
from marketplace.listings.workflow import reviews_itself
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.results.service import data_of_result
from marketplace.taxonomy.rules import Rule, days_of

RESULT, DEMAND = "result", "demand"
NOUNS = {RESULT: "成果", DEMAND: "需求"}
KEPT_DELETED = timedelta(days=7)
PURGE = "drafting.purge"
EDITABLE = (ListingStatus.DRAFT, ListingStatus.RETURNED, ListingStatus.PUBLISHED)
MAX_FILES = 20

Listing = Result | Demand


@dataclass(frozen=True, slots=True)
class Content:
    """``values``: what was typed; ``files``: public ids of every file this draft may use."""

    values: Raw
    files: tuple[str, ...] = ()


def schema_of(draft: Draft) -> Schema:
    if draft.kind == RESULT:
        return result_form.SCHEMA
    return demand_form.SCHEMA_FOR_OTHERS if policy.is_for_others(draft) else demand_form.SCHEMA


def content_of(draft: Draft) -> Content:
    stored = json.loads(draft.payload)
    return Content(stored["values"], tuple(stored["files"]))


def put_content(draft: Draft, content: Content) -> None:
    draft.payload = json.dumps({"values": content.values, "files": content.files}, ensure_ascii=False)
    draft.title = str(content.values.get("title", "")).strip()[:120]
    draft.updated_at = clock.now()


def _begin(session: Session, draft: Draft, content: Content) -> Draft:
    put_content(draft, content)
    session.add(draft)
    session.flush()
    return draft


def create_draft(session: Session, actor: Reader, kind: str) -> Draft:
    """A new form for the organisation the actor acts for, with the usual values in it."""
    organisation_id = actor.acting_for
    if organisation_id is None or not policy.can_write_for(actor, organisation_id):
        raise NotAllowed("您在该单位的角色不能登记成果或需求，请联系单位管理员。")
    return _create(session, actor, kind, session.get_one(Organisation, organisation_id), organisation_id)


def create_draft_for(session: Session, actor: Reader, organisation: Organisation) -> Draft:
    """代填: a need that a broker or officer enters for an enterprise."""
    if not can_enter_for_others(actor):
        raise NotAllowed("只有技术经纪人和主管部门工作人员可以代企业填写。")
    if organisation.id in actor.organisation_ids:
        raise NotAllowed("这是您代表的单位，请直接发布需求。")
    return _create(session, actor, DEMAND, organisation, actor.acting_for)


def _create(
    session: Session, actor: Reader, kind: str, organisation: Organisation, acting_for: int | None
) -> Draft:
    assert actor.person_id is not None  # only people write
    draft = Draft(
        kind=kind, organisation_id=organisation.id, acting_for_id=acting_for, author_id=actor.person_id
    )
    values = {f.name: blank(f) for f in fields_of(schema_of(draft))}
    valid_until = clock.now() + days_of(session, Rule.LISTING_VALIDITY)
    values["valid_until"] = valid_until.astimezone(SHANGHAI).date().isoformat()
    if "zone" in values:
        values["zone"] = organisation.zone
    if "contact" in values:
        values["contact"] = session.get_one(Person, actor.person_id).public_id
    return _begin(session, draft, Content(values))


def check_editable(actor: Reader, listing: Listing) -> None:
    """Raise NotAllowed or Conflict where this actor cannot edit this listing now."""
    if not (_is_for_others(actor, listing) or policy.can_write_for(actor, listing.organisation_id)):
        raise NotAllowed("只有本单位的科研人员、需求人和管理员可以修改。")
    if listing.status not in EDITABLE:
        raise Conflict(f"当前状态为“{listing.status.title}”，请先撤回提交或重新编辑，再修改内容。")


def open_draft(session: Session, actor: Reader, listing: Listing) -> Draft | None:
    """The draft in which a listing is being edited."""
    column = Draft.result_id if isinstance(listing, Result) else Draft.demand_id
    return session.scalar(
        select(Draft)
        .where(column == listing.id, Draft.deleted_at.is_(None), policy.editable(actor))
        .order_by(Draft.id)
        .limit(1)
    )


def draft_of_listing(session: Session, actor: Reader, listing: Listing) -> Draft:
    """The draft in which a listing is being edited, made from its content where there is none."""
    check_editable(actor, listing)
    kind = RESULT if isinstance(listing, Result) else DEMAND
    return open_draft(session, actor, listing) or _begin_edit(session, actor, kind, listing)


def _is_for_others(actor: Reader, listing: Listing) -> bool:
    """Entered by this person for an organisation that they do not belong to."""
    entered = isinstance(listing, Demand) and has_entered(actor, listing)
    return entered and listing.organisation_id not in actor.organisation_ids


def _begin_edit(session: Session, actor: Reader, kind: str, listing: Listing) -> Draft:
    assert actor.person_id is not None
    for_others = _is_for_others(actor, listing)
    draft = Draft(
        kind=kind,
        organisation_id=listing.organisation_id,
        acting_for_id=actor.acting_for if for_others else listing.organisation_id,
        author_id=actor.person_id,
        result_id=listing.id if kind == RESULT else None,
        demand_id=listing.id if kind == DEMAND else None,
    )
    values = (
        result_form.from_data(data_of_result(listing))
        if isinstance(listing, Result)
        else demand_form.from_data(data_of_demand(listing))
    )
    values["contact"] = listing.contact.public_id if listing.contact else ""
    if isinstance(listing, Demand):
        values["confirmation_email"] = listing.confirmation_email
    raw = write_fields(session, schema_of(draft), values)
    raw["attachments"] = [_file_row(link) for link in listing.attachments]
    return _begin(session, draft, Content(raw, tuple(row["file"] for row in raw["attachments"])))


def _file_row(link: AttachmentLink) -> Row:
    return {"file": link.attachment.public_id, "visibility": link.visibility.value}


def get_draft(session: Session, reader: Reader, public_id: str, *, lock: bool = False) -> Draft:
    """The draft, or NotFound when there is none that this reader may change."""
    query = select(Draft).where(Draft.public_id == public_id, Draft.deleted_at.is_(None))
    draft = session.scalar(query.with_for_update() if lock else query)
    if draft is None or not policy.can_edit(reader, draft):
        raise NotFound("没有找到这份草稿，可能已提交或已删除。")
    return draft


def save_draft(session: Session, draft: Draft, raw: Raw, version: int, *, overwrite: bool = False) -> Draft:
    """Keep what was typed; Conflict where another window saved since ``version`` was read."""
    if draft.version != version and not overwrite:
        raise Conflict("另一个窗口已保存较新的内容，本页的内容还没有保存。")
    content = content_of(draft)
    values = dict(content.values) | raw
    values["attachments"] = [row for row in values.get("attachments", []) if row["file"] in content.files]
    put_content(draft, Content(values, content.files))
    draft.version += 1
    session.flush()
    return draft


def fill_draft(
    session: Session, draft: Draft, proposed: Raw, *, overwrite: bool
) -> tuple[list[str], list[str]]:
    """Put proposed values into empty fields, into typed ones only when asked to; labels of both."""
    content = content_of(draft)
    values, filled, kept = dict(content.values), [], []
    for f in fields_of(schema_of(draft)):
        if f.name not in proposed:
            continue
        if is_blank(f, values.get(f.name)) or overwrite:
            values[f.name] = proposed[f.name]
            filled.append(f.label)
        else:
            kept.append(f.label)
    if filled:
        put_content(draft, Content(values, content.files))
        draft.version += 1
    session.flush()
    return filled, kept


def add_file(session: Session, actor: Reader, draft: Draft, upload: Upload) -> Attachment:
    """Store an upload with the draft, controlled until its author says otherwise."""
    content = content_of(draft)
    rows = list(content.values.get("attachments", []))
    if len(rows) >= MAX_FILES:
        raise Conflict(f"最多上传 {MAX_FILES} 个附件，请先删去不需要的。")
    attachment = store(session, upload, actor.person_id)
    rows.append({"file": attachment.public_id, "visibility": "controlled"})
    put_content(
        draft, Content({**content.values, "attachments": rows}, (*content.files, attachment.public_id))
    )
    draft.version += 1
    session.flush()
    return attachment


def files_of(session: Session, draft: Draft) -> dict[str, Attachment]:
    """Public id → attachment, of all the files that this draft may use."""
    files = content_of(draft).files
    found = session.scalars(select(Attachment).where(Attachment.public_id.in_(files)))
    return {attachment.public_id: attachment for attachment in found}


def get_draft_file(session: Session, draft: Draft, public_id: str) -> Attachment:
    attachment = files_of(session, draft).get(public_id)
    if attachment is None:
        raise NotFound("没有找到这个附件。")
    return attachment


def delete_draft(session: Session, draft: Draft) -> None:
    """Put a draft away; it can be taken back for some days."""
    draft.deleted_at = clock.now()
    jobs.schedule(session, PURGE, f"draft:{draft.id}", clock.now() + KEPT_DELETED)
    session.flush()


def restore_draft(session: Session, actor: Reader, public_id: str) -> Draft:
    draft = session.scalar(select(Draft).where(Draft.public_id == public_id))
    if draft is None or not policy.can_edit(actor, draft):
        raise NotFound("这份草稿已彻底删除，无法恢复。")
    draft.deleted_at = None
    jobs.cancel(session, PURGE, f"draft:{draft.id}")
    session.flush()
    return draft


def purge_draft(session: Session, draft: Draft) -> None:
    """Remove a draft for good, with the uploads that nothing else holds."""
    files = content_of(draft).files
    session.delete(draft)
    drop_files(session, unused_files(session, files))


@jobs.handles(PURGE)
def _purge(session: Session, obj: str) -> None:
    draft = session.get(Draft, int(obj.partition(":")[2]))
    if draft is not None and draft.deleted_at is not None:
        purge_draft(session, draft)


def list_drafts(session: Session, reader: Reader, limit: int = 100) -> Sequence[Draft]:
    """Drafts that this reader may continue, the last touched first."""
    return session.scalars(
        select(Draft)
        .where(Draft.deleted_at.is_(None), policy.editable(reader))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
        .limit(limit)
    ).all()


def listing_of(session: Session, draft: Draft) -> Listing | None:
    """What is being edited; None for a new one."""
    if draft.result_id is not None:
        return session.get_one(Result, draft.result_id)
    return session.get_one(Demand, draft.demand_id) if draft.demand_id is not None else None


def waits_for_confirmation(session: Session, reader: Reader) -> Sequence[Demand]:
    """Needs this person entered for others that are not confirmed yet."""
    if reader.person_id is None:
        return []
    return session.scalars(
        select(Demand)
        .where(
            Demand.entered_by_id == reader.person_id,
            Demand.confirmed_at.is_(None),
            Demand.status.in_((ListingStatus.DRAFT, ListingStatus.RETURNED)),
        )
        .order_by(Demand.id.desc())
    ).all()


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """What this reader has to go on with: drafts, and needs entered for others that are not confirmed."""
    lines = [
        DeskLine("继续填写", draft.title or f"未命名的{NOUNS[draft.kind]}", f"/drafts/{draft.public_id}")
        for draft in list_drafts(session, reader, limit=5)
    ]
    for demand in waits_for_confirmation(session, reader):
        path = f"/demands/{demand.public_id}"
        if demand.confirmation_reply:
            lines.append(DeskLine("按企业意见修改", demand.title, path))
        else:
            again = ("重新寄送链接", f"{path}/confirmation")
            lines.append(DeskLine("等企业确认", demand.title, path, act=again))
    return lines


def needs_declaration(draft: Draft, organisation: Organisation) -> bool:
    """Whether the sender declares 保密审查: where no reviewer of the organisation gives it."""
    return not policy.is_for_others(draft) and not reviews_itself(organisation)
