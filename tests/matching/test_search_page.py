"""The search page: what is found, by whom, in which order, and where its links lead."""

import pytest
from lxml import html
from werkzeug.test import TestResponse

from marketplace.matching import search_page, service
from marketplace.matching.cards import MASKED_NAME
from tests.matching.conftest import MASKED_OWNER, Library
from tests.matching.pages import by_class, listing_urls, parse, texts, titles, total

PUBLIC = {"battery", "spindle", "membrane", "welding", "fast-charging", "masked"}


def search(library: Library, person: str = "", **query: str | list[str]) -> html.HtmlElement:
    response = library.client(person).get("/search", query_string=query)
    assert response.status_code == 200
    return parse(response)


def names(library: Library, page: html.HtmlElement) -> list[str]:
    known = {url: name for name, url in library.urls.items()}
    return [known[url] for url in listing_urls(page)]


# What is found


@pytest.mark.parametrize(
    ("person", "more"),
    [
        ("", set()),
        ("maker", {"directed", "controlled"}),
        ("university", {"directed"}),
        ("hidden", set()),
        ("officer", {"directed", "controlled"}),
    ],
)
def test_each_reader_finds_what_he_may_read(library: Library, person: str, more: set[str]) -> None:
    browsed = search(library, person)
    assert set(names(library, browsed)) == PUBLIC | more
    assert total(browsed) == str(len(PUBLIC | more))
    asked = names(library, search(library, person, q="隔膜陶瓷涂覆配方 负极补锂 防生物附着"))
    assert set(asked) & {"controlled", "directed", "draft"} == more
    assert set(asked) <= PUBLIC | more


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("reverse osmosis membrane with antifouling coating for seawater desalination", "membrane"),
        ("solid state battery electrolyte", "battery"),
        ("海水淡化反滲透膜", "membrane"),
        ("焊接機器人視覺導引", "welding"),
        ("３　ｍＳ／ｃｍ　离子电导率", "battery"),
        ("海河理工大学 补偿", "spindle"),
    ],
)
def test_english_traditional_and_full_width_queries_find_chinese_listings(
    library: Library, query: str, first: str
) -> None:
    assert names(library, search(library, q=query))[0] == first


@pytest.mark.parametrize("query", ["%", "'; DROP TABLE result; --", "\0", "𠮷", "()[]*?", "a" * 500, "“”"])
def test_odd_queries_are_answered(library: Library, query: str) -> None:
    assert library.client().get("/search", query_string={"q": query}).status_code == 200


def test_matches_are_marked_and_everything_else_is_escaped(library: Library) -> None:
    body = library.client().get("/search?q=焊接机器人 alert").get_data(as_text=True)
    assert "<mark>焊接机器人</mark>" in body
    assert "<script>alert" not in body and "<script><mark>" not in body and "<b>余高" not in body
    assert "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt;" in body
    assert "&lt;b&gt;余高&lt;/b&gt;" in body


def test_the_typed_query_comes_back_escaped(library: Library) -> None:
    typed = '"><script>alert(2)</script>'
    page = search(library, q=typed)
    assert page.get_element_by_id("search-q").get("value") == typed
    assert not page.xpath("//script[contains(text(), 'alert')]")


def test_a_masked_need_shows_its_owner_to_the_entitled_only(library: Library) -> None:
    for person, known in (("", False), ("university", False), ("hidden", True), ("officer", True)):
        for query in ("", "龙门机床热漂移"):
            response = library.client(person).get("/search", query_string={"q": query, "kind": "demand"})
            cards = texts(parse(response), by_class("listing-list"))[0]
            assert ("津港精机" in cards) is known, (person, query)
            assert (MASKED_NAME in cards) is not known
    guessed = search(library, q=MASKED_OWNER).xpath("//main")[0].text_content()
    assert "津港精机" not in guessed.replace(MASKED_OWNER, "")  # but for the search box


def test_an_owner_cannot_be_guessed_from_the_order_of_a_masked_need(library: Library) -> None:
    page = search(library, q=MASKED_OWNER, kind="demand")
    assert not page.xpath(by_class("listing-list") + "//mark")


# Filters


def links(page: html.HtmlElement) -> dict[tuple[str, str], tuple[int, str, bool]]:
    """(facet, value) → count, address, chosen."""
    found = {}
    for link in page.xpath(by_class("filter-value")):
        facet, _, value = link.get("id").removeprefix("filter-").partition("-")
        count = int(link.xpath(".//*[@class='count']/text()")[0])
        found[facet, value] = (count, link.get("href"), link.get("aria-current") == "true")
    return found


@pytest.mark.parametrize("address", ["/search", "/search?kind=result", "/search?kind=demand"])
def test_every_filter_leads_to_as_many_listings_as_it_says(library: Library, address: str) -> None:
    client = library.client()
    values = links(parse(client.get(address)))
    assert len({facet for facet, _ in values}) >= 6
    for (facet, value), (count, url, chosen) in values.items():
        assert not chosen
        narrowed = parse(client.get(url))
        assert total(narrowed) == str(count), (facet, value)
        assert len(titles(narrowed)) == count
        _, back, chosen = links(narrowed)[facet, value]
        assert chosen and parse_address(back) == parse_address(address)


