"""What a stored file tells beside its text: name, headers, comments, properties."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from marketplace.core.db import db, transaction
from marketplace.core.files import Attachment, check_upload, store, stored_path
from marketplace.core.scan import MISSING, UNREAD_IMAGE, UNREAD_SCAN, scan_attachment
from tests.files import docx_bytes, jpeg_bytes, pdf_bytes, png_bytes

Upload = Callable[[str, bytes], Attachment]


@pytest.fixture
def upload(app: Flask) -> Upload:
    def put(name: str, data: bytes) -> Attachment:
        checked = check_upload(FileStorage(io.BytesIO(data), filename=name))
        with transaction() as session:
            found = store(session, checked, None)
        db.session.refresh(found)
        return found

    return put


def test_a_word_file_tells_its_text_header_and_properties(upload: Upload) -> None:
    data = docx_bytes(text="盾构刀盘", header="津岩公司内部文件", author="甲某", title="标题", subject="主题")
    scan = scan_attachment(upload("说明.docx", data))
    assert scan.title == "说明.docx" and not scan.problem
    assert "盾构刀盘" in scan.text and "津岩公司内部文件" in scan.text
    assert {"creator": "甲某", "title": "标题", "subject": "主题"}.items() <= dict(scan.properties).items()


def test_a_pdf_tells_its_information_and_that_its_text_cannot_be_read(upload: Upload) -> None:
    scan = scan_attachment(upload("图纸.pdf", pdf_bytes(Author="甲某", Producer="津岩制图")))
    assert dict(scan.properties)["Author"] == "甲某"
    assert dict(scan.properties)["Producer"] == "津岩制图"
    assert scan.problem == UNREAD_SCAN


@pytest.mark.parametrize(
    ("name", "data"), [("a.png", png_bytes("津岩甲某")), ("b.jpg", jpeg_bytes("津岩甲某"))]
)
def test_a_picture_tells_what_programs_wrote_into_it(upload: Upload, name: str, data: bytes) -> None:
    scan = scan_attachment(upload(name, data))
    assert "津岩甲某" in dict(scan.properties).values()
    assert scan.problem == UNREAD_IMAGE


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_text_file_is_read_in_its_encoding(upload: Upload, encoding: str) -> None:
    if encoding == "utf-16":  # refused as an upload: it holds zero bytes
        file = upload("a.txt", b"x")
        stored_path(file).write_bytes("盾构刀盘".encode(encoding))
    else:
        file = upload("a.txt", "盾构刀盘".encode(encoding))
    assert scan_attachment(file).text.strip("\ufeff") == "盾构刀盘"


def test_a_damaged_or_lost_file_is_said_to_be_unread(upload: Upload) -> None:
    broken = upload("a.docx", docx_bytes())
    stored_path(broken).write_bytes(docx_bytes()[:400])
    assert scan_attachment(broken).problem
    lost = upload("b.docx", docx_bytes())
    stored_path(lost).unlink()
    assert scan_attachment(lost).problem == MISSING
