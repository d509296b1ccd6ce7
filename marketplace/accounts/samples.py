"""Sample people offered on the log-in page of a development site, one or two for each role."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person, RoleAppointment
from marketplace.organisations.models import Membership, Organisation

PER_ROLE = 2


def sample_people(session: Session) -> list[tuple[str, str, str]]:
    """(role title, name with organisation, e-mail) of sample people, in the order of the roles."""
    rows: list[tuple[str, str, str]] = []
    shown: dict[str, int] = {}
    appointed = session.execute(
        select(RoleAppointment.role, RoleAppointment.level, Person.name, Person.email)
        .join(Person)
        .where(Person.sample, Person.active)
        .order_by(RoleAppointment.id)
    )
    members = session.execute(
        select(Membership.role, Organisation.short_name, Person.name, Person.email)
        .join(Person)
        .join(Organisation)
        .where(Person.sample, Person.active)
        .order_by(Membership.id)
    )
    for role, organisation, name, email in members:
        rows.append((str(role.title), f"{name}（{organisation}）", email))
    for role, level, name, email in appointed:
        rows.append((f"{role.title}·{level.title}" if level else str(role.title), name, email))
    kept = []
    for row in rows:
        shown[row[0]] = shown.get(row[0], 0) + 1
        if shown[row[0]] <= PER_ROLE:
            kept.append(row)
    return sorted(kept, key=lambda row: list(shown).index(row[0]))
