"""Notices: the inbox in the site, and mail, both rows written in the transaction of what they tell."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

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
from marketplace.notifications.choices import MailStatus, MailWish


class Notice(Created, Base):
    """One message to one person; ``path`` leads to what it is about."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person_read", "person_id", "read_at", "id"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    # For which of the person's organisations it is; opening the notice acts for that one.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text, default="")
    path: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Mail(Created, Base):
    """A mail to send once; its Message-ID is made here, so that a repeated one can be told."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint(one_of("status", MailStatus), name="status"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_time"),
        Index("ix_mail_waiting", "status", "next_try_at"),
        Index("ix_mail_recipient", "recipient", "created_at"),
    )

    id: Mapped[PrimaryKey]
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)  # plain text; emptied once sent or refused: it may hold a link
    status: Mapped[MailStatus] = mapped_column(ChoiceType(MailStatus), default=MailStatus.WAITING)
    next_try_at: Mapped[Timestamp]
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(200), default="")


class MailPreference(Base):
    """Which notices a person also wants by mail; without a row all of them."""

    __tablename__ = "mail_preference"
    __table_args__ = (CheckConstraint(one_of("wish", MailWish), name="wish"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    wish: Mapped[MailWish] = mapped_column(ChoiceType(MailWish))
