"""Every route of drafts and 代填 × every role × own and foreign drafts."""

import pytest
from flask import Flask, template_rendered

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core.db import db, transaction
from marketplace.demands.confirmation import confirmation_token, send_confirmation
from marketplace.demands.models import Demand
from marketplace.demands.service import create_demand, data_of_demand
from marketplace.drafting.service import create_draft, create_draft_for
from tests.guards.conftest import World
from tests.guards.routes_drafting import DRAFTING, REST
from tests.guards.test_routes import ROLES


@pytest.fixture(scope="module")
def drafted(world: World) -> World:
    """The world with a draft of the owner's, one entered for the owner, and a link to confirm a need."""
    with world.app.app_context(), transaction() as session:
        author, broker = _person(world, "own researcher"), _person(world, "other broker")
        public_id = world.urls["demands public"].rpartition("/")[2]
        public = session.query(Demand).filter_by(public_id=public_id).one()
        entered = create_draft_for(session, reader_of(broker), public.organisation)
        own = create_draft(session, reader_of(author), "demand")
        demand = create_demand(
            session, reader_of(broker), public.organisation, None, data_of_demand(public),
            confirmation_email="owner@unit.example",
        )  # fmt: skip
        send_confirmation(session, reader_of(broker), demand)
        world.urls |= {
            "draft": f"/drafts/{own.public_id}",
            "entered draft": f"/drafts/{entered.public_id}",
            "confirmation": f"/confirm/{confirmation_token(demand, days=14)}",
        }
    return world


def test_no_page_template_of_the_feature_is_left_out(drafted: World) -> None:
    seen: set[str] = set()

    def note(sender: Flask, template: object, context: object) -> None:
        seen.add(str(getattr(template, "name", "")))

    template_rendered.connect(note, drafted.app)
    try:
        for role in ("own researcher", "other broker"):
            for (_, method), objects in DRAFTING.items():
                for pattern in objects if method == "GET" else ():
                    drafted.client(role).get(pattern.format_map(drafted.urls)).close()
    finally:
        template_rendered.disconnect(note, drafted.app)
    names = drafted.app.jinja_env.list_templates(["html"])
    assert {n for n in names if n.startswith("drafting/") and "/_" not in n} <= seen


def _person(world: World, role: str) -> Person:
    session_id = world.people[role]
    assert session_id is not None
    return db.session.get_one(Person, int(session_id.partition(":")[0]))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answer(drafted: World, role: str) -> None:
    found, declared = {}, {}
    for (endpoint, method), objects in DRAFTING.items():
        for pattern, answers in objects.items():
            key = f"{method} {endpoint} {pattern}"
            declared[key] = answers.get(role, answers[REST])
            path = pattern.format_map(drafted.urls)
            with drafted.client(role).open(path, method=method) as response:
                found[key] = response.status_code
    assert found == declared
