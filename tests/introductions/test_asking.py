"""申请对接: who may, what the form refuses and keeps, what a second click does."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, NotAllowed
from marketplace.introductions import service
from marketplace.introductions.models import Introduction
from marketplace.listings.choices import SecrecyVerdict
from marketplace.notifications.models import Notice
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from tests.introductions.conftest import MESSAGE, Parties, text

Enter = Callable[[Parties, str], FlaskClient]


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Introduction)) or 0


def test_a_visitor_logs_in_first_and_comes_back(parties: Parties, client: FlaskClient) -> None:
    page = f"/introductions/new?result={parties.result.public_id}"
    response = client.get(page)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login?next=/introductions/new")


def test_every_listing_page_has_the_button_but_for_its_own_people(parties: Parties, enter: Enter) -> None:
    address = f"/results/{parties.result.public_id}"
    link = f"/introductions/new?result={parties.result.public_id}"
    assert link in text(enter(parties, "seeker").get(address))
    assert link not in text(enter(parties, "owner").get(address))


def test_the_form_says_what_will_be_shown(parties: Parties, enter: Enter) -> None:
    page = text(enter(parties, "seeker").get(f"/introductions/new?result={parties.result.public_id}"))
    me = parties.people["seeker"]
    assert f"邮箱：{me.email}" in page and f"姓名：{me.name}" in page
    assert "5 个工作日" in page
    assert parties.demand.number in page  # own listing to go with it


def test_one_who_belongs_to_no_organisation_is_told_what_to_do(parties: Parties, enter: Enter) -> None:
    parties.people["alone"] = parties.make.person()
    page = text(enter(parties, "alone").get(f"/introductions/new?result={parties.result.public_id}"))
    assert service.NO_ORGANISATION in page and "<textarea" not in page


@pytest.mark.parametrize("who", ["district", "teda"])
def test_an_officer_is_told_to_bring_both_sides_together(parties: Parties, enter: Enter, who: str) -> None:
    page = text(enter(parties, who).get(f"/introductions/new?result={parties.result.public_id}"))
    assert "促成对接" in page and service.NO_ORGANISATION not in page and "<textarea" not in page


def test_an_unverified_organisation_is_told_what_to_do(parties: Parties, enter: Enter) -> None:
    with transaction() as session:
        firm = session.get_one(Organisation, parties.organisations["enterprise"].id)
        firm.verification, firm.verified_at = Verification.PENDING, None
    client = enter(parties, "seeker")
    assert service.UNVERIFIED in text(client.get(f"/introductions/new?result={parties.result.public_id}"))
    answer = client.post("/introductions/new", data={"result": parties.result.public_id, "message": MESSAGE})
    assert answer.status_code == 403 and service.UNVERIFIED in text(answer)
    assert count() == 0


def test_ones_own_listing_and_a_dead_one_are_refused(parties: Parties) -> None:
    with pytest.raises(NotAllowed, match="自己单位"):
        parties.ask("owner")
    parties.make.withdraw(parties.result, parties.people["owner"])
    with pytest.raises(NotAllowed, match="下架"):
        parties.ask("seeker")


def test_an_unreadable_listing_is_not_found(parties: Parties, enter: Enter) -> None:
    owner = parties.people["owner"]
    institute = parties.organisations["institute"]
    hidden = parties.make.result(institute, owner, published=False)
    parties.make.publish(hidden, owner, SecrecyVerdict.CONTROLLED)
    client = enter(parties, "seeker")
    for address in (hidden.public_id, "2222222222"):
        assert client.get(f"/introductions/new?result={address}").status_code == 404
        data = {"result": address, "message": MESSAGE}
        assert client.post("/introductions/new", data=data).status_code == 404
    assert client.get("/introductions/new").status_code == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"message": "太短了"}, "请用 10 至 500 个字"),
        ({"message": "长" * 501}, "请用 10 至 500 个字"),
        ({"message": MESSAGE, "own": "2222222222"}, "只能附上本单位已发布"),
    ],
)
def test_wrong_fields_are_refused_and_the_rest_is_kept(
    parties: Parties, enter: Enter, data: dict[str, str], said: str
) -> None:
    response = enter(parties, "seeker").post(
        "/introductions/new", data={"result": parties.result.public_id, **data}
    )
    page = text(response)
    assert response.status_code == 422
    assert said in page and data["message"] in page
    assert count() == 0


def test_a_request_under_an_own_need_and_a_second_click(parties: Parties, enter: Enter) -> None:
    client = enter(parties, "seeker")
    data = {"result": parties.result.public_id, "own": parties.demand.public_id, "message": MESSAGE}
    first, second = (client.post("/introductions/new", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert count() == 1
    row = db.session.scalars(select(Introduction)).one()
    assert row.demand_id == parties.demand.id and row.from_agreed_at is not None
    assert re.fullmatch(r"DJ-\d{4}-\d{6}", row.number)
    page = text(client.get(f"/introductions/new?result={parties.result.public_id}"))
    assert "查看原有的对接" in page and f"/introductions/{row.public_id}" in page


def test_the_same_pair_from_the_other_side_is_the_same_talk(parties: Parties) -> None:
    parties.ask(offered=True)
    with pytest.raises(Conflict):
        parties.ask_back(offered=True)


def test_who_is_asked_hears_of_it(parties: Parties) -> None:
    introduction = parties.ask()
    notice = db.session.scalars(select(Notice).where(Notice.path == service.path_of(introduction))).one()
    assert notice.person_id == parties.people["owner"].id
    assert notice.organisation_id == parties.organisations["institute"].id
    assert MESSAGE not in notice.title + notice.body


def test_a_directed_need_is_offered_only_to_those_who_may_read_it(parties: Parties, enter: Enter) -> None:
    firm = parties.organisations["firm"]
    need = parties.make.demand(
        parties.organisations["enterprise"],
        parties.people["seeker"],
        title="只给服务机构看的需求",
        directed_to=(firm,),
    )
    client = enter(parties, "seeker")
    page = text(client.get(f"/introductions/new?result={parties.result.public_id}"))
    assert need.number not in page and parties.demand.number in page
    data = {"result": parties.result.public_id, "own": need.public_id, "message": MESSAGE}
    assert client.post("/introductions/new", data=data).status_code == 422


PAIRING = {
    "broker": None, "district": None, "teda": None, "thip": None,
    "seeker": "own", "stranger": "技术经纪人", "supervisor": "技术经纪人", "ecocity": "技术经纪人",
}  # fmt: skip


@pytest.mark.parametrize(("who", "problem"), PAIRING.items())
def test_who_may_bring_two_sides_together(
    parties: Parties, enter: Enter, who: str, problem: str | None
) -> None:
    client = enter(parties, who)
    query = f"?result={parties.result.public_id}&demand={parties.demand.public_id}"
    page = text(client.get(f"/introductions/new{query}"))
    if problem == "own":  # an ordinary request, the own need chosen already
        assert f'value="{parties.demand.public_id}" selected' in page.replace("  ", " ")
        return
    assert (problem is None) == ("发给双方" in page)
    data = {"result": parties.result.public_id, "demand": parties.demand.public_id, "message": MESSAGE}
    response = client.post("/introductions/new", data=data)
    assert response.status_code == (303 if problem is None else 403)
    assert count() == (1 if problem is None else 0)


def test_the_comparison_of_owners_never_tells_whose_a_masked_need_is(masked: Parties) -> None:
    own_result = masked.make.result(masked.organisations["enterprise"], masked.people["seeker"])
    for result in (masked.result, own_result):
        masked.result = result
        with pytest.raises(NotAllowed) as refused:
            masked.pair()
        assert refused.value.message == service.MASKED_PAIR
