"""Every state of a listing, an introduction and what belongs to them can be seen in the sample data."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Profile
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db
from marketplace.core.jobs import HANDLERS, Job, run_next
from marketplace.demands.choices import Disclosure, SourcingStatus
from marketplace.demands.models import Demand
from marketplace.disclosure.choices import RequestStatus
from marketplace.disclosure.models import DetailReading, DetailRequest
from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.models import Introduction, IntroductionMessage
from marketplace.listings.choices import ListingStatus, RevisionStatus
from marketplace.listings.models import Draft, Revision
from marketplace.matching.choices import Verdict
from marketplace.matching.models import MatchFeedback
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import OfferStatus, Verification
from marketplace.organisations.models import MembershipOffer, Organisation, OrganisationProof
from marketplace.reports.choices import ReportStatus
from marketplace.reports.models import Report
from marketplace.results.models import Result
from seed_data.activity_schema import SeedIntroduction
from seed_data.check import ROOT, read

STATES = {
    "result": (Result.status, ListingStatus),
    "sourcing": (Demand.sourcing, SourcingStatus),
    "introduction": (Introduction.status, IntroductionStatus),
    "detail request": (DetailRequest.status, RequestStatus),
    "verification": (Organisation.verification, Verification),
    "offer": (MembershipOffer.status, OfferStatus),
    "report": (Report.status, ReportStatus),
    "verdict": (MatchFeedback.verdict, Verdict),
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_occurs(seeded: Flask, name: str) -> None:
    column, states = STATES[name]
    assert set(db.session.scalars(select(column).distinct())) == set(states)


def test_every_state_of_a_need_occurs(seeded: Flask) -> None:
    states = set(db.session.scalars(select(Demand.status).distinct()))
    assert states == set(ListingStatus) - {ListingStatus.TRANSFERRED}  # a need is signed and solved


def test_every_state_of_an_edit_of_what_is_live_occurs(seeded: Flask) -> None:
    states = set(db.session.scalars(select(Revision.status).where(Revision.of_live)))
    assert states == set(RevisionStatus)


def test_enough_stays_live(seeded: Flask) -> None:
    counts = {
        model: db.session.scalar(
            select(func.count()).select_from(model).where(model.status == ListingStatus.PUBLISHED)
        )
        for model in (Result, Demand)
    }
    assert (counts[Result] or 0) >= 216 and (counts[Demand] or 0) >= 120


def test_introductions_ended_as_the_file_says(seeded: Flask) -> None:
    items = {item.message: item for item in read(ROOT / "activity" / "introductions.yaml", SeedIntroduction)}
    rows = db.session.scalars(select(Introduction)).all()
    assert {row.message: row.status for row in rows} == {m: item.ends for m, item in items.items()}
    for row in rows:
        assert not (row.status is IntroductionStatus.PENDING and row.reply_due_at <= clock.now()), row.message
    assert any(row.demand and row.demand.disclosure is Disclosure.MASKED for row in rows)
    assert any(row.broker_id and row.status is IntroductionStatus.ACTIVE for row in rows)
    messages = func.count(IntroductionMessage.id)
    talks = db.session.scalars(select(messages).group_by(IntroductionMessage.introduction_id))
    assert max(talks) >= 6


def test_what_belongs_to_the_states_is_there(seeded: Flask) -> None:
    def count(model: Any, *conditions: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    assert count(DetailReading) >= 5
    assert count(MatchFeedback) >= 10
    assert count(Profile) >= 4
    assert count(Draft) == 2
    assert count(Demand, Demand.entered_by_id.is_not(None), Demand.confirmation_sent_at.is_not(None)) == 1
    assert count(OrganisationProof) == 4
    assert count(Report, Report.reopened_at.is_not(None)) == 1


def test_no_mail_is_queued_and_old_notices_are_read(seeded: Flask) -> None:
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0
    old = Notice.created_at < clock.now() - timedelta(days=15)
    assert db.session.scalar(select(func.count()).where(old, Notice.read_at.is_(None))) == 0
    assert db.session.scalar(select(func.count()).where(Notice.read_at.is_(None)))


def test_the_audit_record_runs_forward(seeded: Flask) -> None:
    times = db.session.scalars(select(AuditRecord.at).order_by(AuditRecord.seq)).all()
    assert list(times) == sorted(times)


def test_a_worker_that_starts_now_finds_nothing_to_catch_up_with(seeded: Flask) -> None:
    assert db.session.scalar(select(func.count()).where(Job.due_at <= clock.now())) == 0
    assert db.session.scalar(select(func.count()).where(Job.due_at > clock.now()))
    db.session.rollback()
    assert not run_next(frozenset(HANDLERS))
