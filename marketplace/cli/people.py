"""``flask people``: the offices the bureau gives, which nobody can take on the site itself."""

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person, RoleAppointment
from marketplace.accounts.service import appoint as give_office
from marketplace.accounts.service import end_appointment
from marketplace.cli.errors import plain_errors
from marketplace.core import audit
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError

ROLE = click.Choice([role.value for role in Appointment])


@click.group()
def people() -> None:
    """Offices of registered people: officer (科技局), expert (评审专家), evaluator (成果评价师)."""


def _person(email: str) -> Person:
    person = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None:
        raise click.ClickException(f"nobody has registered with {email}; let them register first")
    return person


@people.command()
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--level", type=click.Choice([level.value for level in OfficerLevel]), help="Of an officer.")
@click.option("--zone", help="Code of the zone (功能区) of a zone officer, for example teda.")
@click.option("--field", "fields", multiple=True, help="Code of a field (领域) of an expert; repeatable.")
@with_appcontext
@plain_errors()
def appoint(email: str, role: str, level: str | None, zone: str | None, fields: tuple[str, ...]) -> None:
    """Give the person with this EMAIL an office."""
    try:
        with transaction() as session:
            office = give_office(
                session,
                _person(email),
                Appointment.of(role),
                level=OfficerLevel.of(level) if level else None,
                zone=zone,
                fields=fields,
            )
            audit.record(session, None, f"person.appoint.{role}", f"person:{office.person_id}")
        click.echo(f"{office.person.name}: {office.role.title}")
    except DomainError as error:
        raise click.ClickException(error.message) from error


@people.command()
@click.argument("email")
@click.argument("role", type=ROLE)
@with_appcontext
@plain_errors()
def dismiss(email: str, role: str) -> None:
    """End an office of the person with this EMAIL; the record of it stays."""
    with transaction() as session:
        person = _person(email)
        office = session.scalar(
            select(RoleAppointment).where(
                RoleAppointment.person_id == person.id,
                RoleAppointment.role == Appointment.of(role),
                RoleAppointment.ended_at.is_(None),
            )
        )
        if office is None:
            raise click.ClickException(f"{email} does not hold this office")
        end_appointment(session, office)
        audit.record(session, None, f"person.dismiss.{role}", f"person:{person.id}")
    click.echo(f"{person.name}: {office.role.title} ended")