def parse_address(address: str) -> set[str]:
    from urllib.parse import unquote

    return set(filter(None, unquote(address).partition("?")[2].split("&")))


def test_values_of_one_facet_widen_and_facets_narrow_each_other(library: Library) -> None:
    one = search(library, kind="result", field="ocean")
    two = search(library, kind="result", field=["ocean", "equipment"])
    assert names(library, one) == ["membrane"]
    assert set(names(library, two)) == {"membrane", "spindle"}
    assert links(one)["field", "equipment"][0] == 1  # what choosing it as well would add
    assert names(library, search(library, field=["ocean", "equipment"], stage="lab")) == ["spindle"]


def test_a_chosen_value_without_listings_can_be_taken_back(library: Library) -> None:
    page = search(library, kind="result", zone="ecocity", stage="pilot")
    assert links(page)["zone", "ecocity"] == (0, "/search?kind=result&stage=pilot", True)


def test_chips_name_each_choice_and_take_it_back(library: Library) -> None:
    page = search(library, q="机床", stage=["lab", "pilot"], zone="thip", sort="newest")
    chips = page.xpath(by_class("search-chips") + "//a")
    labels = texts(page, by_class("search-chips") + "//a/span[1]")
    assert labels == ["阶段：小试/实验室", "阶段：中试", "功能区：高新区"]
    assert [parse_address(chip.get("href")) for chip in chips] == [
        {"q=机床", "stage=pilot", "zone=thip", "sort=newest"},
        {"q=机床", "stage=lab", "zone=thip", "sort=newest"},
        {"q=机床", "stage=lab", "stage=pilot", "sort=newest"},
        {"q=机床", "sort=newest"},
    ]


def test_the_search_box_carries_the_choices_along(library: Library) -> None:
    page = search(library, q="机床", kind="result", stage=["lab", "pilot"], sort="trl")
    hidden = [
        (f.get("name"), f.get("value"))
        for f in page.xpath("//form[@id='search-form']//input[@type='hidden']")
    ]
    assert hidden == [("kind", "result"), ("stage", "lab"), ("stage", "pilot"), ("sort", "trl")]


def test_nothing_found_offers_ways_out_that_find_something(library: Library) -> None:
    page = search(library, q="电池", kind="result", zone="ecocity")
    assert total(page) == "0" and not titles(page)
    assert "没有找到“电池”相关的成果" in texts(page, by_class("empty"))[0]
    ways = {link.text_content(): link.get("href") for link in page.xpath(by_class("empty") + "//a")}
    assert parse_address(ways["去掉全部筛选条件"]) == {"q=电池", "kind=result"}
    assert titles(parse(library.client().get(ways["去掉全部筛选条件"])))
    assert ways["粘贴整段技术需求，按意思匹配"] == "/match"


# Tabs, orders, pages


def tabs(page: html.HtmlElement) -> list[tuple[str, int | None, str, bool]]:
    """Title, count, address, chosen."""
    return [
        (
            tab.text.strip(),
            next((int(count.text) for count in tab.xpath("./*[@class='count']")), None),
            tab.get("href"),
            tab.get("aria-current") == "page",
        )
        for tab in page.xpath(by_class("kind-tabs") + "//a")
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "zone=thip",
        "field=newenergy&kind=demand",
        "stage=pilot&kind=result",
        "q=机床热漂移",
        "q=电池&kind=demand",
    ],
)
@pytest.mark.parametrize("person", ["", "maker"])
def test_each_tab_counts_what_it_leads_to(library: Library, query: str, person: str) -> None:
    client = library.client(person)
    shown = tabs(parse(client.get(f"/search?{query}")))
    assert [title for title, *_ in shown] == ["全部", "科技成果", "企业需求"]
    counts = [count for _, count, _, _ in shown]
    assert None not in counts and counts[0] == counts[1] + counts[2] > 0
    assert [total(parse(client.get(url))) for _, _, url, _ in shown] == list(map(str, counts))


@pytest.mark.parametrize("kind", ["", "result", "demand"])
def test_the_tab_being_read_counts_what_stands_below_it(library: Library, kind: str) -> None:
    page = search(library, q="机床热漂移", kind=kind)
    [(_, count, _, _)] = [tab for tab in tabs(page) if tab[3]]
    assert str(count) == total(page) and len(titles(page)) == count > 0


def test_facets_are_counted_over_what_was_found(library: Library) -> None:
    page = search(library, q="机床热漂移 海水")
    for facet in ("field", "zone"):  # those of which every listing has exactly one
        assert sum(count for (name, _), (count, *_) in links(page).items() if name == facet) == int(
            total(page)
        )


