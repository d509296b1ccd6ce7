"""Random people do random things to listings: nothing illegal, nothing stale, nothing unreadable found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import VISITOR, Reader
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.core.jobs import HANDLERS, Job
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.demands.service import move_sourcing
from marketplace.demands.workflow import TRANSITIONS, SourcingAction
from marketplace.listings.choices import ListingStatus, RevisionStatus, SecrecyVerdict
from marketplace.listings.content import CONTENT, content_of
from marketplace.listings.following import renew_listing
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import (
    OPEN,
    decide_revision,
    dump,
    of_listing,
    open_revision,
    send_revision,
)
from marketplace.listings.service import Review, record_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from tests.factories import Factory
from tests.guards.conftest import build_site, kept_encoder, site

__all__ = ["build_site", "kept_encoder", "site"]  # fixtures of the guards: one site for the module

START = datetime(2026, 11, 2, 4, tzinfo=UTC)
NAMES = ("institute result", "institute demand", "enterprise result", "enterprise demand")
MOVES = {(source, row.target) for row in TRANSITIONS for source in row.sources}


@dataclass
class House:
    """Ids of the listings that every example starts from, and the readers who act on them."""

    listings: dict[str, tuple[str, int]]
    readers: dict[str, Reader]


@dataclass(frozen=True)
class Step:
    who: str
    listing: str
    what: str
    days: int


WHATS = (
    *(f"move {action.value}" for action in ListingAction),
    *(["move submit", "move file", "move approve", "move publish"] * 2),
    *(f"sourcing {action.value}" for action in SourcingAction),
    *(f"decide {action.value}" for action in RevisionAction),
    *["forward"] * 40,
    "renew", "edit text", "edit price", "edit both", "review public", "review controlled", "rewrite",
)  # fmt: skip
INSIDERS = ("institute member", "institute reviewer", "enterprise member", "district", "own zone")
OUTSIDERS = ("visitor", "other zone", "supervisor", "stranger")
steps = st.lists(
    st.builds(
        Step,
        who=st.sampled_from([*INSIDERS * 3, *OUTSIDERS]),
        listing=st.sampled_from(NAMES),
        what=st.sampled_from(WHATS),
        days=st.sampled_from([0, 0, 0, 0, 1, 8, 40, 200]),
    ),
    min_size=15,
    max_size=30,
)


@pytest.fixture(scope="module")
def house(site: Flask) -> House:
    with site.app_context(), clock.frozen(START):
        make = Factory()
        institute = make.organisation(kind=OrganisationKind.INSTITUTE)
        enterprise = make.organisation()
        roles = {institute.id: (MembershipRole.RESEARCHER, MembershipRole.ENTERPRISE), enterprise.id: ()}
        listings, people = {}, {}
        for name, owner in (("institute", institute), ("enterprise", enterprise)):
            person = make.person(owner, *roles[owner.id])
            listings[f"{name} result"] = ("result", make.result(owner, person, published=False).id)
            listings[f"{name} demand"] = ("demand", make.demand(owner, person, published=False).id)
            people[f"{name} member"] = Reader(person.id, frozenset({owner.id}))
        reviewer = make.person(institute, MembershipRole.REVIEWER)
        reviews = frozenset({(institute.id, MembershipRole.REVIEWER)})
        stranger = make.staffed()[0].id
        return House(listings, people | {
            "institute reviewer": Reader(reviewer.id, frozenset({institute.id}), reviews),
            "district": Reader(officer_level=OfficerLevel.DISTRICT),
            "supervisor": Reader(officer_level=OfficerLevel.SUPERVISOR),
            "own zone": Reader(officer_level=OfficerLevel.ZONE, officer_zone="teda"),
            "other zone": Reader(officer_level=OfficerLevel.ZONE, officer_zone="thip"),
            "visitor": VISITOR,
            "stranger": Reader(None, frozenset({stranger}), frozenset({(stranger, MembershipRole.REVIEWER)})),
        })  # fmt: skip


def edited(listing: Any, what: str) -> Any:
    """Another text, another price, or both."""
    data = content_of(listing).data_of(listing)
    columns: dict[str, Any] = {}
    if what != "edit price":
        text = "innovation" if isinstance(listing, Result) else "basis"
        columns[text] = f"{getattr(data.columns, text)}再加一句。"
    if what != "edit text":
        if isinstance(listing, Result):
            offers = tuple(replace(offer, price=(offer.price or 0) + 100) for offer in data.transfers)
            data = replace(data, transfers=offers)
        else:
            columns["budget"] = (data.columns.budget or 0) + 100
    return replace(data, columns=replace(data.columns, **columns))


def forward(listing: Any, house: str, edit: Any) -> list[tuple[str, str]]:
    """What leads on from here, by those whose turn it is: random hands alone seldom publish anything."""
    member, reviewer = f"{house} member", f"{house} reviewer" if house == "institute" else f"{house} member"
    match listing.status:
        case ListingStatus.DRAFT | ListingStatus.RETURNED:
            step = "move submit" if house == "institute" else "move file"
            return [(reviewer, "review public"), (member, step)]
        case ListingStatus.ORGANISATION_REVIEW:
            return [(reviewer, "review public"), (reviewer, "move approve")]
        case ListingStatus.SUBMITTED:
            return [("district", "move publish")]
        case ListingStatus.PUBLISHED if edit is not None:
            return [("district", "decide apply")]
        case ListingStatus.PUBLISHED:
            return [(member, "edit text")]
        case _:
            return [(member, "renew"), (member, "move reopen")]


def act(session: Any, actor: Reader, listing: Any, what: str) -> None:
    kind, _, action = what.partition(" ")
    match kind:
        case "move":
            content_of(listing).move(session, actor, listing, ListingAction.of(action), "理由")
        case "sourcing" if isinstance(listing, Demand):
            move_sourcing(session, actor, listing, SourcingAction.of(action), "理由")
        case "renew":
            renew_listing(session, actor, listing)
        case "edit":
            review = Review(verdict=SecrecyVerdict.PUBLIC)
            send_revision(session, actor, listing, edited(listing, what), review=review)
        case "decide":
            revision = open_revision(session, listing)
            if revision is not None:
                decide_revision(session, actor, revision, RevisionAction.of(action), "理由")
        case "review":
            record_review(session, actor, listing, Review(verdict=SecrecyVerdict.of(action)))
        case "rewrite" if listing.status in (ListingStatus.DRAFT, ListingStatus.RETURNED):
            content_of(listing).replace(session, listing, edited(listing, "edit both"))


def run_due_jobs(session: Any) -> None:
    """As the worker does, but inside the example's transaction."""
    due = select(Job).where(Job.done_at.is_(None), Job.next_try_at <= clock.now()).order_by(Job.next_try_at)
    while (job := session.scalars(due.limit(1)).first()) is not None:
        HANDLERS[job.action](session, job.object)
        job.done_at = clock.now()
        session.flush()


