"""Every rule that stands twice, as SQL and as Python, gives one answer on random rows to random readers.

A walk over the site's functions finds a rule in SQL that has no pair here.
"""

import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, select

import marketplace
from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.admin import policy as queue_policy
from marketplace.announcements import policy as announcement_policy
from marketplace.announcements.models import Announcement
from marketplace.core.db import db
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure, SourcingStatus
from marketplace.demands.models import Demand
from marketplace.disclosure import lists as request_lists
from marketplace.disclosure import policy as disclosure_policy
from marketplace.disclosure import workflow as request_workflow
from marketplace.disclosure.choices import RequestStatus
from marketplace.disclosure.models import DetailRequest
from marketplace.drafting import policy as draft_policy
from marketplace.introductions import policy as introduction_policy
from marketplace.introductions.choices import IntroductionStatus, IntroductionTarget
from marketplace.introductions.models import Introduction
from marketplace.listings import policy as listing_policy
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.models import Draft
from marketplace.organisations import policy as organisation_policy
from marketplace.organisations.choices import MembershipRole, OfferDirection, OfferStatus
from marketplace.organisations.models import MembershipOffer, Organisation
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from tests.factories import Factory
from tests.guards.states import NOW, ZONES, State, is_storable, put

KINDS = frozenset(QueueKind) - {QueueKind.REPORT}  # one kind without a decision
EXAMPLES = range(60)


@dataclass(frozen=True)
class Pair:
    """``sql`` is the function of the site; the two callables put its further arguments in."""

    sql: Callable[..., Any]
    model: type[Any]
    clause: Callable[[Reader], ColumnElement[bool]]
    python: Callable[[Reader, Any], bool]


def _zone(row: Any) -> str:
    return str(row.organisation.zone if isinstance(row, Result) else row.zone)


def _in_zone(reader: Reader, model: type[Any]) -> ColumnElement[bool]:
    if model is Demand:
        return Demand.zone == reader.officer_zone
    return Result.organisation_id.in_(select(Organisation.id).where(Organisation.zone == reader.officer_zone))


def _of_organisations() -> Iterator[Pair]:
    rules: Any = organisation_policy
    for sql, python in (
        (rules.manageable, rules.can_manage),
        (rules.decidable, rules.can_decide),
        (rules.inside_readable, rules.can_read_inside),
        (rules.proofs_readable, rules.can_read_proofs),
    ):
        yield Pair(sql, Organisation, sql, python)
    yield Pair(rules.offers_readable, MembershipOffer, rules.offers_readable, rules.can_read_offer)


def _of_listings(model: Any, policy: Any) -> Iterator[Pair]:
    rules = listing_policy
    yield Pair(
        policy.readable, model, lambda r: policy.readable(r, NOW), lambda r, x: policy.can_read(r, x, NOW)
    )
    yield Pair(rules.live, model, lambda r: rules.live(model, NOW), lambda r, x: rules.is_live(x, NOW))
    yield Pair(
        rules.open_to_all, model, lambda r: rules.open_to_all(model, NOW), lambda r, x: rules.is_open(x, NOW)
    )
    yield Pair(rules.own, model, lambda r: rules.own(r, model), rules.belongs_to)
    yield Pair(
        rules.officers, model, lambda r: rules.officers(r, model, _in_zone(r, model)),
        lambda r, x: rules.reads_as_officer(r, x, _zone(x)),
    )  # fmt: skip
    details = disclosure_policy
    if model is Demand:
        yield Pair(policy.entered, model, policy.entered, policy.has_entered)
    yield Pair(
        details.details_readable, model, lambda r: details.details_readable(r, model, NOW),
        lambda r, x: details.can_read_details(db.session(), r, x, NOW),
    )  # fmt: skip


def pairs() -> Iterator[Pair]:
    yield from _of_organisations()
    yield from _of_listings(Result, result_policy)
    yield from _of_listings(Demand, demand_policy)
    lists, flow = request_lists, request_workflow
    yield Pair(lists.decided_by, DetailRequest, lists.decided_by, flow.decides)
    yield Pair(lists.asked_by, DetailRequest, lists.asked_by, flow.asked)
    yield Pair(draft_policy.editable, Draft, draft_policy.editable, draft_policy.can_edit)
    rules = introduction_policy
    yield Pair(rules.readable, Introduction, rules.readable, rules.can_read)
    yield Pair(rules.assisted, Introduction, rules.assisted, rules.assists)
    queue = queue_policy
    yield Pair(
        queue.readable,
        QueueItem,
        lambda r: queue.readable(r, KINDS),
        lambda r, x: queue.can_read(r, x, KINDS),
    )
    yield Pair(
        queue.decidable, QueueItem, lambda r: queue.decidable(r, KINDS),
        lambda r, x: queue.can_decide(r, x, KINDS),
    )  # fmt: skip
    news = announcement_policy
    yield Pair(news.readable, Announcement, news.readable, news.can_read)


