"""对接: one request for a talk between the owner of a listing and whoever asks for it, and its course."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import (
    Base,
    ChoiceType,
    Created,
    Fen,
    PrimaryKey,
    PublicId,
    Timestamp,
    UTCDateTime,
    one_of,
)
from marketplace.demands.models import Demand
from marketplace.introductions.choices import (
    AssistanceStatus,
    IntroductionStatus,
    IntroductionTarget,
    OutcomeKind,
    Side,
)
from marketplace.matching.choices import ShownLevel
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result

_OPEN = "status IN ('pending', 'active')"


def _open_once(name: str, first: str, second: str, condition: str) -> Index:
    where = text(f"{_OPEN} AND {condition}")
    return Index(name, first, second, unique=True, sqlite_where=where, postgresql_where=where)


class Introduction(Created, Base):
    """The constraints bind its state to its data; both sides have agreed before anybody is told a name."""

    __tablename__ = "introduction"
    __table_args__ = (
        CheckConstraint(one_of("status", IntroductionStatus), name="status"),
        CheckConstraint(one_of("target", IntroductionTarget), name="target"),
        CheckConstraint(one_of("outcome_kind", OutcomeKind), name="outcome_kind"),
        CheckConstraint(one_of("level", ShownLevel), name="level"),
        CheckConstraint(
            "CASE WHEN target = 'result' THEN result_id IS NOT NULL ELSE demand_id IS NOT NULL END",
            name="target_is_there",
        ),
        CheckConstraint("from_organisation_id <> to_organisation_id", name="two_organisations"),
        CheckConstraint(
            "status NOT IN ('active', 'agreed') OR"
            " (from_agreed_at IS NOT NULL AND to_agreed_at IS NOT NULL AND answered_at IS NOT NULL)",
            name="both_have_agreed",
        ),
        CheckConstraint(
            "status NOT IN ('pending', 'lapsed') OR"
            " (answered_at IS NULL AND (from_agreed_at IS NULL OR to_agreed_at IS NULL))",
            name="unanswered_until_both_agree",
        ),
        CheckConstraint("(status IN ('agreed', 'failed')) = (ended_at IS NOT NULL)", name="end_has_its_time"),
        CheckConstraint("(status = 'failed') = (end_reason <> '')", name="failure_has_its_reason"),
        CheckConstraint("status <> 'agreed' OR outcome_kind IS NOT NULL", name="agreed_has_its_outcome"),
        CheckConstraint(
            "contract_amount IS NULL OR (contract_amount > 0 AND outcome_kind IS NOT NULL)",
            name="contract_amount",
        ),
        _open_once("uq_introduction_open_result", "from_organisation_id", "result_id", "target = 'result'"),
        _open_once("uq_introduction_open_demand", "from_organisation_id", "demand_id", "target = 'demand'"),
        _open_once(
            "uq_introduction_open_pair",
            "result_id",
            "demand_id",
            "result_id IS NOT NULL AND demand_id IS NOT NULL",
        ),
        Index("ix_introduction_from", "from_organisation_id", "status"),
        Index("ix_introduction_to", "to_organisation_id", "status"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    status: Mapped[IntroductionStatus] = mapped_column(
        ChoiceType(IntroductionStatus), default=IntroductionStatus.PENDING
    )
    target: Mapped[IntroductionTarget] = mapped_column(ChoiceType(IntroductionTarget))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id"), index=True)
    from_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    to_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    # Whose name and address the other side gets: at first who asks and who is asked, then who agreed.
    from_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    broker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # who assists
    message: Mapped[str] = mapped_column(String(500))
    # What the match was called when it led here; none where no match did.
    level: Mapped[ShownLevel | None] = mapped_column(ChoiceType(ShownLevel))
    probability: Mapped[float | None] = mapped_column(Double)
    from_agreed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    to_agreed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reply_due_at: Mapped[Timestamp]
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # accepted or declined
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str] = mapped_column(String(400), default="")
    outcome_kind: Mapped[OutcomeKind | None] = mapped_column(ChoiceType(OutcomeKind))
    outcome_note: Mapped[str] = mapped_column(String(400), default="")
    contract_amount: Mapped[Fen | None]
    outcome_asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    result: Mapped[Result | None] = relationship()
    demand: Mapped[Demand | None] = relationship()
    from_organisation: Mapped[Organisation] = relationship(foreign_keys=from_organisation_id)
    to_organisation: Mapped[Organisation] = relationship(foreign_keys=to_organisation_id)
    from_person: Mapped[Person | None] = relationship(foreign_keys=from_person_id)
    to_person: Mapped[Person | None] = relationship(foreign_keys=to_person_id)
    broker: Mapped[Person | None] = relationship(foreign_keys=broker_id)
    messages: Mapped[list["IntroductionMessage"]] = relationship(
        back_populates="introduction", order_by="IntroductionMessage.id"
    )
    assistance: Mapped[list["IntroductionAssistance"]] = relationship(
        back_populates="introduction", order_by="IntroductionAssistance.id"
    )

    @property
    def number(self) -> str:
        return f"DJ-{self.created_at.astimezone(SHANGHAI).year}-{self.id:06d}"

    @property
    def accepted(self) -> bool:
        """Both sides have agreed to talk, whatever came of it."""
        return self.from_agreed_at is not None and self.to_agreed_at is not None

    @property
    def asked_for(self) -> Result | Demand:
        """The listing somebody asks for."""
        listing = self.result if self.target is IntroductionTarget.RESULT else self.demand
        assert listing is not None  # CHECK constraint
        return listing

    @property
    def offered(self) -> Result | Demand | None:
        """The asker's own listing, where the request names one."""
        return self.demand if self.target is IntroductionTarget.RESULT else self.result


class IntroductionMessage(Created, Base):
    """One line of the talk after acceptance, plain text."""

    __tablename__ = "introduction_message"
    __table_args__ = (CheckConstraint(one_of("side", Side), name="side"),)

    id: Mapped[PrimaryKey]
    introduction_id: Mapped[int] = mapped_column(
        ForeignKey("introduction.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    side: Mapped[Side] = mapped_column(ChoiceType(Side))
    text: Mapped[str] = mapped_column(Text)

    introduction: Mapped[Introduction] = relationship(back_populates="messages")
    author: Mapped[Person] = relationship()


class IntroductionAssistance(Created, Base):
    """A broker or officer offers to assist; one of the sides agrees or declines."""

    __tablename__ = "introduction_assistance"
    __table_args__ = (
        UniqueConstraint("introduction_id", "person_id"),
        CheckConstraint(one_of("status", AssistanceStatus), name="status"),
        CheckConstraint("(status = 'offered') = (decided_at IS NULL)", name="decision_has_its_time"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[AssistanceStatus] = mapped_column(
        ChoiceType(AssistanceStatus), default=AssistanceStatus.OFFERED
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    introduction: Mapped[Introduction] = relationship(back_populates="assistance")
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    organisation: Mapped[Organisation | None] = relationship()
