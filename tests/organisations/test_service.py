"""Registering organisations and taking members."""

from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.organisations.choices import MembershipRole, OrganisationKind, Verification
from marketplace.organisations.models import Membership, Organisation
from marketplace.organisations.service import (
    OrganisationData,
    add_member,
    create_organisation,
    first_member,
)
from tests.factories import Factory
from tests.organisations.test_credit_code import REAL
from tests.results.test_service import row_counts

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": " "}),
    ("name", {"name": "长" * 121}),
    ("name", {"name": "已经登记的单位"}),
    ("short_name", {"short_name": ""}),
    ("address", {"address": "长" * 201}),
    ("credit_code", {"credit_code": REAL[:-1] + "C"}),
    ("credit_code", {"credit_code": "91110000"}),
    ("credit_code", {"credit_code": ""}),
    ("zone", {"zone": "moon"}),
    ("industry", {"industry": "ZZZ"}),
    ("honours", {"honours": ("high-tech", "nobel")}),
    ("shareholders", {"shareholders": (("甲", 60.0), ("乙", 40.02))}),
    ("shareholders", {"shareholders": (("甲", 0.0),)}),
    ("shareholders", {"shareholders": (("甲", -5.0), ("乙", 105.0))}),
    ("shareholders", {"shareholders": ((" ", 50.0),)}),
]


@pytest.mark.parametrize(("field", "values"), REFUSED)
def test_a_wrong_value_is_refused_beside_its_field(make: Factory, field: str, values: dict[str, Any]) -> None:
    make.organisation(name="已经登记的单位")
    before = row_counts()
    with pytest.raises(InvalidInput) as caught:
        make.organisation(**values)
    assert caught.value.field == field
    assert caught.value.message.endswith("。")
    assert row_counts() == before


def test_a_credit_code_belongs_to_one_organisation(make: Factory) -> None:
    make.organisation(credit_code=REAL)
    with pytest.raises(InvalidInput) as caught:
        make.organisation(credit_code=REAL)
    assert caught.value.field == "credit_code"
    make.organisation(credit_code=None)
    make.organisation(credit_code=None)  # not known yet, of any number


def test_a_new_organisation_is_unverified(make: Factory) -> None:
    data = OrganisationData(name="某单位", short_name="某", kind=OrganisationKind.PARK, zone="other")
    with transaction() as session:
        organisation = create_organisation(session, data)
    assert organisation.verification is Verification.PENDING and organisation.verified_at is None
    assert make.organisation().verification is Verification.VERIFIED


def test_repeated_honours_count_once(make: Factory) -> None:
    organisation = make.organisation(honours=("gazelle", "high-tech", "gazelle"))
    assert [row.honour for row in organisation.honours] == ["gazelle", "high-tech"]


def test_a_role_is_given_once_at_a_time_and_who_comes_back_gets_a_new_row(make: Factory) -> None:
    organisation = make.organisation()
    person = make.person(organisation, MembershipRole.BROKER)
    with transaction() as session:
        membership = session.scalars(select(Membership)).one()
        membership.ended_at = clock.now()
    with transaction() as session:
        again = add_member(session, session.merge(organisation), session.merge(person), MembershipRole.BROKER)
        assert again.ended_at is None
        same = add_member(session, session.merge(organisation), session.merge(person), MembershipRole.BROKER)
        assert same is again
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 2


def test_the_first_member_is_the_longest_standing_active_one(make: Factory) -> None:
    organisation = make.organisation()
    gone, left, stays, later = (make.person(organisation, MembershipRole.ADMIN) for _ in range(4))
    researcher = make.person(organisation, MembershipRole.RESEARCHER)
    with transaction() as session:
        session.merge(gone).active = False
        session.merge(left).memberships[0].ended_at = clock.now()
    organisation = db.session.get_one(Organisation, organisation.id)
    roles = MembershipRole
    assert first_member(organisation, roles.ADMIN) == stays != later
    assert first_member(organisation, roles.BROKER, roles.RESEARCHER, roles.ADMIN) == researcher
    assert first_member(organisation, roles.REVIEWER) is None
