"""What results and needs share: columns of a listing, indicator rows, attachments."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.core.db import (
    Base,
    ChoiceType,
    Created,
    PrimaryKey,
    PublicId,
    UTCDateTime,
    one_of,
)
from marketplace.listings.choices import (
    AttachmentVisibility,
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
    ListingStatus,
    SecrecyVerdict,
)
from marketplace.organisations.models import Organisation


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
    sample: Mapped[bool] = mapped_column(default=False)
    seed_key: Mapped[str | None] = mapped_column(String(60), unique=True)

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


class Attachment(Created, Base):
    """A stored file; which listing it belongs to is said by a link row of that feature."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(one_of("secrecy", SecrecyVerdict), name="secrecy"),
        CheckConstraint("size >= 0", name="size"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(String(120))
    stored_name: Mapped[str] = mapped_column(String(64), unique=True)  # random, under uploads/
    content_type: Mapped[str] = mapped_column(String(100))  # by content, not by name
    size: Mapped[int]  # bytes
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    secrecy: Mapped[SecrecyVerdict] = mapped_column(
        ChoiceType(SecrecyVerdict), default=SecrecyVerdict.PENDING
    )
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AttachmentLink:
    """Ties an attachment to one listing, openly or as part of 受控详情."""

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    visibility: Mapped[AttachmentVisibility] = mapped_column(ChoiceType(AttachmentVisibility))

    @declared_attr
    def attachment_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("attachment.id"), unique=True)

    @declared_attr
    def attachment(cls) -> Mapped[Attachment]:
        return relationship(lazy="joined", innerjoin=True)
