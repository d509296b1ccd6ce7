"""The mails of a development site on a page, their links to click."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.db import transaction
from marketplace.inbox.mailbox import SHOWN, newest_mails, split_links
from marketplace.notifications.delivery import send_waiting
from marketplace.notifications.service import absolute, send_mail
from tests.guards.pages import Tags


def deliver(*mails: tuple[str, str]) -> None:
    with transaction() as session:
        for subject, body in mails:
            send_mail(session, "zhang@unit.example", subject, body)
    send_waiting()


def test_newest_first_with_links_to_click(app: Flask, client: FlaskClient) -> None:
    assert "还没有邮件" in client.get("/mailbox").get_data(as_text=True)
    with app.test_request_context():
        link = absolute("/confirm/abc?x=1")
    deliver(("第一封", "您好。"), ("确认邮箱", f"请点击：{link}。24 小时内有效。\n<script>"))
    page = client.get("/mailbox").get_data(as_text=True)
    assert page.index("确认邮箱") < page.index("第一封")
    assert "zhang@unit.example" in page and "&lt;script&gt;" in page
    assert link in [a.get("href") for a in Tags(page).of("a")]


def test_only_the_newest_are_shown(app: Flask) -> None:
    deliver(*((f"第{number}封", "文字") for number in range(SHOWN + 3)))
    shown = newest_mails(Path(app.extensions["settings"].instance_path) / "mailbox")
    assert [mail.subject for mail in shown] == [f"第{number}封" for number in range(SHOWN + 2, 2, -1)]


@pytest.mark.parametrize(
    ("body", "links"),
    [
        ("没有链接", []),
        ("查看：http://a.example/x，谢谢", ["http://a.example/x"]),
        (
            "https://a.example/x?y=1&z=2\nhttp://b.example",
            ["https://a.example/x?y=1&z=2", "http://b.example"],
        ),
        ("javascript:alert(1) ftp://a.example", []),
    ],
)
def test_links_end_where_the_text_goes_on(body: str, links: list[str]) -> None:
    parts = list(split_links(body))
    assert [text for text, is_link in parts if is_link] == links
    assert "".join(text for text, _ in parts) == body
