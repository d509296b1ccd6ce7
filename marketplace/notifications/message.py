"""A queued mail as the message that travels: headers in order, text in UTF-8."""

from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

SENDER_NAME = "滨海科创对接"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a transport needs of a Mail row; no row stays open while it is sent."""

    id: int
    message_id: str
    recipient: str
    subject: str
    body: str
    written_at: datetime
    claimed_at: datetime


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The message, the same each time; ValueError for an address or subject that would break a header."""
    if "@" not in letter.recipient:
        raise ValueError("no address")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER_NAME, addr_spec=sender)
    try:
        message["To"] = Address(addr_spec=letter.recipient)
    except (HeaderParseError, IndexError) as error:  # the parser's words for what is no address
        raise ValueError("no address") from error
    message["Subject"] = letter.subject
    message["Date"] = letter.written_at
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.body, charset="utf-8", cte="base64")
    return message
