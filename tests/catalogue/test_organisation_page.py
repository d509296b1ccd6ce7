"""The page of an organisation: its facts, its people, and no need that hides its owner."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.demands.choices import Disclosure
from marketplace.listings.choices import SecrecyVerdict
from marketplace.organisations.choices import MembershipRole, OrganisationKind, OrganisationSize
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import OrganisationData, add_member, create_organisation
from tests.factories import Factory
from tests.matching.pages import by_class, parse, texts, titles
from tests.organisations.test_credit_code import REAL

LogIn = Callable[[str], FlaskClient]


def address(organisation: Organisation) -> str:
    return f"/organisations/{organisation.public_id}"


def test_facts_are_shown_and_inner_ones_are_not(client: FlaskClient, make: Factory) -> None:
    organisation = make.organisation(
        name="海河理工大学",
        short_name="海河理工",
        kind=OrganisationKind.UNIVERSITY,
        credit_code=REAL,
        legal_person="法人某",
        shareholders=(("股东某", 51.0),),
        address="天津市滨海新区某路 1 号",
        industry="36",
        size=OrganisationSize.LARGE,
        honours=("high-tech", "gazelle"),
        website="https://unit.example",
        introduction="研究海水淡化。",
        sample=True,
    )
    body = client.get(address(organisation)).get_data(as_text=True)
    for text in (
        "海河理工大学", "高校", REAL, "某路 1 号", "汽车制造业", "大型", "国家高新技术企业", "瞪羚",
        "https://unit.example", "研究海水淡化。", "经开区", "单位身份已核验", "示例",
        "该单位暂无公开的成果或需求",
    ):  # fmt: skip
        assert text in body
    assert "法人某" not in body and "股东某" not in body


def test_an_unverified_organisation_is_called_so(client: FlaskClient, make: Factory) -> None:
    data = OrganisationData(name="某单位", short_name="某", kind=OrganisationKind.PARK, zone="other")
    with transaction() as session:
        organisation = create_organisation(session, data)
    body = client.get(address(organisation)).get_data(as_text=True)
    assert "单位身份未核验" in body and "单位身份已核验" not in body


def test_listings_are_those_the_reader_may_know_of(client: FlaskClient, log_in: LogIn, make: Factory) -> None:
    organisation, owner = make.staffed()
    guest_organisation, guest = make.staffed()
    make.result(organisation, owner, title="公开的成果")
    make.demand(organisation, owner, title="公开的需求")
    make.demand(organisation, owner, title="脱敏的需求", disclosure=Disclosure.MASKED)
    make.demand(organisation, owner, title="定向的需求", directed_to=(guest_organisation,))
    make.result(organisation, owner, title="草稿", published=False)
    controlled = make.result(organisation, owner, title="受控的成果", published=False)
    make.publish(controlled, owner, SecrecyVerdict.CONTROLLED)
    make.result(organisation, owner, title="过期的成果", valid_until=clock.now() + timedelta(minutes=1))
    make.result(*make.staffed(), title="别家的成果")

    def shown(reading: FlaskClient) -> set[str]:
        return set(titles(parse(reading.get(address(organisation)))))

    public = {"公开的成果", "公开的需求"}
    everything = public | {"脱敏的需求", "定向的需求", "受控的成果"}
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert shown(client) == public
        assert shown(log_in(guest.email)) == public | {"定向的需求"}
        assert shown(log_in(owner.email)) == everything
        assert shown(log_in(make.officer().email)) == everything


def test_links_lead_to_all_its_listings(client: FlaskClient, make: Factory, index: Callable[[], int]) -> None:
    organisation, owner = make.staffed(name="滨海储能科技有限公司", short_name="滨海储能")
    make.result(organisation, owner, title="甲成果固态电池")
    make.result(*make.staffed(), title="别家的海水淡化")
    index()
    page = parse(client.get(address(organisation)))
    url = page.xpath(by_class("section-head") + "/a/@href")[0]
    assert titles(parse(client.get(url)))[0] == "甲成果固态电池"


def test_people_stand_with_all_their_public_roles(client: FlaskClient, make: Factory) -> None:
    organisation = make.organisation()
    both = make.person(
        organisation, MembershipRole.RESEARCHER, MembershipRole.BROKER, name="两职者", phone="13900000000"
    )
    make.person(organisation, MembershipRole.REVIEWER, MembershipRole.ADMIN, name="内部人")
    gone = make.person(organisation, MembershipRole.RESEARCHER, name="离职者")
    closed = make.person(organisation, MembershipRole.RESEARCHER, name="停用者")
    with transaction() as session:
        session.merge(gone).memberships[0].ended_at = clock.now()
        session.merge(closed).active = False
        add_member(session, session.merge(organisation), session.merge(both), MembershipRole.REVIEWER)
    response = client.get(address(organisation))
    people = texts(parse(response), by_class("people") + "/li")
    assert people == ["两职者 科研人员、技术经纪人"]
    body = response.get_data(as_text=True)
    for withheld in ("内部人", "离职者", "停用者", "13900000000", both.email):
        assert withheld not in body


def test_an_unknown_organisation_is_not_found(client: FlaskClient) -> None:
    response = client.get("/organisations/nosuchone0")
    assert response.status_code == 404 and "没有找到这家单位" in response.get_data(as_text=True)
