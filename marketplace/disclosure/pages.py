"""Rows → what the pages of detail requests show one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.clock import now
from marketplace.core.formatting import filesize, zh_deadline
from marketplace.demands.models import Demand
from marketplace.disclosure import policy
from marketplace.disclosure.choices import RequestStatus, Right
from marketplace.disclosure.models import DetailReading, DetailRequest
from marketplace.disclosure.reading import Access, Listing, count_readings
from marketplace.disclosure.service import has_controlled, has_ended, open_request
from marketplace.disclosure.workflow import asked, decides
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.models import AttachmentLink
from marketplace.listings.policy import is_open
from marketplace.matching.cards import owner_name
from marketplace.matching.presenters import AttachmentRow, Fact
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.taxonomy.models import HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.service import title, titles

GONE = "该内容已下架、过期或不再对贵单位可见"


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request for one reader; the owner of a masked need is not named to the asker."""

    url: str
    kind: str  # 成果 or 需求
    title: str
    listing_url: str | None
    controlled_url: str | None
    owner: str
    asker: str
    asker_url: str
    person: str
    purpose: str
    created_at: datetime
    wished_until: datetime | None
    status: str
    waiting: bool
    turn: str
    due_at: datetime | None
    overdue: bool
    granted_until: datetime | None
    closed_at: datetime | None
    reason: str
    as_owner: bool
    as_asker: bool
    can_revoke: bool


def kind_title(listing: Listing) -> str:
    return "成果" if isinstance(listing, Result) else "需求"


def kind_path(listing: Listing) -> str:
    return "results" if isinstance(listing, Result) else "demands"


def listing_url(listing: Listing) -> str:
    endpoint = "results.detail" if isinstance(listing, Result) else "demands.detail"
    return url_for(endpoint, public_id=listing.public_id)


def page_url(endpoint: str, listing: Listing, **more: str) -> str:
    values: dict[str, Any] = {"kind": kind_path(listing), "public_id": listing.public_id, **more}
    return url_for(f"disclosure.{endpoint}", **values)


def request_view(reader: Reader, request: DetailRequest) -> RequestView:
    listing, moment = request.listing, now()
    readable = policy.can_read_listing(reader, listing, moment)
    ended = has_ended(request, moment)
    waiting = request.status is RequestStatus.PENDING
    granted = request.status is RequestStatus.GRANTED and not ended
    return RequestView(
        url=url_for("disclosure.detail", public_id=request.public_id),
        kind=kind_title(listing),
        title=listing.title if readable else GONE,
        listing_url=listing_url(listing) if readable else None,
        controlled_url=page_url("controlled", listing) if granted and readable else None,
        owner=owner_name(reader, listing)[0],
        asker=request.organisation.name,
        asker_url=url_for("organisations.detail", public_id=request.organisation.public_id),
        person=" ".join(filter(None, (request.person.name, request.person.professional_title))),
        purpose=request.purpose,
        created_at=request.created_at,
        wished_until=request.wished_until,
        status=RequestStatus.EXPIRED.title if ended else request.status.title,
        waiting=waiting,
        turn=("本单位" if decides(reader, request) else "对方") if waiting else "",
        due_at=request.due_at if waiting else request.granted_until if granted else None,
        overdue=waiting and request.due_at <= moment,
        granted_until=request.granted_until,
        closed_at=request.closed_at,
        reason=request.reason,
        as_owner=decides(reader, request),
        as_asker=asked(reader, request),
        can_revoke=granted and decides(reader, request),
    )


def asker_facts(organisation: Organisation) -> list[Fact]:
    """What the site knows of the organisation that asks, for the owner's decision."""
    verified = organisation.verification is Verification.VERIFIED
    rows = (
        ("单位", organisation.name),
        ("身份核验", "已核验" if verified else "未核验"),
        ("类型", organisation.kind.title),
        ("统一社会信用代码", organisation.credit_code or ""),
        ("功能区", title(ZONE, organisation.zone)),
        ("行业", title(INDUSTRY, organisation.industry)),
        ("规模", organisation.size.title if organisation.size else ""),
        ("资质荣誉", "、".join(titles(HONOUR).get(h.honour, h.honour) for h in organisation.honours)),
    )
    return [Fact(label, value) for label, value in rows if value]


