"""The match box: a pasted or uploaded text, both directions, and every way it can be refused."""

import io
import re
from typing import Any

import docx
import pytest
from lxml import html
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from marketplace.matching.cards import MASKED_NAME
from tests.core.test_extract import docx_file, pdf_file
from tests.matching.conftest import MASKED_OWNER, Library
from tests.matching.pages import by_class, parse, texts, titles

NEED = (
    "我们的五轴机床早班首件孔位超差，主轴与转台热漂移明显。"
    "希望不改铸件，用温度传感器做在线热误差补偿，把漂移控制在 8 μm 以内，并通过振动试验。"
)
RESULT = "两性离子涂层使海水换热板三个月内没有藤壶与藻类附着，常温浸涂即可。"
MEMBRANE = "海水淡化反渗透膜抗污染涂层"
SPINDLE = "五轴机床主轴与转台热漂移在线补偿"


def post(library: Library, person: str = "", *, htmx: bool = False, **data: Any) -> TestResponse:
    if "file" in data:
        content, name = data["file"]
        data["file"] = FileStorage(io.BytesIO(content), name)
    boundary, body = encode_multipart({"direction": "need", **data})
    return library.client(person).post(
        "/match",
        data=body,
        headers={"HX-Request": "true"} if htmx else {},
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def box(page: html.HtmlElement) -> str:
    text: str = page.get_element_by_id("match-text").text_content()
    return text.strip()


def docx_of(text: str) -> bytes:
    def build(document: docx.document.Document) -> None:
        document.add_paragraph(text)

    return docx_file(build)


# Answers


def test_a_need_is_answered_by_results_each_with_its_reasons(library: Library) -> None:
    response = post(library, text=NEED)
    assert response.status_code == 200
    page = parse(response)
    assert titles(page)[0] == SPINDLE
    assert len(titles(page)) == 4  # every public result, none of the needs
    card = page.xpath(by_class("match-card"))[0]
    level = texts(card, by_class("level", "."))[0]
    assert re.match(r"强相关|较强相关", level) and re.search(
        r"概率 \d+%", texts(card, by_class("match-top", "."))[0]
    )
    asked, offered = texts(card, by_class("pair", ".") + "/dd")
    assert asked.rstrip("。") in NEED and offered
    assert card.xpath(by_class("pair", ".") + "//mark")
    assert "漂移" in texts(card, by_class("match-terms", "."))[0]
    against = texts(card, by_class("match-against", ".") + "//li")
    assert any("您的文本提到而该成果未提到" in line and "振动" in line for line in against)
    assert any("成熟度为 TRL 4（小试/实验室）" in line for line in against)
    assert "海河理工 成果转化联系人" in texts(card, by_class("match-contact", "."))[0]
    understood = texts(page, by_class("understood"))[0]
    assert "关键词" in understood and "漂移" in understood
    assert box(page) == NEED
    assert page.get_element_by_id("tab-need").get("aria-selected") == "true"


def test_a_result_is_answered_by_needs(library: Library) -> None:
    page = parse(post(library, direction="result", text=RESULT))
    assert len(titles(page)) == 2  # the directed need is not for visitors
    assert page.get_element_by_id("tab-result").get("aria-selected") == "true"
    invited = parse(post(library, "university", direction="result", text=RESULT))
    assert titles(invited)[0] == "电池舱海水冷却系统的防生物附着"
    assert "滨海储能 需求联系人" in texts(invited, by_class("match-contact"))[0]


def test_matches_follow_the_readers_rights(library: Library) -> None:
    text = "锂电池隔膜陶瓷涂覆配方与负极补锂方法。"
    assert len(titles(parse(post(library, text=text)))) == 4
    own = titles(parse(post(library, "maker", text=text)))
    assert len(own) == 5 and own[0] == "仅受控的隔膜陶瓷涂覆配方"


def test_the_owner_of_a_masked_need_stays_unknown(library: Library) -> None:
    for person, known in (("", False), ("university", False), ("hidden", True), ("officer", True)):
        answer = post(library, person, direction="result", text=NEED + MASKED_OWNER, htmx=True)
        page = parse(answer)
        card = page.xpath(by_class("match-card"))[0]
        for quoted in card.xpath(by_class("match-against", ".")):
            quoted.drop_tree()  # names words of the pasted text, whoever the owner is
        text = card.text_content()
        assert "大型龙门机床" in text
        assert ("津港" in text) is known
        assert (MASKED_NAME in text) is not known
        assert ("区科技局代为转达" in text) is not known


def test_levels_fall_down_the_list(library: Library) -> None:
    levels = texts(parse(post(library, text=NEED)), by_class("level", by_class("match-list")))
    order = [["强相关", "较强相关", "弱相关", "无相关"].index(level.split()[0]) for level in levels]
    assert order == sorted(order) and order[0] < order[-1]


def test_htmx_gets_the_answer_alone(library: Library) -> None:
    fragment = post(library, text=NEED, htmx=True).get_data(as_text=True)
    assert "<html" not in fragment and "match-card" in fragment
    whole = post(library, text=NEED).get_data(as_text=True)
    assert whole.lstrip().startswith("<!DOCTYPE html>") and "match-card" in whole


def test_what_is_pasted_is_escaped(library: Library) -> None:
    pasted = "焊接机器人视觉引导 <script>alert(3)</script> </textarea><b>坡口识别</b>"
    response = post(library, text=pasted)
    assert box(parse(response)) == pasted
    assert "<script>alert" not in response.get_data(as_text=True)
    assert "<b>坡口" not in response.get_data(as_text=True)


def test_nothing_of_a_pasted_text_is_kept_or_logged(
    library: Library, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "绝密代号海东青七号"
    assert post(library, text=NEED + secret).status_code == 200
    assert post(library, text=secret, file=("坏".encode("utf-16"), "坏.docx")).status_code == 422
    output = capfd.readouterr()
    assert "海东青" not in output.out + output.err
    folder = library.runtime.index_path.parent
    for path in folder.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


# Files


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (NEED.encode(), "need.txt"),
        (NEED.encode("gb18030"), "需求.txt"),
        (docx_of(NEED), "need.docx"),
        (pdf_file(["Thermal drift compensation of five axis machine tool spindles"]), "need.pdf"),
    ],
    ids=["txt", "gb18030", "docx", "pdf"],
)
def test_a_file_is_read_and_its_text_put_into_the_box(library: Library, content: bytes, name: str) -> None:
    page = parse(post(library, file=(content, name)))
    assert titles(page)[0] == SPINDLE
    assert box(page) == NEED or box(page).startswith("Thermal drift")


