"""Organisations (单位), who belongs to them and in which role."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
from marketplace.organisations.choices import (
    ChangeStatus,
    MembershipRole,
    OfferDirection,
    OfferStatus,
    OrganisationKind,
    OrganisationSize,
    ProofKind,
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
    refusal: Mapped[str] = mapped_column(String(400), default="")  # why the last verification failed
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
    proofs: Mapped[list["OrganisationProof"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="OrganisationProof.id"
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
        # Once at a time; who comes back gets a new row, so that the history stands.
        Index(
            "uq_membership_present",
            "person_id",
            "organisation_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
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


class OrganisationChange(Created, Base):
    """A wish to change name, code, kind or legal person of a verified organisation (变更申请)."""

    __tablename__ = "organisation_change"
    __table_args__ = (
        CheckConstraint(one_of("status", ChangeStatus), name="status"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided_has_its_time"),
        Index(
            "uq_organisation_change_waiting",
            "organisation_id",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_organisation_change_organisation_id", "organisation_id"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    status: Mapped[ChangeStatus] = mapped_column(ChoiceType(ChangeStatus), default=ChangeStatus.WAITING)
    payload: Mapped[str] = mapped_column(Text)  # JSON: identity field → wished value
    note: Mapped[str] = mapped_column(String(400))  # why
    reason: Mapped[str] = mapped_column(String(400), default="")  # of a refusal
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    organisation: Mapped[Organisation] = relationship()
    proofs: Mapped[list["OrganisationProof"]] = relationship(
        back_populates="change", order_by="OrganisationProof.id"
    )


class OrganisationProof(Created, Base):
    """An uploaded paper; newer ones stand beside older ones, none is thrown away."""

    __tablename__ = "organisation_proof"
    __table_args__ = (CheckConstraint(one_of("kind", ProofKind), name="kind"),)

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ProofKind] = mapped_column(ChoiceType(ProofKind))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_change.id"), index=True)

    organisation: Mapped[Organisation] = relationship(back_populates="proofs")
    attachment: Mapped[Attachment] = relationship(lazy="joined", innerjoin=True)
    change: Mapped[OrganisationChange | None] = relationship(back_populates="proofs")


class MembershipOffer(Created, Base):
    """An invitation by mail, or a wish to join: one becomes a member by the consent of both sides."""

    __tablename__ = "membership_offer"
    __table_args__ = (
        CheckConstraint(one_of("direction", OfferDirection), name="direction"),
        CheckConstraint(one_of("status", OfferStatus), name="status"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_has_its_time"),
        CheckConstraint("(direction = 'invitation') = (email IS NOT NULL)", name="invitation_has_its_email"),
        CheckConstraint(
            "person_id IS NOT NULL OR (direction = 'invitation' AND status <> 'accepted')",
            name="has_its_person",
        ),
        *(
            Index(
                f"uq_membership_offer_open_{column}",
                "organisation_id",
                column,
                unique=True,
                sqlite_where=text(f"status = 'open' AND direction = '{direction}'"),
                postgresql_where=text(f"status = 'open' AND direction = '{direction}'"),
            )
            for column, direction in (("email", "invitation"), ("person_id", "request"))
        ),
        Index("ix_membership_offer_organisation_status", "organisation_id", "status"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    direction: Mapped[OfferDirection] = mapped_column(ChoiceType(OfferDirection))
    status: Mapped[OfferStatus] = mapped_column(ChoiceType(OfferStatus), default=OfferStatus.OPEN)
    email: Mapped[str | None] = mapped_column(String(254), index=True)  # of an invitation
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # An organisation without an administrator cannot decide: an officer of its zone does.
    to_officer: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(String(400), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    expires_at: Mapped[Timestamp]
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    organisation: Mapped[Organisation] = relationship()
    person: Mapped["Person | None"] = relationship(foreign_keys=[person_id])
    created_by: Mapped["Person"] = relationship(foreign_keys=[created_by_id])
    roles: Mapped[list["MembershipOfferRole"]] = relationship(
        back_populates="offer", cascade="all, delete-orphan", order_by="MembershipOfferRole.role"
    )


class MembershipOfferRole(Base):
    """A role that is offered or wished for."""

    __tablename__ = "membership_offer_role"
    __table_args__ = (CheckConstraint(one_of("role", MembershipRole), name="role"),)

    offer_id: Mapped[int] = mapped_column(
        ForeignKey("membership_offer.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[MembershipRole] = mapped_column(ChoiceType(MembershipRole), primary_key=True)
    offer: Mapped[MembershipOffer] = relationship(back_populates="roles")
