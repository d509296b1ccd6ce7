"""Business verbs of needs."""

from dataclasses import dataclass
from datetime import datetime
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
from marketplace.demands import policy
from marketplace.demands.choices import CooperationMode, DemandKind, Disclosure
from marketplace.demands.labels import LABELS
from marketplace.demands.masking import check_still_masked, masked_content
from marketplace.demands.models import (
    Demand,
    DemandAttachment,
    DemandAudience,
    DemandCooperation,
    DemandIndicator,
    DemandKeyword,
    DemandStage,
)
from marketplace.demands.workflow import SOURCING_TRANSITIONS, TRANSITIONS, SourcingAction, zone_of
from marketplace.listings.choices import (
    IndicatorNecessity,
    IndicatorRole,
    IndicatorType,
    ListingStatus,
    Stage,
)
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
from marketplace.taxonomy.models import INDUSTRY, ZONE
from marketplace.taxonomy.service import require_term


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandColumns:
    """The plain columns of the need form."""

    title: str
    kind: DemandKind
    field: str
    cluster: str | None = None
    industry: str | None = None
    difficulty: str
    research: str
    basis: str
    budget: int | None = None  # 分; None: 面议
    months: int
    min_trl: int
    zone: str
    disclosure: Disclosure = Disclosure.OPEN
    intended_experts: str = ""
    wants_challenge: bool = False
    funds_declared: bool = False
    valid_until: datetime
    sample: bool = False
    seed_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandData:
    columns: DemandColumns
    keywords: tuple[str, ...]
    cooperation: tuple[CooperationMode, ...]
    stages: tuple[Stage, ...] = ()
    indicators: tuple[IndicatorData, ...] = ()
    directed_to: tuple[int, ...] = ()  # ids of organisations
    attachments: tuple[AttachmentData, ...] = ()


def is_binding(row: IndicatorData) -> bool:
    return (row.type, row.necessity, row.role) == (
        IndicatorType.NUMERIC,
        IndicatorNecessity.MUST,
        IndicatorRole.TARGET,
    )


def _check(data: DemandData) -> None:
    columns = data.columns
    require(1 <= columns.months <= 60, "期望时限为 1 至 60 个月。", "months")
    require(1 <= columns.min_trl <= 9, "技术就绪水平为 1 至 9 级。", "min_trl")
    require(columns.budget is None or columns.budget > 0, "预期投入须大于零；面议请留空。", "budget")
    require(bool(data.cooperation), "请至少选择一种合作方式。", "cooperation")
    directed = columns.disclosure is Disclosure.DIRECTED
    require(
        directed == bool(data.directed_to),
        "定向可见的需求须指定可见单位，其他公开程度不指定。",
        "directed_to",
    )
    binding = columns.funds_declared and any(is_binding(row) for row in data.indicators)
    require(
        binding or not columns.wants_challenge,
        "申请进入榜单须至少有一项必须达到的数值指标，并声明资金已落实。",
        "wants_challenge",
    )


def create_demand(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    contact: Person | None,
    data: DemandData,
    *,
    confirmation_email: str = "",
) -> Demand:
    """Enter a draft for an organisation; InvalidInput names the field.

    A broker or officer who does not belong to it enters it for the organisation (代填): then
    ``confirmation_email`` says who is to confirm, and nothing is published before.
    """
    for_others = organisation.id not in actor.organisation_ids and policy.can_enter_for_others(actor)
    if not for_others:
        check_membership(actor, organisation.id)
    require(
        not for_others or bool(confirmation_email),
        "请填写企业的邮箱，以便寄送确认链接。",
        "confirmation_email",
    )
    check_demand(session, data)
    data = masked_content(session, organisation, data, contact)
    demand = Demand(organisation=organisation, contact=contact, **_values(data.columns))
    if for_others:
        demand.entered_by_id, demand.confirmation_email = actor.person_id, confirmation_email
    _put_rows(session, demand, data)
    session.add(demand)
    session.flush()
    return demand


def check_demand(session: Session, data: DemandData) -> None:
    """Everything a form can be wrong about; InvalidInput names the field."""
    columns = data.columns
    check_terms(session, columns.field, columns.cluster)
    require_term(session, ZONE, columns.zone, "zone")
    if columns.industry is not None:
        require_term(session, INDUSTRY, columns.industry, "industry")
    check_texts(Demand, _values(columns))
    _check(data)
    for organisation_id in data.directed_to:
        known = session.get(Organisation, organisation_id) is not None
        require(known, "没有找到所选的可见单位。", "directed_to")


def _values(columns: DemandColumns) -> dict[str, Any]:
    return {name: getattr(columns, name) for name in columns.__dataclass_fields__}


