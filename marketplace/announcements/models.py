"""通知公告 and 政策 that the bureau publishes.

Public comments (征求意见) will hang on an announcement by its id; nothing of it is here yet.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.announcements.choices import AnnouncementKind, AnnouncementStatus
from marketplace.core.db import (
    Base,
    ChoiceType,
    Created,
    PrimaryKey,
    PublicId,
    Timestamp,
    UTCDateTime,
    one_of,
)
from marketplace.core.files import Attachment


class Announcement(Created, Base):
    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint(one_of("kind", AnnouncementKind), name="kind"),
        CheckConstraint(one_of("status", AnnouncementStatus), name="status"),
        CheckConstraint(
            "status = 'draft' OR (published_at IS NOT NULL AND body <> '' AND issuer <> '')",
            name="published_is_whole",
        ),
        Index("ix_announcement_listed", "status", "pinned", "published_at"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    kind: Mapped[AnnouncementKind] = mapped_column(ChoiceType(AnnouncementKind))
    status: Mapped[AnnouncementStatus] = mapped_column(
        ChoiceType(AnnouncementStatus), default=AnnouncementStatus.DRAFT
    )
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text, default="")  # Markdown
    issuer: Mapped[str] = mapped_column(String(120), default="")  # 发文单位
    document_number: Mapped[str] = mapped_column(String(60), default="")  # 文号
    effective_until: Mapped[date | None] = mapped_column(Date)  # last day on which it holds
    pinned: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[Timestamp]
    version: Mapped[int] = mapped_column(default=1)  # counted up by every save, so that two tabs notice
    # Words of title and body between blanks: what the list is searched by.
    words: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sample: Mapped[bool] = mapped_column(default=False)
    seed_key: Mapped[str | None] = mapped_column(String(60), unique=True)

    files: Mapped[list["AnnouncementFile"]] = relationship(
        back_populates="announcement", cascade="all, delete-orphan", order_by="AnnouncementFile.position"
    )


class AnnouncementFile(Base):
    __tablename__ = "announcement_file"

    id: Mapped[PrimaryKey]
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), index=True
    )
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    position: Mapped[int]

    announcement: Mapped[Announcement] = relationship(back_populates="files")
    attachment: Mapped[Attachment] = relationship(lazy="joined", innerjoin=True)


class AnnouncementEdit(Base):
    """What an officer has typed into the form and not saved yet; without announcement: of a new one."""

    __tablename__ = "announcement_edit"
    __table_args__ = (UniqueConstraint("person_id", "announcement_id"),)

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)  # as typed, the announcement's version among them
    version: Mapped[int] = mapped_column(default=0)  # counted up by every save, so that two tabs notice
    updated_at: Mapped[Timestamp]
