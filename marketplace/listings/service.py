"""What creating any listing has in common: typed rows, checks beside their fields, secrecy."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed
from marketplace.core.files import Attachment
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
from marketplace.listings.content import kind_of
from marketplace.listings.models import AttachmentLink, IndicatorColumns, Keyword, ListingColumns
from marketplace.listings.workflow import reviews_itself
from marketplace.organisations.choices import MembershipRole
from marketplace.taxonomy.models import CLUSTER, FIELD
from marketplace.taxonomy.service import require_term

MIN_KEYWORDS, MAX_KEYWORDS = 3, 8
KEPT = frozenset({"sample", "seed_key"})  # columns that no form changes
LOW, HIGH = {IndicatorOperator.GE, IndicatorOperator.GT}, {IndicatorOperator.LE, IndicatorOperator.LT}

R = TypeVar("R", bound=IndicatorColumns)
K = TypeVar("K", bound=Keyword)
A = TypeVar("A", bound=AttachmentLink)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorData:
    name: str
    role: IndicatorRole = IndicatorRole.TARGET
    necessity: IndicatorNecessity = IndicatorNecessity.MUST
    type: IndicatorType = IndicatorType.NUMERIC
    operator: IndicatorOperator | None = None
    low: float | None = None
    high: float | None = None
    value_text: str
    approximate: bool = False
    unit: str = ""
    condition: str = ""
    direction: IndicatorDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentData:
    """``file`` is the public id of an uploaded attachment."""

    file: str
    visibility: AttachmentVisibility
    reveals_owner: bool = False


def keyword_rows(model: type[K], keywords: Sequence[str]) -> list[K]:
    distinct = list(dict.fromkeys(word.strip() for word in keywords if word.strip()))
    if not MIN_KEYWORDS <= len(distinct) <= MAX_KEYWORDS:
        raise InvalidInput(f"关键词需 {MIN_KEYWORDS} 至 {MAX_KEYWORDS} 个。", field="keywords")
    for word in distinct:
        check_texts(model, {"text": word}, "keywords")
    make: Callable[..., K] = model  # the mixin has no constructor of its own
    return [make(position=i, text=word) for i, word in enumerate(distinct)]


def indicator_rows(model: type[R], rows: Sequence[IndicatorData]) -> list[R]:
    for row in rows:
        check_texts(model, asdict(row), "indicators")
        require(_bounds_fit(row), f"指标“{row.name}”的数值与算符不符，请核对。", "indicators")
    make: Callable[..., R] = model
    return [make(position=i, **asdict(row)) for i, row in enumerate(rows)]


def _bounds_fit(row: IndicatorData) -> bool:
    """Only 数值 rows have an operator, and it says which bounds there are (as the CHECK constraint)."""
    if (row.type is IndicatorType.NUMERIC) != (row.operator is not None):
        return False
    low, high = row.low is not None, row.high is not None
    if any(bound is not None and not math.isfinite(bound) for bound in (row.low, row.high)):
        return False
    if row.operator is None or row.operator in LOW | HIGH:
        return (low, high) == (row.operator in LOW, row.operator in HIGH)
    if row.low is None or row.high is None:
        return False
    return row.low == row.high if row.operator is IndicatorOperator.EQ else row.low <= row.high


def indicator_data(rows: Sequence[IndicatorColumns]) -> tuple[IndicatorData, ...]:
    names = IndicatorData.__dataclass_fields__
    return tuple(IndicatorData(**{n: getattr(row, n) for n in names}) for row in rows)


def attachment_rows(session: Session, model: type[A], rows: Sequence[AttachmentData]) -> list[A]:
    make: Callable[..., A] = model
    links = []
    for position, row in enumerate(rows):
        file = session.scalar(select(Attachment).where(Attachment.public_id == row.file))
        require(file is not None, "附件已不存在，请重新上传。", "attachments")
        links.append(
            make(
                position=position, attachment=file, visibility=row.visibility, reveals_owner=row.reveals_owner
            )
        )
    return links


def attachment_data(links: Sequence[AttachmentLink]) -> tuple[AttachmentData, ...]:
    return tuple(
        AttachmentData(
            file=link.attachment.public_id, visibility=link.visibility, reveals_owner=link.reveals_owner
        )
        for link in links
    )


def put_columns(listing: ListingColumns, values: Mapping[str, Any]) -> None:
    """Put other content into the columns of a listing."""
    for name, value in values.items():
        if name not in KEPT:
            setattr(listing, name, value)


def clear_rows(session: Session, listing: ListingColumns, names: Sequence[str]) -> None:
    """Empty these collections and flush, so that equal rows can be put in anew under unique constraints."""
    for name in names:
        getattr(listing, name).clear()
    session.flush()


def check_terms(session: Session, field: str, cluster: str | None) -> None:
    """领域 and, where given, 集聚区 are terms of their dictionaries."""
    require_term(session, FIELD, field, "field")
    if cluster is not None:
        require_term(session, CLUSTER, cluster, "cluster")


def check_membership(actor: Reader, organisation_id: int) -> None:
    if organisation_id not in actor.organisation_ids:
        raise NotAllowed("您不是该单位的成员，不能以其名义登记。")


# What officers or the public read has been judged; another verdict needs another submission.
REVIEWABLE = (ListingStatus.DRAFT, ListingStatus.RETURNED, ListingStatus.ORGANISATION_REVIEW)
FLAGS = ("export_restricted", "human_genetic", "ethics_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A 保密审查: conclusion, note, flags, and which attachments are open (by public id)."""

    verdict: SecrecyVerdict
    note: str = ""
    export_restricted: bool = False
    human_genetic: bool = False
    ethics_review: bool = False
    visibility: Mapping[str, AttachmentVisibility] = field(default_factory=dict)

    def checked(self) -> SecrecyVerdict:
        """The verdict; InvalidInput where there is none, or the note is too long."""
        require(self.verdict is not SecrecyVerdict.PENDING, "请选择审查结论。", "secrecy")
        require(len(self.note) <= 200, "最多 200 个字。", "secrecy_note")
        return self.verdict


