"""The person behind this request, as policies know them."""

from flask import g
from flask import session as cookie
from flask_login import current_user

from marketplace.accounts.policy import VISITOR, Reader, reader_of
from marketplace.organisations.models import Organisation

ACTING_FOR = "acting_for"  # session key: id of the organisation


def acting_organisation_id() -> int | None:
    """The organisation chosen in this session, else the first the person still belongs to."""
    active = [m.organisation_id for m in current_user.memberships if m.ended_at is None]
    chosen = cookie.get(ACTING_FOR)
    return chosen if chosen in active else next(iter(active), None)


def current_reader() -> Reader:
    """Worked out once in a request; a visitor where nobody is logged in."""
    if "reader" not in g:
        g.reader = (
            reader_of(current_user, acting_organisation_id()) if current_user.is_authenticated else VISITOR
        )
    reader: Reader = g.reader
    return reader


def acting_choice() -> tuple[Organisation | None, tuple[Organisation, ...]]:
    """The organisation acted for, and all that a person with several may choose from."""
    acting = acting_organisation_id()
    active = [m.organisation for m in current_user.memberships if m.ended_at is None]
    choices = tuple(dict.fromkeys(active))
    chosen = next((organisation for organisation in choices if organisation.id == acting), None)
    return chosen, choices if len(choices) > 1 else ()
