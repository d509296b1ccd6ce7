"""Views are counted by day, written in batches, and no person with them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings import view_counts
from marketplace.listings.view_counts import ListingViews, ViewCounter, views_of
from tests.factories import Factory


@pytest.fixture
def counter(app: Flask) -> ViewCounter:
    found: ViewCounter = app.extensions["view_counter"]
    return found


def test_views_of_several_days_add_up(counter: ViewCounter, make: Factory) -> None:
    result = make.result(*make.staffed())
    with clock.frozen(clock.now() - timedelta(days=40)):
        counter.count("result", result.id)
        counter.flush()
    for _ in range(3):
        counter.count("result", result.id)
    counter.flush()
    counter.count("result", result.id)
    counter.flush()
    counter.flush()  # nothing counted: nothing written
    assert views_of(db.session(), "result", [result.id]) == {result.id: 5}
    assert views_of(db.session(), "result", [result.id], days=30) == {result.id: 4}
    assert db.session.query(ListingViews).count() == 2


def test_what_could_not_be_written_is_kept(
    counter: ViewCounter, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand = make.demand(*make.staffed())
    counter.count("demand", demand.id)

    def fail(*arguments: object) -> None:
        raise OperationalError("insert", {}, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(view_counts, "_add", fail)
        with pytest.raises(OperationalError):
            counter.flush()
    counter.flush()
    assert views_of(db.session(), "demand", [demand.id]) == {demand.id: 1}


def test_own_people_and_officers_do_not_count(
    counter: ViewCounter, make: Factory, client: FlaskClient, log_in: Callable[[str], FlaskClient]
) -> None:
    owner, contact = make.staffed()
    result = make.result(owner, contact)
    stranger = make.person(make.organisation())
    for reading in (client, log_in(contact.email), log_in(make.officer().email), log_in(stranger.email)):
        assert reading.get(f"/results/{result.public_id}").status_code == 200
    counter.flush()
    assert views_of(db.session(), "result", [result.id]) == {result.id: 2}
