"""Requests to read what a listing controls (受控详情), and the log of every such reading."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
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
from marketplace.demands.models import Demand
from marketplace.disclosure.choices import ReadingKind, RequestStatus, Right
from marketplace.listings.models import OneListing, one_listing
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result

OPEN = text("status IN ('pending', 'granted')")


class DetailRequest(Created, OneListing, Base):
    """One organisation's wish to read the controlled part of one listing, and the owner's answer."""

    __tablename__ = "detail_request"
    __table_args__ = (
        one_listing(),
        CheckConstraint(one_of("status", RequestStatus), name="status"),
        CheckConstraint(
            "status NOT IN ('granted', 'revoked', 'expired') OR granted_until IS NOT NULL",
            name="granted_has_its_end",
        ),
        CheckConstraint("(status IN ('refused', 'revoked')) = (reason <> '')", name="no_has_its_reason"),
        CheckConstraint("(status = 'pending') = (closed_at IS NULL)", name="answered_has_its_time"),
        # One open request of an organisation for a listing; a new one after it has ended.
        *(
            Index(
                f"uq_detail_request_open_{kind}",
                "organisation_id",
                f"{kind}_id",
                unique=True,
                sqlite_where=OPEN,
                postgresql_where=OPEN,
            )
            for kind in ("result", "demand")
        ),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))  # who asks
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(String(500))
    wished_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    status: Mapped[RequestStatus] = mapped_column(ChoiceType(RequestStatus), default=RequestStatus.PENDING)
    due_at: Mapped[Timestamp]  # when an answer is due
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last answer, withdrawal or end
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The owner of a masked need also gives the files that say who it is.
    tells_owner: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(400), default="")

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person] = relationship(foreign_keys=person_id, lazy="joined", innerjoin=True)
    result: Mapped[Result | None] = relationship()
    demand: Mapped[Demand | None] = relationship()

    @property
    def listing(self) -> Result | Demand:
        found = self.result or self.demand
        assert found is not None  # CHECK constraint
        return found


class DetailReading(OneListing, Base):
    """Somebody from outside the owner's organisation has read controlled content; never changed."""

    __tablename__ = "detail_reading"
    __table_args__ = (
        one_listing(),
        CheckConstraint(one_of("what", ReadingKind), name="what"),
        CheckConstraint(one_of("access_right", Right), name="access_right"),
        CheckConstraint("(what = 'file') = (attachment_id IS NOT NULL)", name="file_is_named"),
        CheckConstraint("(access_right = 'grant') = (request_id IS NOT NULL)", name="grant_is_named"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[Timestamp]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # acted for
    what: Mapped[ReadingKind] = mapped_column(ChoiceType(ReadingKind))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("detail_request.id", ondelete="CASCADE"))
    access_right: Mapped[Right] = mapped_column(ChoiceType(Right))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
    attachment: Mapped[Attachment | None] = relationship(lazy="joined")
