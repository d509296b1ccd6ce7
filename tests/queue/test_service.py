"""The officers' queue: an object waits at most once, and leaves when it is decided."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock
from marketplace.core.clock import end_of_day
from marketplace.core.db import db, transaction
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.queue.service import close_item, open_item, waiting_item
from tests.factories import Factory


def test_a_new_item_is_due_in_five_working_days(app: Flask) -> None:
    with clock.frozen(datetime(2026, 11, 24, 2, tzinfo=UTC)), transaction() as session:
        item = open_item(session, QueueKind.RESULT, 7, "题" * 200, "teda")
        assert item.due_at == end_of_day(datetime(2026, 12, 1, tzinfo=UTC).date())
        assert len(item.title) == 160


def test_what_waits_already_keeps_its_place(app: Flask) -> None:
    with transaction() as session:
        first = open_item(session, QueueKind.RESULT, 7, "题", "teda")
        assert open_item(session, QueueKind.RESULT, 7, "题", "teda") is first
        assert open_item(session, QueueKind.DEMAND, 7, "题", "teda") is not first


def test_the_table_refuses_a_second_open_item(app: Flask) -> None:
    with transaction() as session:
        first = open_item(session, QueueKind.RESULT, 7, "题", "teda")
        values = {c.name: getattr(first, c.name) for c in QueueItem.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(QueueItem(**values | {"public_id": "another000"}))


def test_closing_frees_the_place_and_keeps_the_record(make: Factory) -> None:
    officer = make.officer()
    with transaction() as session:
        first = open_item(session, QueueKind.RESULT, 7, "题", "teda")
        close_item(session, QueueKind.RESULT, 7, officer.id)
        close_item(session, QueueKind.RESULT, 7, officer.id)  # nothing waits: nothing happens
        assert waiting_item(session, QueueKind.RESULT, 7) is None
        second = open_item(session, QueueKind.RESULT, 7, "题", "teda")
        assert second is not first
    rows = db.session.scalars(select(QueueItem).order_by(QueueItem.id)).all()
    assert [(row.closed_by_id, row.closed_at is None) for row in rows] == [(officer.id, False), (None, True)]
