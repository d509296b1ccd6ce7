"""Several lines at once: each on its own, and the page says what became of each."""

from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html

from marketplace.core.db import db
from marketplace.listings.choices import ListingStatus
from marketplace.results.models import Result
from tests.admin.conftest import OTHER, Queue

LogIn = Callable[[str], FlaskClient]


def result_page(client: FlaskClient, **data: object) -> str:
    answer = client.post("/queue/batch?kind=result", data=data)
    assert answer.headers["Location"] == "/queue/batch?kind=result"
    return client.get("/queue/batch?kind=result").get_data(as_text=True)


def test_what_fails_holds_up_nothing_else(queue: Queue, log_in: LogIn) -> None:
    good, done, more = (queue.result(title=f"批量成果{name}号名称") for name in "甲乙丙")
    foreign = queue.demand(zone=OTHER)
    client = log_in(queue.zone.email)
    client.post(f"/queue/{done}/decide", data={"action": "return", "note": "先退回的"})
    page = result_page(client, action="approve", item=[good, done, more, foreign, "2222222222", good])
    assert "2 项已完成，3 项未执行" in page
    assert "批量成果甲号名称”已发布" in page and "批量成果丙号名称”已发布" in page
    assert "现状态为“退回”" in page and page.count("未知事项") == 2
    states = {row.title: row.status for row in db.session.query(Result)}
    assert states["批量成果甲号名称"] is states["批量成果丙号名称"] is ListingStatus.PUBLISHED
    assert states["批量成果乙号名称"] is ListingStatus.RETURNED
    assert queue.item(foreign).closed_at is None


def test_one_reason_for_all_that_go_back(queue: Queue, log_in: LogIn) -> None:
    lines = [queue.result(), queue.result()]
    client = log_in(queue.zone.email)
    missing = client.post("/queue/batch", data={"action": "return", "item": lines, "note": " "})
    assert missing.status_code == 422
    page = html.fromstring(missing.get_data(as_text=True))
    (beside,) = page.xpath("//*[@id='batch-note-error']")
    assert "批量退回请填写理由" in beside.text_content()
    assert set(page.xpath("//input[@name='item'][@checked]/@value")) == set(lines)  # nothing to tick again
    assert "2 项已完成" in result_page(client, action="return", item=lines, note="请合并为一项")
    assert all(queue.item(line).closed_at for line in lines)


def test_several_are_given_at_once(queue: Queue, log_in: LogIn) -> None:
    lines = [queue.result(), queue.demand()]
    client = log_in(queue.district.email)
    assert "2 项已完成" in result_page(client, action="assign", item=lines, assigned_to=queue.zone.id)
    assert {queue.item(line).assigned_to_id for line in lines} == {queue.zone.id}
    page = result_page(client, action="assign", item=lines, assigned_to=queue.elsewhere.id)
    assert "2 项未执行" in page and "请从列表中选择" in page


def test_nothing_ticked_or_no_action_changes_nothing(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    client = log_in(queue.zone.email)
    for data in (
        {"action": "approve"},
        {"item": line},
        {"item": line, "action": "assign", "assigned_to": "x"},
    ):
        refused = client.post("/queue/batch", data=data)
        assert refused.status_code == 422 and 'id="batch-error"' in refused.get_data(as_text=True)
    assert queue.item(line).closed_at is None
    assert "没有最近的批量处理" in client.get("/queue/batch").get_data(as_text=True)


def test_a_supervisor_decides_nothing_in_a_batch_either(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    page = result_page(log_in(queue.supervisor.email), action="approve", item=[line])
    assert "1 项未执行" in page and "不作决定" in page
    assert queue.item(line).closed_at is None
