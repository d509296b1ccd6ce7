"""What is left behind: index files, logs, tables and folders hold nothing that they must not."""

import logging
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config import Settings
from marketplace.core import clock
from marketplace.core.db import Base, db, transaction
from marketplace.core.logging import configure_logging
from marketplace.demands.choices import Disclosure
from marketplace.indexing.models import Embedding
from marketplace.listings.choices import SecrecyVerdict
from marketplace.taxonomy.models import Term
from search.encoder import EncoderBusy
from tests.factories import Factory
from tests.guards.conftest import BuildSite, bring_index_up_to_date

SECRET = "乙类配方三七二一"
SENTENCE = f"我们的难点是{SECRET}在低温下析出，希望在半年内解决。"


def bytes_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_index_file_holds_what_its_audience_may_not_read(build_site: BuildSite) -> None:
    """Never indexed: controlled details, intended experts, a masked owner, people, what is not live."""
    app = build_site()
    names = {"name": "隐名精工股份有限公司", "short_name": "隐名精工"}
    hidden = (
        "受控之工艺",
        "意向之专家",
        *names.values(),
        "草稿之题",
        "下架之题",
        "过期之题",
        "完成人某甲",
        "联系人某乙",
    )
    with app.app_context():
        make = Factory()
        owner, contact = make.staffed()
        masked = make.organisation(**names)
        masked_contact = make.person(masked, name="联系人某乙")
        reviewer = make.staffed()[1]
        with transaction() as session:
            session.merge(reviewer).memberships[0].organisation = session.merge(masked)
        make.result(owner, contact, details="受控之工艺", team=("完成人某甲",), title="公开之题")
        make.result(owner, contact, published=False, title="草稿之题")
        make.withdraw(make.result(owner, contact, title="下架之题"), contact)
        with clock.frozen(clock.now() - timedelta(days=9)):
            until = clock.now() + timedelta(days=1)
            make.demand(owner, contact, title="过期之题", valid_until=until)
        controlled = make.result(owner, contact, published=False, title="受控之题")
        make.publish(controlled, contact, SecrecyVerdict.CONTROLLED)
        make.demand(
            masked, masked_contact, title="脱敏之题", intended_experts="意向之专家", published=False,
            disclosure=Disclosure.MASKED,
        )  # fmt: skip
        bring_index_up_to_date(app)
        found = bytes_under(app.extensions["search"].index_path)
    assert "公开之题".encode() in found and "受控之题".encode() in found  # texts are stored as they are
    assert [text for text in hidden if text.encode() in found] == []


def test_a_pasted_or_typed_text_is_kept_nowhere(
    build_site: BuildSite, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = build_site(log_level="DEBUG")
    with app.app_context():
        make = Factory()
        make.result(*make.staffed())
        bring_index_up_to_date(app)
        vectors = db.session.scalars(select(Embedding.text_hash)).all()
        db.session.rollback()
        configure_logging(app.extensions["settings"])
        with caplog.at_level(logging.DEBUG):
            _paste_in_every_way(app)
        logged = capfd.readouterr()
        assert "request" in logged.err and "/match" in logged.err
        assert db.session.scalars(select(Embedding.text_hash)).all() == vectors
        for table in Base.metadata.sorted_tables:
            assert SECRET not in repr(db.session.execute(select(table)).all()), table.name
        db.session.rollback()
        configure_logging(Settings(log_level="WARNING"))
    for text in (logged.out, logged.err, caplog.text):
        assert SECRET not in text and SECRET not in text.encode().decode("unicode_escape", "ignore")
    assert SECRET.encode() not in bytes_under(app.extensions["settings"].instance_path)


def _paste_in_every_way(app: Flask) -> None:
    """As a match that succeeds, is refused, fails and crashes; as a file; as a search."""
    client, runtime = app.test_client(), app.extensions["search"]
    assert SECRET in client.post("/match", data={"text": SENTENCE}).get_data(as_text=True)
    upload = {"file": (BytesIO(SENTENCE.encode()), f"{SECRET}.txt")}
    assert SECRET in client.post("/match", data=upload).get_data(as_text=True)
    refused = {"file": (BytesIO(SENTENCE.encode() + b"\0\1\2"), f"{SECRET}.docx")}
    assert client.post("/match", data=refused).status_code == 422
    assert client.get("/search", query_string={"q": SENTENCE}).status_code == 200
    assert client.get("/search/suggest", query_string={"q": SECRET}).status_code == 200
    encoder = runtime.encoder
    for error, status in ((EncoderBusy("full"), 503), (RuntimeError("broken"), 500)):
        runtime.__dict__["encoder"] = Failing(error)
        assert client.post("/match", data={"text": SENTENCE}).status_code == status
    runtime.__dict__["encoder"] = encoder


class Failing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def encode_queries(self, texts: object) -> None:
        raise self._error


def test_an_error_of_the_database_does_not_repeat_the_values(build_site: BuildSite) -> None:
    app = build_site()
    with app.app_context(), pytest.raises(IntegrityError) as caught, transaction() as session:
        session.add_all(Term(vocabulary="field", code=SECRET, title=SECRET) for _ in range(2))
    assert SECRET not in str(caught.value)


TEMPLATES = Path(__file__).parents[2] / "marketplace" / "templates"
DEADLINE = re.compile(r"\b\w*(?:due|until|deadline|expires)\w*\s*\|\s*(?!zh_deadline|zh_relative)zh_\w+")


def test_every_page_writes_deadlines_with_the_one_filter() -> None:
    assert DEADLINE.search("{{ row.due_at|zh_datetime }}") and DEADLINE.search(
        "{{ listing.valid_until|zh_date }}"
    )
    found = [
        (path.name, match[0])
        for path in TEMPLATES.rglob("*.html")
        for match in DEADLINE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
