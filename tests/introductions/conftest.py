"""Two verified organisations with a listing each, a broker, officers, and shorthands for what they do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core.db import db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.introductions import service
from marketplace.introductions.models import Introduction
from marketplace.introductions.moves import move_introduction
from marketplace.introductions.workflow import IntroductionAction
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from tests.factories import Factory

MESSAGE = "我们在做整车低温试验，想了解电解质膜的量产情况。"
HIDDEN = {
    "name": "津港精密制造有限公司",
    "short_name": "津港精密",
    "address": "天津市滨海新区海缘路128号",
    "legal_person": "郑藏锋",
}
HIDDEN_PERSON = {"name": "王隐名", "email": "yinming@jingang.example", "phone": "13900001234"}
TELLING = (*HIDDEN.values(), *HIDDEN_PERSON.values())


@dataclass
class Parties:
    """``people``: seeker and colleague (the enterprise), owner (the institute), broker, officers."""

    make: Factory
    people: dict[str, Person] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    result: Result = None  # type: ignore[assignment]  # set by the fixture
    demand: Demand = None  # type: ignore[assignment]  # set by the fixture

    def reader(self, who: str) -> Reader:
        return reader_of(db.session.merge(self.people[who]))

    def ask(self, who: str = "seeker", *, offered: bool = False, **values: Any) -> Introduction:
        """The enterprise asks for the institute's result, perhaps under its need."""
        with transaction() as session:
            return service.open_introduction(
                session,
                self.reader(who),
                session.merge(self.result),
                session.merge(self.demand) if offered else None,
                values.get("message", MESSAGE),
            )

    def ask_back(self, *, offered: bool = False) -> Introduction:
        """The institute asks for the enterprise's need, perhaps under its result."""
        with transaction() as session:
            own = session.merge(self.result) if offered else None
            return service.open_introduction(
                session, self.reader("owner"), session.merge(self.demand), own, MESSAGE
            )

    def pair(self, who: str = "broker") -> Introduction:
        with transaction() as session:
            result, demand = session.merge(self.result), session.merge(self.demand)
            return service.open_for_both(session, self.reader(who), result, demand, MESSAGE)

    def move(
        self, who: str, introduction: Introduction, action: IntroductionAction, reason: str = ""
    ) -> Introduction:
        with transaction() as session:
            return move_introduction(session, self.reader(who), session.merge(introduction), action, reason)

    def again(self, introduction: Introduction) -> Introduction:
        db.session.rollback()
        return db.session.get_one(Introduction, introduction.id)


def build(make: Factory, disclosure: Disclosure = Disclosure.OPEN) -> Parties:
    parties = Parties(make)
    masked = disclosure is Disclosure.MASKED
    enterprise = make.organisation(zone="teda", **(HIDDEN if masked else {}))
    roles = (MembershipRole.ENTERPRISE, MembershipRole.REVIEWER)
    seeker = make.person(enterprise, *roles, **(HIDDEN_PERSON if masked else {}))
    institute, owner = make.staffed(kind=OrganisationKind.INSTITUTE, zone="thip")
    service_firm = make.organisation(kind=OrganisationKind.SERVICE, zone="ecocity")
    parties.organisations = {"enterprise": enterprise, "institute": institute, "firm": service_firm}
    parties.people = {
        "seeker": seeker,
        "colleague": make.person(enterprise, MembershipRole.ENTERPRISE),
        "owner": owner,
        "partner": make.person(institute, MembershipRole.RESEARCHER),
        "broker": make.person(service_firm, MembershipRole.BROKER),
        "stranger": make.person(make.organisation(zone="ecocity"), MembershipRole.ADMIN),
        "district": make.officer(),
        "supervisor": make.officer(OfficerLevel.SUPERVISOR),
        "teda": make.officer(OfficerLevel.ZONE, "teda"),
        "thip": make.officer(OfficerLevel.ZONE, "thip"),
        "ecocity": make.officer(OfficerLevel.ZONE, "ecocity"),
    }
    parties.result = make.result(institute, owner)
    parties.demand = make.demand(enterprise, seeker, disclosure=disclosure)
    return parties


@pytest.fixture
def parties(make: Factory) -> Parties:
    return build(make)


@pytest.fixture
def masked(make: Factory) -> Parties:
    return build(make, Disclosure.MASKED)


@pytest.fixture
def enter(app: Flask, log_in: Callable[[str], FlaskClient]) -> Callable[[Parties, str], FlaskClient]:
    return lambda parties, who: log_in(parties.people[who].email)


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)
