"""What people write as Markdown: shown safely, searched as plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from marketplace.core.markdown import ATTRIBUTES, TAGS, plain_text, render_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![图](https://elsewhere.example/x.png)",
    "[点我](javascript:alert(1))",
    "[点我](data:text/html;base64,PHNjcmlwdD4=)",
    "<a href='https://elsewhere.example' onclick='x()'>链接</a>",
    "<iframe src='//elsewhere.example'></iframe>",
    "`<b>`\n\n    <svg onload=x>",
]


def is_safe(rendered: str) -> bool:
    for element in html.fragment_fromstring(rendered, create_parent="div").iterdescendants():
        if element.tag not in TAGS:
            return False
        allowed = ATTRIBUTES.get(str(element.tag), set()) | {"rel"}
        if not set(element.attrib) <= allowed:
            return False
        if not element.get("href", "https:").startswith(("http:", "https:", "mailto:", "/", "#")):
            return False
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_left(text: str) -> None:
    rendered = str(render_markdown(text))
    assert is_safe(rendered), rendered
    assert "<img" not in rendered and "<script" not in rendered


@given(st.text(alphabet="<>[]()!`*_#&\"'=/:javscriptonerhf \n中文"))
def test_random_text_is_safe_and_never_fails(text: str) -> None:
    assert is_safe(str(render_markdown(text)))
    plain_text(text)


def test_headings_stand_below_those_of_the_page() -> None:
    assert "<h3>工艺</h3>" in render_markdown("# 工艺")
    assert "<h6>细节</h6>" in render_markdown("##### 细节")


def test_links_are_not_followed_by_search_engines() -> None:
    assert 'rel="nofollow noopener noreferrer"' in render_markdown("[国标](https://std.example/)")


def test_lists_tables_and_line_breaks_are_kept() -> None:
    rendered = render_markdown("第一行\n第二行\n\n- 甲\n- 乙\n\n|指标|值|\n|---|---|\n|厚度|25 μm|")
    assert "第一行<br>" in rendered and "<li>甲</li>" in rendered and "<td>25 μm</td>" in rendered


def test_plain_text_has_the_words_without_the_marks() -> None:
    text = "## 创新点\n\n**无溶剂**压延，见[报告](https://a.example)。\n\n- 厚度 25 μm\n- 强度 ≥ 30 MPa"
    assert plain_text(text) == "创新点\n无溶剂压延，见报告。\n厚度 25 μm\n强度 ≥ 30 MPa"
    assert plain_text("  \n") == ""


@pytest.mark.parametrize(
    "text", ["硫化物电解质厚度 25 微米，电导率 3 mS/cm。", "误差<5 μm 且 >0.1 μm", "3*4=12，a_b_c"]
)
def test_text_without_marks_stays_as_it_is(text: str) -> None:
    assert plain_text(text) == text
