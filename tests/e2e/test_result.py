"""A result on its way: 单位审核, the officer, found; returned and mended; its controlled part read."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from marketplace.core import clock
from tests.e2e.conftest import BOTH_WIDTHS, OpenPage
from tests.e2e.contents import RESULT
from tests.e2e.steps import (
    INDEX_TIME,
    OFFICER,
    RESEARCHER,
    REVIEWER,
    approve_in_house,
    edit,
    log_in,
    open_in_queue,
    open_review,
    publish,
    send,
    submit_result,
    unique,
)

pytestmark = pytest.mark.e2e

ASKER, ASKER_NAME = "ge-xiaoman@tingyun-voice.example", "葛晓曼"
REASON = "减薄厚度的测试方法没有写，请补在指标一栏。"


def wait_until_found(page: Page, title: str) -> None:
    for _ in range(int(INDEX_TIME)):
        page.goto(f"/search?kind=result&q={title}")
        if page.locator("main article", has_text=title).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"not found by the search: {title}")


@BOTH_WIDTHS
def test_a_result_is_reviewed_published_and_found(open_page: OpenPage, viewport: dict[str, int]) -> None:
    title = f"活体硅藻冷冻减薄制样工艺 {unique()}"
    researcher, reviewer, officer, visitor = (open_page("/", viewport=viewport) for _ in range(4))
    log_in(researcher, RESEARCHER)
    path = submit_result(researcher, title)
    answer = visitor.goto(path)
    assert answer is not None and answer.status == 404
    log_in(reviewer, REVIEWER)
    approve_in_house(reviewer, title)
    log_in(officer, OFFICER)
    publish(officer, "result", title)
    wait_until_found(visitor, title)
    visitor.locator("main article").get_by_role("link", name=title).first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(title)
    expect(visitor.locator("main")).not_to_contain_text(RESULT["details"])


@BOTH_WIDTHS
def test_a_returned_result_is_mended_and_sent_again(open_page: OpenPage, viewport: dict[str, int]) -> None:
    title = f"活体硅藻冷冻减薄制样流程 {unique()}"
    researcher, reviewer, officer = (open_page("/", viewport=viewport) for _ in range(3))
    log_in(researcher, RESEARCHER)
    path = submit_result(researcher, title)
    log_in(reviewer, REVIEWER)
    approve_in_house(reviewer, title)
    log_in(officer, OFFICER)
    open_in_queue(officer, "result", title)
    officer.get_by_role("button", name="退回修改").click()  # without a reason
    expect(officer.locator("#note-error")).to_be_visible()
    officer.locator("#note").fill(REASON)
    officer.get_by_role("button", name="退回修改").click()
    expect(officer.locator("[data-toast]")).to_be_visible()

    researcher.goto("/inbox")
    expect(researcher.locator("main")).to_contain_text(title)
    researcher.goto(path)
    expect(researcher.locator("#life")).to_contain_text(REASON)
    edit(researcher, path)
    researcher.locator("[name=indicators-0-condition]").fill("透射电镜断面测厚")
    assert send(researcher) == path
    open_review(reviewer, title)
    expect(reviewer.locator("#changes")).to_contain_text("透射电镜断面测厚")
    approve_in_house(reviewer, title)
    open_in_queue(officer, "result", title)
    expect(officer.locator(".queue-item")).to_contain_text("透射电镜断面测厚")


@BOTH_WIDTHS
def test_controlled_details_are_asked_for_granted_and_read_on_record(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    title = f"活体硅藻冷冻减薄制样装置 {unique()}"
    owner, reviewer, officer, asker = (open_page("/", viewport=viewport) for _ in range(4))
    log_in(owner, RESEARCHER)
    path = submit_result(owner, title)
    log_in(reviewer, REVIEWER)
    approve_in_house(reviewer, title)
    log_in(officer, OFFICER)
    publish(officer, "result", title)

    log_in(asker, ASKER)
    asker.goto(path)
    expect(asker.locator("main")).not_to_contain_text(RESULT["details"])
    asker.locator("#details .hidden-note a").click()
    asker.get_by_label("用途").fill("评估在本公司藻种保藏线上试用，须先了解脱水时间和镀层要求。")
    asker.get_by_role("button", name="提交申请").click()
    expect(asker.locator(".status-line")).to_contain_text("对方")

    owner.goto("/details")
    owner.get_by_role("link", name=title).first.click()
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    owner.get_by_label("授权至").fill(until)
    owner.get_by_role("button", name="授权查阅").click()
    expect(owner.locator(".status-line")).to_contain_text("授权至")

    asker.reload()
    asker.get_by_role("link", name="查阅受控内容").click()
    expect(asker.locator("main")).to_contain_text(RESULT["details"])
    owner.goto(f"{path}/readings")
    expect(owner.locator("main tbody tr", has_text=ASKER_NAME)).to_have_count(
        1
    )  # the officer's stands there too
