"""Runs alone, in a process of its own: a .docx or .pdf on stdin → its text as JSON on stdout.

``python -I extract_child.py docx|pdf MAX_PAGES MAX_CHARACTERS`` answers ``{"text", "truncated"}`` or
``{"error"}``, one of the names in ``extract.MESSAGES``. ``scan-office``, ``scan-pdf`` and ``scan-image``
give all that a file tells (headers, comments, links, properties) with ``"properties"`` beside the text.
It imports nothing of the site, so that it
starts fast and holds no secret, and limits itself before it reads a byte.
"""

import io
import json
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
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


Property = tuple[str, str]  # name and value of a document's property

PARTS = re.compile(r"(word|xl|ppt)/.*\.(xml|rels)|docProps/[^/]+\.xml")
TEXT_ELEMENTS = frozenset({"t", "v", "instrText", "delText"})
BREAKS = frozenset({"p", "si", "row", "c", "tc", "br", "cr", "tab"})
TELLING = frozenset({"author", "initials", "descr", "lastModifiedBy", "name", "userId"})
EXIF_NAMES = {
    0x010E: "ImageDescription", 0x0131: "Software", 0x013B: "Artist", 0x8298: "Copyright",
    0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject",
}  # fmt: skip
FIRST_XP_TAG = 0x9C9B  # Windows writes these as UTF-16


def _part_pieces(part: IO[bytes]) -> Iterator[str]:
    """All text of one XML part, with the attributes that name people or addresses."""
    for event, element in etree.iterparse(
        part, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    ):
        local = etree.QName(element).localname
        if event == "start":
            for name, value in element.attrib.items():
                attribute = etree.QName(name).localname
                external = attribute == "Target" and element.get("TargetMode") == "External"
                if external or attribute in TELLING:
                    yield f"\n{value}\n"
        elif local in TEXT_ELEMENTS:
            yield element.text or ""
        elif local in BREAKS:
            yield "\n"
        if event == "end" and local in {"p", "row", "si"}:
            element.clear(keep_tail=False)


def _part_properties(part: IO[bytes]) -> Iterator[Property]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for element in etree.parse(part, parser).iter(etree.Element):
        if len(element) == 0 and element.text and element.text.strip():
            yield etree.QName(element).localname, element.text.strip()


def scan_office(data: bytes, properties: list[Property]) -> Iterator[str]:
    """Yield the text of every part of a .docx, .xlsx or .pptx; its properties go into the list."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if not PARTS.fullmatch(member.filename):
                continue
            with _open_part(archive, member.filename, MAX_DOCUMENT_XML) as part:
                if member.filename.startswith("docProps/"):
                    properties.extend(_part_properties(part))
                else:
                    yield from _part_pieces(part)
                    yield "\n"


def _xmp_properties(packet: bytes) -> Iterator[Property]:
    text = packet.decode("utf-8", "ignore")
    yield "XMP", re.sub(r"\s+", " ", re.sub(r"<[^<>\"]*>|[<>]", "\n", text)).strip()


def scan_pdf(data: bytes, max_pages: int, properties: list[Property]) -> Iterator[str]:
    """Yield the text and the links of a PDF; its document information and XMP go into the list."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        reader.decrypt("")
    properties.extend((name.lstrip("/"), str(value)) for name, value in (reader.metadata or {}).items())
    for packet in re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", _xmp_stream(reader) or data, re.DOTALL):
        properties.extend(_xmp_properties(packet))
    for page in reader.pages[:max_pages]:
        for reference in page.get("/Annots") or ():
            annotation = reference.get_object()
            action = annotation.get("/A")
            link = action.get_object().get("/URI") if action is not None else None
            yield from (
                f"{value}\n" for value in (annotation.get("/T"), annotation.get("/Contents"), link) if value
            )
    yield from pdf_pieces(data, max_pages)


def _xmp_stream(reader: object) -> bytes:
    root = reader.root_object  # type: ignore[attr-defined]  # pypdf is imported where it is needed
    stream = root.get("/Metadata")
    return bytes(stream.get_object().get_data()) if stream is not None else b""


def scan_image(data: bytes, properties: list[Property]) -> Iterator[str]:
    """No text, but what cameras and programs write into a .png or .jpg."""
    for packet in re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", data, re.DOTALL):
        properties.extend(_xmp_properties(packet))
    if data.startswith(b"\x89PNG"):
        properties.extend(_png_properties(data))
    else:
        properties.extend(_jpeg_properties(data))
    yield " "


def _png_properties(data: bytes) -> Iterator[Property]:
    position = 8
    while position + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        chunk = data[position + 8 : position + 8 + length]
        name, _, rest = chunk.partition(b"\0")
        if kind == b"tEXt":
            yield name.decode("latin-1"), rest.decode("utf-8", "ignore")
        elif kind == b"zTXt":
            yield (
                name.decode("latin-1"),
                zlib.decompressobj().decompress(rest[1:], 65_536).decode("utf-8", "ignore"),
            )
        elif kind == b"iTXt":
            text = rest[2:].split(b"\0", 2)[-1]
            if rest[:1] == b"\1":
                text = zlib.decompressobj().decompress(text, 65_536)
            yield name.decode("latin-1"), text.decode("utf-8", "ignore")
        elif kind == b"eXIf":
            yield from _exif_properties(chunk)
        position += 12 + length


def _jpeg_properties(data: bytes) -> Iterator[Property]:
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF and data[position + 1] != 0xDA:
        marker, length = data[position + 1], struct.unpack(">H", data[position + 2 : position + 4])[0]
        segment = data[position + 4 : position + 2 + length]
        if marker == 0xFE:
            yield "Comment", segment.decode("utf-8", "ignore")
        elif marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            yield from _exif_properties(segment[6:])
        elif marker == 0xED:
            yield "IPTC", "".join(c for c in segment.decode("utf-8", "ignore") if c.isprintable())
        position += 2 + length


def _exif_properties(tiff: bytes) -> Iterator[Property]:
    order = "<" if tiff[:2] == b"II" else ">"
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
    for entry in range(min(count, 200)):
        at = start + 2 + 12 * entry
        tag, kind, length = struct.unpack(f"{order}HHI", tiff[at : at + 8])
        if tag not in EXIF_NAMES or kind not in (1, 2, 7):
            continue
        where = at + 8 if length <= 4 else struct.unpack(f"{order}I", tiff[at + 8 : at + 12])[0]
        value = tiff[where : where + length]
        encoding = "utf-16-le" if tag >= FIRST_XP_TAG else "utf-8"
        yield EXIF_NAMES[tag], value.decode(encoding, "ignore").strip("\0 ")


def _pieces(kind: str, data: bytes, max_pages: int, properties: list[Property]) -> Iterator[str]:
    match kind:
        case "docx":
            return docx_pieces(data)
        case "pdf":
            return pdf_pieces(data, max_pages)
        case "scan-office":
            return scan_office(data, properties)
        case "scan-pdf":
            return scan_pdf(data, max_pages, properties)
        case _:
            return scan_image(data, properties)


def read(kind: str, data: bytes, max_pages: int, max_characters: int) -> dict[str, object]:
    """Return the answer for one file; only resource limits and a bug of a parser end it otherwise."""
    pieces: list[str] = []
    properties: list[Property] = []
    length = 0
    truncated = False
    try:
        for piece in _pieces(kind, data, max_pages, properties):
            pieces.append(piece)
            length += len(piece)
            if length > max_characters:
                raise Overlong
    except Overlong:
        truncated = True
    text = "".join(pieces)[:max_characters]
    if kind.startswith("scan-"):
        return {"text": text, "truncated": truncated, "properties": properties}
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
