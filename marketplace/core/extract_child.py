"""Runs alone, in a process of its own: a .docx or .pdf on stdin → its text as JSON on stdout.

``python -I extract_child.py docx|pdf MAX_PAGES MAX_CHARACTERS`` answers ``{"text", "truncated"}`` or
``{"error"}``, one of the names in ``extract.MESSAGES``. It imports nothing of the site, so that it
starts fast and holds no secret, and limits itself before it reads a byte.
"""

import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import IO

from lxml import etree

MEMORY = 512 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 10
MAX_DOCUMENT_XML = 50 * 1024 * 1024  # bytes unpacked; 20,000 characters need about a hundredth
MAX_CONTENT_TYPES = 1024 * 1024

CONTENT_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
MAIN_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORD = frozenset(
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",  # the strict form of the same standard
    }
)
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


class Refused(Exception):
    """The file cannot be read; the argument is a name in ``extract.MESSAGES``."""


def confine() -> None:
    """Limit memory, CPU and files, forbid writing, networking and starting other programs."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (allowed, allowed))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(flags := arguments[2], int) and flags & os.O_ACCMODE
        if writes or event.startswith(FORBIDDEN):
            raise PermissionError(event)

    sys.addaudithook(watch)


def _open_part(archive: zipfile.ZipFile, name: str, limit: int) -> IO[bytes]:
    """Open a member; zipfile reads no more than the declared size, so a liar fails its checksum."""
    try:
        member = archive.getinfo(name)
    except KeyError:
        raise Refused("unsupported") from None
    if member.flag_bits & 1:
        raise Refused("encrypted")
    if member.file_size > limit:
        raise Refused("too_complex")
    return archive.open(member)


def _main_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the Word document in a package; any other zip is refused."""
    with _open_part(archive, "[Content_Types].xml", MAX_CONTENT_TYPES) as part:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for override in etree.parse(part, parser).iterfind(f"{CONTENT_TYPES}Override"):
            if override.get("ContentType") == MAIN_PART:
                return str(override.get("PartName", "")).lstrip("/")
    raise Refused("unsupported")


def docx_pieces(data: bytes) -> Iterator[str]:
    """Yield the text of a .docx in document order: paragraphs as lines, table rows as lines of cells.

    The XML is read as a stream, so that nothing past the wanted characters is unpacked. lxml refuses
    more than 256 levels and expanding entities.
    """
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        _open_part(archive, _main_part(archive), MAX_DOCUMENT_XML) as part,
    ):
        cells = fallbacks = 0
        for event, element in etree.iterparse(
            part, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
        ):
            name = etree.QName(element)
            local = name.localname if name.namespace in WORD else ""
            step = 1 if event == "start" else -1
            cells += step * (local == "tc")
            fallbacks += step * (element.tag == FALLBACK)  # says again what its sibling says
            if event == "start" or fallbacks:
                continue
            if local == "t":
                yield element.text or ""
            elif local in {"p", "tc", "tr", "tab", "br", "cr"}:
                yield {"tab": "\t", "tc": "\t", "p": " " if cells else "\n"}.get(local, "\n")
            if local in {"p", "tbl"}:
                element.clear(keep_tail=False)


def pdf_pieces(data: bytes, max_pages: int) -> Iterator[str]:
    """Yield the text of the first ``max_pages`` pages of a PDF; an empty user password is tried."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    reader = PdfReader(io.BytesIO(data))
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("encrypted")
    except DependencyError:
        raise Refused("encrypted") from None
    for page in reader.pages[:max_pages]:
        yield page.extract_text()
        yield "\n"
    if len(reader.pages) > max_pages:
        raise Overlong


class Overlong(Exception):
    """There is more than was asked for."""


def read(kind: str, data: bytes, max_pages: int, max_characters: int) -> dict[str, object]:
    """Return the answer for one file; only resource limits and a bug of a parser end it otherwise."""
    pieces: list[str] = []
    length = 0
    truncated = False
    try:
        for piece in docx_pieces(data) if kind == "docx" else pdf_pieces(data, max_pages):
            pieces.append(piece)
            length += len(piece)
            if length > max_characters:
                raise Overlong
    except Overlong:
        truncated = True
    text = "".join(pieces)[:max_characters]
    if not text.strip():
        raise Refused("scanned" if kind == "pdf" else "no_text")
    return {"text": text, "truncated": truncated}


def main() -> None:
    confine()
    kind, max_pages, max_characters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        answer = read(kind, sys.stdin.buffer.read(), max_pages, max_characters)
    except Refused as refusal:
        answer = {"error": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"error": "too_complex"}
    except Exception:  # parsers raise anything on a broken file; nothing may be told of it
        answer = {"error": "damaged"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
