"""Stored files: a random name under INSTANCE_PATH/uploads, the type told by content, served by policy."""

import hashlib
import io
import re
import secrets
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from urllib.parse import quote

import puremagic
from flask import Response, current_app, send_file
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import FileStorage

from marketplace.core import clock
from marketplace.core.db import Base, Created, PrimaryKey, PublicId
from marketplace.core.errors import InvalidInput, NotFound

# Suffix → media type; the content must agree with the suffix.
TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".txt": "text/plain",
}
ACCEPT = ",".join(TYPES)
# The part that makes a zip archive this kind of document.
OFFICE = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
NAME_LENGTH = 120
ORPHAN_AGE = timedelta(days=30)  # an upload whose form was never sent


class Attachment(Created, Base):
    """A stored file; what it belongs to is said by a link row of a feature."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("size >= 0", name="size"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(String(NAME_LENGTH))  # file name as the uploader gave it
    stored_name: Mapped[str] = mapped_column(String(64), unique=True)  # random, under uploads/
    content_type: Mapped[str] = mapped_column(String(100))  # by content, not by name
    size: Mapped[int]  # bytes
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked upload, in memory."""

    name: str
    content_type: str
    data: bytes


def uploads_path() -> Path:
    path = Path(current_app.instance_path) / "uploads"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def stored_path(attachment: Attachment) -> Path:
    return uploads_path() / attachment.stored_name


def tidy_name(name: str) -> str:
    """The last part of a file name without control characters, at most NAME_LENGTH characters."""
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", PurePath(name.replace("\\", "/")).name)
    stem, suffix = PurePath(name).stem.strip(), PurePath(name).suffix.lower()
    return f"{stem[: NAME_LENGTH - len(suffix)] or '附件'}{suffix}"


def check_upload(upload: FileStorage, field: str = "file") -> Upload:
    """Read an upload and hold its content against its suffix; InvalidInput beside ``field``."""
    limit = current_app.extensions["settings"].max_upload_mb
    name = tidy_name(upload.filename or "")
    suffix = PurePath(name).suffix
    if suffix not in TYPES:
        raise InvalidInput(f"不支持“{suffix or name}”格式，请上传 {'、'.join(TYPES)} 文件。", field)
    data = upload.stream.read(limit * 1024 * 1024 + 1)
    if len(data) > limit * 1024 * 1024:
        raise InvalidInput(f"文件太大：最多 {limit} MB。", field)
    if not data:
        raise InvalidInput("文件是空的，请重新选择。", field)
    if not _content_agrees(data, suffix):
        raise InvalidInput("文件内容与扩展名不符，请用原来的软件另存一份再上传。", field)
    return Upload(name, TYPES[suffix], data)


def _content_agrees(data: bytes, suffix: str) -> bool:
    if suffix == ".txt":
        return b"\0" not in data
    if suffix in OFFICE:
        return _has_part(data, OFFICE[suffix])
    try:
        found = {match.extension for match in puremagic.magic_string(data)}
    except puremagic.PureError:  # nothing that is known
        found = set()
    return suffix in found or (suffix in {".jpg", ".jpeg"} and bool(found & {".jpg", ".jpeg", ".jfif"}))


def _has_part(data: bytes, name: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return name in archive.namelist()
    except zipfile.BadZipFile:
        return False


def store(session: Session, upload: Upload, uploaded_by_id: int | None) -> Attachment:
    """Write the bytes, then the row. A row that is rolled back leaves an orphan, swept later."""
    stored_name = secrets.token_hex(16)
    temporary = uploads_path() / f".{stored_name}"
    temporary.write_bytes(upload.data)
    temporary.rename(uploads_path() / stored_name)
    attachment = Attachment(
        title=upload.name,
        stored_name=stored_name,
        content_type=upload.content_type,
        size=len(upload.data),
        sha256=hashlib.sha256(upload.data).digest(),
        uploaded_by_id=uploaded_by_id,
    )
    session.add(attachment)
    session.flush()
    return attachment


def own_upload(session: Session, public_id: str, person_id: int | None) -> Attachment:
    """An attachment that this person has uploaded; NotFound otherwise."""
    found = session.scalar(select(Attachment).where(Attachment.public_id == public_id))
    if found is None or person_id is None or found.uploaded_by_id != person_id:
        raise NotFound("没有找到这个附件。")
    return found


def send_attachment(attachment: Attachment, download_name: str = "") -> Response:
    """The bytes as a download; call only after the policy has agreed."""
    path = stored_path(attachment)
    if not path.is_file():
        raise NotFound("附件文件不存在，请联系管理员。")
    response = send_file(path, mimetype=attachment.content_type, etag=False, max_age=0)
    name = quote(download_name or attachment.title, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def sweep_orphans(session: Session) -> int:
    """Remove files without a row that are older than ORPHAN_AGE; return how many."""
    known = set(session.scalars(select(Attachment.stored_name)))
    limit = (clock.now() - ORPHAN_AGE).timestamp()
    removed = 0
    for path in uploads_path().iterdir():
        if path.name not in known and path.stat().st_mtime < limit:
            path.unlink()
            removed += 1
    return removed
