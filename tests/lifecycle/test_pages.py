"""The pages of a listing's life: buttons, history, 单位审核, the organisation's own list."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db, transaction
from marketplace.core.files import Attachment, check_upload, store, stored_path
from marketplace.demands.models import Demand
from marketplace.listings.choices import AttachmentVisibility, ListingStatus, RevisionStatus, SecrecyVerdict
from marketplace.listings.models import Revision
from marketplace.listings.revisions import send_revision
from marketplace.listings.service import AttachmentData
from marketplace.listings.workflow import ListingAction
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.results.service import data_of_result, move_result
from tests.factories import Factory
from tests.matching.pages import by_class, parse, texts

LogIn = Callable[[str], FlaskClient]
STATUS = ListingStatus


@pytest.fixture
def house(make: Factory) -> tuple[Organisation, Person, Person]:
    """An organisation with an author and a reviewer."""
    organisation = make.organisation(name="滨海材料研究院", short_name="材料院")
    author = make.person(organisation, MembershipRole.RESEARCHER, MembershipRole.ENTERPRISE)
    return organisation, author, make.person(organisation, MembershipRole.REVIEWER)


def state(listing: Result | Demand) -> ListingStatus:
    db.session.expire_all()
    found = db.session.get_one(type(listing), listing.id).status
    db.session.rollback()
    return found


def submitted(make: Factory, house: tuple[Organisation, Person, Person], **values: Any) -> Result:
    organisation, author, _ = house
    result = make.result(organisation, author, published=False, **values)
    with transaction() as session:
        move_result(session, reader_of(session.merge(author)), session.merge(result), ListingAction.SUBMIT)
    return result


def changed(result: Result, author: Person, **columns: Any) -> Revision:
    with transaction() as session:
        row = session.get_one(Result, result.id)
        data = data_of_result(row)
        data = replace(data, columns=replace(data.columns, **columns))
        revision: Revision = send_revision(session, reader_of(session.merge(author)), row, data, "写得更清楚")
        session.flush()
        return revision


# Buttons


def test_a_draft_goes_through_review_to_publication_by_its_buttons(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    organisation, author, reviewer = house
    result = make.result(organisation, author, published=False)
    url = f"/results/{result.public_id}"
    writing = log_in(author.email)
    assert "提交单位审核" in writing.get(url).get_data(as_text=True)
    assert writing.post(f"{url}/submit").status_code == 303
    assert state(result) is STATUS.ORGANISATION_REVIEW
    review = f"/review/result/{result.public_id}"
    reading = log_in(reviewer.email)
    assert result.title in reading.get("/review").get_data(as_text=True)
    assert reading.get(review).status_code == 200
    form = {"secrecy": "public", "export_restricted": "1", "secrecy_note": "已核"}
    assert reading.post(f"{review}/approve", data=form).status_code == 303
    assert state(result) is STATUS.SUBMITTED
    officer = log_in(make.officer().email)
    page = officer.get(url).get_data(as_text=True)
    assert "等 主管部门 处理" in page and "应于此前审核" in page
    assert officer.post(f"{url}/publish").status_code == 303
    assert state(result) is STATUS.PUBLISHED
    assert db.session.get_one(Result, result.id).export_restricted
    assert reading.get(review).status_code == 404


def test_a_refused_reason_keeps_the_page_and_says_so_beside_the_field(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    organisation, author, reviewer = house
    result = make.result(organisation, author, published=False)
    make.publish(result, reviewer)
    response = log_in(author.email).post(f"/results/{result.public_id}/withdraw", data={"reason": "  "})
    assert response.status_code == 422 and state(result) is STATUS.PUBLISHED
    page = parse(response)
    form = page.get_element_by_id("act-withdraw")
    assert form.get("open") is not None and "请填写理由。" in form.text_content()


def test_who_may_not_and_what_is_past_are_refused(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    organisation, author, reviewer = house
    result = make.result(organisation, author, published=False)
    make.publish(result, reviewer)
    url = f"/results/{result.public_id}"
    stranger = log_in(make.staffed()[1].email)
    assert stranger.post(f"{url}/withdraw", data={"reason": "无"}).status_code == 403
    assert stranger.get(f"{url}/history").status_code == 403
    assert "办理" not in stranger.get(url).get_data(as_text=True)
    owner = log_in(author.email)
    assert owner.post(f"{url}/transfer").status_code == 303
    assert owner.post(f"{url}/withdraw", data={"reason": "无"}).status_code == 409
    assert stranger.post(f"{url}/withdraw", data={"reason": "无"}).status_code == 404


def test_an_enterprise_without_a_reviewer_answers_for_secrecy_itself(make: Factory, log_in: LogIn) -> None:
    organisation = make.organisation()
    person = make.person(organisation, MembershipRole.ENTERPRISE)
    demand = make.demand(organisation, person, published=False)
    writing, url = log_in(person.email), f"/demands/{demand.public_id}"
    refused = writing.post(f"{url}/file")
    assert refused.status_code == 422 and "请先完成保密审查" in refused.get_data(as_text=True)
    assert writing.post(f"{url}/file", data={"secrecy": "public"}).status_code == 303
    assert state(demand) is STATUS.SUBMITTED


def test_a_need_is_carried_to_its_end(make: Factory, log_in: LogIn) -> None:
    demand = make.demand(*(pair := make.staffed()))
    owner, url = log_in(pair[1].email), f"/demands/{demand.public_id}/sourcing"
    for action, sourcing in (("introduce", "introducing"), ("resume", "seeking"), ("sign", "signed")):
        assert owner.post(f"{url}/{action}").status_code == 303
        db.session.expire_all()
        assert db.session.get_one(Demand, demand.id).sourcing.value == sourcing
    refused = owner.post(f"{url}/close", data={"reason": ""})
    assert refused.status_code == 422 and "请填写理由。" in refused.get_data(as_text=True)
    assert owner.post(f"{url}/close", data={"reason": "已自行解决"}).status_code == 303
    assert "已自行解决" in owner.get(f"/demands/{demand.public_id}").get_data(as_text=True)


def test_an_expired_listing_is_renewed_by_one_click(make: Factory, log_in: LogIn) -> None:
    organisation, owner = make.staffed()
    result = make.result(organisation, owner, valid_until=clock.now() + timedelta(days=5))
    with clock.frozen(clock.now() + timedelta(days=6)):
        client, url = log_in(owner.email), f"/results/{result.public_id}"
        assert "续期" in client.get(url).get_data(as_text=True)
        assert client.post(f"{url}/renew").status_code == 303
        db.session.expire_all()
        renewed = db.session.get_one(Result, result.id)
        assert renewed.valid_until is not None
        assert renewed.valid_until - clock.now() > timedelta(days=364)


# 单位审核


def test_a_review_without_a_conclusion_is_refused_and_keeps_what_was_typed(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    result = submitted(make, house)
    reading, url = log_in(house[2].email), f"/review/result/{result.public_id}"
    data = {"secrecy_note": "先看附件", "human_genetic": "1"}
    response = reading.post(f"{url}/approve", data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and "请选择审查结论。" in page and "先看附件" in page
    assert parse(response).xpath("//input[@name='human_genetic']/@checked")
    response = reading.post(f"{url}/return", data={"reason": " "})
    assert response.status_code == 422 and "请填写理由。" in response.get_data(as_text=True)
    assert reading.post(f"{url}/return", data={"reason": "缺少检测报告"}).status_code == 303
    assert state(result) is STATUS.RETURNED
    page = log_in(house[1].email).get(f"/results/{result.public_id}").get_data(as_text=True)
    assert "缺少检测报告" in page


def test_only_the_reviewer_of_the_organisation_sees_what_waits(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    result = submitted(make, house)
    url = f"/review/result/{result.public_id}"
    other = log_in(make.staffed()[1].email)
    assert other.get("/review").status_code == 200
    assert result.title not in other.get("/review").get_data(as_text=True)
    assert other.get(url).status_code == 404
    author = log_in(house[1].email)
    assert author.get("/review").status_code == 403 and author.get(url).status_code == 403


def upload(person: Person, title: str = "方案.txt") -> Attachment:
    with transaction() as session:
        found = check_upload(FileStorage(BytesIO("机密的方案".encode()), title))
        return store(session, found, person.id)


def test_a_classified_listing_leaves_nothing_behind(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    file = upload(house[1])
    path = stored_path(file)
    result = submitted(
        make,
        house,
        title="不该写出来的名称",
        attachments=(AttachmentData(file=file.public_id, visibility=AttachmentVisibility.CONTROLLED),),
    )
    reading, url = log_in(house[2].email), f"/review/result/{result.public_id}"
    refused = reading.post(f"{url}/approve", data={"secrecy": "classified"})
    assert refused.status_code == 422 and "不得录入本网站" in refused.get_data(as_text=True)
    assert path.exists()
    link = parse(refused).xpath("//a[contains(@href, '/files/')]/@href")[0]
    with reading.get(link) as response:
        assert response.get_data(as_text=True) == "机密的方案"
    assert reading.post(f"{url}/classified").status_code == 303
    assert not path.exists()
    db.session.expire_all()
    for model in (Result, Revision, Attachment, Notice):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0, model
    mails = db.session.execute(select(Mail.subject, Mail.body)).all()
    assert mails and "不该写出来" not in repr(mails)
    last = db.session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    assert (last.action, last.detail) == ("result.refuse_classified", "{}")
    assert reading.get(url).status_code == 404


def test_a_classified_edit_goes_while_what_is_live_stays(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    result = submitted(make, house)
    reading = log_in(house[2].email)
    reading.post(f"/review/result/{result.public_id}/approve", data={"secrecy": "public"})
    log_in(make.officer().email).post(f"/results/{result.public_id}/publish")
    changed(result, house[1], summary="不该写出来的内容")
    assert "修改了什么" in reading.get(f"/review/result/{result.public_id}").get_data(as_text=True)
    assert reading.post(f"/review/result/{result.public_id}/classified").status_code == 303
    assert state(result) is STATUS.PUBLISHED
    payloads = db.session.scalars(select(Revision.payload)).all()
    assert len(payloads) == 1 and "不该写出来" not in payloads[0]


# Edits and history


def test_an_edit_is_reviewed_shown_and_applied(
    make: Factory, log_in: LogIn, client: FlaskClient, house: tuple[Organisation, Person, Person]
) -> None:
    organisation, author, reviewer = house
    result = make.result(organisation, author, published=False)
    make.publish(result, reviewer)
    url = f"/results/{result.public_id}"
    edit = changed(result, author, summary="室温离子电导率 5 mS/cm，厚度 25 微米。")
    officer = log_in(make.officer().email)
    assert "5 mS/cm" not in officer.get(f"{url}/history").get_data(as_text=True)  # still inside
    assert officer.post(f"/revisions/{edit.public_id}/apply").status_code == 404
    reading = log_in(reviewer.email)
    page = parse(reading.get(f"/review/result/{result.public_id}"))
    assert "公开简介" in page.get_element_by_id("changes").text_content()
    approved = reading.post(f"/review/result/{result.public_id}/approve", data={"secrecy": "public"})
    assert approved.status_code == 303
    assert "5 mS/cm" not in client.get(url).get_data(as_text=True)
    waiting = parse(officer.get(f"{url}/history")).get_element_by_id("waiting")
    assert waiting.xpath(".//ins") and waiting.xpath(".//del")
    refused = officer.post(f"/revisions/{edit.public_id}/return", data={"reason": ""})
    assert refused.status_code == 422 and "请填写理由。" in refused.get_data(as_text=True)
    assert officer.post(f"/revisions/{edit.public_id}/apply").status_code == 303
    public = client.get(url).get_data(as_text=True)
    assert "5 mS/cm" in public and "更新于" in public
    history = log_in(author.email).get(f"{url}/history?from=1&to=2").get_data(as_text=True)
    assert "第 1 版到第 2 版" in history and "第 2 版：通过并生效" in history
    assert "材料院（单位审核）" in history and reviewer.name not in parse_main(history)


def parse_main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_a_member_takes_an_edit_back(
    make: Factory, log_in: LogIn, house: tuple[Organisation, Person, Person]
) -> None:
    organisation, author, reviewer = house
    result = make.result(organisation, author, published=False)
    make.publish(result, reviewer)
    edit = changed(result, author, innovation="另一种说法。")
    assert log_in(author.email).post(f"/revisions/{edit.public_id}/withdraw").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Revision, edit.id).status is RevisionStatus.WITHDRAWN


# The organisation's own list


def test_own_listings_are_filtered_and_paged(make: Factory, log_in: LogIn) -> None:
    organisation, owner = make.staffed()
    for number in range(23):
        make.result(organisation, owner, published=False, title=f"成果之 {number:02}")
    make.demand(organisation, owner, title="需求之一")
    make.result(*make.staffed(), title="别家的成果")
    client = log_in(owner.email)

    def titles(path: str) -> list[str]:
        return texts(parse(client.get(path)), by_class("work-list") + "/li/a")

    first = titles("/my/listings")
    assert first[0] == "需求之一" and len(first) == 20 and "别家的成果" not in first
    more = parse(client.get("/my/listings")).xpath("//a[@rel='next']/@href")[0]
    assert titles(more) == [f"成果之 {number:02}" for number in (3, 2, 1, 0)]
    assert titles("/my/listings?status=published") == ["需求之一"]
    assert titles("/my/listings?kind=demand") == ["需求之一"]
    assert titles("/my/listings?status=expired") == []
    assert titles("/my/listings?after=wrong_key&status=nothing")[0] == "需求之一"
    alone = log_in(make.person().email).get("/my/listings").get_data(as_text=True)
    assert "您还没有加入单位" in alone


def test_the_verdict_controlled_is_kept(
    make: Factory, log_in: LogIn, client: FlaskClient, house: tuple[Organisation, Person, Person]
) -> None:
    result = submitted(make, house)
    log_in(house[2].email).post(f"/review/result/{result.public_id}/approve", data={"secrecy": "controlled"})
    log_in(make.officer().email).post(f"/results/{result.public_id}/publish")
    assert db.session.get_one(Result, result.id).secrecy is SecrecyVerdict.CONTROLLED
    assert client.get(f"/results/{result.public_id}").status_code == 404
