"""Dictionaries and the working calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db
from marketplace.taxonomy.models import Term
from marketplace.taxonomy.service import title, titles
from marketplace.taxonomy.workdays import CalendarDay, is_working_day, working_day_before
from tests.factories import Factory, OfficerLevel

LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def officer(make: Factory, log_in: LogIn) -> FlaskClient:
    return log_in(make.officer().email)


def term(code: str, vocabulary: str = "zone") -> Term:
    db.session.rollback()
    return db.session.query(Term).filter_by(vocabulary=vocabulary, code=code).one()


def test_a_term_is_added_renamed_and_switched_off(make: Factory, officer: FlaskClient) -> None:
    organisation = make.organisation(zone="ecocity")
    assert officer.post("/admin/terms/zone", data={"code": "new-zone", "title": "新区域"}).status_code == 302
    assert list(titles("zone"))[-1] == "new-zone"
    renamed = officer.post("/admin/terms/zone/ecocity", data={"action": "rename", "title": "中新生态城"})
    assert renamed.headers["Location"] == "/admin/terms/zone#term-ecocity"
    assert title("zone", "ecocity") == "中新生态城"
    officer.post("/admin/terms/zone/ecocity", data={"action": "deactivate"})
    db.session.rollback()
    assert "ecocity" not in titles("zone")
    page = officer.get(f"/organisations/{db.session.merge(organisation).public_id}").get_data(as_text=True)
    assert "中新生态城" in page  # what uses it keeps its title
    officer.post("/admin/terms/zone/ecocity", data={"action": "activate"})
    assert term("ecocity").active
    actions = {row.action for row in db.session.query(AuditRecord)}
    assert {"term.add", "term.rename", "term.deactivate", "term.activate"} <= actions


@pytest.mark.parametrize(
    ("vocabulary", "data", "message"),
    [
        ("zone", {"code": "Neu", "title": "新"}, "代码由小写字母"),
        ("zone", {"code": "teda", "title": "新"}, "这个代码已经用过"),
        ("zone", {"code": "fresh", "title": " "}, "请填写此项"),
        ("zone", {"code": "fresh", "title": "长" * 121}, "最多 120 个字"),
        ("zone", {"code": "fresh", "title": "经开区"}, "已有同名词条"),
        ("return_reason", {"code": "fresh", "title": "新的理由"}, "请选择用于哪一类事项"),
    ],
)
def test_each_wrong_entry_is_named_and_kept(
    officer: FlaskClient, vocabulary: str, data: dict[str, str], message: str
) -> None:
    answer = officer.post(f"/admin/terms/{vocabulary}", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and message in page and data["title"] in page
    assert db.session.query(Term).filter_by(vocabulary=vocabulary, code="fresh").count() == 0


def test_a_wrong_renaming_stands_beside_its_entry(officer: FlaskClient) -> None:
    answer = officer.post("/admin/terms/zone/teda", data={"action": "rename", "title": "高新区"})
    assert answer.status_code == 422 and "已有同名词条" in answer.get_data(as_text=True)
    assert term("teda").title == "经开区"
    assert officer.post("/admin/terms/zone/teda", data={"action": "x"}).status_code == 422
    assert officer.post("/admin/terms/industry/A", data={"action": "rename", "title": "x"}).status_code == 404


def test_terms_change_places(officer: FlaskClient) -> None:
    before = list(titles("zone"))
    officer.post("/admin/terms/zone/tpftz", data={"action": "up"})
    db.session.rollback()
    assert list(titles("zone")) == [before[1], before[0], *before[2:]]
    officer.post("/admin/terms/zone/tpftz", data={"action": "up"})  # the first stays the first
    officer.post("/admin/terms/zone/tpftz", data={"action": "down"})
    db.session.rollback()
    assert list(titles("zone")) == before


def test_a_supervisor_reads_and_changes_nothing(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.officer(OfficerLevel.SUPERVISOR).email)
    page = client.get("/admin/terms/zone").get_data(as_text=True)
    assert "经开区" in page and "new-term" not in page
    for path, data in (
        ("/admin/terms/zone", {"code": "fresh", "title": "新"}),
        ("/admin/terms/zone/teda", {"action": "deactivate"}),
        ("/admin/calendar", {"day": "2026-12-25", "working": "no"}),
        ("/admin/calendar/remove", {"day": "2026-10-01"}),
    ):
        assert client.post(path, data=data).status_code == 403
    assert term("teda").active


def test_a_day_is_entered_changed_and_removed(officer: FlaskClient) -> None:
    day = date(2026, 12, 25)  # a Friday
    answer = officer.post(
        "/admin/calendar", data={"day": day.isoformat(), "working": "no", "note": "停电检修"}
    )
    assert answer.headers["Location"] == "/admin/calendar?year=2026"
    assert "停电检修" in officer.get("/admin/calendar?year=2026").get_data(as_text=True)
    assert not is_working_day(db.session, day)
    officer.post("/admin/calendar", data={"day": day.isoformat(), "working": "no", "note": "改了说明"})
    db.session.rollback()
    assert db.session.get_one(CalendarDay, day).note == "改了说明"
    officer.post("/admin/calendar/remove", data={"day": day.isoformat()})
    db.session.rollback()
    assert is_working_day(db.session, day)
    assert officer.post("/admin/calendar/remove", data={"day": day.isoformat()}).status_code == 404


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"day": "25.12.", "working": "no"}, "日期格式不正确"),
        ({"day": "1999-12-24", "working": "no"}, "请填写 2000 至 2100 年"),
        ({"day": "2026-12-25"}, "请选择上班或休息"),
        ({"day": "2026-12-25", "working": "yes"}, "本来就是工作日"),
        ({"day": "2026-12-26", "working": "no"}, "本来就是周末"),
        ({"day": "2026-12-25", "working": "no", "note": "长" * 41}, "最多 40 个字"),
    ],
)
def test_a_wrong_day_is_refused_beside_its_field(
    officer: FlaskClient, data: dict[str, str], message: str
) -> None:
    answer = officer.post("/admin/calendar", data=data)
    assert answer.status_code == 422 and message in answer.get_data(as_text=True)


def test_an_unknown_year_says_that_only_weekends_count(officer: FlaskClient) -> None:
    assert "只按周末计算" in officer.get("/admin/calendar?year=2044").get_data(as_text=True)
    with clock.frozen(datetime(2043, 12, 1, tzinfo=UTC)):
        assert "2044 年的放假安排还没有登记" in officer.get("/admin/calendar").get_data(as_text=True)
    with clock.frozen(datetime(2043, 6, 1, tzinfo=UTC)):
        assert "放假安排还没有登记" not in officer.get("/admin/calendar").get_data(as_text=True)


def test_the_working_day_before_passes_over_weekends(make: Factory) -> None:
    end_of_monday = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 24:00 in Shanghai
    friday = working_day_before(db.session, end_of_monday, 9)
    assert friday.astimezone(clock.SHANGHAI) == datetime(2026, 11, 20, 9, tzinfo=clock.SHANGHAI)
