"""Append-only record of every grave act, chained by HMAC so that any later change is seen.

mac_n = HMAC-SHA256(AUDIT_KEY, mac_{n-1} || stored bytes of record n). The head row keeps the last seq
and the count, and seal_n = HMAC-SHA256(AUDIT_KEY, "head" || seal_{n-1} || mac_n), in the same transaction.
No earlier seal stands in the table, so that a cut tail is seen even where the head was set back to the
record before, and still after further records.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, Timestamp

GENESIS = bytes(32)


class AuditRecord(Base):
    __tablename__ = "audit_record"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[Timestamp]
    # An id, not a name: a person can be anonymised while the chain stands.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(64), index=True)  # "result:17"
    detail: Mapped[str] = mapped_column(Text)  # JSON, the very bytes that the mac covers
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

    def stored_bytes(self) -> bytes:
        fields = [self.seq, self.at.isoformat(), self.actor_id, self.action, self.object, self.detail]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


class AuditHead(Base):
    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    count: Mapped[int]
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


def audit_key() -> bytes:
    return bytes(current_app.config["AUDIT_KEY"], "utf-8")


def chain(key: bytes, previous: bytes, record: AuditRecord) -> bytes:
    return hmac.new(key, previous + record.stored_bytes(), hashlib.sha256).digest()


def seal(key: bytes, previous: bytes, mac: bytes) -> bytes:
    """The head's mac after a record with this mac."""
    return hmac.new(key, b"head" + previous + mac, hashlib.sha256).digest()


def record(
    session: Session, actor_id: int | None, action: str, object: str, detail: Mapping[str, Any] | None = None
) -> AuditRecord:
    """Append one record in the caller's transaction."""
    head = session.scalar(select(AuditHead).with_for_update())
    if head is None:
        head = AuditHead(id=1, seq=0, count=0, mac=GENESIS)
        session.add(head)
    last = session.scalar(select(AuditRecord.mac).where(AuditRecord.seq == head.seq))
    entry = AuditRecord(
        seq=head.seq + 1,
        at=clock.now(),
        actor_id=actor_id,
        action=action,
        object=object,
        detail=json.dumps(detail or {}, ensure_ascii=False, sort_keys=True),
    )
    entry.mac = chain(audit_key(), last or GENESIS, entry)
    head.seq, head.count = entry.seq, head.count + 1
    head.mac = seal(audit_key(), head.mac, entry.mac)
    session.add(entry)
    session.flush()
    return entry


def first_break(session: Session) -> int | None:
    """The seq at which the chain no longer holds, or None where it is whole."""
    previous, sealed, expected, key = GENESIS, GENESIS, 1, audit_key()
    for entry in session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).yield_per(1000):
        if entry.seq != expected or not hmac.compare_digest(entry.mac, chain(key, previous, entry)):
            return expected
        previous, sealed, expected = entry.mac, seal(key, sealed, entry.mac), expected + 1
    head = session.scalar(select(AuditHead))
    if head is None:
        return None if expected == 1 else expected
    counted = (head.seq, head.count) == (expected - 1, expected - 1)
    return None if counted and hmac.compare_digest(head.mac, sealed) else expected
