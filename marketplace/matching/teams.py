"""From matched results to those who made them: teams (单位) and experts (完成人) for a need.

Only public results speak, whoever asks, so that nothing controlled (受控) shows through a count or an
order. A party has the level of its best result; inside a level the order is by Σ P(较强相关 or better)
over its results at 弱相关 or better, the expected number that suits (Balog et al. 2006, model 2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Person, Profile
from marketplace.accounts.profiles import shown_profiles
from marketplace.core.clock import now
from marketplace.listings.policy import is_open
from marketplace.matching.service import Match
from marketplace.organisations.models import Membership, Organisation
from marketplace.results.models import Result, ResultAuthor
from search.ranking import MatchLevel

CONSIDERED = 20  # results, best first
SHOWN = 5  # of teams, and of experts
SPEAKING = 3  # results shown of each
Party = TypeVar("Party", Organisation, Person)


@dataclass(frozen=True, slots=True)
class Suited(Generic[Party]):
    """A team or an expert, with the matched results that speak for them, best first."""

    party: Party
    level: MatchLevel
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True)
class Teams:
    organisations: Sequence[Suited[Organisation]] = ()
    experts: Sequence[Suited[Person]] = ()


def teams_for(session: Session, matches: Sequence[Match]) -> Teams:
    """Teams and experts behind the results among ``matches``, which are best first."""
    moment = now()
    speaking = [
        match
        for match in matches[:CONSIDERED]
        if isinstance(match.listing, Result)
        and match.level >= MatchLevel.WEAK
        and is_open(match.listing, moment)
    ]
    owners = [(match.listing.organisation, match) for match in speaking]
    completers = _completers(session, [match.listing.id for match in speaking])
    experts = [(person, match) for match in speaking for person in completers.get(match.listing.id, ())]
    return Teams(_ranked(owners), _ranked(experts))


def _ranked(pairs: Iterable[tuple[Party, Match]]) -> list[Suited[Party]]:
    by_party: dict[Party, list[Match]] = {}
    for party, match in pairs:
        by_party.setdefault(party, []).append(match)

    def standing(suited: Suited[Party]) -> tuple[int, float, int]:
        return -suited.level, -sum(match.probability for match in suited.matches), suited.party.id

    suited = [Suited(party, max(m.level for m in found), found) for party, found in by_party.items()]
    return [Suited(s.party, s.level, s.matches[:SPEAKING]) for s in sorted(suited, key=standing)[:SHOWN]]


def _completers(session: Session, result_ids: Sequence[int]) -> dict[int, list[Person]]:
    """Result id → its completers (完成人) who are registered and show a profile, in order of signature.

    A completer is the person the row is linked to, or else the one active member of the result's
    organisation with this very name; where two bear it, nobody.
    """
    authors = session.scalars(
        select(ResultAuthor)
        .where(ResultAuthor.result_id.in_(result_ids))
        .options(joinedload(ResultAuthor.result))
        .order_by(ResultAuthor.result_id, ResultAuthor.position)
    ).all()
    shown = session.scalars(
        select(Person)
        .where(
            Person.active,
            Person.profiles.any(Profile.visible),
            Person.name.in_({author.name for author in authors})
            | Person.id.in_({author.person_id for author in authors} - {None}),
        )
        .options(selectinload(Person.profiles), selectinload(Person.appointments))
    )
    people = {person.id: person for person in shown if shown_profiles(person)}
    members: dict[tuple[int, str], set[int]] = {}
    rows = session.execute(
        select(Membership.organisation_id, Person.name, Person.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id.in_({author.result.organisation_id for author in authors}),
            Membership.ended_at.is_(None),
            Person.active,
        )
    )
    for organisation_id, name, person_id in rows:
        members.setdefault((organisation_id, name), set()).add(person_id)
    found: dict[int, list[Person]] = {}
    for author in authors:
        same_name = members.get((author.result.organisation_id, author.name), set())
        known = {author.person_id} if author.person_id is not None else same_name
        if len(known) == 1 and (person := people.get(next(iter(known)))) is not None:
            found.setdefault(author.result_id, []).append(person)
    return found