def _put_rows(session: Session, demand: Demand, data: DemandData) -> None:
    demand.keywords = keyword_rows(DemandKeyword, data.keywords)
    demand.indicators = indicator_rows(DemandIndicator, data.indicators)
    demand.stages = [DemandStage(stage=stage) for stage in dict.fromkeys(data.stages)]
    demand.cooperation = [DemandCooperation(mode=mode) for mode in dict.fromkeys(data.cooperation)]
    demand.directed_to = [DemandAudience(organisation_id=o) for o in dict.fromkeys(data.directed_to)]
    demand.attachments = attachment_rows(session, DemandAttachment, data.attachments)


ROWS = ("keywords", "indicators", "stages", "cooperation", "directed_to", "attachments")


def replace_demand(session: Session, demand: Demand, data: DemandData, contact: Person | None = None) -> None:
    """Put other content into a need; who may, and when, is the caller's to know."""
    data = masked_content(session, demand.organisation, data, contact or demand.contact)
    _replace(session, demand, data)


def _replace(session: Session, demand: Demand, data: DemandData) -> None:
    check_demand(session, data)
    check_still_masked(session, demand.organisation, data, demand.contact)
    put_columns(demand, _values(data.columns))
    clear_rows(session, demand, ROWS)
    _put_rows(session, demand, data)
    if demand.entered_by_id is not None and demand.status is not ListingStatus.PUBLISHED:
        demand.confirmed_at, demand.confirmed_by = None, ""  # what was confirmed is another text
    session.flush()


def data_of_demand(demand: Demand) -> DemandData:
    """The content of a need as its form would give it: ``replace_demand`` with it changes nothing."""
    return DemandData(
        columns=DemandColumns(**{n: getattr(demand, n) for n in DemandColumns.__dataclass_fields__}),
        keywords=tuple(row.text for row in demand.keywords),
        cooperation=tuple(row.mode for row in demand.cooperation),
        stages=tuple(row.stage for row in demand.stages),
        indicators=indicator_data(demand.indicators),
        directed_to=tuple(row.organisation_id for row in demand.directed_to),
        attachments=attachment_data(demand.attachments),
    )


DEMAND_DATA = TypeAdapter(DemandData)  # to and from the JSON of a revision


SENDING = (ListingAction.SUBMIT, ListingAction.FILE)
# Each of these brings a need nearer to the public: the masking rule is asked every time.
TOWARDS_THE_PUBLIC = (
    *SENDING,
    ListingAction.CONFIRM,
    ListingAction.APPROVE,
    ListingAction.PUBLISH,
    ListingAction.RENEW,
)


def _name_of(session: Session, actor: Reader) -> str:
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    return person.name if person else ""


def move_demand(
    session: Session, actor: Reader, demand: Demand, action: ListingAction, reason: str = ""
) -> Demand:
    """Apply one transition of the life of a listing."""
    source = demand.status
    moved = workflow.apply(session, TRANSITIONS, demand, action, actor, reason)
    if action in TOWARDS_THE_PUBLIC:
        check_still_masked(session, moved.organisation, data_of_demand(moved), moved.contact)
    if action in SENDING and moved.entered_by_id is not None and moved.confirmed_at is None:
        # A member who sends what was entered for the organisation thereby confirms it.
        moved.confirmed_at, moved.confirmed_by = now(), _name_of(session, actor)
    follow_move(session, moved, actor, action, source, zone_of(moved), reason)
    return moved


def move_sourcing(
    session: Session, actor: Reader, demand: Demand, action: SourcingAction, reason: str = ""
) -> Demand:
    """Apply one transition of what follows publication."""
    return workflow.apply(session, SOURCING_TRANSITIONS, demand, action, actor, reason, column="sourcing")


def _masked_as_sent(session: Session, demand: Demand, data: DemandData, contact: Person | None) -> DemandData:
    return masked_content(session, demand.organisation, data, contact or demand.contact)


def _check_decided(session: Session, demand: Demand, data: DemandData) -> None:
    check_still_masked(session, demand.organisation, data, demand.contact)


CONTENT["demand"] = Content(
    model=Demand,
    noun="需求",
    adapter=DEMAND_DATA,
    data_of=data_of_demand,
    check=check_demand,
    prepare=_masked_as_sent,
    check_decided=_check_decided,
    replace=_replace,
    move=move_demand,
    zone_of=zone_of,
    labels=LABELS,
    immediate_columns=frozenset({"valid_until", "budget"}),
    immediate_rows={},
)


def get_demand(session: Session, reader: Reader, public_id: str) -> Demand:
    """The need, or NotFound when there is none that this reader may read."""
    demand = session.scalar(select(Demand).where(Demand.public_id == public_id))
    if demand is None or not policy.can_read(reader, demand, now()):
        raise NotFound("该需求不存在、已下架或已过期，或仅对特定单位可见。")
    return demand


HOLDINGS.append(contact_holding(Demand, "需求"))
