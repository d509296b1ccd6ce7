"""Organisations (单位), who belongs to them and in which role."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Base, ChoiceType, Created, PrimaryKey, PublicId, UTCDateTime, one_of
from marketplace.organisations.choices import (
    MembershipRole,
    OrganisationKind,
    OrganisationSize,
    Verification,
)

if TYPE_CHECKING:
    from marketplace.accounts.models import Person


class Organisation(Created, Base):
    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(one_of("kind", OrganisationKind), name="kind"),
        CheckConstraint(one_of("size", OrganisationSize), name="size"),
        CheckConstraint(one_of("verification", Verification), name="verification"),
        CheckConstraint(
            "(verification = 'verified') = (verified_at IS NOT NULL)", name="verified_has_its_time"
        ),
        CheckConstraint("credit_code IS NULL OR length(credit_code) = 18", name="credit_code"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[OrganisationKind] = mapped_column(ChoiceType(OrganisationKind))
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)  # 统一社会信用代码
    legal_person: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    zone: Mapped[str] = mapped_column(String(40))  # term of vocabulary "zone"
    industry: Mapped[str | None] = mapped_column(String(10))  # GB/T 4754 code
    size: Mapped[OrganisationSize | None] = mapped_column(ChoiceType(OrganisationSize))
    website: Mapped[str] = mapped_column(String(200), default="")
    introduction: Mapped[str] = mapped_column(Text, default="")
    verification: Mapped[Verification] = mapped_column(ChoiceType(Verification), default=Verification.PENDING)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sample: Mapped[bool] = mapped_column(default=False)  # 示例: invented for demonstration
    seed_key: Mapped[str | None] = mapped_column(String(60), unique=True)

    honours: Mapped[list["OrganisationHonour"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="OrganisationHonour.honour"
    )
    shareholders: Mapped[list["Shareholder"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="Shareholder.id"
    )
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="Membership.id"
    )


class OrganisationHonour(Base):
    """资质荣誉: a term of vocabulary "honour"."""

    __tablename__ = "organisation_honour"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    honour: Mapped[str] = mapped_column(String(40), primary_key=True)
    organisation: Mapped[Organisation] = relationship(back_populates="honours")


class Shareholder(Base):
    __tablename__ = "shareholder"
    __table_args__ = (CheckConstraint("percent > 0 AND percent <= 100", name="percent"),)

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(120))
    percent: Mapped[float] = mapped_column(Numeric(5, 2, asdecimal=False))
    organisation: Mapped[Organisation] = relationship(back_populates="shareholders")


class Membership(Created, Base):
    """One role of one person in one organisation; ended, never deleted, when the person leaves."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id", "role"),
        CheckConstraint(one_of("role", MembershipRole), name="role"),
        Index("ix_membership_organisation_role", "organisation_id", "role"),
    )

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    role: Mapped[MembershipRole] = mapped_column(ChoiceType(MembershipRole))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped["Person"] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")
