"""Rows → what the pages of announcements show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from markupsafe import Markup, escape

from marketplace.announcements.choices import AnnouncementKind, AnnouncementStatus
from marketplace.announcements.models import Announcement
from marketplace.core import clock
from marketplace.core.formatting import filesize, zh_date
from marketplace.core.markdown import plain_text, render_markdown
from search.explain import highlight_spans, snippet
from search.segment import analyse

SNIPPET_WIDTH = 110  # characters


@dataclass(frozen=True, slots=True)
class AnnouncementCard:
    url: str
    title: Markup
    snippet: Markup
    issuer: str
    document_number: str
    published_at: datetime | None
    pinned: bool
    over: bool  # no longer in force
    sample: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    title: str
    url: str
    size: str


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    public_id: str
    kind: AnnouncementKind
    status: AnnouncementStatus
    title: str
    body: Markup
    facts: Sequence[tuple[str, str]]
    files: Sequence[FileRow]
    over: bool
    sample: bool


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    parts, position = [], 0
    for start, end in spans:
        parts += [escape(text[position:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        position = end
    return Markup("").join([*parts, escape(text[position:])])


def is_over(effective_until: date | None) -> bool:
    today = clock.now().astimezone(clock.SHANGHAI).date()
    return effective_until is not None and effective_until < today


def announcement_card(row: Announcement, q: str = "") -> AnnouncementCard:
    terms = analyse(q)
    text, spans = snippet(plain_text(row.body).replace("\n", " "), terms, SNIPPET_WIDTH)
    return AnnouncementCard(
        url=url_for("announcements.detail", public_id=row.public_id),
        title=_marked(row.title, highlight_spans(row.title, terms)),
        snippet=_marked(text, spans),
        issuer=row.issuer,
        document_number=row.document_number,
        published_at=row.published_at,
        pinned=row.pinned,
        over=is_over(row.effective_until),
        sample=row.sample,
    )


def detail_view(row: Announcement) -> AnnouncementView:
    facts = (
        ("发文单位", row.issuer),
        ("文号", row.document_number),
        ("发布日期", zh_date(row.published_at) if row.published_at else ""),
        ("有效期至", zh_date(row.effective_until) if row.effective_until else ""),
    )
    files = [
        FileRow(
            link.attachment.title,
            url_for("announcements.file", public_id=row.public_id, file_id=link.attachment.public_id),
            filesize(link.attachment.size),
        )
        for link in row.files
    ]
    return AnnouncementView(
        public_id=row.public_id,
        kind=row.kind,
        status=row.status,
        title=row.title,
        body=render_markdown(row.body),
        facts=[fact for fact in facts if fact[1]],
        files=files,
        over=is_over(row.effective_until),
        sample=row.sample,
    )