def check(session: Any, house: House, before: dict[str, ListingStatus]) -> None:
    rows = {name: session.get_one(CONTENT[kind].model, i) for name, (kind, i) in house.listings.items()}
    for name, row in rows.items():
        assert row.status is before[name] or (before[name], row.status) in MOVES, name
        check_revisions(session, row)
    check_queue(session, list(rows.values()))
    check_what_visitors_find(session, list(rows.values()))


def check_revisions(session: Any, row: Any) -> None:
    revisions = session.scalars(select(Revision).where(of_listing(row)).order_by(Revision.number)).all()
    assert [r.number for r in revisions] == list(range(1, len(revisions) + 1))
    edits = [r for r in revisions if r.of_live and r.status in OPEN]
    assert len(edits) <= 1
    assert not edits or row.status in (ListingStatus.PUBLISHED, ListingStatus.EXPIRED)
    first = [r for r in revisions if not r.of_live and r.status in OPEN]
    sent = row.status in (ListingStatus.ORGANISATION_REVIEW, ListingStatus.SUBMITTED)
    assert [r.status.value for r in first] == ([row.status.value] if sent else [])
    if row.status is ListingStatus.PUBLISHED:
        applied = [r for r in revisions if r.status is RevisionStatus.APPLIED]
        live = dump(content_of(row), content_of(row).data_of(row))
        assert max(applied, key=lambda r: (r.applied_at, r.number)).payload == live


