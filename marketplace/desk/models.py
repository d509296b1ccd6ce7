"""When a person last looked at the desk, for each organisation they act for."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, PrimaryKey, Timestamp


class DeskVisit(Base):
    """``since`` is the visit before the present one: what came after it is new."""

    __tablename__ = "desk_visit"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    since: Mapped[Timestamp]
    seen_at: Mapped[Timestamp]
