"""Writing notices and mail. Call these inside the transaction of what they tell: both or neither."""

import secrets
from collections.abc import Iterable
from typing import Any

from flask import current_app
from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.notifications.models import Mail, Notice

# Named by table: people build on notices, not the other way round.
_person: Any = table("person", column("id"), column("email"), column("active"))
MESSAGE_ID_DOMAIN = "marketplace.invalid"  # an identity, no address


def absolute(path: str) -> str:
    """The address of a path of this site as it stands in a mail."""
    settings = current_app.extensions["settings"]
    base = settings.site_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return f"{base}{path}"


def send_mail(session: Session, recipient: str, subject: str, body: str) -> Mail:
    """Queue a plain-text mail for the worker to send once."""
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
) -> None:
    """Put a notice into each person's inbox, and mail it; None and repeated ids are passed over.

    Nothing goes into ``title`` or ``body`` that the person may not read now: both stay.
    """
    wanted = {person_id for person_id in person_ids if person_id is not None}
    rows = session.execute(
        select(_person.c.id, _person.c.email).where(_person.c.id.in_(wanted), _person.c.active)
    ).all()
    for person_id, email in sorted(rows):
        session.add(
            Notice(person_id=person_id, organisation_id=organisation_id, title=title, body=body, path=path)
        )
        if mail:
            link = f"\n\n查看：{absolute(path)}" if path else ""
            send_mail(session, email, f"【滨海科创对接】{title}", f"{body or title}{link}\n")
    session.flush()
