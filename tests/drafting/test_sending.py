"""From a blank form to a listing, for both kinds, with and without 单位审核."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.policy import reader_of
from marketplace.core.db import db, transaction
from marketplace.demands.models import Demand
from marketplace.demands.service import move_demand
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import Draft
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.results.models import Result
from tests.drafting.forms import begin, complete, draft_at, fill, submit
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
MODELS: dict[str, Any] = {"result": Result, "demand": Demand}


@pytest.mark.parametrize("kind", ["result", "demand"])
def test_a_form_becomes_a_filed_listing_where_the_sender_declares(
    make: Factory, log_in: LogIn, kind: str
) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, kind)
    assert (
        fill(client, path, complete(kind, person.public_id, check="1")).headers["Location"].endswith("/check")
    )
    page = client.get(f"{path}/check").get_data(as_text=True)
    assert "保密审查结论" in page and "还差" not in page
    response = submit(client, path)
    listing = db.session.scalars(select(MODELS[kind])).one()
    assert response.headers["Location"] == f"/{kind}s/{listing.public_id}"
    assert (listing.status, listing.secrecy) == (ListingStatus.SUBMITTED, SecrecyVerdict.PUBLIC)
    assert listing.contact_id == person.id
    assert db.session.scalars(select(Draft)).all() == []
    assert client.get(f"/{kind}s/{listing.public_id}").status_code == 200


@pytest.mark.parametrize("kind", ["result", "demand"])
def test_an_institution_sends_to_its_reviewer(make: Factory, log_in: LogIn, kind: str) -> None:
    organisation = make.organisation(kind=OrganisationKind.UNIVERSITY)
    person = make.person(organisation, MembershipRole.RESEARCHER)
    client = log_in(person.email)
    path = begin(client, kind)
    fill(client, path, complete(kind, person.public_id))
    assert "保密审查结论</legend>" not in client.get(f"{path}/check").get_data(as_text=True)
    assert submit(client, path).status_code == 302
    listing = db.session.scalars(select(MODELS[kind])).one()
    assert (listing.status, listing.secrecy) == (
        ListingStatus.ORGANISATION_REVIEW, SecrecyVerdict.PENDING,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"secrecy": ""}, "请选择保密审查结论"),
        ({"secrecy": "classified"}, "涉密内容不得录入"),
        ({"nothing_classified": ""}, "不涉及国家秘密"),
    ],
)
def test_without_a_declaration_nothing_is_sent(
    make: Factory, log_in: LogIn, sent: dict[str, str], field: str
) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id))
    response = submit(client, path, **sent)
    assert response.status_code == 422 and field in response.get_data(as_text=True)
    assert db.session.scalars(select(Demand)).all() == []
    assert draft_at(path).title


def test_an_incomplete_draft_is_not_sent(make: Factory, log_in: LogIn) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id, months="百"))
    response = submit(client, path)
    assert response.status_code == 422 and "期望时限（月）" in response.get_data(as_text=True)


def test_what_changed_since_it_was_checked_is_not_sent(make: Factory, log_in: LogIn) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id))
    seen = draft_at(path).version
    fill(client, path, complete("demand", person.public_id, budget="9"))
    assert submit(client, path, version=seen).status_code == 422
    assert submit(client, path).status_code == 302


def test_an_unverified_organisation_keeps_its_draft(make: Factory, log_in: LogIn) -> None:
    organisation = make.unverified()
    person = make.person(organisation, MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id))
    assert "尚未通过核验" in client.get(f"{path}/check").get_data(as_text=True)
    assert submit(client, path).status_code == 422


def test_a_returned_listing_is_mended_and_sent_again(make: Factory, log_in: LogIn) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person, published=False)
    client = log_in(person.email)
    response = client.post(f"/results/{result.public_id}/edit")
    path = response.headers["Location"]
    again = client.post(f"/results/{result.public_id}/edit")
    assert again.headers["Location"] == path  # one draft for one listing
    page = client.get(path).get_data(as_text=True)
    assert "压延" in page and 'value="300"' in page
    fill(client, path, complete("result", person.public_id, title="改过的固态电解质膜连续制备技术"))
    assert submit(client, path).status_code == 302
    db.session.expire_all()
    changed = db.session.get_one(Result, result.id)
    assert changed.title == "改过的固态电解质膜连续制备技术"
    assert changed.status is ListingStatus.ORGANISATION_REVIEW


def test_the_reason_stands_where_it_is_mended(make: Factory, log_in: LogIn) -> None:
    """On the way from the desk: the page that begins the edit, and the form itself."""
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    assert "退回理由" not in client.get(path).get_data(as_text=True)
    fill(client, path, complete("demand", person.public_id))
    listing = str(submit(client, path).headers["Location"])
    officer = make.officer()
    with transaction() as session:
        demand = session.scalars(select(Demand)).one()
        actor = reader_of(session.merge(officer))
        move_demand(session, actor, demand, ListingAction.RETURN, "指标没有测试方法。")
    begin_page = client.get(f"{listing}/edit").get_data(as_text=True)
    assert "指标没有测试方法。" in begin_page and "开始修改" in begin_page
    path = client.post(f"{listing}/edit").headers["Location"]
    assert "指标没有测试方法。" in client.get(path).get_data(as_text=True)


def test_all_that_is_not_confirmed_is_told_at_once(make: Factory, log_in: LogIn) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id, disclosure="masked"))
    answer = client.post(f"{path}/submit", data={"version": draft_at(path).version})
    refused = set(re.findall(r'id="(\w+)-error"', answer.get_data(as_text=True)))
    assert answer.status_code == 422
    assert refused == {"masking_acknowledged", "secrecy", "nothing_classified"}


def test_others_cannot_edit(make: Factory, log_in: LogIn) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person)
    outsider = log_in(make.person(make.organisation(), MembershipRole.ENTERPRISE).email)
    assert outsider.post(f"/results/{result.public_id}/edit").status_code == 403
    draft = make.result(organisation, person, published=False)
    assert outsider.post(f"/results/{draft.public_id}/edit").status_code == 404
    reviewer = log_in(make.person(organisation, MembershipRole.REVIEWER).email)
    assert reviewer.post(f"/results/{result.public_id}/edit").status_code == 403