def test_orders(library: Library) -> None:
    by_trl = names(library, search(library, kind="result", sort="trl"))
    assert by_trl[0] == "membrane" and by_trl[-1] == "spindle"
    by_price = names(library, search(library, sort="price"))
    assert by_price[:2] == ["membrane", "battery"]
    assert set(by_price[-2:]) == {"spindle", "masked"}  # 面议 comes last
    newest = names(library, search(library, sort="newest"))
    assert newest == ["masked", "fast-charging", "welding", "membrane", "spindle", "battery"]
    assert names(library, search(library)) == newest  # browsing starts with the newest
    page = search(library, q="机床", sort="trl")
    current = page.xpath(by_class("sorts") + "/a[@aria-current='true']")
    assert [link.get("id") for link in current] == ["sort-trl"]
    assert "sort" not in page.get_element_by_id("sort-relevance").get("href")


def test_pages_hold_every_listing_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (service, search_page):
        monkeypatch.setattr(module, "PAGE_SIZE", 2)
    client, url, seen = library.client(), "/search?sort=newest", []
    numbers: list[str] = []
    while url:
        page = parse(client.get(url))
        assert total(page) == "6"
        seen += names(library, page)
        numbers += texts(page, by_class("pager") + "//*[@aria-current='page']")
        url = next(iter(page.xpath(by_class("pager") + "//a[@rel='next']/@href")), "")
    assert sorted(seen) == sorted(PUBLIC)
    assert numbers == ["第 1 页", "第 2 页", "第 3 页"]
    assert page.xpath(by_class("pager") + "//a[@rel='prev']/@href")[0].endswith("page=2")
    second = parse(client.get("/search?page=2"))
    assert "page" not in second.xpath(by_class("pager") + "//a[@rel='prev']/@href")[0]
    beyond = client.get("/search?page=9")
    assert beyond.status_code == 200 and not titles(parse(beyond))
    assert "这一页没有内容" in texts(parse(beyond), by_class("empty"))[0]


def test_a_page_found_by_meaning_alone_says_so(library: Library) -> None:
    notice = search_page.NO_WORD_NOTICE
    assert notice in texts(search(library, q="“reverse osmosis membrane”"), by_class("notice"))
    assert not texts(search(library, q="反渗透膜"), by_class("notice"))
    assert not texts(search(library), by_class("notice"))


def test_a_narrowing_starts_again_at_the_first_page(library: Library) -> None:
    for url in (url for _, url, _ in links(search(library, q="机床", page="2")).values()):
        assert "page=" not in url


def test_samples_and_state_are_marked(library: Library) -> None:
    page = texts(search(library, kind="demand"), by_class("listing-list"))[0]
    assert "技术攻关" in page and "产品升级" in page and "企业名称脱敏" in page
    assert "示例" not in page


def full_page(response: TestResponse) -> bool:
    return response.get_data(as_text=True).lstrip().startswith("<!DOCTYPE html>")


def test_a_search_is_a_full_page_also_for_htmx(library: Library) -> None:
    # hx-select cuts its part out; filters and search box are swapped out of band.
    response = library.client().get("/search?q=电池", headers={"HX-Request": "true"})
    assert full_page(response) and parse(response).get_element_by_id("search-page") is not None


# Suggestions


def test_suggestions_are_what_the_reader_may_find(library: Library) -> None:
    def suggest(person: str, typed: str) -> list[str]:
        found: list[str] = library.client(person).get("/search/suggest", query_string={"q": typed}).json
        return found

    assert "海水淡化反渗透膜抗污染涂层" in suggest("", "海水淡")
    assert suggest("", "仅受控") == suggest("", "负极补锂") == suggest("", "津港") == suggest("", " ") == []
    assert suggest("maker", "仅受控") == ["仅受控的隔膜陶瓷涂覆配方"]
    assert suggest("hidden", "津港") == []


# How the query was understood


def test_other_names_are_told_and_can_be_left_out(library: Library) -> None:
    page = search(library, q="RO")
    note = " ".join(texts(page, by_class("search-note")))
    assert "也按 反渗透、逆渗透、reverse osmosis 查找" in note
    assert "membrane" in names(library, page)
    assert "反渗透" in page.xpath("string(//article//mark)")
    (link,) = page.xpath("//p[contains(@class, 'search-note')]/a/@href")
    typed = parse(library.client().get(link))
    assert "只按原词查找" in " ".join(texts(typed, by_class("search-note")))
    (back,) = typed.xpath("//p[contains(@class, 'search-note')]/a/@href")
    assert back.endswith("/search?q=RO")


def test_a_slip_of_typing_is_told(library: Library) -> None:
    page = search(library, q="反渗头膜", kind="result")
    (link,) = page.xpath("//p[contains(@class, 'search-note')]/a[strong='反渗透膜']/@href")
    assert "kind=result" in link
    assert not parse(library.client().get(link)).xpath("//p[contains(., '您是不是要找')]")


def test_slips_are_mended_from_what_the_reader_may_find(library: Library) -> None:
    typed = "隔膜陶瓷涂覆配坊"
    assert not search(library, q=typed).xpath("//p[contains(., '您是不是要找')]")
    assert search(library, "maker", q=typed).xpath("//p[contains(., '隔膜陶瓷涂覆配方')]")


def test_names_are_suggested_by_pinyin(library: Library) -> None:
    found = library.client().get("/search/suggest", query_string={"q": "hhlg"}).json
    assert found and all("海河理工" in name for name in found)
