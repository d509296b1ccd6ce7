"""Everything a stored file tells: its name, its text with headers and comments, its properties.

The parsers run in a process of their own (``core.extract``). Call this outside transactions.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketplace.core.extract import ExtractionError, ask_child
from marketplace.core.files import TYPES, Attachment, stored_path

MAX_PAGES = 100
MAX_CHARACTERS = 200_000
REMEMBERED = 64  # scans kept by each process; a stored file never changes

IMAGES = frozenset({TYPES[".png"], TYPES[".jpg"]})
UNREAD_IMAGE = "图片中的文字无法自动检查"
UNREAD_SCAN = "没有可读取的文字（可能是扫描件），无法自动检查"
UNREAD_REST = "内容太长，只检查了前面的部分"
MISSING = "文件不存在，请重新上传"


@dataclass(frozen=True, slots=True)
class FileText:
    """``file`` is the attachment's public id; ``problem`` says what could not be read, or is empty."""

    file: str
    title: str
    text: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def scan_attachment(attachment: Attachment) -> FileText:
    """Read a stored file; never raises for a file that cannot be read, but says so in ``problem``."""
    path = stored_path(attachment)
    text, properties, problem = _scan(path, attachment.content_type)
    return FileText(attachment.public_id, attachment.title, text, properties, problem)


@lru_cache(maxsize=REMEMBERED)
def _scan(path: Path, content_type: str) -> tuple[str, tuple[tuple[str, str], ...], str]:
    try:
        data = path.read_bytes()
    except OSError:
        return "", (), MISSING
    if content_type == TYPES[".txt"]:
        return data[: 4 * MAX_CHARACTERS].decode(_encoding(data), "ignore"), (), ""
    kind = _kind(content_type)
    try:
        answer = ask_child(kind, data, MAX_PAGES, MAX_CHARACTERS)
    except ExtractionError as error:
        return "", (), error.message
    properties = tuple((str(name), str(value)) for name, value in answer["properties"])
    return answer["text"], properties, _problem(kind, answer)


def _kind(content_type: str) -> str:
    if content_type in IMAGES:
        return "scan-image"
    return "scan-pdf" if content_type == TYPES[".pdf"] else "scan-office"


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _problem(kind: str, answer: dict[str, object]) -> str:
    if kind == "scan-image":
        return UNREAD_IMAGE
    if not str(answer["text"]).strip():
        return UNREAD_SCAN
    return UNREAD_REST if answer["truncated"] else ""
