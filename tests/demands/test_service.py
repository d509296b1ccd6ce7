"""Entering a need: each wrong value is refused beside its field, and leaves nothing behind."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import InvalidInput, NotAllowed, NotFound
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.demands.service import get_demand
from marketplace.listings.choices import (
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
    ListingStatus,
    SecrecyVerdict,
)
from marketplace.matching.cards import MASKED_NAME, contact_of, listing_card
from tests.factories import INDICATOR, Factory, Reader, reader_of
from tests.results.test_service import GRADE, row_counts

CHALLENGE = {"wants_challenge": True, "funds_declared": True}

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": ""}),
    ("title", {"title": "长" * 121}),
    ("difficulty", {"difficulty": "\n"}),
    ("field", {"field": "astrology"}),
    ("cluster", {"cluster": "nowhere"}),
    ("industry", {"industry": "ZZZ"}),
    ("zone", {"zone": "moon"}),
    ("months", {"months": 0}),
    ("months", {"months": 61}),
    ("min_trl", {"min_trl": 0}),
    ("min_trl", {"min_trl": 10}),
    ("budget", {"budget": 0}),
    ("budget", {"budget": -1}),
    ("cooperation", {"cooperation": ()}),
    ("directed_to", {"disclosure": Disclosure.DIRECTED}),
    ("wants_challenge", {"wants_challenge": True}),
    ("wants_challenge", {**CHALLENGE, "indicators": ()}),
    ("wants_challenge", {**CHALLENGE, "indicators": (GRADE,)}),
    (
        "wants_challenge",
        {**CHALLENGE, "indicators": (replace(INDICATOR, necessity=IndicatorNecessity.WISH),)},
    ),
    ("wants_challenge", {**CHALLENGE, "indicators": (replace(INDICATOR, role=IndicatorRole.PRESENT),)}),
    ("keywords", {"keywords": ("一", "二")}),
    ("indicators", {"indicators": (replace(INDICATOR, operator=IndicatorOperator.RANGE),)}),
    ("indicators", {"indicators": (replace(INDICATOR, type=IndicatorType.CRITERION),)}),
]


@pytest.mark.parametrize(("field", "values"), REFUSED)
def test_a_wrong_value_is_refused_beside_its_field(make: Factory, field: str, values: dict[str, Any]) -> None:
    organisation, person = make.staffed()
    before = row_counts()
    with pytest.raises(InvalidInput) as caught:
        make.demand(organisation, person, published=False, **values)
    assert caught.value.field == field
    assert caught.value.message.endswith("。")
    assert row_counts() == before


def test_organisations_are_named_for_directed_needs_only(make: Factory) -> None:
    organisation, person = make.staffed()
    with pytest.raises(InvalidInput) as caught:
        make.demand(organisation, person, directed_to=(make.organisation(),), disclosure=Disclosure.OPEN)
    assert caught.value.field == "directed_to"


def test_right_values_at_their_edges_are_taken(make: Factory) -> None:
    other = make.organisation()
    demand = make.demand(
        *make.staffed(), **CHALLENGE, months=60, min_trl=9, budget=1, directed_to=(other,), title="长" * 120
    )
    assert demand.status is ListingStatus.PUBLISHED
    assert [row.organisation_id for row in demand.directed_to] == [other.id]


def test_only_members_enter_needs_of_an_organisation(make: Factory) -> None:
    organisation, _ = make.staffed()
    _, stranger = make.staffed()
    with pytest.raises(NotAllowed):
        make.demand(organisation, stranger)


def test_the_number_holds_the_year_in_shanghai(make: Factory) -> None:
    organisation, person = make.staffed()
    with clock.frozen(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)):
        demand = make.demand(organisation, person, published=False)
    assert demand.number == f"XQ-2027-{demand.id:06d}"


def test_unknown_and_unreadable_needs_are_not_found_alike(make: Factory) -> None:
    other, guest = make.staffed()
    directed = make.demand(*make.staffed(), directed_to=(other,))
    messages = set()
    for public_id in (directed.public_id, "nosuchone0"):
        with pytest.raises(NotFound) as caught:
            get_demand(db.session, Reader(), public_id)
        messages.add(caught.value.message)
    assert len(messages) == 1
    assert get_demand(db.session, reader_of(guest), directed.public_id) == directed


@pytest.mark.parametrize("disclosure", [Disclosure.OPEN, Disclosure.MASKED])
def test_cards_name_the_owner_to_those_who_may_know(
    app: Flask, make: Factory, disclosure: Disclosure
) -> None:
    organisation, person = make.staffed(name="津港精机制造有限公司", short_name="津港精机")
    _, stranger = make.staffed()
    demand = make.demand(organisation, person, disclosure=disclosure)
    masked = disclosure is Disclosure.MASKED
    readers = [
        (Reader(), not masked),
        (reader_of(stranger), not masked),
        (reader_of(person), True),
        (reader_of(make.officer()), True),
    ]
    for reader, known in readers:
        with app.test_request_context():
            row = db.session.get_one(Demand, demand.id)
            card, contact = listing_card(reader, row), contact_of(reader, row)
        assert (card.organisation == "津港精机") is known
        assert (card.organisation_url is not None) is known
        assert (card.organisation == MASKED_NAME) is not known
        assert ("津港" in contact) is known


def test_a_controlled_need_is_kept_from_visitors(make: Factory) -> None:
    organisation, person = make.staffed()
    demand = make.demand(organisation, person, published=False)
    make.publish(demand, person, SecrecyVerdict.CONTROLLED)
    with pytest.raises(NotFound):
        get_demand(db.session, Reader(), demand.public_id)
    assert get_demand(db.session, reader_of(person), demand.public_id)