PAIRS = tuple(pairs())


# Random rows


@dataclass(frozen=True)
class Ids:
    people: list[int]
    organisations: list[int]
    results: list[int]
    demands: list[int]


@pytest.fixture(scope="module")
def ids(site: Flask) -> Ids:
    with site.app_context():
        make = Factory()
        owner, contact = make.staffed(zone=ZONES[0])
        owners = [owner.id, *(make.organisation(zone=zone).id for zone in (*ZONES[1:], ZONES[0]))]
        make.announcement()
        make.announcement(published=False)
        return Ids(
            [contact.id, *(make.person().id for _ in range(2))],
            owners,
            [make.result(owner, contact, published=False).id for _ in range(5)],
            [make.demand(owner, contact, published=False).id for _ in range(5)],
        )


@dataclass
class World:
    """One example: everything the rules look at, drawn anew."""

    ids: Ids
    draw: random.Random

    def __post_init__(self) -> None:
        self.organisations = [db.session.get_one(Organisation, i) for i in self.ids.organisations]
        for row in self.organisations:
            row.zone = self.draw.choice(ZONES)
        self.results = [db.session.get_one(Result, i) for i in self.ids.results]
        self.demands = [db.session.get_one(Demand, i) for i in self.ids.demands]
        for listing in (*self.results, *self.demands):
            self._place(listing)
        db.session.add_all([*self._offers(), *self._drafts(), *self._introductions(), *self._items()])
        db.session.add_all(self._requests())
        db.session.flush()

    def someone(self) -> int:
        return self.draw.choice(self.ids.people)

    def reader(self) -> Reader:
        level = self.draw.choice([None, None, None, *OfficerLevel])
        own = frozenset(self.draw.sample(self.ids.organisations, self.draw.randint(0, 2)))
        roles = {
            (o, self.draw.choice(list(MembershipRole))) for o in own for _ in range(self.draw.randint(1, 2))
        }
        return Reader(
            person_id=self.draw.choice([None, *self.ids.people]),
            organisation_ids=own,
            roles=frozenset(roles),
            officer_level=level,
            officer_zone=self.draw.choice(ZONES) if level is OfficerLevel.ZONE else None,
        )

    def _place(self, listing: Result | Demand) -> None:
        draw = self.draw
        while not is_storable(state := self._state()):
            pass
        put(listing, state, self.organisations)
        listing.contact_id = self.someone()
        if isinstance(listing, Demand) and state.status is ListingStatus.DRAFT:
            listing.published_at = draw.choice([None, listing.published_at])
            listing.entered_by_id = self.someone()

    def _state(self) -> State:
        draw = self.draw
        return State(
            owner=draw.randrange(len(ZONES)),
            status=draw.choice([*ListingStatus, *[ListingStatus.PUBLISHED] * 8]),
            secrecy=draw.choice(list(SecrecyVerdict)),
            ends=draw.choice([-1, 0, 1, 86_400]),
            zone=draw.choice(ZONES),
            disclosure=draw.choice(list(Disclosure)),
            invited=frozenset(draw.sample(range(len(ZONES)), draw.randint(0, 2))),
            sourcing=draw.choice([*SourcingStatus, *[SourcingStatus.SEEKING] * 5]),
        )

    def _offers(self) -> Iterator[MembershipOffer]:
        for _ in range(6):
            direction = self.draw.choice(list(OfferDirection))
            invitation = direction is OfferDirection.INVITATION
            yield MembershipOffer(
                organisation_id=self.draw.choice(self.ids.organisations),
                direction=direction,
                status=OfferStatus.DECLINED,
                email="x@unit.example" if invitation else None,
                person_id=self.draw.choice([None, self.someone()]) if invitation else self.someone(),
                created_by_id=self.someone(),
                to_officer=self.draw.random() < 0.5,
                expires_at=NOW,
                decided_at=NOW,
            )

    def _drafts(self) -> Iterator[Draft]:
        for _ in range(8):
            owner = self.draw.choice([None, *self.ids.organisations])
            acting = self.draw.choice([owner, owner, None, *self.ids.organisations])
            yield Draft(
                kind="demand", organisation_id=owner, acting_for_id=acting, author_id=self.someone(),
                payload="{}", updated_at=NOW,
            )  # fmt: skip

    def _introductions(self) -> Iterator[Introduction]:
        for _ in range(8):
            asking, asked = self.draw.sample(self.ids.organisations, 2)
            result, demand = self.draw.choice(self.ids.results), self.draw.choice(self.ids.demands)
            by_result = self.draw.random() < 0.5
            both = self.draw.random() < 0.5
            yield Introduction(
                target=IntroductionTarget.RESULT if by_result else IntroductionTarget.DEMAND,
                status=IntroductionStatus.FAILED,  # ended: as many of one pair as are drawn
                result_id=result if by_result or both else None,
                demand_id=demand if both or not by_result else None,
                from_organisation_id=asking, to_organisation_id=asked, opened_by_id=self.someone(),
                broker_id=self.draw.choice([None, self.someone()]), message="x", reply_due_at=NOW,
                ended_at=NOW, end_reason="x",
            )  # fmt: skip

    def _items(self) -> Iterator[QueueItem]:
        for number in range(10_000, 10_008):
            closed = self.draw.random() < 0.3
            yield QueueItem(
                kind=self.draw.choice(list(QueueKind)), object_id=number, title="x",
                zone=self.draw.choice(ZONES), opened_at=NOW, due_at=NOW, closed_at=NOW if closed else None,
            )  # fmt: skip

    def _requests(self) -> Iterator[DetailRequest]:
        """One of each organisation for each listing: not more than one may be open."""
        for listing in (*self.results, *self.demands):
            for organisation in self.draw.sample(self.ids.organisations, 2):
                status = self.draw.choice(
                    [RequestStatus.PENDING, *[RequestStatus.GRANTED] * 3, RequestStatus.WITHDRAWN]
                )
                yield DetailRequest(
                    result=listing if isinstance(listing, Result) else None,
                    demand=listing if isinstance(listing, Demand) else None,
                    organisation_id=organisation, person_id=self.someone(), purpose="x", status=status,
                    due_at=NOW, closed_at=None if status is RequestStatus.PENDING else NOW,
                    granted_until=NOW + timedelta(seconds=self.draw.choice([-1, 0, 1])),
                )  # fmt: skip


