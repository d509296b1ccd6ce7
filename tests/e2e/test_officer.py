"""An officer works through the queue with keys; a visitor reports an error and follows it by its link."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, OpenPage, no_sideways_scroll
from tests.e2e.steps import log_in

pytestmark = pytest.mark.e2e

OFFICER = "zhu-yunping@bureau.example"
TEXT = "第二项指标的单位写错了，应为瓦时每千克。"


def report(page: Page) -> str:
    """File a report on the first result; the address of its tracking page."""
    page.goto("/search?kind=result")
    page.locator("main article .listing-title a").first.click()
    page.get_by_role("link", name="纠错 / 举报").click()
    page.get_by_label("信息有误").check()
    page.get_by_label("具体情况").fill(TEXT)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("JB-")
    return page.url


def test_a_report_is_answered_in_the_queue_and_followed_by_its_link(open_page: OpenPage) -> None:
    visitor, officer = open_page("/", viewport=PHONE), open_page("/")
    address = report(visitor)
    assert no_sideways_scroll(visitor)
    log_in(officer, OFFICER)
    officer.goto("/queue?kind=report")
    officer.locator(".queue-row a").last.click()
    expect(officer.locator(".queue-content")).to_contain_text(TEXT)
    officer.get_by_role("button", name=re.compile("感谢您的反映")).click()
    expect(officer.get_by_label("答复内容")).to_have_value(re.compile("感谢您的反映"))
    officer.get_by_role("button", name="答复", exact=True).click()
    expect(officer.locator("[data-toast]")).to_contain_text("已答复")
    visitor.goto(address)
    expect(visitor.locator("main")).to_contain_text("感谢您的反映")


def test_keys_walk_through_the_queue_and_nothing_typed_is_lost(open_page: OpenPage) -> None:
    visitor, page = open_page("/"), open_page("/")
    report(visitor)
    report(visitor)
    log_in(page, OFFICER)
    page.goto("/queue?kind=report")
    page.keyboard.press("j")
    page.wait_for_url(re.compile(r"/queue/\w{10}\?kind=report"))
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("?")
    expect(page.locator("#key-help")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#key-help")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("jka begun")  # letters of the keys are only letters here
    expect(page.locator("[data-note-state]")).to_contain_text("已保存")
    assert page.url == first
    page.goto("/queue")
    page.goto(first)
    expect(page.locator("#note")).to_have_value("jka begun")
    page.locator("h1").click()
    page.keyboard.press("a")  # words were begun: the first A only stands on the button
    expect(page.locator("[data-approve]")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[data-toast]")).to_contain_text("已答复")
    assert page.url != first


def test_the_queue_prints_whole_and_an_open_item_alone(open_page: OpenPage) -> None:
    page = open_page("/")
    log_in(page, OFFICER)
    page.goto("/queue")
    page.emulate_media(media="print")
    rows = page.locator(".queue-list")
    assert rows.evaluate("e => e.scrollHeight <= e.clientHeight")  # nothing scrolls on paper
    for never in (".queue-filters", ".queue-batch", ".queue-item"):
        expect(page.locator(never)).to_be_hidden()
    page.goto(str(page.locator(".queue-row a").first.get_attribute("href")))
    expect(page.locator(".queue-item h1, .queue-item h2").first).to_be_visible()
    for never in (".queue-list", "#decision-form"):
        expect(page.locator(never)).to_be_hidden()


def test_on_the_phone_the_list_leads_to_the_item_and_back(open_page: OpenPage) -> None:
    report(open_page("/"))
    page = open_page("/", viewport=PHONE)
    log_in(page, OFFICER)
    page.goto("/queue")
    assert no_sideways_scroll(page)
    page.locator(".queue-row a").first.click()
    expect(page.locator(".queue-list")).to_be_hidden()
    expect(page.locator("#decision")).to_be_visible()
    assert no_sideways_scroll(page)
    page.get_by_role("link", name="回到列表").click()
    expect(page.locator(".queue-list")).to_be_visible()
