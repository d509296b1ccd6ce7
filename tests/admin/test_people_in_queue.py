"""Organisations and experts in the officer's queue."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.accounts.profiles import ProfileData, ProfileKind, apply_as_expert, save_profile
from marketplace.core.db import db, transaction
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from tests.factories import Factory
from tests.organisations.pages import FILLED, papers

LogIn = Callable[[str], FlaskClient]


def line(kind: QueueKind) -> QueueItem:
    db.session.rollback()
    return db.session.query(QueueItem).filter_by(kind=kind, closed_at=None).one()


def seen(page: str) -> str:
    found = re.search(r'name="seen"\s+value="([^"]*)"', page)
    assert found is not None
    return found.group(1)


@pytest.fixture
def founder(make: Factory, log_in: LogIn) -> FlaskClient:
    client = log_in(make.person(name="创办人").email)
    assert client.post("/organisations/new", data={**FILLED, **papers()}).status_code == 302
    return client


@pytest.mark.usefixtures("founder")
def test_an_organisation_is_verified_in_the_queue(make: Factory, log_in: LogIn) -> None:
    officer = log_in(make.officer(OfficerLevel.ZONE, "teda").email)
    path = f"/queue/{line(QueueKind.ORGANISATION).public_id}"
    page = officer.get(path).get_data(as_text=True)
    for text in ("海河新材料有限公司", "执照.pdf", "授权书.pdf", "乙某 51.5%"):
        assert text in page
    assert officer.post(f"{path}/decide", data={"action": "return", "note": ""}).status_code == 422
    done = officer.post(f"{path}/decide", data={"action": "approve", "seen": seen(page)})
    assert done.status_code == 302
    assert db.session.query(Organisation).one().verification is Verification.VERIFIED
    assert "现状态为“已核验”" in officer.get(path).get_data(as_text=True)


def test_papers_that_changed_since_they_were_shown_are_looked_at_again(
    make: Factory, log_in: LogIn, founder: FlaskClient
) -> None:
    officer = log_in(make.officer(OfficerLevel.ZONE, "teda").email)
    path = f"/queue/{line(QueueKind.ORGANISATION).public_id}"
    shown = seen(officer.get(path).get_data(as_text=True))
    assert founder.post("/my/organisation/proofs", data=papers()).status_code in (302, 303)
    late = officer.post(f"{path}/decide", data={"action": "approve", "seen": shown})
    assert late.status_code == 409 and "请重新查看" in late.get_data(as_text=True)
    assert db.session.query(Organisation).one().verification is Verification.PENDING


@pytest.fixture
def applicant(make: Factory) -> Person:
    person = make.person(make.organisation(zone="teda"), MembershipRole.RESEARCHER, name="周研究")
    with transaction() as session:
        kept = session.get_one(Person, person.id)
        data = ProfileData(direction="固态电池", fields=("newenergy",), achievements="主持两项课题")
        save_profile(session, kept, ProfileKind.EXPERT, data)
        apply_as_expert(session, kept, reader_of(kept).acting_for)
    return person


def test_an_expert_is_appointed_by_the_district_only(make: Factory, log_in: LogIn, applicant: Person) -> None:
    path = f"/queue/{line(QueueKind.EXPERT).public_id}"
    zone = log_in(make.officer(OfficerLevel.ZONE, "teda").email)
    assert zone.get(path).status_code == 404
    assert "周研究" not in zone.get("/queue").get_data(as_text=True)
    district = log_in(make.officer().email)
    page = district.get(path).get_data(as_text=True)
    assert "固态电池" in page and "主持两项课题" in page and "新能源" in page
    done = district.post(f"{path}/decide", data={"action": "approve", "seen": seen(page)})
    assert done.status_code == 302
    appointed = db.session.get_one(Person, applicant.id).appointments
    assert [row.role for row in appointed] == [Appointment.EXPERT]


def test_a_refused_expert_reads_why(make: Factory, log_in: LogIn, applicant: Person) -> None:
    path = f"/queue/{line(QueueKind.EXPERT).public_id}"
    district = log_in(make.officer().email)
    assert district.post(f"{path}/decide", data={"action": "return", "note": "补充证明"}).status_code == 302
    page = log_in(applicant.email).get("/account/profiles/expert").get_data(as_text=True)
    assert "补充证明" in page
