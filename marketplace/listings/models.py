"""What results and needs share: columns of a listing, indicator rows, attachments."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

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
from marketplace.listings.choices import (
    AttachmentVisibility,
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
    ListingStatus,
    RevisionStatus,
    SecrecyVerdict,
)
from marketplace.organisations.models import Organisation

if TYPE_CHECKING:
    from marketplace.demands.models import Demand
    from marketplace.results.models import Result


class ListingColumns(Created):
    """Columns of every listing; the constraints bind its state to its data."""

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[ListingStatus] = mapped_column(
        ChoiceType(ListingStatus), default=ListingStatus.DRAFT, index=True
    )
    field: Mapped[str] = mapped_column(String(40), index=True)  # 领域, vocabulary "field"
    cluster: Mapped[str | None] = mapped_column(String(40))  # 集聚区, vocabulary "cluster"
    secrecy: Mapped[SecrecyVerdict] = mapped_column(
        ChoiceType(SecrecyVerdict), default=SecrecyVerdict.PENDING
    )
    secrecy_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secrecy_note: Mapped[str] = mapped_column(String(200), default="")
    export_restricted: Mapped[bool] = mapped_column(default=False)  # 限制/禁止出口技术
    human_genetic: Mapped[bool] = mapped_column(default=False)  # 人类遗传资源
    ethics_review: Mapped[bool] = mapped_column(default=False)  # 科技伦理审查
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the worker saw it expire
    sample: Mapped[bool] = mapped_column(default=False)
    seed_key: Mapped[str | None] = mapped_column(String(60), unique=True)

    @hybrid_property
    def sought(self) -> bool:
        """Whether the listing still looks for a counterpart; a need that is signed or closed does not."""
        return True

    @sought.inplace.expression
    @classmethod
    def _sought(cls) -> ColumnElement[bool]:
        return true()

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("organisation.id"), index=True)

    @declared_attr
    def contact_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("person.id"), index=True)

    @declared_attr
    def secrecy_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("person.id"))

    @declared_attr
    def organisation(cls) -> Mapped[Organisation]:
        return relationship(
            foreign_keys=lambda: cls.organisation_id,  # type: ignore[arg-type]  # a column here
            lazy="joined",
            innerjoin=True,
        )

    @declared_attr
    def contact(cls) -> Mapped[Person | None]:
        return relationship(
            foreign_keys=lambda: cls.contact_id  # type: ignore[arg-type]  # a column here
        )


def listing_constraints() -> tuple[CheckConstraint, ...]:
    """State bound to data; fresh objects for each table."""
    return (
        CheckConstraint(one_of("status", ListingStatus), name="status"),
        CheckConstraint(one_of("secrecy", SecrecyVerdict), name="secrecy"),
        CheckConstraint(
            "status <> 'published' OR (published_at IS NOT NULL AND valid_until IS NOT NULL"
            " AND valid_until > published_at)",
            name="published_has_its_times",
        ),
        CheckConstraint("status <> 'published' OR secrecy <> 'pending'", name="published_is_reviewed"),
        CheckConstraint("(secrecy = 'pending') = (secrecy_at IS NULL)", name="secrecy_verdict_has_its_time"),
        CheckConstraint("(status = 'expired') = (expired_at IS NOT NULL)", name="expired_has_its_time"),
    )


class Keyword:
    """关键词, 3 to 8 of a listing."""

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(40))


class IndicatorColumns:
    """One 指标 row: bounds as doubles beside the author's own text."""

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[IndicatorRole] = mapped_column(ChoiceType(IndicatorRole), default=IndicatorRole.TARGET)
    necessity: Mapped[IndicatorNecessity] = mapped_column(
        ChoiceType(IndicatorNecessity), default=IndicatorNecessity.MUST
    )
    type: Mapped[IndicatorType] = mapped_column(ChoiceType(IndicatorType), default=IndicatorType.NUMERIC)
    operator: Mapped[IndicatorOperator | None] = mapped_column(ChoiceType(IndicatorOperator))
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    value_text: Mapped[str] = mapped_column(String(80))
    approximate: Mapped[bool] = mapped_column(default=False)
    unit: Mapped[str] = mapped_column(String(30), default="")
    condition: Mapped[str] = mapped_column(String(120), default="")
    direction: Mapped[IndicatorDirection] = mapped_column(ChoiceType(IndicatorDirection))


