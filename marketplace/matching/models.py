"""What people said of matches, and the pairs the worker found."""

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Base, ChoiceType, Created, PrimaryKey, Timestamp, one_of
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict


class MatchFeedback(Created, Base):
    """合适 / 不合适: one word of one person on one pair; of a pasted text only the listing is kept."""

    __tablename__ = "match_feedback"
    __table_args__ = (
        UniqueConstraint("person_id", "pair"),
        CheckConstraint(one_of("verdict", Verdict), name="verdict"),
        CheckConstraint(one_of("level", ShownLevel), name="level"),
        CheckConstraint("result_id IS NOT NULL OR demand_id IS NOT NULL", name="a_listing"),
    )

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)
    pair: Mapped[str] = mapped_column(String(48))  # "result:17 demand:4", so that NULLs count as equal
    verdict: Mapped[Verdict] = mapped_column(ChoiceType(Verdict))
    note: Mapped[str] = mapped_column(String(200), default="")
    level: Mapped[ShownLevel] = mapped_column(ChoiceType(ShownLevel))  # as it was shown
    probability: Mapped[float | None] = mapped_column(Double)  # of at least 较强相关, as shown

    reasons: Mapped[list["MatchFeedbackReason"]] = relationship(
        cascade="all, delete-orphan", order_by="MatchFeedbackReason.reason"
    )


class MatchFeedbackReason(Base):
    __tablename__ = "match_feedback_reason"
    __table_args__ = (CheckConstraint(one_of("reason", FeedbackReason), name="reason"),)

    feedback_id: Mapped[int] = mapped_column(
        ForeignKey("match_feedback.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[FeedbackReason] = mapped_column(ChoiceType(FeedbackReason), primary_key=True)


class MatchSuggestion(Base):
    """A pair the worker found: at least 较强相关. Who may read it is asked when it is read."""

    __tablename__ = "match_suggestion"
    __table_args__ = (
        UniqueConstraint("result_id", "demand_id"),
        CheckConstraint(one_of("level", ShownLevel), name="level"),
        Index("ix_match_suggestion_demand", "demand_id", "found_at"),
    )

    id: Mapped[PrimaryKey]
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"))
    probability: Mapped[float | None] = mapped_column(Double)  # of at least 较强相关, as shown
    level: Mapped[ShownLevel] = mapped_column(ChoiceType(ShownLevel))
    found_at: Mapped[Timestamp]
