"""The end of validity: reminders once each, expiry also after downtime, renewal by one click."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.core.jobs import Job, run_next
from marketplace.demands.models import Demand
from marketplace.listings.choices import ListingStatus
from marketplace.listings.following import renew_listing
from marketplace.listings.jobs import EXPIRE, REMINDERS
from marketplace.listings.models import Revision
from marketplace.notifications.models import Notice
from marketplace.results.models import Result
from tests.factories import Factory

START = datetime(2026, 3, 2, 16, tzinfo=UTC)  # a day begins, so END is at 24:00
END = START + timedelta(days=100)
ACTIONS = frozenset({EXPIRE, *REMINDERS})


@pytest.fixture(autouse=True)
def at_the_start() -> Iterator[None]:
    with clock.frozen(START):
        yield


@pytest.fixture(params=["result", "demand"])
def published(request: pytest.FixtureRequest, make: Factory) -> tuple[Result | Demand, Person]:
    organisation, person = make.staffed()
    maker = make.result if request.param == "result" else make.demand
    return maker(organisation, person, valid_until=END), person


def work_at(moment: datetime) -> list[str]:
    """Let the worker do what is due then; return the notices about the end of validity."""
    with clock.frozen(moment):
        while run_next(ACTIONS):
            pass
    found = db.session.scalars(select(Notice.title).order_by(Notice.id)).all()
    db.session.rollback()
    return [title.partition("：")[0] for title in found if title.startswith(("即将到期", "已过期"))]


def reloaded(listing: Result | Demand) -> Result | Demand:
    db.session.expire_all()
    return db.session.get_one(type(listing), listing.id)


def renew(listing: Result | Demand, person: Person, moment: datetime) -> Result | Demand:
    with clock.frozen(moment), transaction() as session:
        renew_listing(session, reader_of(session.merge(person)), session.get_one(type(listing), listing.id))
    return reloaded(listing)


def test_two_reminders_and_then_the_end(published: tuple[Result | Demand, Person]) -> None:
    listing, _ = published
    assert work_at(END - timedelta(days=31)) == []
    assert work_at(END - timedelta(days=30)) == ["即将到期"]
    assert work_at(END - timedelta(days=8)) == ["即将到期"]
    assert work_at(END - timedelta(days=7)) == ["即将到期"] * 2
    assert work_at(END - timedelta(seconds=1)) == ["即将到期"] * 2
    assert reloaded(listing).status is ListingStatus.PUBLISHED
    assert work_at(END) == ["即将到期"] * 2 + ["已过期"]
    assert reloaded(listing).status is ListingStatus.EXPIRED
    assert work_at(END + timedelta(days=50)) == ["即将到期"] * 2 + ["已过期"]


def test_after_downtime_nobody_is_told_of_days_that_are_gone(
    published: tuple[Result | Demand, Person],
) -> None:
    listing, _ = published
    assert work_at(END - timedelta(days=3)) == ["即将到期"]
    assert work_at(END + timedelta(days=3)) == ["即将到期", "已过期"]
    assert reloaded(listing).expired_at == END + timedelta(days=3)


def test_a_renewal_moves_every_appointment(published: tuple[Result | Demand, Person]) -> None:
    listing, person = published
    renewed = renew(listing, person, END - timedelta(days=20))
    assert renewed.valid_until == END + timedelta(days=365)
    assert work_at(END) == [] and reloaded(listing).status is ListingStatus.PUBLISHED
    assert work_at(END + timedelta(days=335)) == ["即将到期"]
    assert work_at(END + timedelta(days=365)) == ["即将到期", "已过期"]


def test_an_expired_listing_is_renewed_with_its_text_and_number(
    published: tuple[Result | Demand, Person],
) -> None:
    listing, person = published
    first = reloaded(listing).published_at
    work_at(END)
    renewed = renew(listing, person, END + timedelta(days=10))
    assert renewed.status is ListingStatus.PUBLISHED and renewed.published_at == first
    assert renewed.valid_until == END + timedelta(days=375) and renewed.expired_at is None
    notes = db.session.scalars(select(Revision.note).order_by(Revision.number)).all()
    assert notes == ["", "续期"]


def test_what_expired_long_ago_is_looked_at_again(published: tuple[Result | Demand, Person]) -> None:
    listing, person = published
    work_at(END)
    with pytest.raises(InvalidInput, match="重新编辑"):
        renew(listing, person, END + timedelta(days=181))
    assert reloaded(listing).status is ListingStatus.EXPIRED


def test_a_listing_taken_down_is_reminded_of_nothing(
    make: Factory, published: tuple[Result | Demand, Person]
) -> None:
    listing, person = published
    make.withdraw(listing, person)
    assert (
        db.session.scalars(select(Job.id).where(Job.action.in_(ACTIONS), Job.done_at.is_(None))).all() == []
    )
    assert work_at(END + timedelta(days=1)) == []


def test_a_date_moved_by_hand_is_met_when_it_comes(published: tuple[Result | Demand, Person]) -> None:
    listing, _ = published
    with transaction() as session:
        session.get_one(type(listing), listing.id).valid_until = END + timedelta(days=5)
    work_at(END)
    assert reloaded(listing).status is ListingStatus.PUBLISHED
    work_at(END + timedelta(days=5))
    assert reloaded(listing).status is ListingStatus.EXPIRED


def test_only_its_own_people_renew_a_listing(
    make: Factory, published: tuple[Result | Demand, Person]
) -> None:
    listing, _ = published
    with pytest.raises(NotAllowed):
        renew(listing, make.staffed()[1], START)
