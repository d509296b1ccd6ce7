"""纠错/举报: what somebody finds wrong with a listing or an organisation, and the officer's answer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.clock import SHANGHAI
from marketplace.core.db import (
    PUBLIC_ID_LENGTH,
    Base,
    ChoiceType,
    Created,
    PrimaryKey,
    UTCDateTime,
    new_public_id,
    one_of,
)
from marketplace.reports.choices import ReportKind, ReportStatus

LINK_LENGTH = 2 * PUBLIC_ID_LENGTH


def new_link() -> str:
    """The public id of a report is its key: who has the link may follow it and ask again."""
    return new_public_id() + new_public_id()


class Report(Created, Base):
    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint(one_of("kind", ReportKind), name="kind"),
        CheckConstraint(one_of("status", ReportStatus), name="status"),
        CheckConstraint(
            "CASE WHEN result_id IS NULL THEN 0 ELSE 1 END + CASE WHEN demand_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_subject",
        ),
        CheckConstraint("(status = 'open') = (answered_at IS NULL)", name="answer_has_its_time"),
        CheckConstraint("(status = 'open') = (answer = '')", name="answer_has_its_text"),
        CheckConstraint("(reopened_at IS NULL) = (reopen_text = '')", name="reopening_has_its_text"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(LINK_LENGTH), unique=True, default=new_link)
    kind: Mapped[ReportKind] = mapped_column(ChoiceType(ReportKind))
    status: Mapped[ReportStatus] = mapped_column(ChoiceType(ReportStatus), default=ReportStatus.OPEN)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    # Who asked, where they were logged in or left an address: for officers only.
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Asked once more by the link: the first answer stays beside the second.
    reopened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reopen_text: Mapped[str] = mapped_column(Text, default="")
    first_answer: Mapped[str] = mapped_column(Text, default="")

    @property
    def number(self) -> str:
        return f"JB-{self.created_at.astimezone(SHANGHAI).year}-{self.id:06d}"
