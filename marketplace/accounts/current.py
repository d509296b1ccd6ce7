"""The person behind this request, as policies know them."""

from flask import g
from flask_login import current_user

from marketplace.accounts.policy import Reader, reader_of


def current_reader() -> Reader:
    """Worked out once in a request; a visitor where nobody is logged in."""
    if "reader" not in g:
        g.reader = reader_of(current_user if current_user.is_authenticated else None)
    reader: Reader = g.reader
    return reader
