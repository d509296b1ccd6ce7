"""Announcements: write, publish, search."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.announcements import policy
from marketplace.announcements.choices import AnnouncementKind, AnnouncementStatus
from marketplace.announcements.models import Announcement, AnnouncementFile
from marketplace.announcements.workflow import TRANSITIONS, AnnouncementAction
from marketplace.core import audit, clock, workflow
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.core.files import Upload, store
from marketplace.core.markdown import plain_text
from marketplace.core.pagination import follows, key_moment, moment_key, read_cursor, write_cursor
from search.segment import words

PAGE = 20
MAX_BODY = 50_000
MAX_FILES = 10
MAX_WORDS = 12  # of a query
NEWEST = 2  # on the start page


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementData:
    kind: AnnouncementKind
    title: str
    body: str = ""
    issuer: str = ""
    document_number: str = ""
    effective_until: date | None = None
    pinned: bool = False
    sample: bool = False
    seed_key: str | None = None


@dataclass(frozen=True, slots=True)
class AnnouncementFilter:
    q: str = ""
    kind: AnnouncementKind | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class AnnouncementPage:
    rows: Sequence[Announcement]
    cursor: str | None  # of the next page


def _check(reader: Reader, data: AnnouncementData) -> None:
    if not policy.can_write(reader):
        raise NotAllowed("公告与政策由区科技局发布。")
    check_texts(Announcement, {"title": data.title, "issuer": data.issuer or "-"})
    check_texts(Announcement, {"document_number": data.document_number})
    require(len(data.body) <= MAX_BODY, f"正文最多 {MAX_BODY} 个字。", "body")


def search_words(title: str, body: str) -> str:
    """Each word of title and body once, between blanks, so that `` word `` is found whole."""
    return " ".join(("", *dict.fromkeys(words("\n".join((title, plain_text(body))))), ""))


def create_announcement(session: Session, reader: Reader, data: AnnouncementData) -> Announcement:
    """Keep a draft; only its title is needed."""
    _check(reader, data)
    announcement = Announcement(author_id=reader.person_id, updated_at=clock.now(), kind=data.kind)
    _put(announcement, data)
    announcement.sample, announcement.seed_key = data.sample, data.seed_key
    session.add(announcement)
    session.flush()
    return announcement


def _put(announcement: Announcement, data: AnnouncementData) -> None:
    for name in ("kind", "title", "body", "issuer", "document_number", "effective_until", "pinned"):
        setattr(announcement, name, getattr(data, name))
    announcement.words = search_words(data.title, data.body)
    announcement.updated_at = clock.now()


def change_announcement(
    session: Session, reader: Reader, announcement: Announcement, data: AnnouncementData, version: int
) -> Announcement:
    """Put other content; Conflict where it was saved elsewhere since ``version``. A change of what is
    published is recorded."""
    _check(reader, data)
    session.refresh(announcement, with_for_update=True)
    if announcement.version != version:
        raise Conflict("这份公告已在别处修改并保存过。您的文字没有存上，请先复制，再打开最新内容。")
    if announcement.status is AnnouncementStatus.PUBLISHED:
        require(bool(data.body.strip()), "已发布的公告须有正文。", "body")
        require(bool(data.issuer.strip()), "已发布的公告须有发文单位。", "issuer")
        audit.record(session, reader.person_id, "announcement.change", f"announcement:{announcement.id}")
    _put(announcement, data)
    announcement.version = version + 1
    session.flush()
    return announcement


def add_files(
    session: Session, reader: Reader, announcement: Announcement, uploads: Sequence[Upload]
) -> None:
    count = len(announcement.files) + len(uploads)
    require(count <= MAX_FILES, f"附件最多 {MAX_FILES} 个。", "files")
    start = max((link.position for link in announcement.files), default=-1) + 1
    for position, upload in enumerate(uploads, start):
        file = store(session, upload, reader.person_id)
        announcement.files.append(AnnouncementFile(attachment=file, position=position))
    session.flush()


def remove_files(session: Session, announcement: Announcement, public_ids: Sequence[str]) -> None:
    announcement.files = [f for f in announcement.files if f.attachment.public_id not in public_ids]
    session.flush()


def move_announcement(
    session: Session,
    reader: Reader,
    announcement: Announcement,
    action: AnnouncementAction,
    reason: str = "",
) -> Announcement:
    return workflow.apply(session, TRANSITIONS, announcement, action, reader, reason)


def get_announcement(session: Session, reader: Reader, public_id: str) -> Announcement:
    row = session.scalar(select(Announcement).where(Announcement.public_id == public_id))
    if row is None or not policy.can_read(reader, row):
        raise NotFound("没有找到这份公告，它可能已被撤下。")
    return row


def get_file(announcement: Announcement, public_id: str) -> AnnouncementFile:
    """The link of a file of an announcement that the reader was allowed to read."""
    found = next((link for link in announcement.files if link.attachment.public_id == public_id), None)
    if found is None:
        raise NotFound("没有找到这个附件。")
    return found


def published(session: Session, wanted: AnnouncementFilter, after: str = "") -> AnnouncementPage:
    """The public list: pinned first, then the newest; every word of the query must stand in it."""
    rule = _rule(wanted)
    if (keys := read_cursor(after, 3)) is not None:
        rule = and_(rule, _behind(bool(keys[0]), key_moment(keys[1]), keys[2]))
    found = session.scalars(
        select(Announcement)
        .where(rule)
        .order_by(Announcement.pinned.desc(), Announcement.published_at.desc(), Announcement.id.desc())
        .limit(PAGE + 1)
    ).all()
    rows = found[:PAGE]
    if len(found) <= PAGE:
        return AnnouncementPage(rows, None)
    last = rows[-1]
    assert last.published_at is not None  # CHECK constraint
    return AnnouncementPage(rows, write_cursor(last.pinned, moment_key(last.published_at), last.id))


def _rule(wanted: AnnouncementFilter) -> ColumnElement[bool]:
    rules = [Announcement.status == AnnouncementStatus.PUBLISHED]
    if wanted.kind is not None:
        rules.append(Announcement.kind == wanted.kind)
    if wanted.year is not None:
        begin, end = (datetime(year, 1, 1, tzinfo=clock.SHANGHAI) for year in (wanted.year, wanted.year + 1))
        rules.append(and_(Announcement.published_at >= begin, Announcement.published_at < end))
    asked = dict.fromkeys(words(wanted.q)[:MAX_WORDS])
    rules += [Announcement.words.contains(f" {word} ", autoescape=True) for word in asked]
    return and_(*rules)


def _behind(pinned: bool, published_at: datetime, row_id: int) -> ColumnElement[bool]:
    return follows(
        (
            (Announcement.pinned, pinned, True),
            (Announcement.published_at, published_at, True),
            (Announcement.id, row_id, True),
        )
    )


def years(session: Session) -> list[int]:
    """From the newest year with something published back to the oldest."""
    first, last = session.execute(
        select(func.min(Announcement.published_at), func.max(Announcement.published_at)).where(
            Announcement.status == AnnouncementStatus.PUBLISHED
        )
    ).one()
    if first is None or last is None:
        return []
    oldest, newest = (moment.astimezone(clock.SHANGHAI).year for moment in (first, last))
    return list(range(newest, oldest - 1, -1))


def newest(session: Session) -> Sequence[Announcement]:
    return published(session, AnnouncementFilter()).rows[:NEWEST]


def written(session: Session, reader: Reader, after: str = "") -> AnnouncementPage:
    """All of them, drafts too, the last touched first: for those who write."""
    if not reader.reads_everything:
        raise NotAllowed("公告管理仅供区科技局使用。")
    rule = policy.readable(reader)
    if (keys := read_cursor(after, 2)) is not None:
        moment, row_id = key_moment(keys[0]), keys[1]
        rule = and_(rule, follows(((Announcement.updated_at, moment, True), (Announcement.id, row_id, True))))
    found = session.scalars(
        select(Announcement)
        .where(rule)
        .order_by(Announcement.updated_at.desc(), Announcement.id.desc())
        .limit(PAGE + 1)
    ).all()
    rows = found[:PAGE]
    more = len(found) > PAGE
    cursor = write_cursor(moment_key(rows[-1].updated_at), rows[-1].id) if more else None
    return AnnouncementPage(rows, cursor)
