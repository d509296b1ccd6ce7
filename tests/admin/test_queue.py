"""The officer's queue: who sees what, who decides, and what happens when two do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.admin import service
from marketplace.admin.choices import Holder
from marketplace.admin.service import QueueFilter
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db, transaction
from marketplace.core.jobs import run_next
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import decide_revision, review_revision, send_revision
from marketplace.listings.service import Review
from marketplace.listings.workflow import ListingAction
from marketplace.notifications.models import Notice
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import REMIND, waiting_item
from marketplace.results.models import Result
from marketplace.results.service import data_of_result, move_result
from tests.admin.conftest import Queue

LogIn = Callable[[str], FlaskClient]


def titles(client: FlaskClient, path: str = "/queue") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "sees", "decides"),
    [
        ("district", True, True),
        ("zone", True, True),
        ("supervisor", True, False),
        ("elsewhere", False, False),
    ],
)
def test_each_officer_sees_and_decides_in_his_scope(
    queue: Queue, log_in: LogIn, who: str, sees: bool, decides: bool
) -> None:
    line = queue.result(title="待审的固态电池成果")
    client = log_in(getattr(queue, who).email)
    assert ("待审的固态电池成果" in titles(client)) is sees
    assert client.get(f"/queue/{line}").status_code == (200 if sees else 404)
    assert ("decision-form" in client.get(f"/queue/{line}").get_data(as_text=True)) is decides
    answer = client.post(f"/queue/{line}/decide", data={"action": "approve"})
    assert answer.status_code == (302 if decides else 403 if sees else 404)
    assert (queue.item(line).closed_at is not None) is decides


def test_who_is_no_officer_has_no_queue(queue: Queue, client: FlaskClient, log_in: LogIn) -> None:
    line = queue.result()
    assert client.get("/queue").status_code == 302
    member = log_in(queue.owner.email)
    assert member.get("/queue").status_code == 403
    assert member.get(f"/queue/{line}").status_code == 404
    assert member.post(f"/queue/{line}/decide", data={"action": "approve"}).status_code == 404
    assert member.post("/queue/batch", data={"action": "approve", "item": line}).status_code == 403
    assert "待办队列" not in member.get("/").get_data(as_text=True)
    assert "待办队列" in log_in(queue.zone.email).get("/").get_data(as_text=True)


def test_the_item_shows_everything_and_the_reading_is_recorded(queue: Queue, log_in: LogIn) -> None:
    line = queue.result(details="只有主管部门可见的线速度配方")
    queue.result()  # of the same title
    page = titles(log_in(queue.zone.email), f"/queue/{line}")
    for text in ("只有主管部门可见的线速度配方", "可公开", "已审查", "已核验", "同名，待审"):
        assert text in page
    reading = db.session.query(AuditRecord).filter_by(action="result.read_details").one()
    assert reading.actor_id == queue.zone.id and "配方" not in reading.detail


def test_publishing_opens_the_next_line_and_says_so(queue: Queue, log_in: LogIn) -> None:
    first, second = queue.result(title="第一项成果的名称"), queue.demand(title="第二项需求的名称")
    client = log_in(queue.zone.email)
    answer = client.post(f"/queue/{first}/decide?holder=free", data={"action": "approve"})
    assert answer.headers["Location"] == f"/queue/{second}?holder=free"
    assert "“第一项成果的名称”已发布。" in titles(client, answer.headers["Location"])
    assert db.session.query(Result).one().status is ListingStatus.PUBLISHED
    last = client.post(f"/queue/{second}/decide", data={"action": "approve"})
    assert last.headers["Location"] == "/queue"


def test_sending_back_needs_a_reason_and_keeps_what_was_typed(queue: Queue, log_in: LogIn) -> None:
    line = queue.demand()
    client = log_in(queue.zone.email)
    empty = client.post(f"/queue/{line}/decide", data={"action": "return", "note": "  "})
    assert empty.status_code == 422 and "请填写理由" in empty.get_data(as_text=True)
    wrong = client.post(f"/queue/{line}/decide", data={"action": "x", "note": "写了一半的理由"})
    assert wrong.status_code == 422 and "写了一半的理由" in wrong.get_data(as_text=True)
    assert queue.item(line).closed_at is None
    assert (
        client.post(f"/queue/{line}/decide", data={"action": "return", "note": "指标缺单位"}).status_code
        == 302
    )
    notice = db.session.query(Notice).filter(Notice.title.contains("退回")).one()
    assert "指标缺单位" in notice.body


def test_a_line_decided_meanwhile_says_who_did_what(queue: Queue, log_in: LogIn) -> None:
    line = queue.result(title="两人同时看的成果")
    late = log_in(queue.district.email)
    log_in(queue.zone.email).post(f"/queue/{line}/decide", data={"action": "approve"})
    answer = late.post(f"/queue/{line}/decide", data={"action": "return", "note": "重复"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert db.session.merge(queue.zone).name in page and "已发布" in page
    shown = titles(late, f"/queue/{line}")
    assert "现状态为“已发布”" in shown and "decision-form" not in shown


def test_what_was_taken_back_and_sent_anew_is_another_line(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    with transaction() as session:
        row = session.query(Result).one()
        move_result(session, queue.reader(queue.owner), row, ListingAction.RECALL)
    again = queue.send(db.session.query(Result).one())
    assert again != line
    client = log_in(queue.zone.email)
    assert client.post(f"/queue/{line}/decide", data={"action": "approve"}).status_code == 409
    assert db.session.query(Result).one().status is ListingStatus.SUBMITTED


def test_what_is_not_complete_is_refused_with_the_reason(queue: Queue, log_in: LogIn) -> None:
    with clock.frozen(clock.now() - timedelta(days=30)):
        line = queue.result(valid_until=clock.now() + timedelta(days=3))
    answer = log_in(queue.zone.email).post(f"/queue/{line}/decide", data={"action": "approve"})
    assert answer.status_code == 422 and "请填写晚于今天的有效期" in answer.get_data(as_text=True)


def test_a_note_is_kept_and_never_overwritten(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    one, two = log_in(queue.zone.email), log_in(queue.district.email)
    headers = {"Accept": "application/json"}
    saved = one.post(f"/queue/{line}/note", data={"note": "指标写", "version": "0"}, headers=headers)
    assert saved.json == {"version": 1}
    assert "指标写" in titles(two, f"/queue/{line}")
    clash = two.post(f"/queue/{line}/note", data={"note": "另一句", "version": "0"}, headers=headers)
    assert clash.status_code == 409 and db.session.merge(queue.zone).name in clash.json["message"]
    assert queue.item(line).note == "指标写"
    same = two.post(f"/queue/{line}/note", data={"note": "指标写", "version": "0"}, headers=headers)
    assert same.json == {"version": 1}
    long = one.post(f"/queue/{line}/note", data={"note": "长" * 2001, "version": "1"}, headers=headers)
    assert long.status_code == 400
    reader = log_in(queue.supervisor.email)
    assert reader.post(f"/queue/{line}/note", data={"note": "看", "version": "1"}).status_code == 403


def test_a_template_goes_into_the_note_without_javascript(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    client = log_in(queue.zone.email)
    data = {"note": "请看：", "version": "0", "insert": "result-indicators"}
    assert client.post(f"/queue/{line}/note", data=data).status_code == 302
    assert queue.item(line).note.startswith("请看：\n技术指标缺少数值")
    other = {"note": "请看：", "version": "1", "insert": "demand-purchase"}
    client.post(f"/queue/{line}/note", data=other)
    assert "一般采购" not in queue.item(line).note


def test_lines_are_given_to_officers_of_their_scope(queue: Queue, log_in: LogIn) -> None:
    line = queue.result(title="要分派的成果")
    client = log_in(queue.district.email)
    given = client.post(f"/queue/{line}/assign", data={"assigned_to": str(queue.zone.id)})
    assert given.status_code == 302 and queue.item(line).assigned_to_id == queue.zone.id
    assert db.session.query(Notice).filter_by(person_id=queue.zone.id).one().title == "请处理：要分派的成果"
    for wrong in (queue.elsewhere.id, queue.supervisor.id, queue.owner.id, "x"):
        answer = client.post(f"/queue/{line}/assign", data={"assigned_to": str(wrong)})
        assert answer.status_code == 422
    assert "要分派的成果" in titles(log_in(queue.zone.email), "/queue?holder=mine")
    assert "要分派的成果" not in titles(client, "/queue?holder=mine")
    assert "要分派的成果" not in titles(client, "/queue?holder=free")
    client.post(f"/queue/{line}/assign", data={"assigned_to": ""})
    assert queue.item(line).assigned_to_id is None


def test_filters_and_pages(queue: Queue, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    lines = [queue.result(title=f"第{number}号成果的名称") for number in range(4)]
    need = queue.demand(title="唯一的需求名称")
    reader = queue.reader(queue.district)
    seen, after = [], ""
    while True:
        page = service.list_items(db.session, reader, QueueFilter(), after)
        seen += [item.public_id for item in page.items]
        if page.cursor is None:
            break
        after = page.cursor
    assert seen == [*lines, need]
    client = log_in(queue.district.email)
    assert "第0号" not in titles(client, "/queue?kind=demand")
    assert "唯一的需求名称" in titles(client, "/queue?kind=demand&zone=teda")
    assert "没有待办" in titles(client, "/queue?zone=thip")
    assert "第0号" in titles(client, "/queue?kind=nonsense&after=x&holder=y")
    assert service.list_items(db.session, reader, QueueFilter(kind=QueueKind.DEMAND)).cursor is None
    assert service.list_items(db.session, reader, QueueFilter(holder=Holder.MINE)).items == []


def test_officers_are_reminded_once_before_a_line_is_due(queue: Queue) -> None:
    line = queue.result(title="快到期的成果")
    due = queue.item(line).due_at
    actions = frozenset({REMIND})
    with clock.frozen(due - timedelta(days=5)):
        assert not run_next(actions)
    with clock.frozen(due - timedelta(hours=12)):
        assert run_next(actions) and not run_next(actions)
    told = db.session.query(Notice).filter(Notice.title == "即将到期：快到期的成果").all()
    assert {notice.person_id for notice in told} == {queue.district.id, queue.zone.id}


def test_nobody_is_reminded_of_what_is_done(queue: Queue, log_in: LogIn) -> None:
    line = queue.result()
    due = queue.item(line).due_at
    log_in(queue.zone.email).post(f"/queue/{line}/decide", data={"action": "approve"})
    with clock.frozen(due):
        assert not run_next(frozenset({REMIND}))


def test_the_desk_names_what_is_mine_what_is_late_and_what_is_free(queue: Queue) -> None:
    mine, free = queue.result(title="分派给我的成果"), queue.result(title="还没有人领取")
    with transaction() as session:
        service.assign(session, queue.reader(queue.district), mine, queue.zone.id)
    reader = queue.reader(queue.zone)
    lines = service.waiting_for(db.session, reader)
    assert [(line.verb, line.title) for line in lines] == [
        ("处理成果审核", "分派给我的成果"),
        ("领取待办", "1 项未分派"),
    ]
    with clock.frozen(queue.item(free).due_at):
        titles = [line.title for line in service.waiting_for(db.session, reader)]
    assert titles == ["分派给我的成果", "还没有人领取"]
    for other in (queue.elsewhere, queue.supervisor, queue.owner):
        assert service.waiting_for(db.session, queue.reader(other)) == []


def test_overdue_lines_are_marked(queue: Queue, log_in: LogIn) -> None:
    with clock.frozen(clock.now() - timedelta(days=30)):
        queue.result(valid_until=clock.now() + timedelta(days=300))
    assert "已逾期" in titles(log_in(queue.zone.email))


def test_an_edit_of_what_is_live_shows_its_differences_and_takes_effect(queue: Queue, log_in: LogIn) -> None:
    organisation = queue.organisation
    live = queue.make.result(organisation, queue.owner)
    with transaction() as session:
        actor, row = queue.reader(queue.owner), session.merge(live)
        data = data_of_result(row)
        data = replace(data, columns=replace(data.columns, summary="换了一种说法的公开简介。"))
        edit = send_revision(session, actor, row, data, "写得更清楚")
        review_revision(session, actor, edit, Review(verdict=SecrecyVerdict.PUBLIC))
        decide_revision(session, actor, edit, RevisionAction.APPROVE)
        item = waiting_item(session, QueueKind.REVISION, edit.id)
        assert item is not None
        line = item.public_id
    client = log_in(queue.zone.email)
    page = titles(client, f"/queue/{line}")
    assert "写得更清楚" in page and "换了一种说法的公开简介" in page and "<ins>" in page
    assert client.post(f"/queue/{line}/decide", data={"action": "approve"}).status_code == 302
    assert db.session.query(Result).one().summary == "换了一种说法的公开简介。"
