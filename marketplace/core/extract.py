"""Text of an uploaded .txt, .docx or .pdf, told by content; the file is neither kept nor logged.

Parsers of foreign formats run in a process of their own (``extract_child.py``) with limits on
memory, CPU and time, so that a hostile file harms nothing but its own reading.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from marketplace.core.errors import DomainError

MAX_BYTES = 5 * 1024 * 1024
MAX_PAGES = 30
MAX_CHARACTERS = 20_000
WALL_SECONDS = 10.0

MESSAGES = {
    "too_big": "文件太大：最多 5 MB。请压缩图片、删去与技术无关的部分，或直接粘贴文字。",
    "empty": "文件是空的。请检查后重新选择文件。",
    "unsupported": "不支持这种格式。请上传 .docx、.pdf 或 .txt 文件；旧版 .doc 请先另存为 .docx。",
    "encrypted": "文件设有密码。请先取消密码保护，再重新上传。",
    "scanned": "这份 PDF 中没有可读取的文字，可能是扫描件。请先做文字识别（OCR），或直接粘贴文字。",
    "no_text": "文件中没有文字。请检查内容，或直接粘贴文字。",
    "damaged": "文件已损坏，无法读取。请用原来的软件打开并另存一份，再重新上传。",
    "too_complex": "文件内容过于复杂，无法读取。请只保留与技术有关的部分，或直接粘贴文字。",
    "timeout": "文件解析超时。请拆分文件，或直接粘贴文字。",
}

_CHILD = Path(__file__).with_name("extract_child.py")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, .xls and, with a password, .docx
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_TEXT_SUFFIXES = frozenset({"", ".txt", ".text", ".md"})
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_CPU_SIGNALS = frozenset({-24, -9})  # SIGXCPU, SIGKILL at the hard limit


@dataclass(frozen=True, slots=True)
class Extracted:
    text: str
    truncated: bool  # there is more than MAX_PAGES pages or MAX_CHARACTERS characters


class ExtractionError(DomainError):
    """The file gives no text; ``message`` says in Chinese what to do."""


def _refusal(reason: str) -> ExtractionError:
    return ExtractionError(MESSAGES[reason])


def _tidy(text: str) -> str:
    text = _NO_TEXT.sub("", re.sub(r"\r\n?|[\v\f]", "\n", text))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()


def _decode(data: bytes, filename: str) -> Extracted:
    """Read plain text: by its byte order mark, else as UTF-8, else as GB 18030."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = PurePath(filename).suffix.lower() not in _TEXT_SUFFIXES
        if foreign or _NO_TEXT.search(text) or text.startswith("{\\rtf"):
            break
        if not (text := _tidy(text)):
            raise _refusal("no_text")
        return Extracted(text[:MAX_CHARACTERS], len(text) > MAX_CHARACTERS)
    raise _refusal("unsupported")


def ask_child(kind: str, data: bytes, max_pages: int, max_characters: int) -> dict[str, Any]:
    """Hand a file to the child process and return its answer; ExtractionError where it gives none."""
    command = [sys.executable, "-I", "-B", str(_CHILD), kind, str(max_pages), str(max_characters)]
    try:
        child = subprocess.run(
            command, input=data, capture_output=True, timeout=WALL_SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refusal("timeout") from None
    if child.returncode in _CPU_SIGNALS:
        raise _refusal("timeout")
    try:
        answer: dict[str, Any] = json.loads(child.stdout)
    except ValueError:  # it died of a limit or a parser's bug before it could answer
        raise _refusal("too_complex") from None
    if "error" in answer:
        raise _refusal(answer["error"])
    return answer


def _parse(kind: str, data: bytes) -> Extracted:
    answer = ask_child(kind, data, MAX_PAGES, MAX_CHARACTERS)
    return Extracted(_tidy(answer["text"]), answer["truncated"])


def extract_text(data: bytes, filename: str) -> Extracted:
    """Return the text of an uploaded file.

    Its content decides the format; the name only keeps text files of another kind (.html, a broken
    .docx) out. At most MAX_BYTES bytes, the first MAX_PAGES pages and MAX_CHARACTERS characters.
    Raises ExtractionError.
    """
    if len(data) > MAX_BYTES:
        raise _refusal("too_big")
    if not data.strip():
        raise _refusal("empty")
    if data.startswith(_OLE):
        raise _refusal("encrypted" if _ENCRYPTED_PACKAGE in data else "unsupported")
    if b"%PDF-" in data[:1024]:
        return _parse("pdf", data)
    if data.startswith(b"PK"):
        return _parse("docx", data)
    return _decode(data, filename)
