"""A small world that the guard tests of one module share: every kind of reader, every kind of listing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import drain_once
from marketplace.introductions.service import open_introduction
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.revisions import send_revision
from marketplace.listings.workflow import ListingAction
from marketplace.matching.marks import make_mark
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.results.models import Result
from marketplace.results.service import data_of_result, move_result
from search.encoder import CachedEncoder, Encoder, FileVectorCache, SentenceTransformerEncoder
from search.model_store import ModelInfo
from search.ranking import MatchLevel
from tests.conftest import Client, make_settings, use_encoder
from tests.factories import Factory
from tests.guards import routes_organisations
from tests.guards.routes_accounts import account_urls
from tests.guards.routes_disclosure import add_detail_requests
from tests.guards.routes_officer import add_office

OWN_ZONE, OTHER_ZONE = "teda", "thip"

BuildSite = Callable[..., Flask]


@pytest.fixture(scope="session")
def kept_encoder(encoder: SentenceTransformerEncoder, instance_path: Path) -> Iterator[Encoder]:
    """The real model; the few texts of these tests are encoded once and kept between runs."""
    cache = FileVectorCache(instance_path / "cache" / "guards.sqlite")
    yield CachedEncoder(encoder, cache)
    cache.close()


@pytest.fixture(scope="module")
def build_site(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_database: Path,
    model_info: ModelInfo,
    kept_encoder: Encoder,
) -> Iterator[BuildSite]:
    """Make further sites with settings of their own; templates refuse undefined names."""
    built: list[Flask] = []

    def build(**values: Any) -> Flask:
        folder = tmp_path_factory.mktemp("site")
        shutil.copy(migrated_database, folder / "site.db")
        app = create_app(make_settings(folder, **values))
        app.config["WTF_CSRF_ENABLED"] = False
        app.jinja_env.undefined = StrictUndefined
        app.test_client_class = Client
        use_encoder(app, model_info, kept_encoder)
        built.append(app)
        return app

    yield build
    for app in built:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="module")
def site(build_site: BuildSite) -> Flask:
    return build_site()


def enter(app: Flask, session_id: str | None) -> FlaskClient:
    """A client of this person (``Person.get_id``), None for a visitor; the log-in has tests of its own."""
    client = app.test_client()
    if session_id is not None:
        with client.session_transaction() as cookie:
            cookie["_user_id"] = session_id
    return client


def bring_index_up_to_date(app: Flask) -> None:
    """Needs an application context."""
    runtime: SearchRuntime = app.extensions["search"]
    engine = runtime.open_writer()
    try:
        while drain_once(engine, runtime.indexing_encoder):
            pass
    finally:
        engine.close()
    runtime.__dict__.pop("engine", None)  # a reader looks at the manifest every 0.2 s; be exact


@dataclass
class World:
    """``people``: role → session id (None: visitor); ``urls``: name of an object → its address."""

    app: Flask
    people: dict[str, str | None] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def client(self, role: str) -> FlaskClient:
        session_id = self.people[role]
        if session_id is not None:  # the present one: what people do may end their sessions
            with self.app.app_context():
                session_id = db.session.get_one(Person, int(session_id.partition(":")[0])).get_id()
        return enter(self.app, session_id)


def _people(make: Factory, world: World, **organisations: Any) -> None:
    def add(role: str, person: Person) -> None:
        world.people[role] = person.get_id()

    world.people["visitor"] = None
    for role in MembershipRole:
        add(f"own {role.value}", make.person(organisations["owner"], role))
        add(f"other {role.value}", make.person(organisations["outsider"], role))
    add("invited", make.person(organisations["invited"], MembershipRole.ENTERPRISE))
    add("expert", make.expert("newenergy"))
    add("district officer", make.officer())
    add("supervisor", make.officer(OfficerLevel.SUPERVISOR))
    add("own zone officer", make.officer(OfficerLevel.ZONE, OWN_ZONE))
    add("other zone officer", make.officer(OfficerLevel.ZONE, OTHER_ZONE))


def _add_listings(make: Factory, world: World, owner: Any, contact: Person, invited: Any) -> None:
    soon = clock.now() + timedelta(days=2)
    makers: dict[str, Callable[..., Result | Demand]] = {"results": make.result, "demands": make.demand}
    for kind, maker in makers.items():
        listings = {
            "public": maker(owner, contact),
            "draft": maker(owner, contact, published=False),
            "withdrawn": maker(owner, contact),
            "controlled": maker(owner, contact, published=False),
        }
        make.withdraw(listings["withdrawn"], contact)
        make.publish(listings["controlled"], contact, SecrecyVerdict.CONTROLLED)
        with clock.frozen(clock.now() - timedelta(days=9)):
            listings["expired"] = maker(owner, contact, valid_until=soon - timedelta(days=5))
        if kind == "demands":
            listings["masked"] = maker(owner, contact, disclosure=Disclosure.MASKED)
            listings["directed"] = maker(owner, contact, directed_to=(invited,), intended_experts="某教授")
        for name, listing in listings.items():
            world.urls[f"{kind} {name}"] = f"/{kind}/{listing.public_id}"


def _add_reviews(make: Factory, world: World, owner: Any, contact: Person) -> None:
    """A listing that waits for 单位审核, and a published one with an edit that does."""
    waiting, edited = make.result(owner, contact, published=False), make.result(owner, contact)
    with transaction() as session:
        actor = reader_of(session.merge(contact))
        move_result(session, actor, session.merge(waiting), ListingAction.SUBMIT)
        row = session.merge(edited)
        data = data_of_result(row)
        data = replace(data, columns=replace(data.columns, summary="另一种说法的公开简介。"))
        edit = send_revision(session, actor, row, data, "写得更清楚")
        world.urls["edit"] = f"/revisions/{edit.public_id}"
    for name, listing in (("waiting", waiting), ("edited", edited)):
        world.urls[f"results {name}"] = f"/results/{listing.public_id}"
        world.urls[f"review {name}"] = f"/review/result/{listing.public_id}"
    world.urls["history"] = f"/results/{edited.public_id}/history"
    world.urls["reviews"] = "/review"
    world.urls["my listings"] = "/my/listings"


def _add_introduction(make: Factory, world: World, owner: Any, contact: Person, outsider: Any) -> None:
    """ "other" asks for a result of "own"; and a match somebody may say a word on."""
    result = make.result(owner, contact, title="别处有人申请对接的成果")
    asker = make.person(outsider, MembershipRole.RESEARCHER)
    with transaction() as session:
        result = session.merge(result)
        introduction = open_introduction(
            session, reader_of(session.merge(asker)), result, None, "想了解中试线的情况，盼复。"
        )
        world.urls["introduction"] = f"/introductions/{introduction.public_id}"
        world.urls["introductions"] = "/introductions"
        world.urls["assisting"] = "/introductions/assist"
        world.urls["asking"] = f"/introductions/new?result={result.public_id}"
        world.urls["feedback"] = f"/match/feedback?mark={make_mark(None, result, MatchLevel.GOOD, 0.5)}"


@pytest.fixture(scope="module")
def world(site: Flask) -> World:
    found = World(site)
    with site.app_context():
        make = Factory()
        owner, contact = make.staffed(zone=OWN_ZONE, introduction="简介")
        outsider = make.organisation(zone=OTHER_ZONE, kind=OrganisationKind.UNIVERSITY)
        invited = make.organisation(zone=OTHER_ZONE)
        _people(make, found, owner=owner, outsider=outsider, invited=invited)
        _add_listings(make, found, owner, contact, invited)
        _add_reviews(make, found, owner, contact)
        add_detail_requests(make, found.urls, owner, contact, outsider)
        found.urls["organisation"] = f"/organisations/{db.session.merge(owner).public_id}"
        found.urls |= routes_organisations.add_objects(make, found.people, owner, contact)
        found.urls |= account_urls(make.person(outsider))
        _add_introduction(make, found, owner, contact, outsider)
        add_office(make, found.urls, owner, contact)
        bring_index_up_to_date(site)
    return found
