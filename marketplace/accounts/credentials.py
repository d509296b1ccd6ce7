"""Passwords, addresses and sessions of those who have an account."""

from sqlalchemy.orm import Session

from marketplace.accounts import mails
from marketplace.accounts.models import Person
from marketplace.accounts.registration import confirm_address, find_person, release_address
from marketplace.accounts.service import clear_failures, new_session_token
from marketplace.accounts.tokens import DeadLink, Purpose, read_token
from marketplace.core import audit
from marketplace.core.checks import require


def ask_for_reset(session: Session, email: str) -> None:
    """Mail the owner of this address a link; an address without an account hears that it has none."""
    person = find_person(session, email)
    if person is None or not person.active:
        mails.mail_unknown(session, email.strip().lower())
    else:
        mails.mail_reset(session, person)


def reset_password(session: Session, token: str, password_hash: str) -> Person:
    """Set a new password by a mailed link, which also shows that the address is the person's."""
    person = read_token(session, Purpose.RESET, token).person
    _set_password(session, person, password_hash)
    confirm_address(session, person)
    audit.record(session, person.id, "person.password_reset", f"person:{person.id}")
    return person


def change_password(session: Session, person: Person, password_hash: str) -> None:
    """Set a new password; every session ends, the one that changed it goes on by logging in anew."""
    _set_password(session, person, password_hash)
    audit.record(session, person.id, "person.password_change", f"person:{person.id}")


def _set_password(session: Session, person: Person, password_hash: str) -> None:
    person.password_hash = password_hash
    person.session_token = new_session_token()
    clear_failures(session, person.email)
    mails.tell_password_changed(session, person)
    session.flush()


def end_other_sessions(session: Session, person: Person) -> None:
    """Every session ends; the one that asked goes on by logging in anew."""
    person.session_token = new_session_token()
    audit.record(session, person.id, "person.sessions_end", f"person:{person.id}")


def ask_for_email_change(session: Session, person: Person, email: str) -> None:
    """Mail a link to the new address; that it is another's is told to nobody but its owner."""
    email = email.strip().lower()
    require(email != person.email, "这就是您现在的登录邮箱。", "email")
    owner = find_person(session, email)
    if owner is not None and owner.email_confirmed_at is not None:
        mails.mail_taken(session, owner)
    else:
        mails.mail_new_address(session, person, email)


def change_email(session: Session, token: str) -> Person:
    """Move the account to the address that the link reached, and tell the one that is left."""
    link = read_token(session, Purpose.CHANGE_EMAIL, token)
    person, before = link.person, link.person.email
    release_address(session, link.email)
    if find_person(session, link.email) is not None:  # taken while the link was on its way
        raise DeadLink(Purpose.CHANGE_EMAIL)
    person.email = link.email
    person.session_token = new_session_token()
    session.flush()
    mails.tell_email_changed(session, person, before)
    audit.record(session, person.id, "person.email_change", f"person:{person.id}")
    return person
