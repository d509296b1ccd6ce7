"""纠错/举报: filed by anyone, answered by officers, followed by a link that tells nobody's name."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.policy import Reader
from marketplace.core.db import db
from marketplace.core.errors import InvalidInput
from marketplace.demands.choices import Disclosure
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.reports import service
from marketplace.reports.choices import ReportKind, ReportStatus
from marketplace.reports.models import Report
from tests.conftest import make_settings
from tests.factories import Factory, OfficerLevel

LogIn = Callable[[str], FlaskClient]
TEXT = "第二项指标的单位应为瓦时每千克，原文写成了千瓦时。"
GOOD = {"kind": "wrong", "text": TEXT}


def line() -> QueueItem:
    db.session.rollback()
    return db.session.query(QueueItem).filter_by(kind=QueueKind.REPORT, closed_at=None).one()


def file(client: FlaskClient, query: str, **values: str) -> str:
    answer = client.post(f"/reports/new?{query}", data=GOOD | values)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def test_each_page_leads_to_its_form(make: Factory, client: FlaskClient) -> None:
    owner, contact = make.staffed(name="被反映单位")
    result, demand = make.result(owner, contact), make.demand(owner, contact)
    organisation = db.session.merge(owner)
    for page, query, title in (
        (f"/results/{result.public_id}", f"result={result.public_id}", result.title),
        (f"/demands/{demand.public_id}", f"demand={demand.public_id}", demand.title),
        (f"/organisations/{organisation.public_id}", f"organisation={organisation.public_id}", "被反映单位"),
    ):  # fmt: skip
        assert f"/reports/new?{query}" in client.get(page).get_data(as_text=True)
        assert title in client.get(f"/reports/new?{query}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": ""}, "请选择是哪一类问题"),
        ({"kind": "nonsense"}, "请选择是哪一类问题"),
        ({"text": "太短"}, "请至少写 10 个字"),
        ({"text": "长" * 1001}, "最多 1000 个字"),
        ({"email": "no address"}, "邮箱格式不正确"),
        ({"email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.cn"}, "邮箱"),
        ({"homepage": "https://spam.example"}, "提交未被接受"),
    ],
)
def test_each_wrong_field_is_named_beside_it_and_the_rest_is_kept(
    make: Factory, client: FlaskClient, wrong: dict[str, str], message: str
) -> None:
    result = make.result(*make.staffed())
    typed = {"kind": "wrong", "text": TEXT, "email": "asker@unit.example"} | wrong
    answer = client.post(f"/reports/new?result={result.public_id}", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and message in page
    kept = {TEXT, "asker@unit.example"} & set(typed.values())
    assert all(value in page for value in kept)
    assert db.session.query(Report).count() == 0 and db.session.query(QueueItem).filter(
        QueueItem.kind == QueueKind.REPORT
    ).count() == 0  # fmt: skip


def test_a_report_waits_in_the_zone_of_its_subject(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    owner, contact = make.staffed(zone="teda")
    demand = make.demand(owner, contact, zone="thip")
    path = file(client, f"demand={demand.public_id}", email="Asker@Unit.example ")
    assert line().zone == "thip" and line().title == f"信息有误：{demand.title}"
    officer = make.officer(OfficerLevel.ZONE, "thip")
    seen = log_in(officer.email).get(f"/queue/{line().public_id}").get_data(as_text=True)
    assert TEXT in seen and "asker@unit.example" in seen and "未登录的访客" in seen
    other = make.officer(OfficerLevel.ZONE, "teda")
    assert log_in(other.email).get(f"/queue/{line().public_id}").status_code == 404
    number = db.session.query(Report).one().number
    assert number.startswith("JB-") and number in client.get(path).get_data(as_text=True)


def test_an_answer_closes_the_line_and_is_mailed(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    result = make.result(*make.staffed())
    path = file(client, f"result={result.public_id}", email="asker@unit.example")
    officer = log_in(make.officer().email)
    decide = f"/queue/{line().public_id}/decide"
    assert officer.post(decide, data={"action": "approve", "note": " "}).status_code == 422
    assert officer.post(decide, data={"action": "approve", "note": "已由单位更正。"}).status_code == 302
    page = client.get(path).get_data(as_text=True)
    assert "已答复" in page and "已由单位更正。" in page
    mail = db.session.query(Mail).filter_by(recipient="asker@unit.example").one()
    assert "已由单位更正。" in mail.body and path in mail.body
    assert db.session.query(QueueItem).filter_by(kind=QueueKind.REPORT, closed_at=None).count() == 0


def test_a_member_is_told_in_the_inbox(make: Factory, log_in: LogIn) -> None:
    result = make.result(*make.staffed())
    asker = make.person()
    path = file(log_in(asker.email), f"result={result.public_id}")
    officer = log_in(make.officer().email)
    officer.post(f"/queue/{line().public_id}/decide", data={"action": "return", "note": "不属于受理范围。"})
    notice = db.session.query(Notice).filter_by(person_id=asker.id).one()
    assert notice.path == path and "不予受理" in notice.title


def test_the_owner_learns_that_one_came_but_not_from_whom_nor_in_which_words(
    make: Factory, log_in: LogIn
) -> None:
    owner, contact = make.staffed()
    admin = make.person(owner, MembershipRole.ADMIN)
    asker = make.person(name="反映人甲")
    result = make.result(owner, contact)
    client = log_in(asker.email)
    file(client, f"result={result.public_id}", email="asker@unit.example")
    file(client, f"organisation={db.session.merge(owner).public_id}")
    told = db.session.query(Notice).filter(Notice.title.contains("有人反映")).all()
    assert {notice.person_id for notice in told} == {contact.id, admin.id}
    mails = [mail.body for mail in db.session.query(Mail) if "有人反映" in mail.subject]
    for text in [*(f"{n.title}{n.body}" for n in told), *mails]:
        assert not any(secret in text for secret in (TEXT[:8], "反映人甲", "asker@"))


def test_the_link_tells_no_personal_data(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    result = make.result(*make.staffed())
    asker = make.person(name="反映人甲")
    path = file(log_in(asker.email), f"result={result.public_id}", email="asker@unit.example")
    page = client.get(path).get_data(as_text=True)
    for secret in ("反映人甲", "asker@unit.example", asker.email, TEXT):
        assert secret not in page
    assert client.get(path[:-1] + ("2" if path[-1] != "2" else "3")).status_code == 404


def test_a_report_on_a_masked_need_reveals_nothing(make: Factory, client: FlaskClient) -> None:
    owner, contact = make.staffed(name="不可说的企业有限公司", short_name="不可说")
    demand = make.demand(owner, contact, disclosure=Disclosure.MASKED)
    path = file(client, f"demand={demand.public_id}")
    for address in (f"/reports/new?demand={demand.public_id}", path):
        page = client.get(address).get_data(as_text=True)
        assert "不可说" not in page and contact.name not in page
        assert db.session.merge(owner).public_id not in page


def test_what_is_no_longer_public_is_not_named_by_the_link(make: Factory, client: FlaskClient) -> None:
    owner, contact = make.staffed()
    result = make.result(owner, contact, title="后来下架的成果名称")
    path = file(client, f"result={result.public_id}")
    assert "后来下架的成果名称" in client.get(path).get_data(as_text=True)
    make.withdraw(result, contact)
    page = client.get(path).get_data(as_text=True)
    assert "后来下架的成果名称" not in page and result.public_id not in page
    assert client.get(f"/reports/new?result={result.public_id}").status_code == 404


def test_it_can_be_asked_once_more_by_the_link(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    result = make.result(*make.staffed())
    path = file(client, f"result={result.public_id}")
    officer = log_in(make.officer().email)
    early = client.post(f"{path}/reopen", data={"reason": "还没有答复就再问一次。"})
    assert early.status_code == 409
    officer.post(f"/queue/{line().public_id}/decide", data={"action": "return", "note": "依据不足。"})
    short = client.post(f"{path}/reopen", data={"reason": "不服"})
    assert short.status_code == 422 and "请至少写 10 个字" in short.get_data(as_text=True)
    assert client.post(f"{path}/reopen", data={"reason": "附上检测报告编号，请再核实。"}).status_code == 302
    assert "附上检测报告编号" in officer.get(f"/queue/{line().public_id}").get_data(as_text=True)
    assert "依据不足。" in client.get(path).get_data(as_text=True)
    officer.post(f"/queue/{line().public_id}/decide", data={"action": "approve", "note": "已核实并更正。"})
    again = client.post(f"{path}/reopen", data={"reason": "第三次再问同一个问题。"})
    assert again.status_code == 422 and "已经再次提交过一次" in again.get_data(as_text=True)
    report = db.session.query(Report).one()
    assert (report.status, report.first_answer) == (ReportStatus.ANSWERED, "依据不足。")


def test_reports_are_not_decided_in_a_batch(make: Factory, log_in: LogIn) -> None:
    make.report(make.result(*make.staffed()))
    officer = log_in(make.officer().email)
    officer.post("/queue/batch", data={"action": "approve", "item": line().public_id})
    assert "须逐条答复" in officer.get("/queue/batch").get_data(as_text=True)
    assert line()


def test_the_service_refuses_what_the_form_refuses(make: Factory) -> None:
    result = make.result(*make.staffed())
    subject = service.find_subject(db.session, Reader(), "result", result.public_id)
    for text in ("太短", "长" * 1001):
        with pytest.raises(InvalidInput) as refused:
            service.file_report(
                db.session, Reader(), subject, service.ReportData(kind=ReportKind.OTHER, text=text)
            )
        assert refused.value.field == "text"


def test_one_address_may_not_report_without_end(app: Flask, make: Factory) -> None:
    app.extensions["settings"] = make_settings(
        app.extensions["settings"].instance_path, report_rate="2 per hour"
    )
    result = make.result(*make.staffed())
    address = f"/reports/new?result={result.public_id}"
    answers = [app.test_client().post(address, data=GOOD).status_code for _ in range(3)]
    assert answers == [302, 302, 429]
    assert app.test_client().get(address).status_code == 200
