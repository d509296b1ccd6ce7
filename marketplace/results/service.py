"""Business verbs of results."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import workflow
from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.listings.choices import Stage
from marketplace.listings.service import (
    IndicatorData,
    check_membership,
    check_terms,
    indicator_rows,
    keyword_rows,
)
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.models import Organisation
from marketplace.results import ip_numbers, policy
from marketplace.results.choices import (
    ApplicationStatus,
    Empowerment,
    EvaluationMethod,
    FinancingKind,
    IPEncumbrance,
    IPKind,
    IPLegalStatus,
    ResultForm,
    ResultLevel,
    ResultOrigin,
    ResultSource,
    TransferMode,
)
from marketplace.results.models import (
    IPRight,
    Result,
    ResultAuthor,
    ResultIndicator,
    ResultKeyword,
    ResultValue,
    TransferOffer,
    ValueDimension,
)
from marketplace.results.workflow import TRANSITIONS
from marketplace.taxonomy.models import DIVISION
from marketplace.taxonomy.service import require_term


@dataclass(frozen=True, slots=True, kw_only=True)
class IPData:
    kind: IPKind
    title: str
    number: str
    legal_status: IPLegalStatus
    holder: str
    co_owner: str = ""
    co_owner_consents: bool | None = None
    encumbrance: IPEncumbrance = IPEncumbrance.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferData:
    """Prices in 分; no price means 面议."""

    mode: TransferMode
    price: int | None = None
    entry_fee: int | None = None
    royalty_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumns:
    """The plain columns of the result form."""

    title: str
    field: str
    cluster: str | None = None
    region: str
    research_start: date
    research_end: date
    summary: str
    details: str
    innovation: str
    applications: str
    cases: str = ""
    benefits: str = ""
    source: ResultSource
    form: ResultForm
    origin: ResultOrigin
    stage: Stage
    level: ResultLevel = ResultLevel.UNRATED
    evaluator: str = ""
    evaluation_report: str = ""
    evaluation_date: date | None = None
    evaluation_method: EvaluationMethod | None = None
    application_status: ApplicationStatus
    trl: int
    trl_evidence: str
    pay_after_use: bool = False
    empowerment: Empowerment = Empowerment.NONE
    financing: FinancingKind = FinancingKind.NONE
    financing_amount: int | None = None  # 分
    export_restricted: bool = False
    human_genetic: bool = False
    ethics_review: bool = False
    valid_until: datetime
    sample: bool = False
    seed_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultData:
    columns: ResultColumns
    keywords: tuple[str, ...]
    team: tuple[str, ...]
    indicators: tuple[IndicatorData, ...] = ()
    ip_rights: tuple[IPData, ...] = ()
    transfers: tuple[TransferData, ...] = ()
    values: tuple[tuple[ValueDimension, str, int], ...] = ()


def _columns(columns: Any) -> dict[str, Any]:
    return {name: getattr(columns, name) for name in columns.__dataclass_fields__}


def create_result(
    session: Session, actor: Reader, organisation: Organisation, contact: Person, data: ResultData
) -> Result:
    """Enter a draft for an organisation the actor belongs to; InvalidInput names the field."""
    check_membership(actor, organisation.id)
    check_terms(session, data.columns.field, data.columns.cluster)
    require_term(session, DIVISION, data.columns.region, "region")
    if not data.transfers:
        raise InvalidInput("请至少填写一种转化方式。", field="transfers")
    for right in data.ip_rights:
        if message := ip_numbers.problem(right.kind, right.number):
            raise InvalidInput(message, field="ip_rights")
    result = Result(organisation=organisation, contact=contact, **_columns(data.columns))
    result.keywords = keyword_rows(ResultKeyword, data.keywords)
    result.team = [ResultAuthor(position=i, name=name) for i, name in enumerate(data.team)]
    result.indicators = indicator_rows(ResultIndicator, data.indicators)
    result.ip_rights = [IPRight(position=i, **_columns(r)) for i, r in enumerate(data.ip_rights)]
    result.transfers = [TransferOffer(position=i, **_columns(t)) for i, t in enumerate(data.transfers)]
    result.values = [ResultValue(dimension=d, text=text, score=score) for d, text, score in data.values]
    session.add(result)
    session.flush()
    return result


def move_result(
    session: Session, actor: Reader, result: Result, action: ListingAction, reason: str = ""
) -> Result:
    """Apply one transition of the life of a listing."""
    return workflow.apply(session, TRANSITIONS, result, action, actor, reason)


def get_result(session: Session, reader: Reader, public_id: str) -> Result:
    """The result, or NotFound when there is none that this reader may read."""
    result = session.scalar(select(Result).where(Result.public_id == public_id))
    if result is None or not policy.can_read(reader, result, now()):
        raise NotFound("该成果不存在、已下架或已过期，或仅对特定单位可见。")
    return result
