"""An enterprise comes to the site and finds a partner without being named before it wants to be."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import BOTH_WIDTHS, OpenPage
from tests.e2e.contents import MATCHING_RESULT
from tests.e2e.steps import (
    INDEX_TIME,
    OFFICER_OF_TEDA,
    RESEARCHER,
    begin,
    fill_listing,
    found_enterprise,
    log_in,
    publish,
    register,
    send,
    unique,
    verify,
)

pytestmark = pytest.mark.e2e

MASKED = "企业名称已脱敏"


def wait_for_match(page: Page, need: str) -> None:
    """The worker indexes the need; its page then shows what may fit."""
    card = page.locator("#matches article", has_text=MATCHING_RESULT)
    for _ in range(int(INDEX_TIME)):
        page.goto(need)
        if card.count():
            return
        page.wait_for_timeout(1000)
    expect(card).to_be_visible()


def ask(page: Page) -> str:
    """申请对接 from the match, with the own need; the path of the request."""
    card = page.locator("#matches article", has_text=MATCHING_RESULT)
    card.get_by_role("link", name="申请对接").click()
    page.get_by_label("来意").fill("看中摆式发电和休眠控制，想在两座浮标上试一个冬天，费用面谈。")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("来意")
    return urlsplit(page.url).path


@BOTH_WIDTHS
def test_a_new_enterprise_posts_a_masked_need_and_meets_a_partner(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    mark = unique()
    name, short_name, person = f"穹顶{mark}测控有限公司", f"穹顶{mark}", f"温{mark}"
    address, title = f"wen-{mark}@qiongding.example", f"近海浮标波浪能供电与低功耗跟踪 {mark}"
    enterprise, officer = open_page("/", viewport=viewport), open_page("/", viewport=viewport)

    register(enterprise, person, address)
    found_enterprise(enterprise, name, short_name)
    log_in(officer, OFFICER_OF_TEDA)
    verify(officer, name)

    enterprise.goto("/my/organisation")
    expect(enterprise.locator("main header")).to_contain_text("已核验")
    begin(enterprise, "demand")
    fill_listing(enterprise, "demand", title, person)
    need = send(enterprise)
    publish(officer, "demand", title)
    wait_for_match(enterprise, need)
    introduction = ask(enterprise)

    partner = open_page("/", viewport=viewport)
    log_in(partner, RESEARCHER)
    for path in (need, "/introductions", introduction):
        partner.goto(path)
        expect(partner.locator("main")).to_contain_text(MASKED)
        assert all(word not in partner.content() for word in (name, short_name, person, address))
    partner.locator("#do-accept summary").click()
    partner.locator("#do-accept").get_by_role("button", name="接受对接").click()
    contacts = "section[aria-labelledby=contacts-title]"
    expect(partner.locator(contacts)).to_contain_text(address)
    expect(partner.locator(contacts)).to_contain_text(name)
    enterprise.goto(introduction)
    expect(enterprise.locator(contacts)).to_contain_text(RESEARCHER)
