"""Business verbs of results."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import workflow
from marketplace.core.checks import check_texts, require
from marketplace.core.clock import now
from marketplace.core.errors import NotFound
from marketplace.listings.choices import Stage
from marketplace.listings.content import CONTENT, Content
from marketplace.listings.following import follow_move
from marketplace.listings.handover import contact_holding
from marketplace.listings.service import (
    AttachmentData,
    IndicatorData,
    attachment_data,
    attachment_rows,
    check_membership,
    check_terms,
    clear_rows,
    indicator_data,
    indicator_rows,
    keyword_rows,
    put_columns,
)
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.handover import HOLDINGS
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
from marketplace.results.labels import LABELS
from marketplace.results.models import (
    IPRight,
    Result,
    ResultAttachment,
    ResultAuthor,
    ResultIndicator,
    ResultKeyword,
    ResultValue,
    TransferOffer,
    ValueDimension,
)
from marketplace.results.workflow import TRANSITIONS, zone_of
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
    attachments: tuple[AttachmentData, ...] = ()


def _columns(columns: Any) -> dict[str, Any]:
    return {name: getattr(columns, name) for name in columns.__dataclass_fields__}


def _check_columns(columns: ResultColumns) -> None:
    check_texts(Result, _columns(columns))
    require(columns.research_start <= columns.research_end, "研究结束日期早于开始日期。", "research_end")
    require(1 <= columns.trl <= 9, "技术就绪水平为 1 至 9 级。", "trl")
    reported = columns.evaluator.strip() and columns.evaluation_report.strip() and columns.evaluation_date
    require(
        columns.level is ResultLevel.UNRATED or bool(reported),
        "填写水平须同时填写评价机构、报告编号和日期；没有评价报告请选“未评价”。",
        "level",
    )
    amount = columns.financing_amount
    require(
        amount is None if columns.financing is FinancingKind.NONE else amount is not None and amount > 0,
        "有融资需求时填写大于零的金额，没有时留空。",
        "financing_amount",
    )


def _check_rows(data: ResultData) -> None:
    require(bool(data.team), "请至少填写一位完成人。", "team")
    for name in data.team:
        check_texts(ResultAuthor, {"name": name}, "team")
    modes = [offer.mode for offer in data.transfers]
    require(bool(modes), "请至少填写一种转化方式。", "transfers")
    require(len(modes) == len(set(modes)), "每种转化方式只填一行。", "transfers")
    for offer in data.transfers:
        for amount in (offer.price, offer.entry_fee):
            require(amount is None or amount > 0, "价格须大于零；面议请留空。", "transfers")
        royalty = offer.royalty_percent
        require(royalty is None or 0 < royalty <= 50, "提成比例须大于 0，不超过 50%。", "transfers")
    dimensions = [dimension for dimension, _, _ in data.values]
    require(len(dimensions) == len(set(dimensions)), "五元价值每项只填一次。", "values")
    for _, text, score in data.values:
        check_texts(ResultValue, {"text": text}, "values")
        require(0 <= score <= 100, "五元价值的分数为 0 至 100。", "values")


def _check_right(right: IPData) -> None:
    message = ip_numbers.problem(right.kind, right.number)
    require(message is None, message or "", "ip_rights")
    check_texts(IPRight, _columns(right), "ip_rights")
    asked = right.co_owner_consents is not None
    require(bool(right.co_owner.strip()) == asked, "有共有人时须说明其是否同意转化。", "ip_rights")


def create_result(
    session: Session, actor: Reader, organisation: Organisation, contact: Person, data: ResultData
) -> Result:
    """Enter a draft for an organisation the actor belongs to; InvalidInput names the field."""
    check_membership(actor, organisation.id)
    check_result(session, data)
    result = Result(organisation=organisation, contact=contact, **_columns(data.columns))
    _put_rows(session, result, data)
    session.add(result)
    session.flush()
    return result


def check_result(session: Session, data: ResultData) -> None:
    """Everything a form can be wrong about; InvalidInput names the field."""
    check_terms(session, data.columns.field, data.columns.cluster)
    require_term(session, DIVISION, data.columns.region, "region")
    _check_columns(data.columns)
    _check_rows(data)
    for right in data.ip_rights:
        _check_right(right)


def _put_rows(session: Session, result: Result, data: ResultData) -> None:
    result.keywords = keyword_rows(ResultKeyword, data.keywords)
    result.team = [ResultAuthor(position=i, name=name) for i, name in enumerate(data.team)]
    result.indicators = indicator_rows(ResultIndicator, data.indicators)
    result.ip_rights = [IPRight(position=i, **_columns(r)) for i, r in enumerate(data.ip_rights)]
    result.transfers = [TransferOffer(position=i, **_columns(t)) for i, t in enumerate(data.transfers)]
    result.values = [ResultValue(dimension=d, text=text, score=score) for d, text, score in data.values]
    result.attachments = attachment_rows(session, ResultAttachment, data.attachments)


ROWS = ("keywords", "team", "indicators", "ip_rights", "transfers", "values", "attachments")


def replace_result(session: Session, result: Result, data: ResultData) -> None:
    """Put other content into a result; who may, and when, is the caller's to know."""
    check_result(session, data)
    put_columns(result, _columns(data.columns))
    clear_rows(session, result, ROWS)
    _put_rows(session, result, data)
    session.flush()


def data_of_result(result: Result) -> ResultData:
    """The content of a result as its form would give it: ``replace_result`` with it changes nothing."""
    return ResultData(
        columns=ResultColumns(**{n: getattr(result, n) for n in ResultColumns.__dataclass_fields__}),
        keywords=tuple(row.text for row in result.keywords),
        team=tuple(row.name for row in result.team),
        indicators=indicator_data(result.indicators),
        ip_rights=tuple(
            IPData(**{n: getattr(row, n) for n in IPData.__dataclass_fields__}) for row in result.ip_rights
        ),
        transfers=tuple(
            TransferData(**{n: getattr(row, n) for n in TransferData.__dataclass_fields__})
            for row in result.transfers
        ),
        values=tuple((row.dimension, row.text, row.score) for row in result.values),
        attachments=attachment_data(result.attachments),
    )


RESULT_DATA = TypeAdapter(ResultData)  # to and from the JSON of a revision


def move_result(
    session: Session, actor: Reader, result: Result, action: ListingAction, reason: str = ""
) -> Result:
    """Apply one transition of the life of a listing."""
    source = result.status
    moved = workflow.apply(session, TRANSITIONS, result, action, actor, reason)
    follow_move(session, moved, actor, action, source, zone_of(moved), reason)
    return moved


CONTENT["result"] = Content(
    model=Result,
    noun="成果",
    adapter=RESULT_DATA,
    data_of=data_of_result,
    check=check_result,
    prepare=lambda session, result, data, contact: data,
    check_decided=lambda session, result, data: None,
    replace=replace_result,
    move=move_result,
    zone_of=zone_of,
    labels=LABELS,
    immediate_columns=frozenset({"valid_until"}),
    immediate_rows={"transfers": "mode"},
)


def get_result(session: Session, reader: Reader, public_id: str) -> Result:
    """The result, or NotFound when there is none that this reader may read."""
    result = session.scalar(select(Result).where(Result.public_id == public_id))
    if result is None or not policy.can_read(reader, result, now()):
        raise NotFound("该成果不存在、已下架或已过期，或仅对特定单位可见。")
    return result


HOLDINGS.append(contact_holding(Result, "成果"))
