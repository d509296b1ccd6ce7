"""The inbox: one's own notices only, newest first; opening one leads on; nothing changes by looking."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.current import ACTING_FOR
from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.inbox.service import PAGE
from marketplace.notifications.choices import MailWish
from marketplace.notifications.models import Notice
from marketplace.notifications.service import mail_wish, notify
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.service import add_member
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]


def tell(
    person: Person, *titles: str, path: str = "/search", organisation_id: int | None = None
) -> list[str]:
    """Notices one after the other; their public ids."""
    with transaction() as session:
        for title in titles:
            notify(session, [person.id], title, f"{title}的正文", path, organisation_id=organisation_id)
        return [n.public_id for n in session.query(Notice).filter(Notice.title.in_(titles))]


def titles(page: str) -> list[str]:
    return re.findall(r'class="notice-open"[^>]*>\s*(?:<span[^>]*>未读：</span>)?\s*(\S+)', page)


def text(client: FlaskClient, path: str = "/inbox") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def unread(person: Person) -> set[str]:
    db.session.rollback()
    found = {n.title for n in db.session.query(Notice).filter_by(person_id=person.id, read_at=None)}
    db.session.rollback()
    return found


def test_one_sees_ones_own_newest_first(make: Factory, log_in: LogIn) -> None:
    me, other = make.person(), make.person()
    tell(me, "第一条", "第二条")
    tell(other, "别人的")
    page = text(log_in(me.email))
    assert titles(page) == ["第二条", "第一条"]
    assert "第一条的正文" in page and "别人的" not in page


def test_an_empty_inbox_says_what_it_is_for(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.person().email)
    assert "还没有通知" in text(client)
    assert "没有未读通知" in text(client, "/inbox?show=unread")
    assert "全部标为已读" not in text(client)


def test_pages_by_the_last_one_seen(make: Factory, log_in: LogIn) -> None:
    me = make.person()
    names = [f"第{number}条" for number in range(PAGE + 5)]
    tell(me, *names)
    client = log_in(me.email)
    first = text(client)
    assert titles(first) == names[:4:-1]
    older = re.search(r'href="(/inbox\?before=\w+)">更早', first)
    assert older is not None
    tell(me, "其间新到")  # moves nothing on the second page
    second = text(client, older[1])
    assert titles(second) == names[4::-1] and "更早的通知" not in second


def test_the_cursor_of_another_person_is_unknown(make: Factory, log_in: LogIn) -> None:
    [theirs] = tell(make.person(), "别人的")
    assert log_in(make.person().email).get(f"/inbox?before={theirs}").status_code == 404


def test_looking_reads_nothing_and_opening_does(make: Factory, log_in: LogIn) -> None:
    me = make.person()
    first, _ = tell(me, "第一条", "第二条", path="/results/2222222222?tab=1#history")
    client = log_in(me.email)
    text(client)
    assert unread(me) == {"第一条", "第二条"}
    opened = client.post(f"/inbox/{first}/open")
    assert (opened.status_code, opened.location) == (303, "/results/2222222222?tab=1#history")
    assert unread(me) == {"第二条"}
    assert titles(text(client, "/inbox?show=unread")) == ["第二条"]
    assert titles(text(client)) == ["第二条", "第一条"]


@pytest.mark.parametrize("path", ["", "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere"])
def test_a_notice_without_a_page_of_this_site_leads_back_to_the_inbox(
    make: Factory, log_in: LogIn, path: str
) -> None:
    me = make.person()
    [notice] = tell(me, "第一条", path=path)
    assert log_in(me.email).post(f"/inbox/{notice}/open").location == "/inbox"


def test_the_notice_of_another_cannot_be_opened(make: Factory, log_in: LogIn) -> None:
    other = make.person()
    [notice] = tell(other, "别人的")
    assert log_in(make.person().email).post(f"/inbox/{notice}/open").status_code == 404
    assert unread(other) == {"别人的"}


def test_opening_acts_for_the_organisation_it_is_for(make: Factory, log_in: LogIn) -> None:
    first, second = make.organisation(short_name="第一单位"), make.organisation(short_name="第二单位")
    stranger = make.organisation(short_name="无关单位")
    me = make.person(first)
    with transaction() as session:
        add_member(session, session.merge(second), session.merge(me), MembershipRole.RESEARCHER)
    [mine] = tell(me, "给第一单位", organisation_id=first.id)
    [others] = tell(me, "给第二单位", organisation_id=second.id)
    [foreign] = tell(me, "曾经的单位", organisation_id=stranger.id)
    client = log_in(me.email)
    page = text(client)
    assert "打开后代表 第二单位" in page and "打开后代表 第一单位" not in page and "无关单位" not in page
    client.post(f"/inbox/{others}/open")
    assert "代表 第二单位" in text(client, "/search")
    client.post(f"/inbox/{foreign}/open")
    with client.session_transaction() as cookie:
        assert cookie[ACTING_FOR] == second.id
    client.post(f"/inbox/{mine}/open")
    assert "代表 第一单位" in text(client, "/search")


def test_all_read_and_back_again(make: Factory, log_in: LogIn) -> None:
    me, other = make.person(), make.person()
    first, *_ = tell(me, "第一条", "第二条", "第三条")
    tell(other, "别人的")
    client = log_in(me.email)
    client.post(f"/inbox/{first}/open")
    done = client.post("/inbox/read", follow_redirects=True).get_data(as_text=True)
    assert "已将 2 条通知标为已读" in done and unread(me) == set() and unread(other) == {"别人的"}
    undo = re.search(r'action="(/inbox/read/\d+/undo)"', done)
    assert undo is not None
    assert "标为已读。" not in text(client)  # said once
    log_in(other.email).post(undo[1])  # another's undo touches nothing of mine
    assert unread(me) == set()
    assert client.post(undo[1]).status_code == 303
    assert unread(me) == {"第二条", "第三条"}  # the one opened before stays read
    for wrong in ("x", "9" * 40, "-1"):
        client.post(f"/inbox/read/{wrong}/undo")
    assert unread(me) == {"第二条", "第三条"}


def test_the_bell_counts_what_is_unread(make: Factory, log_in: LogIn, client: FlaskClient) -> None:
    me = make.person()
    mine = log_in(me.email)
    assert 'aria-label="通知，没有未读"' in text(mine, "/search")
    tell(me, "第一条", "第二条")
    assert 'aria-label="通知，2 条未读"' in text(mine, "/search")
    tell(me, *(f"通知{number}" for number in range(120)))
    assert 'aria-label="通知，99 条以上未读"' in text(mine, "/search")
    assert "bell" not in text(client, "/search")


def test_the_choice_of_mail_is_kept_and_a_wrong_one_is_said_beside_it(make: Factory, log_in: LogIn) -> None:
    me = make.person()
    client = log_in(me.email)
    for data in ({}, {"wish": "nonsense"}):
        refused = client.post("/inbox/mail", data=data)
        assert refused.status_code == 422 and "请选择一项" in refused.get_data(as_text=True)
    assert client.post("/inbox/mail", data={"wish": "urgent"}).status_code == 303
    assert re.search(r'value="urgent"\s+checked', text(client))
    assert mail_wish(db.session, me.id) is MailWish.URGENT


def test_a_time_is_told_as_people_say_it(make: Factory, log_in: LogIn) -> None:
    me = make.person()
    with clock.frozen(clock.now() - timedelta(days=3)):
        tell(me, "三天前的事")
    assert "3 天前" in text(log_in(me.email))


def test_what_stands_in_a_notice_is_text(make: Factory, log_in: LogIn) -> None:
    me = make.person()
    tell(me, "<b>粗体</b>")
    assert "&lt;b&gt;粗体&lt;/b&gt;的正文" in text(log_in(me.email))
