"""Links that are mailed: signed, bound to a purpose and a person, and dead once used or too old.

A link carries a fingerprint of the person's session token and their e-mail. Whatever it does changes
one of them, so no link works twice, and a new password kills all that are still on their way.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.errors import DomainError


class Purpose(Choice):
    CONFIRM = "confirm", "确认邮箱"
    RESET = "reset", "重设密码"
    CHANGE_EMAIL = "change-email", "更换邮箱"


class DeadLink(DomainError):
    """A link that was used, replaced, altered, too old, or meant for something else: all look the same."""

    def __init__(self, purpose: Purpose) -> None:
        super().__init__("这个链接已经失效。")
        self.purpose = purpose


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that still holds says."""

    person: Person
    email: str  # the address it was mailed to


class _ClockSigner(TimestampSigner):
    """Signs by the site's clock, which tests set."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        str(current_app.config["SECRET_KEY"]), salt=f"accounts.{purpose.value}", signer=_ClockSigner
    )


def fingerprint(person: Person) -> str:
    """Changes with the session token and the e-mail, and tells neither."""
    text = f"{person.session_token}\0{person.email}"
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def make_token(person: Person, purpose: Purpose, email: str) -> str:
    """The secret part of a link that is mailed to ``email``."""
    return _serializer(purpose).dumps([person.public_id, email, fingerprint(person)])


def read_token(session: Session, purpose: Purpose, token: str) -> Link:
    """Whom a link is for and the address it went to; DeadLink where it no longer holds."""
    try:
        public_id, email, print_ = _serializer(purpose).loads(
            token, max_age=int(_age(purpose).total_seconds())
        )
    except (BadData, TypeError, ValueError) as error:
        raise DeadLink(purpose) from error
    person = session.scalar(
        select(Person).where(Person.public_id == public_id, Person.active).with_for_update()
    )
    used = person is not None and purpose is Purpose.CONFIRM and person.email_confirmed_at is not None
    if person is None or used or not hmac.compare_digest(fingerprint(person), print_):
        raise DeadLink(purpose)
    return Link(person, email)


def _age(purpose: Purpose) -> timedelta:
    settings = current_app.extensions["settings"]
    if purpose is Purpose.RESET:
        return timedelta(minutes=settings.reset_link_minutes)
    return timedelta(hours=settings.confirm_link_hours)
