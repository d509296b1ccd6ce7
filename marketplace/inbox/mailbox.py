"""The mails in the folder of a development site, as a page shows them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

SHOWN = 50
LINK = re.compile(r"https?://[^\s<>\"'，。；、）]+")


@dataclass(frozen=True, slots=True)
class StoredMail:
    subject: str
    recipient: str
    sent_at: datetime
    parts: Sequence[tuple[str, bool]]  # text, and whether it is a link


def split_links(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces: what stands between links, and the links."""
    end = 0
    for found in LINK.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], False
        yield found.group(), True
        end = found.end()
    if end < len(text):
        yield text[end:], False


def newest_mails(folder: Path) -> list[StoredMail]:
    """The newest SHOWN mails of the folder; without a folder none."""
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN] if folder.is_dir() else []
    return [_read(path) for path in files]


def _read(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    return StoredMail(
        subject=str(message["Subject"]),
        recipient=str(message["To"]),
        sent_at=message["Date"].datetime,
        parts=tuple(split_links(body.get_content().strip() if body else "")),
    )
