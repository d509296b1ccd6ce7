"""A purged draft leaves neither rows nor files nor bytes in the database behind, and takes nothing along
that something else holds."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.erasure import EMPTY_LOG, erase_soon
from marketplace.core.files import Attachment, uploads_path
from marketplace.core.jobs import Job, actions_in_lane, run_next
from marketplace.drafting.service import content_of, delete_draft, draft_of_listing, purge_draft
from marketplace.listings.models import Draft
from marketplace.listings.purge import unused_files
from marketplace.organisations.choices import MembershipRole
from tests.drafting.forms import begin, fill
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
PLANTED = "鲲鹏扶摇九万里试剂配比"
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person(make.organisation(), MembershipRole.ENTERPRISE)


def work() -> None:
    """All that is due, in both lanes."""
    while any(run_next(actions_in_lane(slow=slow)) for slow in (False, True)):
        pass
    db.session.rollback()


def database_bytes(app: Flask) -> bytes:
    folder = Path(app.instance_path)
    files = sorted(folder.glob("site.db*"))
    assert [file.name for file in files][:1] == ["site.db"]
    return b"".join(file.read_bytes() for file in files)


def planted(app: Flask) -> bool:
    content = database_bytes(app)
    escaped = json.dumps(PLANTED).strip('"').encode()
    return PLANTED.encode() in content or escaped in content


def throw_away(client: FlaskClient) -> None:
    path = begin(client, "demand")
    long = PLANTED + "。" * 9000  # over several pages of the database
    fill(client, path, {"title": PLANTED, "difficulty": long, "upload": (BytesIO(PDF), f"{PLANTED}.pdf")})
    assert client.post(f"{path}/delete").status_code == 302


def test_rows_and_files_go_after_a_week(person: Person, log_in: LogIn) -> None:
    throw_away(log_in(person.email))
    assert len(list(uploads_path().iterdir())) == 1
    with clock.frozen(clock.now() + timedelta(days=6)):
        work()
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1
    with clock.frozen(clock.now() + timedelta(days=8)):
        work()
    assert db.session.scalars(select(Draft)).all() == []
    assert db.session.scalars(select(Attachment)).all() == []
    assert list(uploads_path().iterdir()) == []


def test_no_byte_stays_in_the_database_or_its_log(app: Flask, person: Person, log_in: LogIn) -> None:
    throw_away(log_in(person.email))
    assert planted(app)
    with clock.frozen(clock.now() + timedelta(days=8)):
        work()
    assert not planted(app)


def test_without_secure_delete_it_would_stay(app: Flask, person: Person, log_in: LogIn) -> None:
    """The search above finds what there is to find."""
    throw_away(log_in(person.email))
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA secure_delete")).scalar() == 1
        connection.execute(text("PRAGMA secure_delete=OFF"))
        connection.execute(text("DELETE FROM draft"))
        connection.commit()
        connection.execute(text("PRAGMA secure_delete=ON"))
        connection.rollback()
    with transaction() as session:
        erase_soon(session)
    work()
    assert planted(app)


def test_the_log_waits_for_who_still_reads(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM person")).scalar()
        with transaction() as session:
            erase_soon(session)
        work()
        job = db.session.scalars(select(Job).where(Job.action == EMPTY_LOG)).one()
        assert job.done_at is None and job.next_try_at > job.due_at
        db.session.rollback()
        reader.rollback()
    with clock.frozen(clock.now() + timedelta(hours=1)):
        work()
    assert db.session.scalars(select(Job.done_at).where(Job.action == EMPTY_LOG)).one() is not None


def names() -> Sequence[str]:
    db.session.rollback()
    return db.session.scalars(select(Attachment.title).order_by(Attachment.title)).all()


def test_what_a_listing_holds_stays(make: Factory) -> None:
    organisation, contact = make.staffed()
    need = make.demand(organisation, contact)
    file = make.attach(need, "图纸.pdf", PDF)
    with transaction() as session:
        draft = draft_of_listing(session, reader_of(session.merge(contact)), session.merge(need))
        assert content_of(draft).files == (file.public_id,)
        delete_draft(session, draft)
        purge_draft(session, draft)
    assert names() == ["图纸.pdf"]


def test_what_another_draft_holds_stays(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, {"title": "一", "upload": (BytesIO(PDF), "甲.pdf")})
    begin(client, "demand")
    with transaction() as session:
        first, second = session.scalars(select(Draft).order_by(Draft.id)).all()
        second.payload = first.payload
        file = content_of(first).files
        assert unused_files(session, file) == set()
        purge_draft(session, first)
    assert names() == ["甲.pdf"]
    with transaction() as session:
        purge_draft(session, session.scalars(select(Draft)).one())
    assert names() == []
