"""Writing notices and mail. Call these inside the transaction of what they tell: both or neither."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import column, delete, select, table
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.notifications.choices import MailWish
from marketplace.notifications.models import Mail, MailPreference, Notice

# Named by table: people build on notices, not the other way round.
_person: Any = table("person", column("id"), column("email"), column("active"))
MESSAGE_ID_DOMAIN = "marketplace.invalid"  # an identity, no address


def absolute(path: str) -> str:
    """The address of a path of this site as it stands in a mail."""
    settings = current_app.extensions["settings"]
    base = settings.site_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return f"{base}{path}"


def send_mail(session: Session, recipient: str, subject: str, body: str) -> Mail:
    """Queue a plain-text mail for the worker to send once, whatever the person's preference."""
    mail = Mail(
        message_id=f"<{secrets.token_hex(16)}@{MESSAGE_ID_DOMAIN}>",
        recipient=recipient.strip().lower(),
        subject=" ".join(subject.split())[:160],  # a line break would start another header
        body=body,
        next_try_at=clock.now(),
    )
    session.add(mail)
    session.flush()
    return mail


def notify(
    session: Session,
    person_ids: Iterable[int | None],
    title: str,
    body: str = "",
    path: str = "",
    *,
    organisation_id: int | None = None,
    mail: bool = True,
    urgent: bool = False,
) -> None:
    """Put a notice into each person's inbox, and mail it to those who want it by mail.

    ``urgent``: the person has to act. None and repeated ids are passed over. Nothing goes into
    ``title`` or ``body`` that the person may not read now: both stay.
    """
    wanted = {person_id for person_id in person_ids if person_id is not None}
    rows = session.execute(
        select(_person.c.id, _person.c.email, MailPreference.wish)
        .outerjoin(MailPreference, MailPreference.person_id == _person.c.id)
        .where(_person.c.id.in_(wanted), _person.c.active)
        .order_by(_person.c.id)
    ).all()
    for person_id, email, wish in rows:
        session.add(
            Notice(person_id=person_id, organisation_id=organisation_id, title=title, body=body, path=path)
        )
        if mail and _by_mail(wish, urgent):
            link = f"\n\n查看：{absolute(path)}" if path else ""
            send_mail(session, email, f"【滨海科创对接】{title}", f"{body or title}{link}\n")
    session.flush()


def _by_mail(wish: MailWish | None, urgent: bool) -> bool:
    return wish in (None, MailWish.ALL) or (urgent and wish is MailWish.URGENT)


def mail_wish(session: Session, person_id: int) -> MailWish:
    return session.scalar(
        select(MailPreference.wish).where(MailPreference.person_id == person_id)
    ) or MailWish.ALL  # fmt: skip


def choose_mail(session: Session, person_id: int, wish: MailWish) -> None:
    session.merge(MailPreference(person_id=person_id, wish=wish))
    session.flush()


def forget_read(session: Session, before: datetime) -> int:
    """Remove notices read before this moment; return how many."""
    gone = session.execute(delete(Notice).where(Notice.read_at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE
