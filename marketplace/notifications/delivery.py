"""Sending the queued mails, each once.

A mail is claimed in a short transaction, sent outside any, and noted as sent in another one. A worker
that dies between the claim and the note leaves a claim that grows old; the mail is then sent again
**with the same Message-ID**. So it arrives once, except that a crash between the server's acceptance
and our note repeats the same Message-ID, which mail programs show once. The folder is exact: a mail
sent again replaces its own file.

Trouble drops nothing: a server that is down, drops the connection or says "later" (4xx) gets the mail
again, ever less often. Only a refusal for good (5xx) for this recipient or message ends it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.notifications.choices import MailStatus
from marketplace.notifications.message import Letter
from marketplace.notifications.models import Mail
from marketplace.notifications.transports import (
    MailTrouble,
    Refused,
    Transport,
    Unreachable,
    mailbox_path,
    open_transport,
)

log = structlog.get_logger()

CLAIM_AGE = timedelta(minutes=10)  # longer than a server may take for one mail (TIMEOUT for each answer)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=10), timedelta(hours=1)
NOTE_ATTEMPTS, NOTE_PAUSE = 5, 1.0  # a busy database is no reason to send a mail twice


def _waits() -> ColumnElement[bool]:
    now = clock.now()
    due = (Mail.status == MailStatus.WAITING) & (Mail.next_try_at <= now)
    return or_(due, (Mail.status == MailStatus.SENDING) & (Mail.claimed_at < now - CLAIM_AGE))


def claim_next() -> Letter | None:
    """Claim the mail that has waited longest; None where none waits."""
    oldest = select(Mail).where(_waits()).order_by(Mail.next_try_at, Mail.id).limit(1)
    found = db.session.scalar(oldest.with_only_columns(Mail.id))
    db.session.rollback()
    if found is None:  # most looks find nothing: they take no lock
        return None
    with transaction() as session:
        mail = session.scalar(oldest.with_for_update(skip_locked=True))
        if mail is None:
            return None
        mail.status, mail.claimed_at, mail.attempts = MailStatus.SENDING, clock.now(), mail.attempts + 1
        return Letter(
            id=mail.id,
            message_id=mail.message_id,
            recipient=mail.recipient,
            subject=mail.subject,
            body=mail.body,
            written_at=mail.created_at,
            claimed_at=mail.claimed_at,
        )


def _note(letter: Letter, **values: Any) -> None:
    """Write what became of a mail, unless somebody else has claimed it meanwhile."""
    mine = (Mail.id == letter.id, Mail.status == MailStatus.SENDING, Mail.claimed_at == letter.claimed_at)
    for attempt in range(1, NOTE_ATTEMPTS + 1):
        try:
            with transaction() as session:
                session.execute(update(Mail).where(*mine).values(**values))
            return
        except OperationalError:
            if attempt == NOTE_ATTEMPTS:
                raise
            time.sleep(NOTE_PAUSE)


def _put_off(letter: Letter, trouble: MailTrouble) -> None:
    with transaction() as session:
        mail = session.get(Mail, letter.id, with_for_update=True)
        if mail is None or mail.status is not MailStatus.SENDING or mail.claimed_at != letter.claimed_at:
            return
        pause = min(FIRST_RETRY * 2 ** min(mail.attempts - 1, 12), LONGEST_RETRY)
        mail.status, mail.problem, mail.next_try_at = MailStatus.WAITING, str(trouble), clock.now() + pause


def send_next(transport: Transport) -> bool | None:
    """Send the next mail: whether it went out; None where none waits. Raises Unreachable."""
    letter = claim_next()
    if letter is None:
        return None
    try:
        transport.send(letter)
    except Refused as refusal:
        log.warning("mail.refused", mail=letter.id, code=refusal.code)
        _note(letter, status=MailStatus.REFUSED, problem=str(refusal), body="")
        return False
    except MailTrouble as trouble:
        log.warning("mail.later", mail=letter.id, problem=str(trouble))
        _put_off(letter, trouble)
        if isinstance(trouble, Unreachable):
            raise
        return False
    except OSError as error:  # of the folder: a full disk
        _put_off(letter, Unreachable(type(error).__name__))
        raise
    _note(letter, status=MailStatus.SENT, sent_at=clock.now(), problem="", body="")
    return True


def send_waiting(stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what waits, over one connection; return how many went out. Raises Unreachable."""
    sent = 0
    with open_transport(current_app.extensions["settings"]) as transport:
        while not stopping():
            went = send_next(transport)
            if went is None:
                break
            sent += went
    return sent


def waiting_count() -> int:
    """Mails that are not out yet, also those put off."""
    unsent = select(func.count()).where(Mail.status.in_((MailStatus.WAITING, MailStatus.SENDING)))
    count = db.session.scalar(unsent)
    db.session.rollback()
    return count or 0


def forget_sent(session: Session, before: datetime) -> int:
    """Remove mails sent or refused before this moment, and their files in the folder; return how many."""
    over = Mail.status.in_((MailStatus.SENT, MailStatus.REFUSED))
    gone = session.execute(delete(Mail).where(over, Mail.created_at < before))
    folder = mailbox_path(current_app.extensions["settings"])
    for path in folder.glob("*.eml") if folder.is_dir() else ():
        if path.stat().st_mtime < before.timestamp():
            path.unlink()
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE
