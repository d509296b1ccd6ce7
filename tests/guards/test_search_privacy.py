"""No page, header, suggestion, count or passage tells a reader of a listing that they may not read.

Every listing carries words of its own in each of its parts, so that a leak is seen by its word.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.policy import is_live
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from search.documents import Passages
from tests.factories import Factory
from tests.guards.conftest import bring_index_up_to_date, enter
from tests.guards.states import NOW, ZONES, State, is_inside, is_readable, put, states

RESULTS, DEMANDS, MASKED = 3, 3, 2  # listings given a new state in each example
LISTINGS = RESULTS + DEMANDS + MASKED
MASKED_NAMES = ("隐名精工股份有限公司", "隐名精工")
TITLES = ("硫化物电解质膜连续制备", "低温快充电池热管理", "盾构刀盘磨损在线监测")


def word(part: str, number: int) -> str:
    """The word that only this part of this listing holds: title, body, keyword, details, intended."""
    return f"{part}{number}xqz"


@dataclass(frozen=True)
class Library:
    app: Flask
    owners: list[int]
    masked_owner: int
    listings: list[tuple[type[Result] | type[Demand], int]]
    people: dict[str, int | None]


def _add(make: Factory, number: int, owner: Organisation, contact: Person) -> Result | Demand:
    values: dict[str, Any] = {
        "title": f"{TITLES[number % len(TITLES)]} {word('title', number)}",
        "keywords": (word("keyword", number), "电池", "监测"),
        "published": False,
    }
    if number < RESULTS:
        details = f"配方见 {word('details', number)}。"
        return make.result(
            owner, contact, summary=f"公开 {word('body', number)}。", details=details, **values
        )
    return make.demand(
        owner, contact, difficulty=f"难点 {word('body', number)}。",
        intended_experts=f"某大学 {word('intended', number)}", **values,
    )  # fmt: skip


@pytest.fixture(scope="module")
def library(site: Flask) -> Library:
    with site.app_context():
        make = Factory()
        owner, contact = make.staffed(zone=ZONES[0])
        masked, masked_contact = make.staffed(zone=ZONES[0], name=MASKED_NAMES[0], short_name=MASKED_NAMES[1])
        others = [make.organisation(zone=zone) for zone in ZONES[1:]]
        people: dict[str, int | None] = {"visitor": None, "member": contact.id, "masked": masked_contact.id}
        people["other"] = make.person(others[0], MembershipRole.RESEARCHER).id
        people["district"] = make.officer().id
        people["supervisor"] = make.officer(OfficerLevel.SUPERVISOR).id
        people |= {f"officer {zone}": make.officer(OfficerLevel.ZONE, zone).id for zone in ZONES[:2]}
        rows = [
            _add(make, n, *((masked, masked_contact) if n >= LISTINGS - MASKED else (owner, contact)))
            for n in range(LISTINGS)
        ]
        return Library(
            site, [owner.id, *(o.id for o in others)], masked.id, [(type(r), r.id) for r in rows], people
        )


def rearrange(library: Library, drawn: Sequence[State]) -> None:
    """Give every listing its drawn state; the masked enterprise's needs stay masked and its own."""
    with transaction() as session:
        owners = [session.get_one(Organisation, i) for i in library.owners]
        for number, ((model, listing_id), state) in enumerate(zip(library.listings, drawn, strict=True)):
            row = session.get_one(model, listing_id)
            put(row, state, owners)
            if number >= LISTINGS - MASKED:
                row.organisation = session.get_one(Organisation, library.masked_owner)
                row.disclosure = Disclosure.MASKED
    bring_index_up_to_date(library.app)