def indicator_constraints() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(one_of("role", IndicatorRole), name="role"),
        CheckConstraint(one_of("necessity", IndicatorNecessity), name="necessity"),
        CheckConstraint(one_of("type", IndicatorType), name="type"),
        CheckConstraint(one_of("operator", IndicatorOperator), name="operator"),
        CheckConstraint(one_of("direction", IndicatorDirection), name="direction"),
        CheckConstraint("(type = 'numeric') = (operator IS NOT NULL)", name="numeric_has_operator"),
        CheckConstraint(
            "CASE WHEN operator IS NULL THEN low IS NULL AND high IS NULL"
            " WHEN operator IN ('>=', '>') THEN low IS NOT NULL AND high IS NULL"
            " WHEN operator IN ('<=', '<') THEN low IS NULL AND high IS NOT NULL"
            " WHEN operator = '=' THEN low IS NOT NULL AND high IS NOT NULL AND low = high"
            " ELSE low IS NOT NULL AND high IS NOT NULL AND low <= high END",
            name="bounds_match_operator",
        ),
    )


class AttachmentLink:
    """Ties an attachment to one listing, openly or as part of 受控详情."""

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    visibility: Mapped[AttachmentVisibility] = mapped_column(ChoiceType(AttachmentVisibility))
    # Name, text or metadata of the file tell who the owner of a masked need is.
    reveals_owner: Mapped[bool] = mapped_column(default=False)

    @declared_attr
    def attachment_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("attachment.id"), unique=True)

    @declared_attr
    def attachment(cls) -> Mapped[Attachment]:
        return relationship(lazy="joined", innerjoin=True)


class OneListing:
    """Columns of a row that belongs to one result or one need."""

    @declared_attr
    def result_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)

    @declared_attr
    def demand_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)


def one_listing() -> CheckConstraint:
    """Exactly one of the two; a fresh object for each table."""
    return CheckConstraint("(result_id IS NULL) <> (demand_id IS NULL)", name="one_listing")


class Draft(Created, Base):
    """What somebody is typing (自动保存): the form as JSON, before it is a listing or a revision.

    Without a listing it is a new one; with one, an edit of it. ``acting_for_id`` differs from
    ``organisation_id`` where a broker or officer enters a need for an enterprise (代填).
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("kind IN ('result', 'demand')", name="kind"),
        CheckConstraint("result_id IS NULL OR demand_id IS NULL", name="at_most_one_listing"),
        Index("ix_draft_author", "author_id", "updated_at"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    kind: Mapped[str] = mapped_column(String(10))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    payload: Mapped[str] = mapped_column(Text)  # JSON, the fields of the form
    version: Mapped[int] = mapped_column(default=1)  # counted up by every save, so that two tabs notice
    updated_at: Mapped[Timestamp]
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # can be taken back for some days


OPEN_EDIT = "of_live AND status IN ('organisation_review', 'submitted')"


class Revision(Created, OneListing, Base):
    """A state of a listing's content, numbered from 1; what is live is the last one that was applied.

    One that is not ``of_live`` was sent before publication and moves with its listing; an edit of what
    is live is decided by itself, with a 保密审查 of its own.
    """

    __tablename__ = "revision"
    __table_args__ = (
        one_listing(),
        CheckConstraint(one_of("status", RevisionStatus), name="status"),
        CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name="applied_has_its_time"),
        CheckConstraint(one_of("secrecy", SecrecyVerdict), name="secrecy"),
        CheckConstraint("(secrecy = 'pending') = (secrecy_at IS NULL)", name="secrecy_verdict_has_its_time"),
        CheckConstraint(
            "status NOT IN ('submitted', 'applied') OR sent_at IS NOT NULL", name="sent_has_its_time"
        ),
        UniqueConstraint("result_id", "number"),
        UniqueConstraint("demand_id", "number"),
        Index("ix_revision_waiting", "status", "created_at"),
        *(
            # An edit waits at most once for each listing.
            Index(
                f"uq_revision_{column}_open",
                column,
                unique=True,
                sqlite_where=text(OPEN_EDIT),
                postgresql_where=text(OPEN_EDIT),
            )
            for column in ("result_id", "demand_id")
        ),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    number: Mapped[int]
    status: Mapped[RevisionStatus] = mapped_column(ChoiceType(RevisionStatus))
    payload: Mapped[str] = mapped_column(Text)  # JSON of ResultData or DemandData
    note: Mapped[str] = mapped_column(String(400), default="")  # why it was changed
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    of_live: Mapped[bool] = mapped_column(default=False)
    # When it left the organisation: officers read nothing of it before.
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secrecy: Mapped[SecrecyVerdict] = mapped_column(
        ChoiceType(SecrecyVerdict), default=SecrecyVerdict.PENDING
    )
    secrecy_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secrecy_note: Mapped[str] = mapped_column(String(200), default="")
    secrecy_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    export_restricted: Mapped[bool] = mapped_column(default=False)
    human_genetic: Mapped[bool] = mapped_column(default=False)
    ethics_review: Mapped[bool] = mapped_column(default=False)

    result: Mapped["Result | None"] = relationship()
    demand: Mapped["Demand | None"] = relationship()

    @property
    def listing(self) -> "Result | Demand":
        found = self.result or self.demand
        assert found is not None  # CHECK constraint
        return found