def check_queue(session: Any, rows: list[Any]) -> None:
    waiting = {
        (item.kind, item.object_id)
        for item in session.scalars(select(QueueItem).where(QueueItem.closed_at.is_(None)))
    }
    listings = {
        (QueueKind.of(row.__tablename__), row.id) for row in rows if row.status is ListingStatus.SUBMITTED
    }
    submitted = select(Revision.id).where(Revision.of_live, Revision.status == RevisionStatus.SUBMITTED)
    assert waiting == listings | {(QueueKind.REVISION, i) for i in session.scalars(submitted)}


def check_what_visitors_find(session: Any, rows: list[Any]) -> None:
    """The rule in plain words, apart from the site's own."""
    now = clock.now()

    def is_shown(row: Any) -> bool:
        free = row.status is ListingStatus.PUBLISHED and row.secrecy is SecrecyVerdict.PUBLIC
        sought = isinstance(row, Result) or row.sourcing.value in ("seeking", "introducing")
        return free and sought and row.valid_until > now

    for model, policy in ((Result, result_policy), (Demand, demand_policy)):
        found = set(session.scalars(select(model.id).where(policy.readable(VISITOR, now))))
        assert found == {row.id for row in rows if isinstance(row, model) and is_shown(row)}


class Undone(Exception):
    """Ends an example's transaction, so that nothing of it stays."""


@contextmanager
def undone() -> Iterator[Any]:
    try:
        with transaction() as session:
            yield session
            raise Undone
    except Undone:
        pass


@settings(
    max_examples=60, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(plan=steps)
def test_the_life_of_listings_in_everybodys_hands(site: Flask, house: House, plan: list[Step]) -> None:
    moment = START
    with site.app_context(), undone() as session:
        for step in plan:
            moment += timedelta(days=step.days, seconds=1)
            with clock.frozen(moment):
                run_due_jobs(session)
                kind, identifier = house.listings[step.listing]
                listing = session.get_one(CONTENT[kind].model, identifier)
                pairs = [(step.who, step.what)]
                if step.what == "forward":
                    pairs = forward(listing, step.listing.split()[0], open_revision(session, listing))
                for who, what in pairs:
                    statuses = note(session, house)
                    attempt(session, house.readers[who], listing, what)
                    check(session, house, statuses)


def attempt(session: Any, actor: Reader, listing: Any, what: str) -> None:
    """As a request would: a declared error leaves nothing behind, any other fails the test."""
    try:
        with session.begin_nested():
            act(session, actor, listing, what)
            session.flush()
    except DomainError:
        session.expire_all()


def note(session: Any, house: House) -> dict[str, ListingStatus]:
    return {
        name: session.get_one(CONTENT[kind].model, i).status for name, (kind, i) in house.listings.items()
    }


def test_a_plan_reaches_what_it_should(site: Flask, house: House) -> None:
    """The steps of above do publish, edit and expire: the test is no walk in place."""
    plan = [
        ("institute member", "move submit"), ("institute reviewer", "review public"),
        ("institute reviewer", "move approve"), ("own zone", "move publish"),
        ("institute member", "edit both"), ("institute member", "edit price"),
        ("institute reviewer", "move return"), ("district", "decide apply"),
    ]  # fmt: skip
    with site.app_context(), undone() as session, clock.frozen(START):
        kind, identifier = house.listings["institute result"]
        listing = session.get_one(CONTENT[kind].model, identifier)
        for who, what in plan:
            attempt(session, house.readers[who], listing, what)
        edit = open_revision(session, listing)
        assert edit is not None and edit.status is RevisionStatus.ORGANISATION_REVIEW
        with clock.frozen(START + timedelta(days=366)):
            run_due_jobs(session)
            assert listing.status is ListingStatus.EXPIRED
            check(session, house, note(session, house))
