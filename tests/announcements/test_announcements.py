"""通知公告 and 政策: written by the district's officers, found by everybody."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from marketplace.announcements import service
from marketplace.announcements.choices import AnnouncementKind, AnnouncementStatus
from marketplace.announcements.models import Announcement
from marketplace.announcements.service import AnnouncementFilter
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db
from tests.factories import Factory, OfficerLevel

LogIn = Callable[[str], FlaskClient]
GOOD = {
    "kind": "policy",
    "title": "示例：成果转化补助办法",
    "issuer": "示例科技管理部门",
    "document_number": "示例〔2026〕3 号",
    "body": "## 第一条\n\n促成**合作**的可以申请补助。",
    "effective_until": "2027-12-31",
    "version": "1",
}


def row() -> Announcement:
    db.session.rollback()
    return db.session.query(Announcement).one()


def saved(client: FlaskClient, **values: object) -> Announcement:
    answer = client.post("/notices/new", data=GOOD | values, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return row()


def test_a_draft_is_kept_previewed_and_published(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    officer = log_in(make.officer().email)
    draft = saved(officer, title="只有标题的草稿", body="", issuer="")
    edit, detail = f"/notices/{draft.public_id}/edit", f"/notices/{draft.public_id}"
    assert client.get(detail).status_code == 404
    assert "只有标题的草稿" in officer.get("/notices/manage").get_data(as_text=True)
    early = officer.post(f"{detail}/move", data={"action": "publish"})
    assert early.headers["Location"] == edit
    assert "发布前请填写正文、发文单位。" in officer.get(edit).get_data(as_text=True)
    preview = officer.post(edit, data=GOOD | {"then": "preview"})
    assert preview.headers["Location"] == f"{edit}?preview=1#preview"
    assert "<strong>合作</strong>" in officer.get(f"{edit}?preview=1").get_data(as_text=True)
    assert officer.post(f"{detail}/move", data={"action": "publish"}).headers["Location"] == detail
    page = client.get(detail).get_data(as_text=True)
    for text in ("示例：成果转化补助办法", "示例〔2026〕3 号", "2027年12月31日", "<strong>合作</strong>"):
        assert text in page
    assert "示例：成果转化补助办法" in client.get("/policies").get_data(as_text=True)
    assert "示例：成果转化补助办法" not in client.get("/notices").get_data(as_text=True)
    assert "示例：成果转化补助办法" in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": " "}, "请填写标题"),
        ({"title": "长" * 121}, "最多 120 个字"),
        ({"kind": "nonsense"}, "请选择类别"),
        ({"issuer": "长" * 121}, "最多 120 个字"),
        ({"document_number": "长" * 61}, "最多 60 个字"),
        ({"body": "长" * 50_001}, "最多 50000 个字"),
        ({"effective_until": "31.12."}, "日期格式不正确"),
        ({"files": (BytesIO(b"MZ"), "x.exe")}, "不支持“.exe”格式"),
        ({"files": (BytesIO(b"no pdf"), "x.pdf")}, "文件内容与扩展名不符"),
    ],
)
def test_each_wrong_field_is_named_beside_it_and_the_rest_is_kept(
    make: Factory, log_in: LogIn, wrong: dict[str, object], message: str
) -> None:
    client = log_in(make.officer().email)
    answer = client.post("/notices/new", data=GOOD | wrong, content_type="multipart/form-data")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and message in page
    kept = {name for name in ("title", "issuer", "document_number") if name not in wrong}
    assert all(GOOD[name] in page for name in kept)
    assert db.session.query(Announcement).count() == 0


def test_two_tabs_do_not_overwrite_each_other(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.officer().email)
    edit = f"/notices/{saved(client).public_id}/edit"
    assert client.post(edit, data=GOOD | {"title": "先存的标题"}).status_code == 302
    late = client.post(edit, data=GOOD | {"title": "后存的标题"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409 and "已在别处修改" in page and "后存的标题" in page
    assert row().title == "先存的标题"


def test_a_change_of_what_is_published_is_recorded_and_must_stay_whole(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.officer().email)
    found = make.announcement()
    edit = f"/notices/{found.public_id}/edit"
    empty = client.post(edit, data=GOOD | {"body": " "})
    assert empty.status_code == 422 and "已发布的公告须有正文" in empty.get_data(as_text=True)
    assert client.post(edit, data=GOOD).status_code == 302
    assert db.session.query(AuditRecord).filter_by(action="announcement.change").count() == 1


def test_withdrawing_needs_a_reason_and_hides_it(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    officer = log_in(make.officer().email)
    found = make.announcement()
    detail = f"/notices/{found.public_id}"
    officer.post(f"{detail}/move", data={"action": "withdraw", "reason": " "})
    assert row().status is AnnouncementStatus.PUBLISHED
    officer.post(f"{detail}/move", data={"action": "withdraw", "reason": "内容有误"})
    assert client.get(detail).status_code == 404
    assert found.title not in client.get("/notices").get_data(as_text=True)
    assert "公众看不到" in officer.get(detail).get_data(as_text=True)
    officer.post(f"{detail}/move", data={"action": "reopen"})
    assert row().status is AnnouncementStatus.DRAFT


@pytest.mark.parametrize("level", [OfficerLevel.SUPERVISOR, OfficerLevel.ZONE, None])
def test_only_the_district_writes(make: Factory, log_in: LogIn, level: OfficerLevel | None) -> None:
    zone = "teda" if level is OfficerLevel.ZONE else None
    person = make.officer(level, zone) if level else make.person()
    client, found = log_in(person.email), make.announcement()
    assert client.post("/notices/new", data=GOOD).status_code == 403
    assert client.post(f"/notices/{found.public_id}/edit", data=GOOD).status_code == 404
    assert client.post(f"/notices/{found.public_id}/move", data={"action": "withdraw"}).status_code == 404
    assert row().title == found.title


def test_files_are_added_sent_and_removed(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    officer = log_in(make.officer().email)
    found = saved(officer, files=[(BytesIO(b"one"), "附件一.txt"), (BytesIO(b"two"), "附件二.txt")])
    assert [link.attachment.title for link in found.files] == ["附件一.txt", "附件二.txt"]
    first = found.files[0].attachment.public_id
    path = f"/notices/{found.public_id}/files/{first}"
    assert client.get(path).status_code == 404  # a draft
    officer.post(f"/notices/{found.public_id}/move", data={"action": "publish"})
    with client.get(path) as sent:
        assert sent.data == b"one" and "attachment" in sent.headers["Content-Disposition"]
    other = make.announcement()
    assert client.get(f"/notices/{other.public_id}/files/{first}").status_code == 404
    edit = f"/notices/{found.public_id}/edit"
    officer.post(edit, data=GOOD | {"remove": first, "version": "1"})
    assert client.get(path).status_code == 404


def test_every_word_must_stand_in_title_or_body(make: Factory, client: FlaskClient) -> None:
    make.announcement(title="新能源对接会报名", body="面向**电池**企业，线上参加。")
    make.announcement(title="生物医药对接会报名", body="面向医药企业。")
    page = client.get("/notices?q=对接会 电池").get_data(as_text=True)
    assert "新能源" in page and "生物医药" not in page
    assert "<mark>电池</mark>" in page and "**" not in page
    assert "没有找到符合条件的通知公告" in client.get("/notices?q=航天").get_data(as_text=True)
    assert client.get("/notices?q=%25_%5C&year=x&after=x").status_code == 200


def test_pinned_first_then_the_newest_page_by_page(
    make: Factory, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    start = datetime(2025, 3, 1, tzinfo=clock.SHANGHAI)
    for day in range(4):
        with clock.frozen(start + timedelta(days=day)):
            make.announcement(title=f"第{day}天的公告", pinned=day == 1)
    seen: list[str] = []
    after = ""
    while True:
        page = service.published(db.session, AnnouncementFilter(), after)
        seen += [found.title for found in page.rows]
        if page.cursor is None:
            break
        after = page.cursor
    assert seen == ["第1天的公告", "第3天的公告", "第2天的公告", "第0天的公告"]
    second = client.get("/notices").get_data(as_text=True)
    assert "下一页" in second and "第0天" not in second


def test_a_year_begins_in_shanghai(make: Factory, client: FlaskClient) -> None:
    for moment, title in (
        (datetime(2026, 1, 1, 0, 30, tzinfo=clock.SHANGHAI), "新年第一份公告"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=clock.SHANGHAI), "旧年最后一份公告"),
    ):
        with clock.frozen(moment):
            make.announcement(title=title)
    page = client.get("/notices?year=2026").get_data(as_text=True)
    assert "新年第一份公告" in page and "旧年最后一份公告" not in page
    assert service.years(db.session) == [2026, 2025]


def test_what_is_no_longer_in_force_says_so(make: Factory, client: FlaskClient) -> None:
    over = make.announcement(kind=AnnouncementKind.POLICY, effective_until=date(2020, 1, 1))
    assert "已过有效期" in client.get(f"/notices/{over.public_id}").get_data(as_text=True)
    assert "已过有效期" in client.get("/policies").get_data(as_text=True)