class RecordingEngine:
    """The real engine; remembers whose passages were asked for."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def passages(self, ids: Sequence[str]) -> dict[str, Passages]:
        self.asked.update(ids)
        found: dict[str, Passages] = self._engine.passages(ids)
        return found


@dataclass
class Eye:
    """One reader, and what of the library they may see."""

    client: FlaskClient
    reader: Reader
    rows: list[Result | Demand]

    def may_read(self, row: Result | Demand) -> bool:
        return is_readable(self.reader, row)

    def may_find(self, row: Result | Demand) -> bool:
        return is_live(row, NOW) and self.may_read(row)

    def may_know_masked(self) -> bool:
        return any(r.organisation.name == MASKED_NAMES[0] and is_inside(self.reader, r) for r in self.rows)

    def hidden_words(self, shown: Sequence[int] = ()) -> set[str]:
        """Words that no list may show; ``shown``: numbers of listings whose own page this is."""
        parts = ("title", "body", "keyword")
        hidden = {word(p, n) for n, row in enumerate(self.rows) if not self.may_find(row) and n not in shown
                  for p in parts}  # fmt: skip
        for number, row in enumerate(self.rows):
            entitled = number in shown and is_inside(self.reader, row)
            if not entitled:
                hidden |= {word("details", number), word("intended", number)}
        return hidden

    def look(self, path: str, shown: Sequence[int] = (), echoed: str = "", **post: Any) -> str:
        response = self.client.post(path, data=post) if post else self.client.get(path)
        page = response.get_data(as_text=True)
        assert response.status_code in (200, 404), path
        hidden = self.hidden_words(shown) - {echoed}
        if not self.may_know_masked():
            hidden |= set(MASKED_NAMES)
        everything = f"{response.headers}\n{page}"
        assert not [w for w in hidden if w in everything], path
        return page


def check_counts(eye: Eye) -> None:
    for kind, model in (("", (Result, Demand)), ("result", Result), ("demand", Demand)):
        page = eye.look(f"/search?kind={kind}")
        found = [row for row in eye.rows if isinstance(row, model) and eye.may_find(row)]
        total = re.search(r'class="search-total"><strong class="num">(\d+)<', page)
        assert total is not None and int(total[1]) == len(found)
        zones = Counter(r.organisation.zone if isinstance(r, Result) else r.zone for r in found)
        counted = re.findall(r'id="filter-zone-(\w+)".*?class="count">(\d+)<', page, re.DOTALL)
        assert {zone: int(count) for zone, count in counted} == zones
        for number, row in enumerate(eye.rows):
            assert (word("title", number) in page) == (row in found)


def check_lists(eye: Eye) -> None:
    eye.look("/")
    for sort in ("newest", "trl", "price"):
        eye.look(f"/search?sort={sort}")
    for number in range(LISTINGS):
        for part in ("body", "keyword"):
            eye.look(f"/search?q={word(part, number)}", echoed=word(part, number))
    for prefix in ("title", "keyword", MASKED_NAMES[1][:2]):
        eye.look(f"/search/suggest?q={prefix}")
    for direction in ("need", "result"):
        eye.look("/match", direction=direction, text="低温快充电池热管理与电解质膜的在线监测")


def check_pages(eye: Eye) -> None:
    for number, row in enumerate(eye.rows):
        kind = "results" if isinstance(row, Result) else "demands"
        page = eye.look(f"/{kind}/{row.public_id}", shown=(number,) if eye.may_read(row) else ())
        assert (word("title", number) in page) == eye.may_read(row)
    for organisation in {row.organisation for row in eye.rows if row.organisation.name != MASKED_NAMES[0]}:
        eye.look(f"/organisations/{organisation.public_id}")


@pytest.fixture
def frozen() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # an example takes a second: no shrinking
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    drawn=st.lists(states, min_size=LISTINGS, max_size=LISTINGS),
    names=st.sets(st.sampled_from(["visitor", "member", "masked", "other", "district", "supervisor",
                                   "officer teda", "officer thip"]), min_size=2, max_size=2),
)  # fmt: skip
def test_nothing_is_told_to_who_may_not_read_it(
    library: Library, frozen: None, drawn: list[State], names: set[str]
) -> None:
    with library.app.app_context():
        rearrange(library, drawn)
        search = library.app.extensions["search"]
        for name in sorted(names):
            recording = RecordingEngine(search.engine)
            search.__dict__["engine"] = recording
            person_id = library.people[name]
            person = db.session.get_one(Person, person_id) if person_id else None
            client = enter(library.app, person.get_id() if person else None)
            rows = [db.session.get_one(model, i) for model, i in library.listings]
            eye = Eye(client, reader_of(person), rows)
            for check in (check_counts, check_lists, check_pages):
                check(eye)
            db.session.rollback()
            readable = {f"{r.__tablename__}:{r.id}" for r in rows if eye.may_read(r)}
            assert recording.asked <= readable
            search.__dict__.pop("engine")


def test_the_masked_name_is_told_to_who_may_know_it(library: Library, frozen: None) -> None:
    """Otherwise the test above would pass on a site that never shows a name."""
    state = State(
        0, ListingStatus.PUBLISHED, SecrecyVerdict.PUBLIC, 9, ZONES[0], Disclosure.OPEN, frozenset()
    )
    with library.app.app_context():
        rearrange(library, [state] * LISTINGS)
        row = db.session.get_one(Demand, library.listings[-1][1])
        path, person_id = f"/demands/{row.public_id}", library.people["masked"]
        own = enter(library.app, db.session.get_one(Person, person_id).get_id())
        assert MASKED_NAMES[1] in own.get(path).get_data(as_text=True)
        visitor = enter(library.app, None)
        assert MASKED_NAMES[1] not in visitor.get(path).get_data(as_text=True)
        assert word("title", LISTINGS - 1) in visitor.get(path).get_data(as_text=True)
        page = enter(library.app, None).get(f"/organisations/{row.organisation.public_id}")
        assert word("title", LISTINGS - 1) not in page.get_data(as_text=True)
