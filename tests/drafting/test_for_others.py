"""代填: a broker or officer enters a need, the enterprise confirms it by link; misuse of the link."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.demands import policy
from marketplace.demands.confirmation import PAUSE, PER_HOUR, SUBJECT, confirmation_token
from marketplace.demands.models import Demand
from marketplace.demands.service import create_demand, data_of_demand
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import Draft
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.taxonomy.rules import Rule, set_number
from tests.drafting.forms import complete, fill, submit
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
CONFIRMED = {"name": "赵经理", "secrecy": "public", "nothing_classified": "1", "consent": "1", "confirm": "1"}


@pytest.fixture
def broker(make: Factory) -> Person:
    return make.person(make.organisation(), MembershipRole.BROKER)


@pytest.fixture
def entered(make: Factory, broker: Person, log_in: LogIn) -> str:
    """The address of the draft that a broker sent to an enterprise; the link is mailed."""
    client = log_in(broker.email)
    new = {"name": "新登记科技有限公司", "short_name": "新登记", "zone": "teda"}
    path = client.post("/demands/new?for=enterprise", data=new).headers["Location"]
    form = complete("demand", "", confirmation_email="Boss@unit.example")
    fill(client, path, form)
    assert "送企业确认" in client.get(f"{path}/check").get_data(as_text=True)
    response = submit(client, path)
    assert response.status_code == 302, response.get_data(as_text=True)
    return str(response.headers["Location"])


def demand() -> Demand:
    db.session.rollback()
    return db.session.scalars(select(Demand)).one()


def link() -> str:
    return f"/confirm/{confirmation_token(demand(), days=14)}"


def test_end_to_end(entered: str, broker: Person, log_in: LogIn, client: FlaskClient) -> None:
    need, organisation = demand(), db.session.scalars(
        select(Organisation).where(Organisation.short_name == "新登记")
    ).one()  # fmt: skip
    assert organisation.verification is Verification.PENDING
    assert (need.entered_by_id, need.status) == (broker.id, ListingStatus.DRAFT)
    mail = db.session.scalars(select(Mail).where(Mail.recipient == "boss@unit.example")).one()
    mailed = re.search(r"/confirm/\S+", mail.body)
    assert mailed is not None and need.title in mail.body
    page = client.get(mailed[0]).get_data(as_text=True)
    for told in (need.title, need.difficulty, broker.name, organisation.name, "充电时间"):
        assert told in page
    assert client.post(link(), data=CONFIRMED).status_code == 302
    need = demand()
    assert (need.status, need.secrecy) == (ListingStatus.SUBMITTED, SecrecyVerdict.PUBLIC)
    assert need.confirmed_by == "赵经理" and need.confirmed_at is not None
    assert "赵经理" in client.get(link()).get_data(as_text=True)
    told = db.session.scalars(select(Notice).where(Notice.person_id == broker.id)).all()
    assert any("企业已确认" in notice.title for notice in told)
    assert log_in(broker.email).get(entered).status_code == 200


def test_a_second_click_does_nothing_twice(entered: str, client: FlaskClient) -> None:
    client.post(link(), data=CONFIRMED)
    first = demand().confirmed_at
    assert client.post(link(), data=CONFIRMED | {"name": "别人"}).status_code == 302
    assert (demand().confirmed_at, demand().confirmed_by) == (first, "赵经理")
    assert client.post(link(), data={"decline": "1", "reply": "晚了"}).status_code == 409


@pytest.mark.parametrize(
    ("missing", "beside"),
    [("name", "name-error"), ("secrecy", "secrecy-error"), ("nothing_classified", "nothing_classified-error"),
     ("consent", "consent-error")],
)  # fmt: skip
def test_an_incomplete_answer_is_refused_beside_its_field(
    entered: str, client: FlaskClient, missing: str, beside: str
) -> None:
    response = client.post(link(), data=CONFIRMED | {missing: ""})
    assert response.status_code == 422 and f'id="{beside}"' in response.get_data(as_text=True)
    assert demand().status is ListingStatus.DRAFT


def test_all_that_is_missing_in_an_answer_is_told_at_once(entered: str, client: FlaskClient) -> None:
    answer = client.post(link(), data={"confirm": "1"})
    refused = set(re.findall(r'id="(\w+)-error"', answer.get_data(as_text=True)))
    assert answer.status_code == 422
    assert refused == {"name", "secrecy", "nothing_classified", "consent"}


def test_whose_turn_it_is_while_the_enterprise_has_the_link(
    entered: str, broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    own = log_in(broker.email)
    assert "企业（确认）" in own.get(entered).get_data(as_text=True)
    client.post(link(), data={"decline": "1", "reply": "预算写错了"})
    page = own.get(f"{entered}/edit").get_data(as_text=True)
    assert "预算写错了" in page and "企业（确认）" not in own.get(entered).get_data(as_text=True)


def test_sent_back_mended_and_sent_again(
    entered: str, broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    old = link()
    assert client.post(old, data={"decline": "1", "reply": ""}).status_code == 422
    assert client.post(old, data={"decline": "1", "reply": "预算写错了"}).status_code == 302
    assert client.post(old, data=CONFIRMED).status_code == 409
    own = log_in(broker.email)
    assert "预算写错了" in own.get("/drafts").get_data(as_text=True)
    path = own.post(f"{entered}/edit").headers["Location"]
    fill(own, path, complete("demand", "", confirmation_email="boss@unit.example", budget="30"))
    assert submit(own, path).status_code == 302
    assert client.get(old).status_code == 404  # the content is another one
    assert client.post(link(), data=CONFIRMED).status_code == 302
    assert demand().budget == 30_000_000


def confirmation_mails() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Mail).where(Mail.subject == SUBJECT)).all())


@pytest.mark.parametrize("page", ["/drafts", "/desk"])
def test_the_link_is_mailed_again_from_drafts_and_desk_but_not_in_a_row(
    entered: str, broker: Person, log_in: LogIn, client: FlaskClient, page: str
) -> None:
    own = log_in(broker.email)
    buttons = html.fromstring(own.get(page).get_data(as_text=True)).xpath(
        f"//form[@action='{entered}/confirmation']"
    )
    assert len(buttons) == 1
    form = {str(i.name): str(i.value) for i in buttons[0].xpath(".//input")}
    refused = own.post(buttons[0].action, data=form)
    assert refused.status_code == 429 and "10 分钟内不重复寄送" in refused.get_data(as_text=True)
    assert 0 < int(refused.headers["Retry-After"]) <= 600 and confirmation_mails() == 1
    with clock.frozen(clock.now() + PAUSE):
        answer = own.post(buttons[0].action, data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert "确认链接已寄到 boss@unit.example" in own.get(page).get_data(as_text=True)
        assert own.post(buttons[0].action, data=form).status_code == 429
        assert confirmation_mails() == 2 and client.get(link()).status_code == 200


def test_an_address_gets_so_many_repeated_links_in_an_hour(
    entered: str, broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    own, start = log_in(broker.email), clock.now()
    for number in range(1, PER_HOUR):
        with clock.frozen(start + number * PAUSE):
            assert own.post(f"{entered}/confirmation").status_code == 303
    with clock.frozen(start + PER_HOUR * PAUSE):
        refused = own.post(f"{entered}/confirmation")
        assert refused.status_code == 429 and "一小时内已向" in refused.get_data(as_text=True)
    with clock.frozen(start + timedelta(hours=1) + PAUSE):
        assert own.post(f"{entered}/confirmation").status_code == 303
    assert confirmation_mails() == PER_HOUR + 1


def test_what_was_confirmed_or_sent_back_is_not_waited_for_on_the_desk(
    entered: str, broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    client.post(link(), data={"decline": "1", "reply": "预算写错了"})
    own = log_in(broker.email)
    assert f"{entered}/confirmation" not in own.get("/desk").get_data(as_text=True)
    assert "按企业意见修改" in own.get("/desk").get_data(as_text=True)


def test_links_are_bound_to_content_and_time(entered: str, client: FlaskClient) -> None:
    token = link()
    assert client.get(token[:-3] + "abc").status_code == 404
    with clock.frozen(clock.now()):
        assert client.get(token).status_code == 200
    with transaction() as session:
        session.scalars(select(Demand)).one().title = "换了名称的低温快充需求"
    assert client.get(token).status_code == 404


def test_a_link_is_good_for_the_days_it_was_sent_with(entered: str, client: FlaskClient) -> None:
    token = link()
    with transaction() as session:
        set_number(session, None, Rule.DEMAND_CONFIRMATION, 3)  # for links sent from now on
    with clock.frozen(clock.now() + timedelta(days=13)):
        assert client.get(token).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=14)):
        page = client.get(token)
    assert page.status_code == 404 and "已过期" in page.get_data(as_text=True)


def test_only_brokers_and_deciding_officers_enter_for_others(make: Factory, log_in: LogIn) -> None:
    enterprise = make.organisation()
    data = {"organisation": enterprise.name}
    assert log_in(make.officer().email).post("/demands/new?for=1", data=data).status_code == 302
    outsider = log_in(make.person(make.organisation(), MembershipRole.ENTERPRISE).email)
    assert outsider.post("/demands/new?for=1", data=data).status_code == 403
    unknown = log_in(make.officer().email).post("/demands/new?for=1", data={"organisation": "没有"})
    assert unknown.status_code == 422 and 'id="organisation-error"' in unknown.get_data(as_text=True)
    assert len(db.session.scalars(select(Draft)).all()) == 1


def test_the_service_refuses_strangers_and_asks_for_an_address(make: Factory, broker: Person) -> None:
    organisation, contact = make.staffed()
    data = data_of_demand(make.demand(organisation, contact))
    stranger = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    with pytest.raises(NotAllowed), transaction() as session:
        create_demand(session, reader_of(session.merge(stranger)), organisation, None, data)
    with pytest.raises(InvalidInput) as refused, transaction() as session:
        create_demand(session, reader_of(session.merge(broker)), session.merge(organisation), None, data)
    assert refused.value.field == "confirmation_email"


def test_who_entered_it_reads_it_until_it_is_published_and_nobody_else(
    entered: str, make: Factory, broker: Person, log_in: LogIn
) -> None:
    need, now = demand(), clock.now()
    other = make.person(make.organisation(), MembershipRole.BROKER)
    for person, may in ((broker, True), (other, False)):
        reader = reader_of(db.session.merge(person))
        assert policy.can_read(reader, need, now) is may
        found = db.session.scalars(select(Demand).where(policy.readable(reader, now))).all()
        assert bool(found) is may
    assert log_in(make.officer().email).get(entered).status_code == 404  # not sent yet
    assert db.session.scalars(select(Draft)).all() == []


def test_the_enterprise_is_shown_what_may_tell_who_it_is(
    broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    own = log_in(broker.email)
    new = {"name": "新登记科技有限公司", "short_name": "新登记", "zone": "teda"}
    path = own.post("/demands/new?for=enterprise", data=new).headers["Location"]
    fill(own, path, complete("demand", "", confirmation_email="boss@unit.example", disclosure="masked"))
    assert submit(own, path, masking_acknowledged="1").status_code == 302
    page = client.get(link()).get_data(as_text=True)
    assert "脱敏检查" in page and "范围过小" in page
    refused = client.post(link(), data=CONFIRMED)
    assert refused.status_code == 422
    assert html.fromstring(refused.get_data(as_text=True)).xpath("//*[@id='masking_acknowledged-error']")
    assert client.post(link(), data=CONFIRMED | {"masking_acknowledged": "1"}).status_code == 302
    assert demand().status is ListingStatus.SUBMITTED
    assert "脱敏检查" not in client.get(link()).get_data(as_text=True)


def test_what_tells_the_enterprise_for_certain_is_never_confirmed(
    broker: Person, log_in: LogIn, client: FlaskClient
) -> None:
    own = log_in(broker.email)
    new = {"name": "新登记科技有限公司", "short_name": "新登记", "zone": "teda"}
    path = own.post("/demands/new?for=enterprise", data=new).headers["Location"]
    text = "海隅精工科技有限公司的电芯在低温下充电慢，须改进电解液配方并完成装车验证。"
    typed = {"confirmation_email": "boss@unit.example", "disclosure": "masked", "difficulty": text}
    fill(own, path, complete("demand", "", **typed))
    assert submit(own, path, masking_acknowledged="1").status_code == 302
    with transaction() as session:  # a name that came up after the need was sent
        session.scalars(select(Demand)).one().organisation.name = "海隅精工科技有限公司"
    refused = client.post(link(), data=CONFIRMED | {"masking_acknowledged": "1"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "脱敏需求中出现了" in page and "退回填写人改好" in page
    assert demand().status is ListingStatus.DRAFT
