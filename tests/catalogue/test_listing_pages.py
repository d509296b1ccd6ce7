"""Pages of results and needs: who reads them, what they escape, which matches they show."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.core import clock
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.listings.choices import IndicatorDirection, IndicatorType, SecrecyVerdict
from marketplace.listings.service import IndicatorData
from marketplace.results.models import Result
from tests.catalogue.test_listing_fields import LogIn, article
from tests.factories import Factory
from tests.matching.pages import by_class, listing_urls, parse, texts


def test_a_masked_need_names_nobody_to_outsiders(make: Factory, client: FlaskClient, log_in: LogIn) -> None:
    organisation, owner = make.staffed(name="津港精机制造有限公司", short_name="津港精机")
    url = f"/demands/{make.demand(organisation, owner, disclosure=Disclosure.MASKED).public_id}"
    for reading in (client, log_in(make.staffed()[1].email)):
        body = reading.get(url).get_data(as_text=True)
        assert "企业名称已脱敏" in body and "企业接受后双方才互知名称" in body
        assert not [word for word in ("津港", organisation.public_id, owner.name) if word in body]
    for person in (owner, make.officer()):
        body = log_in(person.email).get(url).get_data(as_text=True)
        assert "津港精机" in body and f"/organisations/{organisation.public_id}" in body


def same_body(response: TestResponse) -> str:
    assert response.status_code == 404
    body = response.get_data(as_text=True)
    nonce = parse(response).xpath("//script/@nonce")[0]
    return body.replace(nonce, "")


@pytest.mark.parametrize("person", ["", "stranger"])
def test_unknown_and_unreadable_pages_look_the_same(
    make: Factory, client: FlaskClient, log_in: LogIn, person: str
) -> None:
    organisation, owner = make.staffed()
    controlled = make.result(organisation, owner, published=False)
    make.publish(controlled, owner, SecrecyVerdict.CONTROLLED)
    expired = make.result(organisation, owner, valid_until=clock.now() + timedelta(seconds=1))
    withdrawn = make.result(organisation, owner)
    make.withdraw(withdrawn, owner)
    hidden = {
        "results": [controlled, expired, withdrawn, make.result(organisation, owner, published=False)],
        "demands": [
            make.demand(organisation, owner, published=False),
            make.demand(organisation, owner, directed_to=(make.organisation(),)),
        ],
    }
    reading = log_in(make.staffed()[1].email) if person else client
    headers = {"X-Request-ID": "the-same-one"}
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        for noun, rows in hidden.items():
            unknown = same_body(reading.get(f"/{noun}/nosuchone0", headers=headers))
            for row in rows:
                assert same_body(reading.get(f"/{noun}/{row.public_id}", headers=headers)) == unknown


def test_an_expired_listing_tells_its_owner_so(make: Factory, log_in: LogIn) -> None:
    organisation, owner = make.staffed()
    result = make.result(organisation, owner, valid_until=clock.now() + timedelta(days=1))
    reading = log_in(owner.email)
    assert "已发布" in article(reading.get(f"/results/{result.public_id}"))
    with clock.frozen(clock.now() + timedelta(days=2)):
        page = article(log_in(owner.email).get(f"/results/{result.public_id}"))
    assert "过期" in page and "已发布" not in page


def test_what_people_write_is_escaped(make: Factory, client: FlaskClient) -> None:
    evil = "<script>alert(1)</script>"
    values = dict.fromkeys(("title", "summary", "innovation", "applications", "cases"), evil + "内容")
    organisation, owner = make.staffed(short_name=evil, name=evil)
    result = make.result(
        organisation, owner, **values, keywords=(evil, "二", "三"), team=(evil,), indicators=(
            IndicatorData(name=evil, type=IndicatorType.GRADE, value_text=evil,
                          direction=IndicatorDirection.HIGHER),
        ),
    )  # fmt: skip
    for address in (f"/results/{result.public_id}", f"/organisations/{organisation.public_id}", "/"):
        body = client.get(address).get_data(as_text=True)
        assert evil not in body and "&lt;script&gt;alert(1)" in body


# Matches


@pytest.fixture
def pair(make: Factory, index: Callable[[], int]) -> tuple[Result, Demand, Result]:
    """A need, the result that fits it, and a result beside it."""
    organisation, owner = make.staffed(short_name="甲单位", name="甲单位有限公司")
    fitting = make.result(
        organisation,
        owner,
        title="动力电池低温脉冲自加热与快速充电",
        summary="零下二十度时用脉冲电流自加热，抑制负极析锂，二十分钟充到八成。",
        innovation="按析锂判据调整脉冲。",
        trl=4,
    )
    beside = make.result(organisation, owner, title="动力电池低温电解液")
    need = make.demand(*make.staffed(short_name="乙单位", name="乙单位有限公司"))
    index()
    return fitting, need, beside


def test_both_directions_show_matches_with_reasons(
    client: FlaskClient, pair: tuple[Result, Demand, Result]
) -> None:
    fitting, need, beside = pair
    page = parse(client.get(f"/demands/{need.public_id}"))
    matches = page.get_element_by_id("matches")
    assert texts(matches, by_class("listing-title", ".") + "/a")[0] == fitting.title
    first = matches.xpath(by_class("match-card", "."))[0]
    assert first.xpath(by_class("pair", ".")) and "甲单位 成果转化联系人" in first.text_content()
    assert "需求要求 TRL 5 以上，成果为 TRL 4。" in first.text_content()
    back = parse(client.get(f"/results/{fitting.public_id}"))
    assert texts(back.get_element_by_id("matches"), by_class("listing-title", ".") + "/a") == [need.title]
    assert "需求要求 TRL 5 以上" in back.get_element_by_id("matches").text_content()
    similar = back.get_element_by_id("similar")
    assert texts(similar, by_class("listing-title", ".") + "/a") == [beside.title]
    more = back.xpath("//a[contains(@class, 'side-main') and contains(@href, '/search')]/@href")[0]
    assert f"/demands/{need.public_id}" in listing_urls(parse(client.get(more)))


def test_matches_leave_out_what_the_reader_may_not_know(
    client: FlaskClient, log_in: LogIn, make: Factory, index: Callable[[], int],
    pair: tuple[Result, Demand, Result],
) -> None:  # fmt: skip
    organisation, owner = make.staffed(name="津港精机制造有限公司", short_name="津港精机")
    masked = make.demand(organisation, owner, title="电池包低温快充析锂监测", disclosure=Disclosure.MASKED)
    directed = make.demand(organisation, owner, title="低温快充内部课题", directed_to=(make.organisation(),))
    index()
    url = f"/results/{pair[0].public_id}"
    body = client.get(url).get_data(as_text=True)
    assert masked.public_id in body and "津港" not in body and directed.public_id not in body
    entitled = log_in(owner.email).get(url).get_data(as_text=True)
    assert directed.public_id in entitled and "津港精机" in entitled


def test_an_unpublished_listing_already_sees_its_matches(
    log_in: LogIn, make: Factory, pair: tuple[Result, Demand, Result]
) -> None:
    organisation, owner = make.staffed()
    draft = make.result(organisation, owner, published=False)
    page = parse(log_in(owner.email).get(f"/results/{draft.public_id}"))
    assert pair[1].title in page.get_element_by_id("matches").text_content()
