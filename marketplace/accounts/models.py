"""People (人员), the roles the bureau gives them, their profiles, and the log of failed log-ins."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.choices import Appointment, OfficerLevel, ProfileKind
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

if TYPE_CHECKING:
    from marketplace.organisations.models import Membership


class Person(UserMixin, Created, Base):  # type: ignore[misc]  # Flask-Login is untyped
    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(terms_version = '') = (terms_accepted_at IS NULL)", name="terms_have_their_time"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    phone: Mapped[str] = mapped_column(String(30), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    # Part of the session cookie: changing it ends every session of this person.
    session_token: Mapped[str] = mapped_column(String(43))
    professional_title: Mapped[str] = mapped_column(String(60), default="")
    introduction: Mapped[str] = mapped_column(Text, default="")
    # Nobody logs in before they have shown that the address is theirs.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    terms_version: Mapped[str] = mapped_column(String(20), default="")  # the last one agreed to
    terms_accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    seed_key: Mapped[str | None] = mapped_column(String(60), unique=True)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="person", order_by="Membership.id")
    appointments: Mapped[list["RoleAppointment"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="RoleAppointment.id"
    )
    profiles: Mapped[list["Profile"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="Profile.kind"
    )

    def get_id(self) -> str:
        return f"{self.id}:{self.session_token}"

    @property
    def is_active(self) -> bool:
        return self.active and self.email_confirmed_at is not None


class RoleAppointment(Created, Base):
    """A role given by the bureau: officer (with level and zone), expert, evaluator."""

    __tablename__ = "role_appointment"
    __table_args__ = (
        UniqueConstraint("person_id", "role"),
        CheckConstraint(one_of("role", Appointment), name="role"),
        CheckConstraint(one_of("level", OfficerLevel), name="level"),
        CheckConstraint("(role = 'officer') = (level IS NOT NULL)", name="officers_have_a_level"),
        CheckConstraint(
            "(level IS NOT NULL AND level = 'zone') = (zone IS NOT NULL)", name="zone_officers_have_a_zone"
        ),
    )

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[Appointment] = mapped_column(ChoiceType(Appointment))
    level: Mapped[OfficerLevel | None] = mapped_column(ChoiceType(OfficerLevel))
    zone: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(back_populates="appointments")
    fields: Mapped[list["ExpertField"]] = relationship(
        back_populates="appointment", cascade="all, delete-orphan", order_by="ExpertField.field"
    )


class ExpertField(Base):
    """A field (领域) in which an expert or evaluator is competent."""

    __tablename__ = "expert_field"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("role_appointment.id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    appointment: Mapped[RoleAppointment] = relationship(back_populates="fields")


class Profile(Base):
    """What a person tells of their work in one capacity; read by others only when ``visible``."""

    __tablename__ = "profile"
    __table_args__ = (
        UniqueConstraint("person_id", "kind"),
        CheckConstraint(one_of("kind", ProfileKind), name="kind"),
        CheckConstraint("kind = 'broker' OR certificate = ''", name="only_brokers_have_a_certificate"),
        CheckConstraint("kind = 'expert' OR refusal = ''", name="only_experts_are_refused"),
    )

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[ProfileKind] = mapped_column(ChoiceType(ProfileKind))
    direction: Mapped[str] = mapped_column(Text)  # Markdown
    achievements: Mapped[str] = mapped_column(Text, default="")  # Markdown
    certificate: Mapped[str] = mapped_column(String(60), default="")  # 技术经纪人证书编号
    visible: Mapped[bool] = mapped_column(default=False)
    refusal: Mapped[str] = mapped_column(String(400), default="")  # why the last application was refused
    updated_at: Mapped[Timestamp]

    person: Mapped[Person] = relationship(back_populates="profiles")
    fields: Mapped[list["ProfileField"]] = relationship(
        back_populates="profile", cascade="all, delete-orphan", order_by="ProfileField.field"
    )


class ProfileField(Base):
    """A field (领域) of a profile."""

    __tablename__ = "profile_field"

    profile_id: Mapped[int] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    profile: Mapped[Profile] = relationship(back_populates="fields")


class FailedLogin(Base):
    """Counted in the database so that several web processes share the limit."""

    __tablename__ = "failed_login"
    __table_args__ = (
        Index("ix_failed_login_email_at", "email", "at"),
        Index("ix_failed_login_address_at", "address", "at"),
    )

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[Timestamp]
