"""企业技术需求: what an enterprise needs, to which numbers, for how much and by when."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import Base, ChoiceType, Fen, UTCDateTime, one_of
from marketplace.demands.choices import (
    SEEKING_STATES,
    CooperationMode,
    DemandKind,
    Disclosure,
    SourcingStatus,
)
from marketplace.listings.choices import AttachmentVisibility, Stage
from marketplace.listings.models import (
    AttachmentLink,
    IndicatorColumns,
    Keyword,
    ListingColumns,
    indicator_constraints,
    listing_constraints,
)
from marketplace.organisations.models import Organisation


class Demand(ListingColumns, Base):
    __tablename__ = "demand"
    __table_args__ = (
        *listing_constraints(),
        CheckConstraint("months BETWEEN 1 AND 60", name="months"),
        CheckConstraint("min_trl BETWEEN 1 AND 9", name="min_trl"),
        CheckConstraint("budget IS NULL OR budget > 0", name="budget"),
        CheckConstraint("NOT wants_challenge OR funds_declared", name="challenge_declares_funds"),
        CheckConstraint("(sourcing = 'closed') = (closing_reason <> '')", name="closing_has_its_reason"),
        CheckConstraint(
            "status <> 'published' OR entered_by_id IS NULL OR confirmed_at IS NOT NULL",
            name="entered_for_others_is_confirmed",
        ),
        *(
            CheckConstraint(one_of(column, choice), name=column)
            for column, choice in (
                ("kind", DemandKind),
                ("disclosure", Disclosure),
                ("sourcing", SourcingStatus),
            )
        ),
    )

    kind: Mapped[DemandKind] = mapped_column(ChoiceType(DemandKind))
    industry: Mapped[str | None] = mapped_column(String(10))  # GB/T 4754 code
    difficulty: Mapped[str] = mapped_column(Text)  # 技术难点
    research: Mapped[str] = mapped_column(Text)  # 研究内容
    basis: Mapped[str] = mapped_column(Text)  # 现有基础
    budget: Mapped[Fen | None]  # 预期投入; empty: 面议
    months: Mapped[int]  # 期望时限
    min_trl: Mapped[int]
    zone: Mapped[str] = mapped_column(String(40), index=True)
    disclosure: Mapped[Disclosure] = mapped_column(ChoiceType(Disclosure), default=Disclosure.OPEN)
    # 意向专家/单位: officers only; a ground for 回避 later.
    intended_experts: Mapped[str] = mapped_column(Text, default="")
    wants_challenge: Mapped[bool] = mapped_column(default=False)  # 申请进入榜单
    funds_declared: Mapped[bool] = mapped_column(default=False)
    sourcing: Mapped[SourcingStatus] = mapped_column(
        ChoiceType(SourcingStatus), default=SourcingStatus.SEEKING
    )
    closing_reason: Mapped[str] = mapped_column(String(200), default="")
    # 代填: the broker or officer who entered it, and the enterprise's confirmation by link.
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmation_email: Mapped[str] = mapped_column(String(254), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(40), default="")  # the name that was signed with
    confirmation_sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the link was mailed
    confirmation_reply: Mapped[str] = mapped_column(String(400), default="")  # why it was sent back

    keywords: Mapped[list["DemandKeyword"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandKeyword.position"
    )
    indicators: Mapped[list["DemandIndicator"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandIndicator.position"
    )
    stages: Mapped[list["DemandStage"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandStage.stage"
    )
    cooperation: Mapped[list["DemandCooperation"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandCooperation.mode"
    )
    directed_to: Mapped[list["DemandAudience"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandAudience.organisation_id"
    )
    entered_by: Mapped[Person | None] = relationship(foreign_keys=[entered_by_id])
    attachments: Mapped[list["DemandAttachment"]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="DemandAttachment.position"
    )

    @hybrid_property
    def sought(self) -> bool:
        return self.sourcing in SEEKING_STATES

    @sought.inplace.expression
    @classmethod
    def _sought(cls) -> ColumnElement[bool]:
        return cls.sourcing.in_(SEEKING_STATES)

    @property
    def number(self) -> str:
        return f"XQ-{self.created_at.astimezone(SHANGHAI).year}-{self.id:06d}"


class DemandChild:
    """Rows that live and die with their need."""

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)


class DemandKeyword(Keyword, DemandChild, Base):
    __tablename__ = "demand_keyword"
    __table_args__ = (UniqueConstraint("demand_id", "text"),)

    demand: Mapped[Demand] = relationship(back_populates="keywords")


class DemandIndicator(IndicatorColumns, DemandChild, Base):
    __tablename__ = "demand_indicator"
    __table_args__ = indicator_constraints()

    demand: Mapped[Demand] = relationship(back_populates="indicators")


class DemandStage(Base):
    """A stage of maturity that the enterprise can start from."""

    __tablename__ = "demand_stage"
    __table_args__ = (CheckConstraint(one_of("stage", Stage), name="stage"),)

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(ChoiceType(Stage), primary_key=True)
    demand: Mapped[Demand] = relationship(back_populates="stages")


class DemandCooperation(Base):
    __tablename__ = "demand_cooperation"
    __table_args__ = (CheckConstraint(one_of("mode", CooperationMode), name="mode"),)

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[CooperationMode] = mapped_column(ChoiceType(CooperationMode), primary_key=True)
    demand: Mapped[Demand] = relationship(back_populates="cooperation")


class DemandAudience(Base):
    """An organisation that may read a 定向可见 need."""

    __tablename__ = "demand_audience"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    demand: Mapped[Demand] = relationship(back_populates="directed_to")
    organisation: Mapped[Organisation] = relationship()


class DemandAttachment(AttachmentLink, DemandChild, Base):
    __tablename__ = "demand_attachment"
    __table_args__ = (CheckConstraint(one_of("visibility", AttachmentVisibility), name="visibility"),)

    demand: Mapped[Demand] = relationship(back_populates="attachments")
