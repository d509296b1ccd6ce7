"""A logged-in person sees what a visitor must not, and only that."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, OpenPage
from tests.e2e.steps import log_in

pytestmark = pytest.mark.e2e

# Needs of the sample data: one that 滨岸理工大学 may read, and one that it may not.
TITLE = "环氧树脂聚合终点的在线估计与放料时机判断"
OF_OTHERS = "淡化水并网后管道黄水与铁释放控制"
MASKED = "远程业务电话中AI仿冒声音的实时识别"


def cards(page: Page) -> list[str]:
    return page.locator("main article").all_inner_texts()


def test_a_member_sees_a_directed_need_that_a_visitor_must_not(open_page: OpenPage) -> None:
    visitor, member = open_page("/"), open_page("/")
    log_in(member, "tan-yuheng@binan-tech.example")
    for page in (visitor, member):
        page.goto(f"/search?kind=demand&q={TITLE}")
    assert any(TITLE in card for card in cards(member))
    assert not any(TITLE in card for card in cards(visitor))
    member.locator("main article").get_by_role("link", name=TITLE).first.click()
    expect(member.get_by_role("heading", level=1)).to_contain_text(TITLE)
    answer = visitor.goto(member.url)
    assert answer is not None and answer.status == 404
    expect(visitor.locator("main")).not_to_contain_text(TITLE)


def test_a_member_of_another_organisation_sees_no_more_than_a_visitor(open_page: OpenPage) -> None:
    page = open_page("/")
    log_in(page, "tan-yuheng@binan-tech.example")
    page.goto(f"/search?kind=demand&q={OF_OTHERS}")
    assert not any(OF_OTHERS in card for card in cards(page))


def test_a_masked_need_names_its_enterprise_to_nobody_outside(open_page: OpenPage) -> None:
    page = open_page(f"/search?kind=demand&q={MASKED}")
    page.locator("main article").get_by_role("link", name=MASKED).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(MASKED)
    expect(page.locator("main")).to_contain_text("企业名称已脱敏")
    assert page.locator("main a[href^='/organisations/']", has_text="企业名称已脱敏").count() == 0


def test_a_sample_account_is_one_click_away_in_development(open_page: OpenPage) -> None:
    page = open_page("/login", viewport=PHONE)
    page.locator("[data-sample-email]").first.click()
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("您已登录")).to_be_visible()


def test_a_wrong_password_keeps_the_address(open_page: OpenPage) -> None:
    page = open_page("/login", viewport=DESKTOP)
    page.get_by_label("邮箱").fill("tan-yuheng@binan-tech.example")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("邮箱或密码不正确")).to_be_visible()
    expect(page.get_by_label("邮箱")).to_have_value("tan-yuheng@binan-tech.example")


def test_logging_out_ends_the_session(open_page: OpenPage) -> None:
    page = open_page("/")
    log_in(page, "tan-yuheng@binan-tech.example")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()
