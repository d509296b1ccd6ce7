"""What was mailed in a test, and the links in it."""

import re

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.notifications.models import Mail

LINK = re.compile(r"http://[^/\s]+(/\S+)")


def mails_to(email: str) -> list[Mail]:
    """All mails to an address, the oldest first."""
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.id)))


def subjects(email: str) -> list[str]:
    return [mail.subject.removeprefix("【滨海科创对接】") for mail in mails_to(email)]


def link_in(email: str) -> str:
    """The path of the first link in the latest mail to this address."""
    found = LINK.search(mails_to(email)[-1].body)
    assert found is not None
    return found.group(1)
