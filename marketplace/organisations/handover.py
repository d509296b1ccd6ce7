"""What a person holds for an organisation and how it passes to another: hooks for the features above.

A listing belongs to the organisation; one who leaves is replaced, never orphaned. Features register
at import what they hold: single objects, each with a successor of its own (``HOLDINGS``), and all the
rest, which passes as a whole (``HANDOVER``, counted by ``HELD_BY``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.organisations.choices import MembershipRole


@dataclass(frozen=True, slots=True)
class HeldItem:
    """``key`` names the object ("result:17"); ``kind``, ``title`` and ``state`` are what people read."""

    key: str
    kind: str
    title: str
    state: str
    path: str


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of object that passes one by one.

    ``items(session, organisation_id, person_id)`` lists them; ``pass_on(session, organisation_id, key,
    from_person, to_person)`` moves the one whose key starts with ``prefix`` and a colon.
    """

    prefix: str
    items: Callable[[Session, int, int], Sequence[HeldItem]]
    pass_on: Callable[[Session, int, str, int, int], None]


HOLDINGS: list[Holding] = []
# (session, organisation_id, from_person, to_person): moves all of a kind to the general successor.
HANDOVER: list[Callable[[Session, int, int, int], None]] = []
# (session, organisation_id, person_id) → (what it is called, how many of it HANDOVER would move).
HELD_BY: list[Callable[[Session, int, int], tuple[str, int]]] = []
# (session, organisation_id, person_id, role): what follows when a member stays and a role of theirs ends.
ROLE_ENDED: list[Callable[[Session, int, int, MembershipRole], None]] = []


def held_items(session: Session, organisation_id: int, person_id: int) -> list[HeldItem]:
    return [item for holding in HOLDINGS for item in holding.items(session, organisation_id, person_id)]


def held_counts(session: Session, organisation_id: int, person_id: int) -> list[tuple[str, int]]:
    counts = [count(session, organisation_id, person_id) for count in HELD_BY]
    return [(name, number) for name, number in counts if number]


def pass_item(session: Session, organisation_id: int, key: str, from_person: int, to_person: int) -> None:
    holding = next(h for h in HOLDINGS if key.startswith(f"{h.prefix}:"))
    holding.pass_on(session, organisation_id, key, from_person, to_person)


def pass_rest(session: Session, organisation_id: int, from_person: int, to_person: int) -> None:
    for move in HANDOVER:
        move(session, organisation_id, from_person, to_person)


def end_role(session: Session, organisation_id: int, person_id: int, role: MembershipRole) -> None:
    for follow in ROLE_ENDED:
        follow(session, organisation_id, person_id, role)
