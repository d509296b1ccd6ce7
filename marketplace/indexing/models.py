"""Outbox of index changes, and the cache of vectors."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, PrimaryKey


class OutboxEntry(Base):
    """One listing whose indexed form may have changed, written in the change's own transaction."""

    __tablename__ = "outbox_entry"
    __table_args__ = (
        Index("ix_outbox_entry_kind_listing", "kind", "listing_id"),
        # Ids never come back after deletion: the newest one of a listing is its document's version.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(20))
    listing_id: Mapped[int]


class Embedding(Base):
    """A vector that was encoded once: every engine, reindexing and match reads it from here."""

    __tablename__ = "embedding"

    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    dtype: Mapped[str] = mapped_column(String(16), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the text, hex
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class IndexedText(Base):
    """The text of a live listing whose counterparts were last asked for; the worker keeps it."""

    __tablename__ = "indexed_text"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    listing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_hash: Mapped[str] = mapped_column(String(64))  # sha256 of the text that is encoded, hex
