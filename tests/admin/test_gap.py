"""供给缺口: which needs count as unanswered, who reads the report, and its CSV."""

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.admin.gap_views import COLUMNS
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.choices import ShownLevel
from marketplace.matching.gap import gap_report
from marketplace.matching.models import MatchSuggestion
from marketplace.matching.suggestions import EVERYTHING
from search.encoder import BoundedEncoder
from tests.factories import Factory


def pair(result_id: int, demand_id: int) -> None:
    with transaction() as session:
        session.add(
            MatchSuggestion(
                result_id=result_id, demand_id=demand_id, level=ShownLevel.GOOD, found_at=clock.now()
            )
        )


def test_needs_without_a_live_result_are_counted_by_field(
    app: Flask,
    make: Factory,
    runtime: SearchRuntime,
    index: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organisation, person = make.staffed()
    result, gone = make.result(organisation, person), make.result(organisation, person)
    answered, lost = make.demand(organisation, person), make.demand(organisation, person)
    other = make.demand(organisation, person, field="ocean")
    make.demand(organisation, person, published=False)
    pair(result.id, answered.id)
    pair(gone.id, lost.id)
    make.withdraw(gone, person)
    index()
    monkeypatch.setattr(BoundedEncoder, "encode_queries", None)  # nothing is encoded
    report = gap_report(db.session, runtime, EVERYTHING)
    assert (report.total.needs, report.total.unanswered) == (3, 2)
    counts = {gap.field: (gap.needs, gap.unanswered) for gap in report.fields}
    assert counts == {answered.field: (2, 1), "ocean": (1, 1)}
    assert {need.demand.id for need in report.needs} == {lost.id, other.id}
    assert all(need.nearest == result and need.level is not None for need in report.needs)
    assert report.complete
    few = gap_report(db.session, runtime, EVERYTHING, most=1)
    assert not few.complete and [need.nearest is None for need in few.needs] == [False, True]


def test_the_page_and_its_csv(
    app: Flask, make: Factory, log_in: Callable[[str], FlaskClient], index: Callable[[], int]
) -> None:
    client = log_in(make.officer().email)
    assert "还没有在征的需求" in client.get("/admin/gap").get_data(as_text=True)
    organisation, person = make.staffed()
    make.demand(organisation, person, title="=1+1 & <b>热漂移</b>的抑制")
    index()
    page = client.get("/admin/gap").get_data(as_text=True)
    assert "&lt;b&gt;热漂移" in page and "<b>热漂移" not in page and "100%" in page
    response = client.get("/admin/gap.csv")
    assert response.data.startswith("\ufeff领域".encode()) and response.headers["Cache-Control"] == "no-store"
    head, row = csv.reader(io.StringIO(response.data.decode("utf-8-sig")))
    assert tuple(head) == COLUMNS
    assert row[2] == "'=1+1 & <b>热漂移</b>的抑制"  # no formula
    assert 'href="/admin/gap"' in client.get("/").get_data(as_text=True)


def test_the_command_prints_counts_and_the_nearest_results(
    app: Flask, make: Factory, index: Callable[[], int]
) -> None:
    organisation, person = make.staffed()
    result, demand = make.result(organisation, person), make.demand(organisation, person)
    index()
    done = app.test_cli_runner().invoke(args=["search", "gap"])
    assert done.exit_code == 0, done.output
    assert "1 / 1     100%  合计" in done.output
    assert demand.number in done.output and result.title in done.output
