"""The desk: what waits, how my listings fare, and from when on something is new."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.desk import DeskLine
from marketplace.desk import service
from marketplace.desk.service import FIRST_LOOK_BACK, VISIT, last_visit, note_visit
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]


def test_visitors_are_asked_to_log_in(client: FlaskClient) -> None:
    response = client.get("/desk")
    assert response.status_code == 302 and response.headers["Location"].startswith("/login")


def test_an_officer_without_an_organisation_has_a_desk(make: Factory, log_in: LogIn) -> None:
    page = log_in(make.officer().email).get("/desk").get_data(as_text=True)
    assert "没有等您处理的事项" in page


def test_listings_show_their_state_next_step_and_views(app: Flask, make: Factory, log_in: LogIn) -> None:
    owner, contact = make.staffed()
    published = make.result(owner, contact, title="已经发布的连续压延成果")
    make.demand(owner, contact, published=False, title="还是草稿的低温快充需求")
    make.result(*make.staffed(), title="别家单位的成果")
    counter = app.extensions["view_counter"]
    for _ in range(7):
        counter.count("result", published.id)
    counter.flush()
    page = log_in(contact.email).get("/desk").get_data(as_text=True)
    assert "已经发布的连续压延成果" in page and "还是草稿的低温快充需求" in page
    assert "补充后提交" in page and "有效期至" in page
    assert ">7</td>" in page
    assert "别家单位的成果" not in page


def test_lines_stand_by_their_due_dates(
    app: Flask, make: Factory, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    lines = [
        DeskLine("确认", "没有期限的事", "/x"),
        DeskLine("回复", "后天的事", "/y", now + timedelta(days=2)),
        DeskLine("审核", "昨天的事", "/z", now - timedelta(days=1)),
    ]
    monkeypatch.setattr(service, "PROVIDERS", (lambda session, reader: lines,))
    page = log_in(make.person().email).get("/desk").get_data(as_text=True)
    places = [page.index(line.title) for line in (lines[2], lines[1], lines[0])]
    assert places == sorted(places)
    assert "1 项已逾期" in page


def test_what_is_new_counts_from_the_visit_before(make: Factory) -> None:
    person = make.person(make.organisation())
    reader, start = reader_of(person), clock.now()

    def look(after: timedelta) -> timedelta:
        with clock.frozen(start + after), transaction() as session:
            since = last_visit(session, reader)
            note_visit(session, reader)
            return since - start

    assert look(timedelta()) == -FIRST_LOOK_BACK
    assert look(VISIT / 2) == -FIRST_LOOK_BACK  # the same visit
    assert look(timedelta(days=3)) == VISIT / 2  # since the last look of the visit before
    assert look(timedelta(days=3) + VISIT / 2) == VISIT / 2
    db.session.rollback()
