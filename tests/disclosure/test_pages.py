"""The pages from 申请查阅 to the log of readings, as people go through them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import lxml.html
import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import db, transaction
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.reading import count_readings
from marketplace.listings.choices import RevisionStatus
from marketplace.listings.revisions import send_revision
from marketplace.organisations.choices import MembershipRole
from marketplace.results.models import Result
from marketplace.results.service import data_of_result
from tests.factories import Factory
from tests.files import docx_bytes

LogIn = Callable[[str], FlaskClient]
SECRET = "卷对卷压延的线速度与粘结剂配比"


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.get_data(as_text=True)


@pytest.fixture
def people(make: Factory, log_in: LogIn) -> tuple[str, FlaskClient, FlaskClient, Person]:
    """A result's address, its owner and somebody of a verified organisation, and the latter's person."""
    organisation, owner = make.staffed()
    asker = make.staffed(name="求索科技有限公司")[1]
    result = make.result(organisation, owner)
    make.attach(result, "配方.docx", docx_bytes())
    return f"/results/{result.public_id}", log_in(owner.email), log_in(asker.email), asker


def day(days: int) -> str:
    return (clock.now().astimezone(SHANGHAI) + timedelta(days=days)).date().isoformat()


def test_from_the_listing_to_the_log_of_readings(
    people: tuple[str, FlaskClient, FlaskClient, Person],
) -> None:
    url, owner, asker, _ = people
    assert "申请查阅" in text(asker, url) and SECRET not in text(asker, url)
    text(asker, f"{url}/controlled", 404)
    sent = asker.post(f"{url}/request-details", data={"purpose": "用于评估与产线的匹配程度。"})
    request = sent.headers["Location"]
    assert sent.status_code == 302 and "正在等完成单位答复" in text(asker, url)
    page = text(owner, request)
    assert "求索科技有限公司" in page and "用于评估与产线的匹配程度" in page and "配方.docx" in page
    assert owner.post(f"{request}/grant", data={"until": day(10)}).status_code == 302
    read = text(asker, f"{url}/controlled")
    assert SECRET in read and read.count("仅供求索科技有限公司查阅") == 2 and "配方.docx" in read
    assert "查阅过 1 次" in text(owner, url)
    log = text(owner, f"{url}/readings")
    assert "求索科技有限公司" in log and "经授权" in log
    assert owner.post(f"{request}/revoke", data={"reason": "合作结束"}).status_code == 302
    text(asker, f"{url}/controlled", 404)
    assert "合作结束" in text(asker, request)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"purpose": ""}, "请说明用途"),
        ({"purpose": "太短"}, "请用 10 至 500 个字"),
        ({"purpose": "用于评估与产线的匹配程度。", "wished_until": "明天"}, "日期格式不正确"),
        ({"purpose": "用于评估与产线的匹配程度。", "wished_until": "2020-01-01"}, "须晚于今天"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(
    people: tuple[str, FlaskClient, FlaskClient, Person], values: dict[str, str], message: str
) -> None:
    url, _, asker, _ = people
    response = asker.post(f"{url}/request-details", data=values)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and message in page and values["purpose"] in page
    assert "还没有提出过查阅申请" in text(asker, "/details?side=asker")


def test_a_wrong_end_or_missing_reason_comes_back(
    make: Factory, people: tuple[str, FlaskClient, FlaskClient, Person]
) -> None:
    url, owner, _, asker = people
    result = db.session.query(Result).filter_by(public_id=url.rpartition("/")[2]).one()
    path = f"/details/{make.detail_request(result, asker).public_id}"
    for until in ("", "2020-01-01", day(400), "x"):
        response = owner.post(f"{path}/grant", data={"until": until})
        assert response.status_code == 422 and "授权" in response.get_data(as_text=True)
    response = owner.post(f"{path}/refuse", data={"reason": ""})
    assert response.status_code == 422 and "请填写理由" in response.get_data(as_text=True)
    assert "待答复" in text(owner, "/details")
    for odd in ("x", "9" * 30, "-1", "²"):
        assert text(owner, f"/details?before={odd}&status=nonsense&side=nobody")


def test_an_officer_who_reads_a_changed_text_in_the_history_is_recorded(
    make: Factory, log_in: LogIn, people: tuple[str, FlaskClient, FlaskClient, Person]
) -> None:
    url, owner, _, _ = people
    result = db.session.query(Result).filter_by(public_id=url.rpartition("/")[2]).one()
    officer = log_in(make.officer().email)
    text(officer, f"{url}/history")
    assert count_readings(db.session, result) == 0
    author = make.person(result.organisation, MembershipRole.RESEARCHER)
    with transaction() as session:
        row = session.get_one(Result, result.id)
        data = data_of_result(row)
        data = replace(data, columns=replace(data.columns, details="新的配比。"))
        edit = send_revision(session, reader_of(session.merge(author)), row, data, "补充")
        edit.status, edit.sent_at = RevisionStatus.SUBMITTED, clock.now()
    assert "受控详情" in text(officer, f"{url}/history")
    assert count_readings(db.session, db.session.get_one(Result, result.id)) == 1
    text(owner, f"{url}/history")
    assert count_readings(db.session, db.session.get_one(Result, result.id)) == 1


@pytest.mark.parametrize(("wished", "days"), [(None, 365), (20, 20), (-1, 365), (900, 365)])
def test_an_end_is_suggested_by_wish_and_rule(
    make: Factory, people: tuple[str, FlaskClient, FlaskClient, Person], wished: int | None, days: int
) -> None:
    url, owner, _, asker = people
    result = db.session.query(Result).filter_by(public_id=url.rpartition("/")[2]).one()
    path = f"/details/{make.detail_request(result, asker).public_id}"
    if wished is not None:
        with transaction() as session:
            request = session.query(DetailRequest).one()
            request.wished_until = clock.now() + timedelta(days=wished)
    page = lxml.html.fromstring(text(owner, path))
    (field,) = page.xpath("//input[@name='until']")
    assert field.get("value") == day(days)
    assert owner.post(f"{path}/grant", data={"until": field.get("value")}).status_code == 302


def test_an_empty_end_is_refused_beside_its_field(
    make: Factory, people: tuple[str, FlaskClient, FlaskClient, Person]
) -> None:
    url, owner, _, asker = people
    result = db.session.query(Result).filter_by(public_id=url.rpartition("/")[2]).one()
    path = f"/details/{make.detail_request(result, asker).public_id}"
    refused = lxml.html.fromstring(owner.post(f"{path}/grant", data={"until": ""}).get_data(as_text=True))
    (message,) = refused.xpath("//*[@id='until-error']")
    assert "请选择授权截止日期。" in message.text_content()
