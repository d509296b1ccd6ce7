"""A member leaves and passes on; a broker enters a need that the enterprise confirms without an account."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import BOTH_WIDTHS, OpenPage
from tests.e2e.steps import (
    BROKER,
    OFFICER_OF_TEDA,
    REVIEWER,
    REVIEWER_NAME,
    begin,
    edit,
    fill,
    fill_listing,
    log_in,
    mailed_path,
    open_in_queue,
    open_review,
    register,
    send,
    submit_result,
    unique,
)

pytestmark = pytest.mark.e2e


@BOTH_WIDTHS
def test_who_leaves_passes_on_the_listings_and_sees_no_draft(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    mark = unique()
    name, address, title = f"柏{mark}", f"bai-{mark}@binan-tech.example", f"硅藻低温断面定位方法 {mark}"
    member, administrator = open_page("/", viewport=viewport), open_page("/", viewport=viewport)
    register(member, name, address)
    log_in(administrator, REVIEWER)
    administrator.goto("/my/organisation/invite")
    administrator.get_by_label("邮箱").fill(address)
    administrator.get_by_label("科研人员").check()
    administrator.get_by_role("button", name="发送邀请").click()
    expect(administrator.locator("main")).to_contain_text(address)
    member.goto("/organisations/join")
    member.get_by_role("link", name="查看邀请").click()
    member.locator("#consent").check()
    member.get_by_role("button", name="接受邀请").click()
    expect(member.get_by_text("您已加入单位")).to_be_visible()

    path = submit_result(member, title, name)
    begin(member, "result")
    draft = member.url
    fill(member, {"title": f"硅藻低温断面未完稿 {mark}"})
    member.get_by_role("button", name="保存草稿").last.click()
    expect(member.get_by_text("草稿已保存")).to_be_visible()

    member.goto("/my/organisation")
    member.get_by_role("link", name="离开单位").click()
    expect(member.locator("main")).to_contain_text(title)
    member.locator("#general").select_option(label=REVIEWER_NAME)
    member.get_by_role("button", name="离开单位").click()
    expect(member.get_by_text("您已离开该单位")).to_be_visible()
    for address_of_the_organisation in (draft, path):
        answer = member.goto(address_of_the_organisation)
        assert answer is not None and answer.status == 404
    member.goto("/drafts")
    expect(member.locator("main")).not_to_contain_text(mark)

    administrator.goto("/drafts")
    administrator.get_by_role("link", name=f"硅藻低温断面未完稿 {mark}").click()
    expect(administrator.locator("#draft-form")).to_be_visible()
    open_review(administrator, title)
    administrator.locator("#send-back textarea").fill("联系人已离职，请核对后再提交。")
    administrator.get_by_role("button", name="退回修改").click()
    edit(administrator, path)
    expect(administrator.locator("[name=contact] option:checked")).to_have_text(REVIEWER_NAME)


@BOTH_WIDTHS
def test_a_need_entered_by_a_broker_is_confirmed_by_the_mailed_link(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    mark = unique()
    name, address, title = f"砺石{mark}仪器有限公司", f"office-{mark}@lishi.example", f"浮标晃动取能 {mark}"
    broker, enterprise, officer = (open_page("/", viewport=viewport) for _ in range(3))
    log_in(broker, BROKER)
    broker.goto("/demands/new")
    broker.get_by_role("link", name="代企业填写需求").click()
    broker.get_by_text("没有找到，登记一家新企业").click()
    broker.get_by_label("企业全称").fill(name)
    broker.get_by_label("简称").fill(f"砺石{mark}")
    broker.get_by_label("所在功能区").select_option("teda")
    broker.get_by_role("button", name="开始填写").click()
    fill_listing(broker, "demand", title, disclosure="open", confirmation_email=address)
    send(broker)
    expect(broker.get_by_text("确认链接已寄给企业")).to_be_visible()

    enterprise.goto(mailed_path(address, "/confirm/"))
    expect(enterprise.locator("main")).to_contain_text(title)
    enterprise.get_by_role("button", name="确认提交").click()  # nothing said yet
    expect(enterprise.locator("#name-error")).to_be_in_viewport()
    expect(enterprise.locator("#secrecy .field-error")).to_be_visible()
    enterprise.get_by_label("确认人姓名").fill("骆石")
    enterprise.locator("[name=secrecy][value=public]").check()
    enterprise.locator("[name=nothing_classified]").check()
    enterprise.locator("[name=consent]").check()
    enterprise.get_by_role("button", name="确认提交").click()
    expect(enterprise.locator("main")).to_contain_text("骆石 已于")
    log_in(officer, OFFICER_OF_TEDA)
    open_in_queue(officer, "demand", title)
    expect(officer.locator(".queue-item")).to_contain_text(name)
