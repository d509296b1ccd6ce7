"""Small files made in memory, with names where people forget them: headers, comments, properties."""

import io
import struct
import zlib

import docx
from pypdf import PdfWriter


def docx_bytes(*, text: str = "正文", header: str = "", **properties: str) -> bytes:
    """``properties`` are core properties: author, title, last_modified_by, comments …"""
    document = docx.Document()
    document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    for name in ("author", "comments", *properties):
        setattr(document.core_properties, name, properties.get(name, ""))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf_bytes(**information: str) -> bytes:
    """One empty page; ``information`` goes into the document information: Author, Title …"""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({f"/{name}": value for name, value in information.items()})
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(author: str = "") -> bytes:
    """One pixel; ``author`` in a text chunk."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    told = _chunk(b"iTXt", b"Author\0\0\0\0\0" + author.encode()) if author else b""
    pixel = _chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + told + pixel + _chunk(b"IEND", b"")


def jpeg_bytes(author: str = "") -> bytes:
    """The head of a photograph as Windows marks it: XPAuthor in its Exif block, in UTF-16."""
    value = author.encode("utf-16-le") + b"\0\0"
    entry = struct.pack("<HHII", 0x9C9D, 1, len(value), 26)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0) + value
    segment = b"Exif\0\0" + tiff
    exif = b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    return b"\xff\xd8" + exif + b"\xff\xda\x00\x02\xff\xd9"