def answers(site: Flask, ids: Ids, pair: Pair) -> Iterator[tuple[set[int], set[int], set[int]]]:
    """By Python, by SQL, and all there are, for each example."""
    for seed in EXAMPLES:
        with site.app_context():
            try:
                world = World(ids, random.Random(seed))  # noqa: S311  # examples, no secrets
                reader = world.reader()
                rows = db.session.scalars(select(pair.model)).all()
                by_sql = set(db.session.scalars(select(pair.model.id).where(pair.clause(reader))))
                yield {row.id for row in rows if pair.python(reader, row)}, by_sql, {row.id for row in rows}
            finally:
                db.session.rollback()


def _name(pair: Pair) -> str:
    return f"{pair.sql.__module__}.{pair.sql.__name__}[{pair.model.__name__}]"


@pytest.mark.parametrize("pair", PAIRS, ids=_name)
def test_both_sides_agree(site: Flask, ids: Ids, pair: Pair) -> None:
    granted = refused = 0
    for by_python, by_sql, every in answers(site, ids, pair):
        assert by_python == by_sql
        granted, refused = granted + len(by_sql), refused + len(every - by_sql)
    assert granted and refused  # a rule that is asked nothing proves nothing


# The walk


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def sql_rules() -> set[Callable[..., Any]]:
    """Public functions that answer with a condition for a reader, or for all rows of a model."""
    found = set()
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(value) or value.__module__ != module.__name__:
                continue
            signature = inspect.signature(value)
            first = next(iter(signature.parameters), "")
            if "ColumnElement" in str(signature.return_annotation) and first in ("reader", "model"):
                found.add(value)
    return found


def without_pair() -> set[str]:
    return {f"{rule.__module__}.{rule.__name__}" for rule in sql_rules() - {pair.sql for pair in PAIRS}}


def test_every_rule_in_sql_has_its_pair() -> None:
    assert without_pair() == set()


def test_the_walk_finds_a_rule_without_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(reader: Reader) -> ColumnElement[bool]:
        return Result.id > 0

    planted.__module__ = "marketplace.results.policy"
    monkeypatch.setattr(result_policy, "planted", planted, raising=False)
    assert without_pair() == {"marketplace.results.policy.planted"}
