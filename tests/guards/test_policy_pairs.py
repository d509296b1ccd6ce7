"""Every reading rule exists three times, as Python, as SQL and as audience tokens, with one answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.core.db import db
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.documents import listing_document
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.policy import is_live, live
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from tests.factories import Factory
from tests.guards.states import NOW, SECOND, ZONES, State, is_readable, organisations, put, states

ROWS = 6  # of each kind, given a new state in each example


@dataclass(frozen=True)
class Someone:
    """A reader whose organisations are positions, as in State."""

    members: frozenset[int]
    office: tuple[OfficerLevel | None, str | None]

    def reader(self, ids: list[int]) -> Reader:
        own = frozenset(ids[i] for i in self.members)
        return Reader(
            person_id=1,
            organisation_ids=own,
            roles=frozenset((i, MembershipRole.RESEARCHER) for i in own),
            officer_level=self.office[0],
            officer_zone=self.office[1],
        )


offices: list[tuple[OfficerLevel | None, str | None]] = [
    (None, None), (None, None), (OfficerLevel.DISTRICT, None), (OfficerLevel.SUPERVISOR, None),
    *((OfficerLevel.ZONE, zone) for zone in ZONES),
]  # fmt: skip
people = st.builds(Someone, members=st.frozensets(organisations, max_size=2), office=st.sampled_from(offices))


@pytest.fixture(scope="module")
def ids(site: Flask) -> tuple[list[int], list[int], list[int]]:
    """Ids of the organisations, results and demands that every example reuses."""
    with site.app_context():
        make = Factory()
        owner, contact = make.staffed(zone=ZONES[0])
        owners = [owner.id, *(make.organisation(zone=zone).id for zone in ZONES[1:])]
        results = [make.result(owner, contact, published=False).id for _ in range(ROWS)]
        demands = [make.demand(owner, contact, published=False).id for _ in range(ROWS)]
    return owners, results, demands


RULES: tuple[tuple[type[Any], Any], ...] = ((Result, result_policy), (Demand, demand_policy))


def check(found: list[Result] | list[Demand], reader: Reader, model: type[Any], policy: Any) -> None:
    by_python = {row.id for row in found if policy.can_read(reader, row, NOW)}
    by_sql = set(db.session.scalars(select(model.id).where(policy.readable(reader, NOW))))
    assert by_python == by_sql & {row.id for row in found}
    assert by_python == {row.id for row in found if is_readable(reader, row)}
    living = {row.id for row in found if is_live(row, NOW)}
    assert living == set(db.session.scalars(select(model.id).where(live(model, NOW)))) & {r.id for r in found}
    for row in found:
        document = listing_document(row, NOW, 1)
        assert (document is not None) == (row.id in living)
        if document is not None:
            assert bool(document.audience & reader.tokens) == (row.id in by_python)


def compare(site: Flask, ids: tuple[list[int], ...], drawn: list[State], someone: Someone) -> None:
    owner_ids, *listing_ids = ids
    with site.app_context():
        try:
            owners = [db.session.get_one(Organisation, i) for i in owner_ids]
            for (model, policy), numbers in zip(RULES, listing_ids, strict=True):
                found = [db.session.get_one(model, i) for i in numbers]
                for row, state in zip(found, drawn, strict=False):
                    put(row, state, owners)
                db.session.flush()
                check(found, someone.reader(owner_ids), model, policy)
        finally:
            db.session.rollback()


EXAMPLES = settings(
    max_examples=120, deadline=None, database=None, suppress_health_check=[HealthCheck.filter_too_much]
)


@EXAMPLES
@given(drawn=st.lists(states, min_size=ROWS, max_size=ROWS), someone=people)
def test_the_rules_agree(
    site: Flask, ids: tuple[list[int], ...], drawn: list[State], someone: Someone
) -> None:
    compare(site, ids, drawn, someone)


def officers_without_their_zone(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda reader, *rest: original(Reader(reader.person_id, reader.organisation_ids), *rest)


def as_if_a_second_later(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: original(*arguments[:-1], arguments[-1] + SECOND)


@pytest.mark.parametrize("policy", [result_policy, demand_policy])
@pytest.mark.parametrize("breaking", [officers_without_their_zone, as_if_a_second_later])
@pytest.mark.parametrize("side", ["readable", "can_read"])
def test_a_rule_broken_on_one_side_is_noticed(
    site: Flask, ids: tuple[list[int], ...], monkeypatch: pytest.MonkeyPatch,
    policy: Any, breaking: Callable[..., Any], side: str,
) -> None:  # fmt: skip
    drawn = [
        State(0, ListingStatus.PUBLISHED, secrecy, ends, ZONES[0], Disclosure.OPEN, frozenset())
        for secrecy in (SecrecyVerdict.PUBLIC, SecrecyVerdict.CONTROLLED)
        for ends in (0, 1, 2)
    ]
    strangers = [Someone(frozenset(), office) for office in offices]
    for someone in strangers:
        compare(site, ids, drawn, someone)
    monkeypatch.setattr(policy, side, breaking(getattr(policy, side)))
    with pytest.raises(AssertionError):  # noqa: PT012  # which of them shows it depends on the rule
        for someone in strangers:
            compare(site, ids, drawn, someone)
