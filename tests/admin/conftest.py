"""A queue with something in it: a result and a need that wait in two zones."""

from dataclasses import dataclass

import pytest

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core.db import db, transaction
from marketplace.demands.models import Demand
from marketplace.demands.service import move_demand
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.service import record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.models import Organisation
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.queue.service import waiting_item
from marketplace.results.models import Result
from marketplace.results.service import move_result
from tests.factories import Factory, OfficerLevel

OWN, OTHER = "teda", "thip"


@dataclass
class Queue:
    """``owner`` sends and reviews the listings of ``teda``; officers of each level."""

    make: Factory
    owner: Person
    district: Person
    zone: Person
    elsewhere: Person
    supervisor: Person

    def send(self, listing: Result | Demand, sender: Person | None = None) -> str:
        """Bring a draft before the officers; the public id of its line."""
        with transaction() as session:
            actor = reader_of(session.merge(sender or self.owner))
            row = session.merge(listing)
            record_secrecy_review(session, actor, row, SecrecyVerdict.PUBLIC, "已审查")
            for action in (ListingAction.SUBMIT, ListingAction.APPROVE):
                if isinstance(row, Result):
                    move_result(session, actor, row, action)
                else:
                    move_demand(session, actor, row, action)
            kind = QueueKind.RESULT if isinstance(row, Result) else QueueKind.DEMAND
            item = waiting_item(session, kind, row.id)
            assert item is not None
            return item.public_id

    def result(self, **values: object) -> str:
        return self.send(self.make.result(self.organisation, self.owner, published=False, **values))

    def demand(self, **values: object) -> str:
        return self.send(self.make.demand(self.organisation, self.owner, published=False, **values))

    @property
    def organisation(self) -> Organisation:
        return db.session.merge(self.owner).memberships[0].organisation

    def reader(self, person: Person) -> Reader:
        return reader_of(db.session.merge(person))

    def item(self, public_id: str) -> QueueItem:
        db.session.rollback()
        return db.session.query(QueueItem).filter_by(public_id=public_id).one()


@pytest.fixture
def queue(make: Factory) -> Queue:
    _, owner = make.staffed(zone=OWN)
    return Queue(
        make=make,
        owner=owner,
        district=make.officer(),
        zone=make.officer(OfficerLevel.ZONE, OWN),
        elsewhere=make.officer(OfficerLevel.ZONE, OTHER),
        supervisor=make.officer(OfficerLevel.SUPERVISOR),
    )