def check_reviews(actor: Reader, listing: ListingColumns) -> None:
    """保密审查 is the reviewer's; where an organisation has none, its members do (代填: by link)."""
    reviewer = actor.has_role(listing.organisation_id, MembershipRole.REVIEWER)
    member = listing.organisation_id in actor.organisation_ids and not reviews_itself(listing.organisation)
    confirms = kind_of(listing) == "demand" and actor.confirms_demand_id == listing.id
    if not (reviewer or member or confirms):
        raise NotAllowed("保密审查由本单位审核人员作出。")


def record_secrecy_review(
    session: Session, actor: Reader, listing: ListingColumns, verdict: SecrecyVerdict, note: str = ""
) -> None:
    """保密审查 without flags; 涉密 has no verdict here: such content is refused."""
    flags = {name: getattr(listing, name) for name in FLAGS}
    record_review(session, actor, listing, Review(verdict=verdict, note=note, **flags))


def record_review(session: Session, actor: Reader, listing: ListingColumns, review: Review) -> None:
    """Put the conclusion, its flags and the files' visibility on a listing that is not live."""
    check_reviews(actor, listing)
    if listing.status not in REVIEWABLE:
        raise Conflict(f"当前状态为“{listing.status.title}”，保密审查须在提交主管部门之前作出。")
    listing.secrecy, listing.secrecy_at, listing.secrecy_note = review.checked(), clock.now(), review.note
    listing.secrecy_by_id = actor.person_id
    for name in FLAGS:
        setattr(listing, name, getattr(review, name))
    links: Sequence[AttachmentLink] = listing.attachments  # type: ignore[attr-defined]  # of the mapped class
    for link in links:
        link.visibility = review.visibility.get(link.attachment.public_id, link.visibility)
    kind = kind_of(listing)
    audit.record(
        session,
        actor.person_id,
        f"{kind}.secrecy_review",
        f"{kind}:{listing.id}",
        {"verdict": review.verdict.value},
    )


def listing_path(listing: ListingColumns) -> str:
    """The address of a listing's page."""
    return f"/{kind_of(listing)}s/{listing.public_id}"
