"""One line of an officer's queue: what waits, in which zone, since when, until when, with whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, ChoiceType, PrimaryKey, PublicId, Timestamp, UTCDateTime, one_of
from marketplace.queue.choices import QueueKind


class QueueItem(Base):
    """Opened by the feature whose object waits, closed by it when it is decided or taken back."""

    __tablename__ = "queue_item"
    __table_args__ = (
        CheckConstraint(one_of("kind", QueueKind), name="kind"),
        # An object waits at most once.
        Index(
            "uq_queue_item_open",
            "kind",
            "object_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_queue_item_waiting", "closed_at", "zone", "due_at"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    kind: Mapped[QueueKind] = mapped_column(ChoiceType(QueueKind))
    object_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    zone: Mapped[str] = mapped_column(String(40))  # term of vocabulary "zone"
    opened_at: Mapped[Timestamp]
    due_at: Mapped[Timestamp]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # What the officer has begun to write; kept when leaving the page.
    note: Mapped[str] = mapped_column(Text, default="")
    note_version: Mapped[int] = mapped_column(
        default=0
    )  # counted up by every save, so that two officers notice
    note_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