def test_of_text_and_file_the_file_counts(library: Library) -> None:
    page = parse(post(library, text=NEED, file=("海水淡化用反渗透膜的抗污染涂层".encode(), "a.txt")))
    assert titles(page)[0] == MEMBRANE and "海水淡化" in box(page)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "photo.png", "不支持这种格式"),
        (b"PK\x03\x04broken", "broken.docx", "文件已损坏"),
        (b"%PDF-1.7\nbroken", "broken.pdf", "文件已损坏"),
        (b"", "empty.txt", "文件是空的"),
        (pdf_file([""]), "scan.pdf", "扫描件"),
        (pdf_file(["x"], password="p", user="u"), "locked.pdf", "密码"),
        ("电池".encode(), "short.txt", "文字太短"),
        (b"a" * (5 * 1024 * 1024 + 1), "long.txt", "文件太大"),
    ],
    ids=["type", "docx", "pdf", "empty", "scan", "locked", "short", "big"],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
def test_an_unreadable_file_is_told_beside_its_field_and_the_text_stays(
    library: Library, content: bytes, name: str, message: str, htmx: bool
) -> None:
    response = post(library, text=NEED, file=(content, name), htmx=htmx)
    assert response.status_code == 422
    page = parse(response)
    if htmx:
        assert message in texts(page, "//*[@data-error-for='match-file']")[0]
    else:
        assert message in texts(page, "//*[@id='match-file-error']")[0]
        assert page.get_element_by_id("match-file").get("aria-invalid") == "true"
        assert box(page) == NEED


# Texts that cannot be matched


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "请粘贴一段文字"),
        ("  \n ", "请粘贴一段文字"),
        ("电池快充", "文字太短"),
        ("😀🎉👍🚀🔥💯😀🎉👍🚀", "文字太短"),
        ("，。！？——……电池快充；：", "文字太短"),
    ],
)
def test_a_missing_or_short_text_is_refused(library: Library, text: str, message: str) -> None:
    response = post(library, text=text)
    assert response.status_code == 422
    assert message in texts(parse(response), "//*[@id='match-text-error']")[0]
    assert box(parse(response)) == text.strip()
    assert message in post(library, text=text, htmx=True).get_data(as_text=True)


def test_a_wrong_direction_is_refused(library: Library) -> None:
    response = post(library, text=NEED, direction="sideways")
    assert response.status_code == 422
    assert "请先选择“我有需求”或“我有成果”" in response.get_data(as_text=True)


def test_a_sentence_without_an_end_is_quoted_in_part(library: Library) -> None:
    page = parse(post(library, text="xy" * 3000 + "主轴热漂移在线补偿" + "zw" * 3000, htmx=True))
    asked = page.xpath(by_class("pair") + "/dd")[0].text_content()
    assert len(asked) < 250


def test_of_a_long_text_the_first_20000_characters_are_read(library: Library) -> None:
    notice = "只读取了前面的部分"
    long = (NEED * 400)[:20_000]
    assert notice not in post(library, text=long, htmx=True).get_data(as_text=True)
    longer = post(library, text=long + "海水淡化反渗透膜抗污染涂层", htmx=True)
    assert notice in longer.get_data(as_text=True)
    assert titles(parse(longer))[0] == SPINDLE
    file = post(library, file=((long + "字").encode(), "long.txt"), htmx=True)
    assert notice in file.get_data(as_text=True)


def test_a_text_beyond_all_measure_is_too_large(library: Library) -> None:
    response = post(library, text="长" * 400_000)
    assert response.status_code == 413
    assert "文件或文本太大" in response.get_data(as_text=True)
    assert post(library, file=(b"x" * (7 * 1024 * 1024), "x.txt")).status_code == 413


def test_an_expired_token_keeps_the_text(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(library.app.config, "WTF_CSRF_ENABLED", True)
    response = post(library, text=NEED)
    assert response.status_code == 422
    assert box(parse(response)) == NEED
    assert "请再提交一次" in response.get_data(as_text=True)
    assert "CSRF" not in response.get_data(as_text=True)


def test_the_empty_box_explains_itself(library: Library) -> None:
    page = parse(library.client().get("/match"))
    assert box(page) == "" and "您会得到什么" in page.text_content()
    assert "不会被保存" in page.text_content()
