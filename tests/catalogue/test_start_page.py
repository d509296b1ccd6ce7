"""The start page: counts for this reader, newest listings, examples that can be tried."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html

from marketplace.core import clock
from marketplace.demands.choices import Disclosure
from marketplace.listings.choices import SecrecyVerdict
from tests.factories import Factory
from tests.matching.pages import by_class, parse, texts, titles

LogIn = Callable[[str], FlaskClient]


def counts(page: html.HtmlElement) -> dict[str, str]:
    """Field → its counts, without fields that have nothing."""
    found = {}
    for link in page.xpath(by_class("field-grid") + "//a"):
        name, numbers = link.xpath("./span")[0].text, link.xpath("./small")[0].text_content()
        if numbers != "成果 0 · 需求 0":
            found[name] = numbers
    return found


@pytest.fixture
def owner(make: Factory) -> str:
    """Somebody whose organisation has listings of every kind; returns the e-mail."""
    organisation, person = make.staffed(name="滨海储能科技有限公司", short_name="滨海储能")
    make.result(organisation, person)
    make.result(organisation, person, field="ocean")
    make.demand(organisation, person)
    make.demand(organisation, person, disclosure=Disclosure.MASKED, field="ocean")
    make.demand(organisation, person, directed_to=(make.organisation(),))
    make.publish(make.result(organisation, person, published=False), person, SecrecyVerdict.CONTROLLED)
    make.result(organisation, person, published=False)
    make.withdraw(make.result(organisation, person), person)
    return person.email


def test_counts_are_those_of_what_the_reader_finds(client: FlaskClient, log_in: LogIn, owner: str) -> None:
    public = parse(client.get("/"))
    assert counts(public) == {"新能源": "成果 1 · 需求 1", "海洋科技/海水淡化": "成果 1 · 需求 1"}
    assert len(public.xpath(by_class("field-grid") + "//a")) == 17
    assert "2 家单位的 2 项科技成果、2 项企业技术需求" in texts(public, by_class("start-head"))[0]
    own = parse(log_in(owner).get("/"))
    assert counts(own) == {"新能源": "成果 2 · 需求 2", "海洋科技/海水淡化": "成果 1 · 需求 1"}
    assert "3 项科技成果、3 项企业技术需求" in texts(own, by_class("start-head"))[0]


def test_counts_forget_what_has_expired(client: FlaskClient, make: Factory) -> None:
    make.result(*make.staffed(), valid_until=clock.now() + timedelta(days=1))
    assert counts(parse(client.get("/")))
    with clock.frozen(clock.now() + timedelta(days=2)):
        page = parse(client.get("/"))
        assert not counts(page) and not titles(page)


def test_a_field_leads_to_its_listings(client: FlaskClient, owner: str, index: Callable[[], int]) -> None:
    index()
    for link in parse(client.get("/")).xpath(by_class("field-grid") + "//a"):
        numbers = [int(part.split()[1]) for part in link.xpath("./small")[0].text_content().split(" · ")]
        assert len(titles(parse(client.get(link.get("href"))))) == sum(numbers)


def test_the_newest_come_first_and_masked_owners_stay_unknown(
    client: FlaskClient, make: Factory, owner: str
) -> None:
    organisation, person = make.staffed(name="津港精机制造有限公司", short_name="津港精机")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        make.result(organisation, person, title="刚刚发布的成果")
        make.demand(organisation, person, title="刚刚发布的脱敏需求", disclosure=Disclosure.MASKED)
    page = parse(client.get("/"))
    results, demands = page.xpath(by_class("two-columns") + "/section")
    listed = [texts(side, by_class("listing-title", ".") + "/a") for side in (results, demands)]
    assert [names[0] for names in listed] == ["刚刚发布的成果", "刚刚发布的脱敏需求"]
    assert [len(names) for names in listed] == [3, 3]
    assert "津港精机" in results.text_content() and "津港精机" not in demands.text_content()


def test_not_more_than_six_of_each_are_shown(client: FlaskClient, make: Factory) -> None:
    staffed = make.staffed()
    for _ in range(7):
        make.result(*staffed)
    assert len(titles(parse(client.get("/")))) == 6


def test_an_empty_library_says_so(client: FlaskClient) -> None:
    body = client.get("/").get_data(as_text=True)
    assert "还没有公开的成果" in body and "还没有公开的需求" in body


def test_each_example_can_be_sent_and_is_answered(
    client: FlaskClient, make: Factory, index: Callable[[], int]
) -> None:
    organisation, person = make.staffed()
    make.result(organisation, person, sample=True)
    make.demand(organisation, person, sample=True)
    make.demand(organisation, person, sample=True, title="焊接机器人视觉引导", field="unmanned")
    index()
    forms = parse(client.get("/")).xpath("//form[@data-example]")
    assert [form.fields["direction"] for form in forms] == ["need", "need", "result"]
    for form in forms:
        assert form.method == "POST" and 20 < len(form.fields["text"]) <= 320
        data = {name: form.fields[name] for name in ("direction", "text")}
        answer = client.post(form.action, data=data)
        assert answer.status_code == 200 and titles(parse(answer))


def test_examples_are_open_to_everybody(client: FlaskClient, log_in: LogIn, make: Factory) -> None:
    organisation, person = make.staffed()
    make.demand(organisation, person, sample=True, disclosure=Disclosure.MASKED)
    make.demand(organisation, person, sample=True, directed_to=(make.organisation(),))
    make.result(organisation, person)  # no sample
    controlled = (
        make.result(organisation, person, sample=True, published=False),
        make.demand(organisation, person, sample=True, published=False),
    )
    for listing in controlled:
        make.publish(listing, person, SecrecyVerdict.CONTROLLED)
    for reading in (client, log_in(person.email), log_in(make.officer().email)):
        assert not parse(reading.get("/")).xpath("//form[@data-example]")