def hidden_parts(listing: Listing) -> list[tuple[str, bool]]:
    """What a grant would give: each part, and whether it says whose a masked need is."""
    parts = [("受控详情", False)] if isinstance(listing, Result) else []
    return parts + [
        (f"附件 {link.attachment.title}", link.reveals_owner)
        for link in listing.attachments
        if link.visibility is AttachmentVisibility.CONTROLLED
    ]


def hidden_summary(listing: Listing) -> str:
    """The same for whoever asks: what kind of things, no names of files."""
    count = sum(link.visibility is AttachmentVisibility.CONTROLLED for link in listing.attachments)
    parts = ["受控详情"] if isinstance(listing, Result) else []
    if count:
        parts.append(f"{count} 个受控附件")
    return "和 ".join(parts)


def file_rows(listing: Listing, links: Sequence[AttachmentLink]) -> list[AttachmentRow]:
    """Files that the reader may have, each with its address."""
    return [
        AttachmentRow(
            title=link.attachment.title,
            url=page_url("file", listing, file=link.attachment.public_id),
            size=filesize(link.attachment.size),
            visibility=link.visibility.title,
        )
        for link in links
    ]


def readable_files(session: Session, reader: Reader, listing: Listing) -> list[AttachmentRow]:
    """Controlled files are named only to those who may have them."""
    moment = now()
    links = [x for x in listing.attachments if policy.can_read_file(session, reader, listing, x, moment)]
    return file_rows(listing, links)


def watermark(access: Access, reader_organisation: str) -> str:
    if access.right is Right.OWN:
        return "本单位内部查阅。"
    if access.right is Right.OFFICER:
        return "仅供主管部门履职查阅，每次查阅均有记录，请勿外传。"
    assert access.grant is not None and access.grant.granted_until is not None  # CHECK constraint
    until = zh_deadline(access.grant.granted_until)
    return f"仅供{reader_organisation}查阅，至 {until} 止，每次查阅均有记录，请勿外传。"


@dataclass(frozen=True, slots=True)
class ControlledNote:
    """What a listing page says of its controlled part, with the one thing to do about it."""

    shown: bool  # the own organisation reads it in place
    note: str
    action: tuple[str, str] | None = None  # label and address


def controlled_note(session: Session, reader: Reader, listing: Listing) -> ControlledNote | None:
    """None where a listing controls nothing; a result always keeps its 受控详情."""
    if not has_controlled(listing):
        return None
    right = policy.right_to_read(session, reader, listing, now())
    if right is Right.OWN:
        note = f"受控内容被本单位以外的人查阅过 {count_readings(session, listing)} 次。"
        return ControlledNote(True, note, ("查阅记录", page_url("readings", listing)))
    if right is None:
        return _note_for_outsiders(session, reader, listing)
    who = "主管部门可以查阅" if right is Right.OFFICER else "贵单位已获授权"
    action = ("查阅受控内容", page_url("controlled", listing))
    return ControlledNote(False, f"{hidden_summary(listing)}未公开；{who}，每次查阅均有记录。", action)


def _note_for_outsiders(session: Session, reader: Reader, listing: Listing) -> ControlledNote:
    hidden = hidden_summary(listing)
    owner = "企业" if isinstance(listing, Demand) else "完成单位"
    request = open_request(session, reader.acting_for, listing) if reader.acting_for else None
    if request is not None:
        url = url_for("disclosure.detail", public_id=request.public_id)
        return ControlledNote(
            False, f"{hidden}未公开；贵单位已申请查阅，正在等{owner}答复。", ("查看申请", url)
        )
    note = f"{hidden}未公开，经{owner}授权后可以查阅；已核验的单位可说明用途提出申请。"
    action = ("申请查阅", page_url("ask", listing)) if is_open(listing, now()) else None
    return ControlledNote(False, note, action)


def reading_rows(rows: Sequence[DetailReading]) -> list[dict[str, object]]:
    return [
        {
            "at": row.at,
            "person": row.person.name,
            "organisation": row.organisation.name if row.organisation else "",
            "what": f"{row.what.title} {row.attachment.title}" if row.attachment else row.what.title,
            "right": row.access_right.title,
        }
        for row in rows
    ]
