"""What a visitor does: paste a need, upload a file, search on a phone; also without JavaScript."""

import io
import re

import docx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, OpenPage, no_sideways_scroll

pytestmark = pytest.mark.e2e

NEED = (
    "我们的煤化工浓盐水含盐量 5% 左右，想在蒸发结晶之前先把一价盐和二价盐分开并浓缩到 18% 以上，"
    "膜堆要耐有机物污染，吨水电耗不能太高。"
)
ANSWER = "高盐废水分盐浓缩用改性单价选择电渗析膜堆"


def first_card(page: Page) -> str:
    return page.locator("#match-answer article").first.inner_text()


def test_a_visitor_pastes_a_need_and_reads_why_the_first_match_fits(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("textbox", name="粘贴或写下文字").fill(NEED)
    page.get_by_role("button", name="开始匹配").click()
    expect(page.locator("#match-answer")).to_contain_text(ANSWER, timeout=30_000)
    card = first_card(page)
    assert ANSWER in card
    assert "强相关" in card and "较强相关以上的概率" in card  # how sure
    assert page.locator("#match-answer article mark").count() > 0  # shared words of the closest pair
    assert page.url.endswith("/")  # the answer came without leaving the page
    page.get_by_role("link", name=ANSWER).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ANSWER)
    expect(page.get_by_text("受控详情").first).to_be_visible()


def test_the_answers_are_there_again_after_reading_one(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("tab", name="我有需求").click()
    page.get_by_role("textbox", name="粘贴或写下文字").fill(NEED)
    page.get_by_role("button", name="开始匹配").click()
    page.get_by_role("link", name=ANSWER).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ANSWER)
    page.go_back()
    expect(page.locator("#match-answer article").first).to_contain_text(ANSWER, timeout=30_000)


def test_an_example_fills_the_box_and_is_answered(open_page: OpenPage) -> None:
    page = open_page("/")
    page.locator("[data-example] button").first.click()
    page.get_by_role("button", name="开始匹配").click()
    expect(page.locator("#match-answer article").first).to_be_visible(timeout=30_000)


def test_a_result_is_answered_by_needs(open_page: OpenPage) -> None:
    page = open_page("/match")
    page.get_by_role("tab", name="我有成果").click()
    page.get_by_role("textbox", name="粘贴或写下文字").fill(
        "AAV8 空壳与实心颗粒用弱阴离子层析和盐梯度分离，实心率提高到 90% 以上，收率 75%。"
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#match-answer")).to_contain_text("眼科AAV产品空壳比例偏高且纯化耗时", timeout=30_000)


def test_a_visitor_uploads_a_word_file(open_page: OpenPage) -> None:
    document = docx.Document()
    document.add_heading("技术需求", 1)
    for sentence in NEED.split("，"):
        document.add_paragraph(sentence)
    data = io.BytesIO()
    document.save(data)
    page = open_page("/match")
    page.locator("#match-file").set_input_files(
        {"name": "需求.docx", "mimeType": "application/octet-stream", "buffer": data.getvalue()}
    )
    expect(page.get_by_text("需求.docx")).to_be_visible()
    page.get_by_role("button", name="开始匹配").click()
    expect(page.locator("#match-answer")).to_contain_text(ANSWER, timeout=30_000)


def test_a_wrong_file_is_refused_beside_the_field_and_the_text_stays(open_page: OpenPage) -> None:
    page = open_page("/match")
    page.get_by_role("textbox", name="粘贴或写下文字").fill(NEED)
    page.locator("#match-file").set_input_files(
        {"name": "图.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(64)}
    )
    page.get_by_role("button", name="开始匹配").click()
    expect(page.get_by_text("格式").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("textbox", name="粘贴或写下文字")).to_have_value(NEED)


def test_a_search_is_filtered_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/search?kind=result", viewport=PHONE, has_touch=True, is_mobile=True)
    assert no_sideways_scroll(page)
    page.get_by_role("button", name="筛选").click()
    sheet = page.get_by_role("dialog", name="筛选")
    expect(sheet).to_be_visible()
    field = sheet.get_by_role("link", name=re.compile("^新能源"))
    number = re.sub(r"\D", "", field.locator(".count").inner_text())
    assert 8 <= int(number) <= 20  # one page
    field.click()
    expect(page).to_have_url(re.compile("field=newenergy"))
    page.goto(page.url)  # the address alone gives the same page
    expect(page.locator(".search-total")).to_have_text(f"{number} 项")
    assert page.locator("main article").count() == int(number)
    assert no_sideways_scroll(page)


def test_suggestions_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/search")
    box = page.get_by_role("combobox").first
    box.press_sequentially("电渗析", delay=30)
    expect(page.get_by_role("option").first).to_be_visible(timeout=10_000)
    box.press("ArrowDown")
    box.press("Enter")
    expect(page).to_have_url(re.compile("q=%E7"))


def test_english_finds_chinese(open_page: OpenPage) -> None:
    page = open_page("/search?q=electrodialysis+stack+for+separating+salts+from+brine&kind=result")
    top = page.locator("main article").all_inner_texts()[:3]
    assert any(ANSWER in card for card in top)


def test_everything_works_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    page.locator("textarea[name=text]").fill(NEED)
    page.get_by_role("button", name="开始匹配").click()
    assert ANSWER in first_card(page)
    page.goto("/search?kind=result")
    page.get_by_role("link", name=re.compile("^新能源 ")).first.click()
    assert "field=newenergy" in page.url


def test_an_empty_search_shows_ways_out(open_page: OpenPage) -> None:
    page = open_page("/search?kind=demand&field=rail&ip=plant")
    expect(page.get_by_role("link", name="去掉全部筛选条件")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/match", "/search?q=电池", "/login", "/styleguide", "/nothing-here"])
def test_pages_fit_a_phone(open_page: OpenPage, path: str) -> None:
    assert no_sideways_scroll(open_page(path, viewport=PHONE))
