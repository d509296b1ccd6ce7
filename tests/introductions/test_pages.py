"""Inbox, the page of one introduction, contact data, thread, assistance, outcome."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.introductions.choices import AssistanceStatus, IntroductionStatus
from marketplace.introductions.models import Introduction, IntroductionAssistance
from marketplace.introductions.moves import conclude_introduction
from marketplace.introductions.policy import can_read, readable
from marketplace.introductions.reading import PAGE, outcome_rows, waiting_for
from marketplace.introductions.service import path_of
from marketplace.introductions.workflow import IntroductionAction
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.handover import held_counts, pass_rest
from tests.introductions.conftest import Parties, text

Enter = Callable[[Parties, str], FlaskClient]
Act = IntroductionAction
EVERYBODY = (
    "seeker", "colleague", "owner", "partner", "broker", "stranger", "district", "supervisor", "teda", "thip",
    "ecocity",
)  # fmt: skip
READERS = {"seeker", "colleague", "owner", "partner", "district", "supervisor", "teda", "thip"}


def test_who_may_read_an_introduction(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    for who in EVERYBODY:
        expected = 200 if who in READERS else 404
        assert enter(parties, who).get(path_of(introduction)).status_code == expected, who
    assert enter(parties, "seeker").get("/introductions/2222222222").status_code == 404


@pytest.mark.parametrize("fixture", ["parties", "masked"])
def test_the_policy_in_sql_gives_the_same_answer(fixture: str, request: pytest.FixtureRequest) -> None:
    parties: Parties = request.getfixturevalue(fixture)
    for introduction in (parties.ask(offered=True), parties.ask_back()):
        row = parties.again(introduction)
        for who in EVERYBODY:
            reader = parties.reader(who)
            query = select(Introduction.id).where(Introduction.id == row.id, readable(reader))
            assert (db.session.scalar(query) is not None) == can_read(reader, row), who


def test_contact_data_after_acceptance_and_never_before(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    data = {who: (parties.people[who].email, parties.people[who].name) for who in ("seeker", "owner")}
    for reader, other in (("seeker", "owner"), ("owner", "seeker"), ("district", "seeker")):
        page = text(enter(parties, reader).get(path_of(introduction)))
        assert not any(word in page for word in data[other]), reader
    parties.move("owner", introduction, Act.ACCEPT)
    for reader, other in (("seeker", "owner"), ("owner", "seeker"), ("teda", "owner"), ("thip", "seeker")):
        page = text(enter(parties, reader).get(path_of(introduction)))
        assert all(word in page for word in data[other]), reader


def test_the_answering_side_reads_exactly_what_will_be_shown(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    me = parties.people["partner"]
    page = text(enter(parties, "partner").get(path_of(introduction)))
    assert f"姓名：{me.name}；邮箱：{me.email}；电话：未填写" in page


def test_inbox_boxes_filters_and_following_pages(parties: Parties, enter: Enter) -> None:
    for number in range(PAGE + 2):
        parties.result = parties.make.result(
            parties.organisations["institute"],
            parties.people["owner"],
            title=f"第{number:02d}项成果的制备技术",
        )
        parties.ask()
    client = enter(parties, "owner")
    first = text(client.get("/introductions"))
    assert first.count('class="listing"') == PAGE
    following = first.split("after=")[1].split('"')[0]
    rest = text(client.get(f"/introductions?after={following}"))
    assert rest.count('class="listing"') == 2 and "第00项" in rest and "第00项" not in first
    assert "等您答复" in first and "还剩" in first
    assert "还没有发起过对接" in text(client.get("/introductions?box=sent"))
    assert "没有“对接中”的对接" in text(client.get("/introductions?status=active"))
    assert "第05项" in text(enter(parties, "seeker").get("/introductions?box=sent"))
    assert "还没有您协助的对接" in text(client.get("/introductions?box=assisted"))
    assert client.get("/introductions?box=nonsense&status=nonsense&after=zz").status_code == 200


def test_answering_on_the_page(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask(offered=True)
    client, moves = enter(parties, "owner"), f"{path_of(introduction)}/moves"
    refused = client.post(moves, data={"action": "decline", "reason": ""})
    assert refused.status_code == 422 and "请填写理由" in text(refused)
    long = client.post(moves, data={"action": "decline", "reason": "长" * 401})
    assert long.status_code == 422 and "长" * 401 in text(long)
    assert client.post(moves, data={"action": "nonsense"}).status_code == 422
    assert client.post(moves, data={"action": "withdraw"}).status_code == 403
    assert enter(parties, "stranger").post(moves, data={"action": "accept"}).status_code == 404
    assert enter(parties, "district").post(moves, data={"action": "accept"}).status_code == 403
    assert client.post(moves, data={"action": "accept"}).status_code == 303
    assert client.post(moves, data={"action": "accept"}).status_code in (403, 409)  # a second click
    assert parties.again(introduction).status is IntroductionStatus.ACTIVE


def test_the_thread_opens_with_acceptance(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    address = f"{path_of(introduction)}/messages"
    seeker, owner = enter(parties, "seeker"), enter(parties, "owner")
    assert seeker.post(address, data={"text": "您好"}).status_code == 403
    parties.move("owner", introduction, Act.ACCEPT)
    line = "样品下周二可寄出 <b>请注意查收</b>"
    assert owner.post(address, data={"text": line}).status_code == 303
    assert owner.post(address, data={"text": "  "}).status_code == 422
    long = owner.post(address, data={"text": "长" * 2001})
    assert long.status_code == 422 and "长" * 2001 in text(long)
    page = text(seeker.get(path_of(introduction)))
    assert "样品下周二可寄出 &lt;b&gt;请注意查收&lt;/b&gt;" in page
    assert line.replace("<", "&lt;").replace(">", "&gt;") in text(
        enter(parties, "supervisor").get(path_of(introduction))
    )
    assert enter(parties, "teda").post(address, data={"text": "您好"}).status_code == 403
    db.session.rollback()
    notices = db.session.scalars(select(Notice).where(Notice.person_id == parties.people["seeker"].id)).all()
    assert notices[-1].title.startswith("对接有新留言")
    mails = "".join(m.subject + m.body for m in db.session.scalars(select(Mail)))
    assert "样品" not in mails + "".join(n.title + n.body for n in notices)


def test_the_outcome_form(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask(offered=True)
    parties.move("owner", introduction, Act.ACCEPT)
    client, address = enter(parties, "seeker"), f"{path_of(introduction)}/outcome"
    for data, said in (
        ({"kind": "", "amount": "12", "note": "合同一"}, "请选择合作方式"),
        ({"kind": "license", "amount": "十二", "note": "合同一"}, "合同金额应为数字"),
        ({"kind": "license", "amount": "-1", "note": "合同一"}, "须大于零"),
        ({"kind": "license", "amount": "NaN", "note": "合同一"}, "须大于零"),
        ({"kind": "license", "amount": "0.00000001", "note": "合同一"}, "须大于零"),
    ):
        response = client.post(address, data=data)
        page = text(response)
        assert response.status_code == 422 and said in page and "合同一" in page
        assert data["amount"] in page
    assert client.post(address, data={"kind": "license", "note": "长" * 401}).status_code == 422
    good = {"kind": "license", "amount": "120.5", "note": "普通许可"}
    assert client.post(address, data=good).status_code == 303
    row = parties.again(introduction)
    assert (row.status, row.contract_amount) == (IntroductionStatus.AGREED, 120_500_000)
    assert "120.5 万元" in text(client.get(path_of(introduction)))
    assert client.post(address, data=good).status_code == 409


def offer(client: FlaskClient, number: str) -> None:
    response = client.post("/introductions/assist", data={"number": number})
    assert response.status_code == 303


def test_a_broker_assists_by_consent_of_one_side(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    broker, owner = enter(parties, "broker"), enter(parties, "owner")
    assert broker.post("/introductions/assist", data={"number": "DJ-1"}).status_code == 422
    assert (
        enter(parties, "stranger")
        .post("/introductions/assist", data={"number": "DJ-2026-000001"})
        .status_code
        == 403
    )
    answers = [
        text(broker.post("/introductions/assist", data={"number": number}, follow_redirects=True))
        for number in (introduction.number, f"{introduction.number[:8]}999999")
    ]
    assert all("如果该对接存在" in answer for answer in answers)
    assert broker.get(path_of(introduction)).status_code == 404  # not before
    row = db.session.scalars(select(IntroductionAssistance)).one()
    assert row.status is AssistanceStatus.OFFERED
    data = {"offer": row.public_id, "decision": "agree"}
    assert parties.people["broker"].name in text(owner.get(path_of(introduction)))
    address = f"{path_of(introduction)}/assistance"
    assert enter(parties, "district").post(address, data=data).status_code == 403
    assert owner.post(address, data=data).status_code == 303
    assert owner.post(address, data=data).status_code == 409
    assert broker.get(path_of(introduction)).status_code == 200
    assert parties.people["seeker"].email not in text(broker.get(path_of(introduction)))
    parties.move("owner", introduction, Act.ACCEPT)
    assert parties.people["seeker"].email in text(broker.get(path_of(introduction)))
    assert (
        broker.post(f"{path_of(introduction)}/messages", data={"text": "周四一起看样品？"}).status_code == 303
    )
    assert (
        broker.post(f"{path_of(introduction)}/moves", data={"action": "fail", "reason": "不"}).status_code
        == 403
    )
    assert introduction.number in text(broker.get("/introductions?box=assisted"))


def test_a_declined_offer_stays_out(parties: Parties, enter: Enter) -> None:
    introduction = parties.ask()
    broker = enter(parties, "broker")
    offer(broker, introduction.number)
    row = db.session.scalars(select(IntroductionAssistance)).one()
    address = f"{path_of(introduction)}/assistance"
    enter(parties, "seeker").post(address, data={"offer": row.public_id, "decision": "decline"})
    offer(broker, introduction.number)  # asks nobody again
    assert broker.get(path_of(introduction)).status_code == 404
    db.session.rollback()
    assert db.session.scalars(select(IntroductionAssistance)).one().status is AssistanceStatus.DECLINED


def test_what_waits_for_whom(parties: Parties) -> None:
    introduction = parties.ask()

    def waiting(who: str) -> list[tuple[str, str]]:
        db.session.rollback()
        return [(line.verb, line.path) for line in waiting_for(db.session, parties.reader(who))]

    path = path_of(introduction)
    assert waiting("owner") == [("答复对接申请", path)]
    assert waiting("seeker") == waiting("partner") == waiting("district") == []
    parties.move("owner", introduction, Act.ACCEPT)
    assert waiting("owner") == []
    with transaction() as session:
        row = session.merge(introduction)
        row.outcome_asked_at = row.answered_at
    assert waiting("owner") == waiting("seeker") == [("登记对接结果", path)]


def test_a_leaving_persons_introductions_pass_to_the_successor(parties: Parties) -> None:
    introduction = parties.ask()
    with transaction() as session:
        institute = parties.organisations["institute"].id
        leaving, successor = parties.people["owner"].id, parties.people["partner"].id
        assert ("未了结的对接", 1) in held_counts(session, institute, leaving)
        pass_rest(session, institute, leaving, successor)
    row = parties.again(introduction)
    assert (row.to_person_id, row.from_person_id) == (
        parties.people["partner"].id,
        parties.people["seeker"].id,
    )


def test_the_rows_that_matching_learns_from(parties: Parties) -> None:
    introduction = parties.ask(offered=True)
    parties.move("owner", introduction, Act.ACCEPT)
    with transaction() as session:
        from marketplace.introductions.choices import OutcomeKind

        conclude_introduction(
            session, parties.reader("seeker"), session.merge(introduction), OutcomeKind.SERVICE
        )
    db.session.rollback()
    (row,) = outcome_rows(db.session)
    assert (row.result_id, row.demand_id, row.status) == (
        parties.result.id, parties.demand.id, IntroductionStatus.AGREED,
    )  # fmt: skip
    assert row.outcome is OutcomeKind.SERVICE and row.answered_at is not None
