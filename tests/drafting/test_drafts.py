"""Drafts: saved while somebody types, with rows and files, put away and taken back, for whom."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.files import Attachment
from marketplace.core.jobs import actions_in_lane, run_next
from marketplace.drafting import fill as filling
from marketplace.drafting import policy
from marketplace.drafting.service import content_of, waiting_for
from marketplace.listings.models import Draft
from marketplace.organisations.choices import MembershipRole
from tests.drafting.forms import begin, complete, draft_at, fill
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person(make.organisation(), MembershipRole.ENTERPRISE)


def test_autosave_counts_versions_and_a_second_window_is_told(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    first = client.post(f"{path}/autosave", data={"version": 1, "title": "甲"}).get_json()
    assert first["version"] == 2 and first["problems"]["basics"] > 0
    stale = client.post(
        f"{path}/autosave", data={"version": 1, "title": "乙"}, headers={"Accept": "application/json"}
    )
    assert stale.status_code == 409 and "另一个窗口" in stale.get_json()["message"]
    assert draft_at(path).title == "甲"
    forced = client.post(f"{path}/autosave", data={"version": 1, "title": "乙", "overwrite": "1"})
    assert forced.get_json()["version"] == 3 and draft_at(path).title == "乙"


def test_without_javascript_a_stale_window_keeps_both(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, {"title": "先存的标题"})
    response = client.post(path, data={"version": 1, "title": "本页的标题"})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "本页的标题" in page and 'name="overwrite"' in page
    assert draft_at(path).title == "先存的标题"
    assert client.post(path, data={"version": 1, "title": "本页的标题", "overwrite": "1"}).status_code == 302
    assert draft_at(path).title == "本页的标题"


def test_rows_are_added_and_removed_without_javascript(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "result")
    typed = complete("result", person.public_id)
    added = fill(client, path, {**typed, "indicators-add": "1"})
    assert added.headers["Location"].endswith("#field-indicators")
    assert 'id="indicators-1-name"' in client.get(added.headers["Location"]).get_data(as_text=True)
    fill(client, path, {**typed, "team-remove": "0"})
    assert [row["name"] for row in content_of(draft_at(path)).values["team"]] == ["乙某"]


def test_uploads_are_kept_listed_and_removed(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    typed = complete("demand", person.public_id)
    fill(client, path, {**typed, "upload": (BytesIO(PDF), "方案.pdf")})
    file = db.session.scalars(select(Attachment)).one()
    page = client.get(path).get_data(as_text=True)
    assert "方案.pdf" in page and f'value="{file.public_id}"' in page
    with client.get(f"{path}/files/{file.public_id}") as download:
        assert download.data == PDF
    row = {"attachments-0-file": file.public_id, "attachments-0-visibility": "public"}
    fill(client, path, {**typed, **row})
    kept = content_of(draft_at(path)).values["attachments"]
    assert kept == [{"file": file.public_id, "visibility": "public"}]
    fill(client, path, {**typed, **row, "attachments-remove": "0"})
    assert content_of(draft_at(path)).values["attachments"] == []


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("程序.exe", b"MZ", "不支持"),
        ("方案.pdf", b"not a pdf", "内容与扩展名不符"),
        ("方案.pdf", b"", "文件是空的"),
    ],
)
def test_a_refused_upload_is_said_beside_and_the_texts_are_saved(
    person: Person, log_in: LogIn, name: str, data: bytes, message: str
) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    response = fill(client, path, {**complete("demand", person.public_id), "upload": (BytesIO(data), name)})
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and message in page and 'id="attachments-error"' in page
    assert draft_at(path).title in page and draft_at(path).title


def test_a_file_of_somebody_else_cannot_be_taken_along(make: Factory, person: Person, log_in: LogIn) -> None:
    other = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    theirs = log_in(other.email)
    fill(theirs, begin(theirs, "demand"), {"upload": (BytesIO(PDF), "机密.pdf")})
    stolen = db.session.scalars(select(Attachment)).one().public_id
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, {"attachments-0-file": stolen, "attachments-0-visibility": "public"})
    assert content_of(draft_at(path)).values["attachments"] == []
    assert client.get(f"{path}/files/{stolen}").status_code == 404


def test_a_deleted_draft_can_be_taken_back_for_a_week(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, {"title": "删错了的需求"})
    gone = client.post(f"{path}/delete")
    assert "7 天内可恢复" in client.get(gone.headers["Location"]).get_data(as_text=True)
    assert client.get(path).status_code == 404
    assert "删错了的需求" not in client.get("/drafts").get_data(as_text=True)
    assert client.post(f"{path}/restore").status_code == 302
    assert "删错了的需求" in client.get("/drafts").get_data(as_text=True)
    client.post(f"{path}/delete")
    with clock.frozen(clock.now() + timedelta(days=8)):
        while run_next(actions_in_lane(slow=False)):
            pass
    db.session.rollback()
    assert db.session.scalars(select(Draft)).all() == []


def test_preview_is_sanitised_and_saves_nothing(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    sent = {"preview": "difficulty", "difficulty": "**重点** <script>alert(1)</script>"}
    page = client.post(f"{path}/preview", data=sent).get_data(as_text=True)
    assert "<strong>重点</strong>" in page and "<script>" not in page
    assert draft_at(path).version == 1
    shown = fill(client, path, sent)
    assert "<strong>重点</strong>" in client.get(shown.headers["Location"]).get_data(as_text=True)


def test_filling_from_text_leaves_what_was_typed(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, {"title": "自己写的标题"})
    text = (
        "需求名称：材料里的标题\n一、技术难点\n负极析锂，容量衰减。\n"
        "二、现有基础\n有台架。\n预算 300 万元，期限 18 个月。"
    )
    client.post(f"{path}/fill", data={"fill_text": text})
    values = content_of(draft_at(path)).values
    assert values["title"] == "自己写的标题"
    assert values["difficulty"] == "负极析锂，容量衰减。" and values["basis"].startswith("有台架")
    assert (values["budget"], values["months"]) == ("300", "18")
    client.post(f"{path}/fill", data={"fill_text": text, "overwrite": "1"})
    assert content_of(draft_at(path)).values["title"] == "材料里的标题"
    file = {"fill_file": (BytesIO("简介：一段很长的文字说明。".encode()), "a.exe")}
    refused = client.post(f"{path}/fill", data=file)
    assert refused.status_code == 422 and "fill_file-error" in refused.get_data(as_text=True)


def test_unknown_headings_of_a_result_do_not_become_public() -> None:
    raw = filling.propose("result", "固态电解质膜\n简介：能成膜。\n三、工艺参数\n线速度 3 m/s。")
    assert raw["title"] == "固态电解质膜" and raw["summary"] == "能成膜。"
    assert "线速度" in raw["details"] and "线速度" not in raw["summary"]


def test_who_may_continue_a_draft_is_the_same_in_both_forms(make: Factory, log_in: LogIn) -> None:
    organisation, other = make.organisation(), make.organisation()
    people = [make.person(organisation, role) for role in MembershipRole]
    people += [make.person(other, role) for role in MembershipRole] + [make.officer()]
    for person in (people[0], people[4]):  # one who writes, and the organisation's broker
        begin(log_in(person.email), "demand")
    drafts = db.session.scalars(select(Draft)).all()
    assert len(drafts) == 2
    for person in people:
        reader = reader_of(db.session.merge(person))
        found = set(db.session.scalars(select(Draft).where(policy.editable(reader))))
        assert found == {draft for draft in drafts if policy.can_edit(reader, draft)}
    writer, reviewer = reader_of(people[1]), reader_of(people[2])
    assert all(policy.can_edit(writer, draft) for draft in drafts)
    assert not any(policy.can_edit(reviewer, draft) for draft in drafts)


def test_who_has_no_organisation_is_shown_how_to_join(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.person().email)
    page = client.post("/results/new").get_data(as_text=True)
    assert "/organisations/join" in page
    assert db.session.scalars(select(Draft)).all() == []


def test_drafts_wait_on_the_desk(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    fill(client, begin(client, "demand"), {"title": "写了一半的需求"})
    with transaction() as session:
        lines = waiting_for(session, reader_of(session.merge(person)))
    assert [(line.verb, line.title) for line in lines] == [("继续填写", "写了一半的需求")]


def test_suggestions_are_texts_that_the_form_takes(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    assert "天津市（12）" in client.get("/drafts/choices/region?q=天津").get_json()
    assert "天津市（12）" in client.get("/drafts/choices/region?q=tianjin").get_json()
    assert client.get("/drafts/choices/industry?q=").get_json() == []
    named = client.get("/drafts/choices/organisation?q=测试").get_json()
    assert named and set(client.get("/drafts/choices/organisation?q=ceshi").get_json()) <= set(named)
    assert client.get("/drafts/choices/organisation?q=ceshi").get_json()
    assert client.get("/drafts/choices/organisation?q=xqzzz").get_json() == []
