"""Stored files: told by content, named at random, sent as downloads."""

import io
import os
import zipfile
from datetime import timedelta

import docx
import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.core.files import (
    ORPHAN_AGE,
    check_upload,
    own_upload,
    send_attachment,
    store,
    stored_path,
    sweep_orphans,
    tidy_name,
    uploads_path,
)
from tests.factories import Factory

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def word() -> bytes:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "甲")
    return buffer.getvalue()


def upload(name: str, data: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


@pytest.mark.parametrize(
    ("name", "data"),
    [("报告.pdf", PDF), ("报告.DOCX", word()), ("图.png", PNG), ("说明.txt", "正文".encode())],
)
def test_what_fits_its_suffix_is_taken(app: Flask, name: str, data: bytes) -> None:
    checked = check_upload(upload(name, data))
    assert checked.data == data and checked.name == tidy_name(name)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("程序.exe", b"MZ", "不支持"),
        ("无后缀", b"abc", "不支持"),
        ("假.pdf", b"MZ\x00\x01", "不符"),
        ("假.docx", archive(), "不符"),
        ("假.png", PDF, "不符"),
        ("假.txt", b"a\x00b", "不符"),
        ("空.pdf", b"", "空"),
        ("大.txt", b"a" * (5 * 1024 * 1024 + 1), "太大"),
    ],
)
def test_what_does_not_is_refused_beside_its_field(app: Flask, name: str, data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        check_upload(upload(name, data), "proof")
    assert caught.value.field == "proof"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\资料\\报告.PDF", "报告.pdf"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        (".pdf", ".pdf"),
    ],
)
def test_names_are_tidied(given: str, kept: str) -> None:
    assert tidy_name(given) == kept


def test_a_stored_file_comes_back_as_a_download(app: Flask, make: Factory) -> None:
    person = make.person()
    with transaction() as session:
        attachment = store(session, check_upload(upload('检测 报告".txt', "正文".encode())), person.id)
        assert stored_path(attachment).read_bytes() == "正文".encode()
        assert "检测" not in stored_path(attachment).name
        with app.test_request_context():
            response = send_attachment(attachment)
            response.direct_passthrough = False
            assert response.get_data() == "正文".encode()
            header = response.headers["Content-Disposition"]
            assert header.startswith("attachment; filename*=UTF-8''") and header.isascii()
            response.close()
        stored_path(attachment).unlink()
        with app.test_request_context(), pytest.raises(NotFound):
            send_attachment(attachment)


def test_only_the_uploader_may_use_an_upload(app: Flask, make: Factory) -> None:
    person, other = make.person(), make.person()
    with transaction() as session:
        attachment = store(session, check_upload(upload("a.txt", b"abc")), person.id)
        assert own_upload(session, attachment.public_id, person.id) is attachment
        for someone in (other.id, None):
            with pytest.raises(NotFound):
                own_upload(session, attachment.public_id, someone)


def test_old_files_without_a_row_are_swept(app: Flask, make: Factory) -> None:
    with transaction() as session:
        kept = store(session, check_upload(upload("a.txt", b"abc")), None)
        old, young = uploads_path() / "old", uploads_path() / "young"
        long_ago = (clock.now() - ORPHAN_AGE - timedelta(days=1)).timestamp()
        for path in (old, young):
            path.write_bytes(b"x")
        for path in (old, stored_path(kept)):
            os.utime(path, (long_ago, long_ago))
        assert sweep_orphans(session) == 1
        assert not old.exists() and young.exists() and stored_path(kept).exists()
