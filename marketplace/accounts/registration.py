"""Registering: nobody learns who has an account, and an account works once its address is confirmed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import mails
from marketplace.accounts.models import Person
from marketplace.accounts.service import create_person, new_session_token
from marketplace.accounts.terms import TERMS_VERSION
from marketplace.accounts.tokens import Purpose, read_token
from marketplace.core import audit, clock
from marketplace.core.jobs import cancel, handles, schedule

FORGET = "registration.forget"
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    name: str
    email: str
    password_hash: str
    phone: str = ""


def find_person(session: Session, email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == email.strip().lower()))


def register_person(session: Session, entered: Registration, going_to: str = "") -> Person | None:
    """Make an account that waits for its confirmation, and mail the link, which leads on to ``going_to``.

    An address that is taken gets a mail that says so, and None comes back. One that waits still is
    registered anew: the last one who typed a password has it, and earlier links are dead.
    """
    person = find_person(session, entered.email)
    if person is not None and person.email_confirmed_at is not None:
        mails.mail_known(session, person)
        return None
    if person is None:
        person = _create(session, entered)
    else:
        person.name, person.phone, person.password_hash = entered.name, entered.phone, entered.password_hash
        person.session_token = new_session_token()
    accept_terms(session, person)
    audit.record(session, None, "person.register", f"person:{person.id}")
    cancel(session, FORGET, f"person:{person.id}")
    schedule(session, FORGET, f"person:{person.id}", clock.now() + KEPT)
    mails.mail_confirmation(session, person, going_to)
    return person


def _create(session: Session, entered: Registration) -> Person:
    return create_person(
        session,
        name=entered.name,
        email=entered.email,
        password_hash=entered.password_hash,
        phone=entered.phone,
        confirmed=False,
    )


def accept_terms(session: Session, person: Person) -> None:
    """Keep which version the person agrees to, and when."""
    person.terms_version, person.terms_accepted_at = TERMS_VERSION, clock.now()
    session.flush()


def resend_confirmation(session: Session, email: str, going_to: str = "") -> bool:
    """Mail whoever owns this address what helps them; False where it has had its share of mails."""
    person = find_person(session, email)
    if person is None:
        return mails.mail_unknown(session, email.strip().lower())
    if person.email_confirmed_at is not None:
        return mails.mail_known(session, person)
    return mails.mail_confirmation(session, person, going_to)


def confirm_registration(session: Session, token: str) -> Person:
    """Let the person in from now on; DeadLink where the link no longer holds."""
    person = read_token(session, Purpose.CONFIRM, token).person
    confirm_address(session, person)
    audit.record(session, person.id, "person.confirm", f"person:{person.id}")
    return person


def confirm_address(session: Session, person: Person) -> None:
    """The person has shown that the address is theirs."""
    if person.email_confirmed_at is None:
        person.email_confirmed_at = clock.now()
        cancel(session, FORGET, f"person:{person.id}")
        session.flush()


def _forget(session: Session, person: Person) -> None:
    cancel(session, FORGET, f"person:{person.id}")
    session.delete(person)
    session.flush()


@handles(FORGET)
def forget_registration(session: Session, obj: str) -> None:
    """What was never confirmed is not kept."""
    person = session.get(Person, int(obj.partition(":")[2]))
    if person is not None and person.email_confirmed_at is None:
        _forget(session, person)


def release_address(session: Session, email: str) -> None:
    """An unconfirmed registration gives way to somebody who has shown that the address is theirs."""
    person = find_person(session, email)
    if person is not None and person.email_confirmed_at is None:
        _forget(session, person)
