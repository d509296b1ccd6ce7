"""Text from uploaded files: good ones, wrong ones and hostile ones, all built here."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from marketplace.core import extract
from marketplace.core.extract import MESSAGES, ExtractionError, extract_text

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName='
    '"/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.'
    'document.main+xml"/></Types>'
)


def docx_file(build: Callable[[docx.document.Document], None]) -> bytes:
    document = docx.Document()
    build(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def raw_docx(xml: str | bytes, types: str = TYPES) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", xml)
    return stream.getvalue()


def body(inner: str) -> str:
    return f'<w:document xmlns:w="{WORD}"><w:body>{inner}</w:body></w:document>'


def pdf_writer(pages: list[str]) -> PdfWriter:
    """A PDF whose pages show ASCII lines in Helvetica."""
    writer = PdfWriter()
    name = NameObject
    font = DictionaryObject(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/Type1"),
            name("/BaseFont"): name("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(width=595, height=842)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode() if text else b"")
        page[name("/Contents")] = writer._add_object(stream)
        page[name("/Resources")] = DictionaryObject({name("/Font"): DictionaryObject({name("/F1"): font})})
    return writer


def pdf_file(pages: list[str], password: str | None = None, user: str = "") -> bytes:
    writer = pdf_writer(pages)
    if password is not None:
        writer.encrypt(user_password=user, owner_password=password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def refusal(data: bytes, filename: str) -> str:
    """Return the name of the message that the file is refused with."""
    with pytest.raises(ExtractionError) as caught:
        extract_text(data, filename)
    return next(reason for reason, message in MESSAGES.items() if message == caught.value.message)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_in_the_usual_encodings(encoding: str) -> None:
    text = "锂电池隔膜涂覆技术需求\n\n指标：透气度小于200秒，厚度9μm，镕𠮷"
    result = extract_text(text.replace("\n", "\r\n").encode(encoding), "需求.TXT")
    assert result == extract.Extracted(text, truncated=False)


def test_plain_text_is_cut() -> None:
    result = extract_text(("锂" * extract.MAX_CHARACTERS + "电").encode(), "a.txt")
    assert result.truncated
    assert result.text == "锂" * extract.MAX_CHARACTERS


def test_docx_paragraphs_and_table_cells_in_document_order() -> None:
    def build(document: docx.document.Document) -> None:
        document.add_heading("反渗透膜国产化", 1)
        document.add_paragraph("目前依赖进口。")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ["指标", "数值", "脱盐率", "≥99.7%"], strict=True):
            cell.text = text
        table.cell(1, 1).add_paragraph("（25℃）")
        document.add_paragraph("联系：\t技术部")

    result = extract_text(docx_file(build), "需求书.docx")
    assert result.text == (
        "反渗透膜国产化\n目前依赖进口。\n指标 \t数值\n脱盐率 \t≥99.7% （25℃）\n联系：\t技术部"
    )
    assert not result.truncated


def test_docx_text_that_is_said_twice_or_deleted_is_read_once() -> None:
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    xml = body(
        f'<w:p><mc:AlternateContent xmlns:mc="{compatibility}"><mc:Choice>'
        "<w:r><w:t>框内</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>框内</w:t></w:r></mc:Fallback></mc:AlternateContent>"
        "<w:r><w:t>文字</w:t></w:r><w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>"
    )
    assert extract_text(raw_docx(xml), "a.docx").text == "框内文字"


def test_docx_is_known_by_content_not_by_name() -> None:
    data = docx_file(lambda document: document.add_paragraph("正文") and None)
    assert extract_text(data, "改名.txt").text == "正文"


def test_long_docx_is_cut() -> None:
    data = raw_docx(body("<w:p><w:r><w:t>一二三四五六七八九</w:t></w:r></w:p>" * 3000))
    result = extract_text(data, "a.docx")
    assert result.truncated
    assert extract.MAX_CHARACTERS - 10 <= len(result.text) <= extract.MAX_CHARACTERS


def test_pdf_pages() -> None:
    result = extract_text(pdf_file(["reverse osmosis", "membrane element"]), "a.pdf")
    assert result.text.split() == ["reverse", "osmosis", "membrane", "element"]
    assert not result.truncated


def test_pdf_is_read_to_the_page_limit() -> None:
    pages = [f"page{number}" for number in range(extract.MAX_PAGES + 1)]
    result = extract_text(pdf_file(pages), "a.pdf")
    assert result.truncated
    assert result.text.split() == pages[:-1]


def test_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert extract_text(pdf_file(["open text"], password="owner"), "a.pdf").text == "open text"


def test_pdf_with_a_password_is_refused() -> None:
    assert refusal(pdf_file(["secret"], password="owner", user="user"), "a.pdf") == "encrypted"


def test_scanned_pdf_is_refused() -> None:
    assert refusal(pdf_file(["", ""]), "a.pdf") == "scanned"


@pytest.mark.parametrize(
    ("data", "filename", "reason"),
    [
        (b"", "a.txt", "empty"),
        (b" \r\n\t", "a.docx", "empty"),
        (b"\xef\xbb\xbf \n", "a.txt", "no_text"),
        (b"a" * (extract.MAX_BYTES + 1), "a.txt", "too_big"),
        (b"<html>", "a.html", "unsupported"),
        ("文字".encode(), "a.docx", "unsupported"),
        (b"{\\rtf1\\ansi text}", "a.txt", "unsupported"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.txt", "unsupported"),
        (b"\xff\xfe\x00\xd8", "a.txt", "unsupported"),
        (bytes(range(256)) * 16, "a.txt", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "unsupported"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            "encrypted",
        ),
        (b"%PDF-1.7\nnothing of a PDF follows", "a.pdf", "damaged"),
        (b"PK\x03\x04 no archive", "a.docx", "damaged"),
        (pdf_file(["text"])[:300], "a.pdf", "damaged"),
        (raw_docx(body(""))[:-30], "a.docx", "damaged"),
        (raw_docx("<w:document"), "a.docx", "damaged"),
        (raw_docx(body("<w:p/>")), "a.docx", "no_text"),
        (raw_docx("<x/>", types="<Types/>"), "a.docx", "unsupported"),
    ],
)
def test_wrong_files_are_refused_with_the_reason(data: bytes, filename: str, reason: str) -> None:
    assert refusal(data, filename) == reason


def test_a_zip_that_is_no_docx_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "文字")
    assert refusal(stream.getvalue(), "a.docx") == "unsupported"


def test_a_spreadsheet_is_refused() -> None:
    types = TYPES.replace("wordprocessingml.document", "spreadsheetml.sheet")
    assert refusal(raw_docx(body("<w:p/>"), types=types), "a.docx") == "unsupported"


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = raw_docx(b"<a>" + bytes(200 * 1024 * 1024))
    assert len(bomb) < extract.MAX_BYTES
    assert refusal(bomb, "a.docx") == "too_complex"


def test_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    honest = raw_docx(b"<a>" + b" " * (60 * 1024 * 1024))
    size = (60 * 1024 * 1024 + 3).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert refusal(honest.replace(size, (1000).to_bytes(4, "little")), "a.docx") == "damaged"


def test_deeply_nested_xml_is_refused() -> None:
    assert refusal(raw_docx(body("<w:tbl>" * 50_000 + "</w:tbl>" * 50_000)), "a.docx") == "damaged"


def test_expanding_entities_are_refused() -> None:
    entities = '<!ENTITY a "锂"><!ENTITY b "' + "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '">'
    xml = f"<!DOCTYPE w:document [{entities}]>" + body("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>")
    assert refusal(raw_docx(xml), "a.docx") == "damaged"


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("机密", encoding="utf-8")
    entity = f'<!DOCTYPE w:document [<!ENTITY d SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    xml = entity + body("<w:p><w:r><w:t>正文</w:t></w:r><w:r><w:t>&d;</w:t></w:r></w:p>")
    assert extract_text(raw_docx(xml), "a.docx").text == "正文"


def test_memory_is_limited() -> None:
    """Two million elements fit the file limits, but not the memory of the child process."""
    data = raw_docx(body("<w:sectPr>" + "<w:x a='1' b='2' c='3'/>" * 2_000_000 + "</w:sectPr>"))
    assert refusal(data, "a.docx") in {"too_complex", "damaged", "timeout"}


def test_pdf_stream_bomb_is_refused() -> None:
    writer = pdf_writer(["x"])
    stream = DecodedStreamObject()
    stream.set_data(b"BT " + b" " * (300 * 1024 * 1024) + b" ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    file = io.BytesIO()
    writer.write(file)
    assert file.tell() < extract.MAX_BYTES
    assert refusal(file.getvalue(), "a.pdf") in {"damaged", "too_complex"}


def test_pdf_with_a_page_tree_that_holds_itself_is_refused() -> None:
    writer = pdf_writer(["x"])
    pages = writer._root_object["/Pages"]
    pages["/Kids"].append(writer._root_object.raw_get("/Pages"))
    pages[NameObject("/Count")] = NumberObject(5)
    file = io.BytesIO()
    writer.write(file)
    assert refusal(file.getvalue(), "a.pdf") in {"damaged", "too_complex"}


def test_slow_parsing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "WALL_SECONDS", 0.001)
    assert refusal(pdf_file(["text"]), "a.pdf") == "timeout"


@pytest.mark.parametrize(
    "act",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "open('extract-test', 'w')",
        "bytearray(600 * 1024 * 1024)",
    ],
)
def test_the_child_process_is_confined(act: str, tmp_path: Path) -> None:
    folder = str(Path(extract.__file__).parent)
    code = f"import sys; sys.path.insert(0, {folder!r}); import extract_child; extract_child.confine(); {act}"
    child = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert child.returncode
    assert re.search(rb"PermissionError|MemoryError", child.stderr)
    assert not list(tmp_path.iterdir())


def test_every_message_says_what_to_do() -> None:
    assert all("请" in message and message.endswith("。") for message in MESSAGES.values())
