"""What one load needs at hand, and its events in the order of their dates: the audit record runs forward."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core import clock
from marketplace.core.errors import DomainError
from marketplace.demands.models import Demand
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result

Listing = Result | Demand
FEN_PER_WAN = 1_000_000


class SeedError(Exception):
    """A file or an entry that cannot be loaded; the message names it."""


@dataclass
class Loading:
    """The session, the moment all dates count from, and who stands behind the keys of the files."""

    session: Session
    started: datetime
    organisations: dict[str, Organisation] = field(default_factory=dict)
    officer: Reader = field(default_factory=Reader)

    def organisation(self, key: str) -> Organisation:
        if key not in self.organisations:
            raise SeedError(f"no organisation {key!r}")
        return self.organisations[key]

    def person(self, key: str) -> Person:
        person: Person | None = self.session.scalar(select(Person).where(Person.seed_key == key))
        if person is None:
            raise SeedError(f"no person {key!r}")
        return person

    def listing(self, key: str) -> Listing:
        result = self.session.scalar(select(Result).where(Result.seed_key == key))
        found = result or self.session.scalar(select(Demand).where(Demand.seed_key == key))
        if found is None:
            raise SeedError(f"no result or need {key!r}")
        return found

    def reader(self, key: str, *organisations: Organisation) -> Reader:
        """The person acting for the first of these organisations that they belong to, else for their own."""
        person = self.person(key)
        own = [m.organisation_id for m in person.memberships if m.ended_at is None]
        for organisation in organisations:
            if organisation.id in own:
                return reader_of(person, organisation.id)
        return reader_of(person, own[0] if own else None)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened so many days before the load."""

    days_ago: float
    name: str
    happen: Callable[[], object]


def run_events(loading: Loading, events: Iterable[Event]) -> None:
    """Let all events happen, the oldest first; SeedError names the one that could not."""
    for event in sorted(events, key=lambda event: -event.days_ago):
        try:
            with clock.frozen(loading.started - timedelta(days=event.days_ago)):
                event.happen()
        except (DomainError, ValueError, SeedError) as error:
            raise SeedError(f"{event.name}: {getattr(error, 'message', '') or error}") from error


def fen(wan: float | None) -> int | None:
    return None if wan is None else round(wan * FEN_PER_WAN)
