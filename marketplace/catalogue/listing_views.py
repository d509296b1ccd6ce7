"""Rows → listing pages: every field the reader may see, and a word on what is withheld."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from marketplace.accounts.policy import Reader
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.formatting import wan, zh_date, zh_datetime
from marketplace.core.markdown import plain_text, render_markdown
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.disclosure.pages import ControlledNote, controlled_note, readable_files
from marketplace.listings.choices import ListingStatus
from marketplace.listings.labels import value_shown
from marketplace.listings.models import IndicatorColumns
from marketplace.matching.cards import (
    ask_url,
    contact_of,
    demand_facts,
    listing_marks,
    offer_price,
    owner_name,
    result_facts,
)
from marketplace.matching.presenters import (
    Fact,
    IndicatorRow,
    IPRow,
    ListingCard,
    ListingView,
    MatchCard,
    Section,
    TeamsView,
    TransferRow,
)
from marketplace.results.choices import FinancingKind, IPEncumbrance, ResultLevel
from marketplace.results.models import IPRight, Result
from marketplace.taxonomy.models import CLUSTER, DIVISION, INDUSTRY, TRL
from marketplace.taxonomy.service import title

CONTACT_NOTE = "提出对接申请，对方须在期限内答复；接受后双方可看到彼此的联系方式。"
MASKED_CONTACT_NOTE = "该企业选择名称脱敏。提出对接申请，企业接受后双方才互知名称和联系方式。"


def _facts(rows: Iterable[tuple[str, str]]) -> list[Fact]:
    return [Fact(label, value) for label, value in rows if value]


def indicator_rows(rows: Iterable[IndicatorColumns]) -> list[IndicatorRow]:
    return [
        IndicatorRow(
            name=row.name,
            role=row.role.title,
            necessity=row.necessity.title,
            value=value_shown(row.value_text, approximate=row.approximate),
            unit=row.unit,
            condition=row.condition,
            direction=row.direction.title,
        )
        for row in rows
    ]


def _ip_row(right: IPRight) -> IPRow:
    notes = []
    if right.co_owner:
        consent = "已同意转化" if right.co_owner_consents else "尚未同意转化"
        notes.append(f"共有人 {right.co_owner}（{consent}）")
    if right.encumbrance is not IPEncumbrance.NONE:
        notes.append(right.encumbrance.title)
    return IPRow(
        right.kind.title, right.title, right.number, right.legal_status.title, right.holder, "；".join(notes)
    )


def _status(listing: Result | Demand) -> str:
    """The title of the state; expiry is a matter of time and changes no row."""
    until = listing.valid_until
    expired = listing.status is ListingStatus.PUBLISHED and until is not None and until <= now()
    return ListingStatus.EXPIRED.title if expired else listing.status.title


def _flags(listing: Result | Demand) -> str:
    flags = (
        (listing.export_restricted, "限制/禁止出口技术"),
        (listing.human_genetic, "涉及人类遗传资源"),
        (listing.ethics_review, "须科技伦理审查"),
    )
    return "、".join(label for raised, label in flags if raised)


def _level_text(result: Result) -> str:
    if result.level is ResultLevel.UNRATED:
        return result.level.title
    assert result.evaluation_date is not None  # CHECK constraint
    report = f"{result.evaluator}，{result.evaluation_report}，{zh_date(result.evaluation_date)}"
    return f"{result.level.title}（{report}）"


def _result_sections(result: Result, controlled: ControlledNote | None) -> list[Section]:
    evaluation = result.evaluation_method.title if result.evaluation_method else ""
    financing = ""
    if result.financing is not FinancingKind.NONE and result.financing_amount is not None:
        financing = f"{result.financing.title}，{wan(result.financing_amount)}"
    period = f"{zh_date(result.research_start)} 至 {zh_date(result.research_end)}"
    sections = [
        Section("summary", "公开简介", body=render_markdown(result.summary)),
        Section("innovation", "创新点", body=render_markdown(result.innovation)),
        Section("applications", "应用领域与案例", body=render_markdown(result.applications), fields=_facts(
            [("应用案例", plain_text(result.cases)), ("预期效益", plain_text(result.benefits)),
             ("应用状态", result.application_status.title)])),
        Section("maturity", "成熟度与水平", fields=_facts([
            ("技术就绪水平", f"TRL {result.trl} {title(TRL, str(result.trl))}（GB/T 22900-2022）"),
            ("依据", result.trl_evidence),
            ("阶段", result.stage.title),
            ("水平", _level_text(result)),
            ("评价方式", evaluation)])),
        Section("origin", "来源与属性", fields=_facts([
            ("完成人", "、".join(author.name for author in result.team)),
            ("所在省市", title(DIVISION, result.region)),
            ("研究起止", period),
            ("来源", result.source.title),
            ("体现形式", result.form.title),
            ("属性", result.origin.title),
            ("集聚区", title(CLUSTER, result.cluster)),
            ("赋权情况", result.empowerment.title),
            ("融资需求", financing),
            ("提示", _flags(result))])),
    ]  # fmt: skip
    if result.values:
        sections.append(Section("values", "五元价值", fields=[
            Fact(f"{row.dimension.title} {row.score}", row.text) for row in result.values]))  # fmt: skip
    assert controlled is not None  # a result always keeps its 受控详情
    details = Section("details", "受控详情", hidden_note=controlled.note, action=controlled.action)
    if controlled.shown:
        details = replace(details, body=render_markdown(result.details))
    sections.append(details)
    return sections


def result_view(
    reader: Reader,
    result: Result,
    matches: Sequence[MatchCard] = (),
    similar: Sequence[ListingCard] = (),
    matches_url: str = "",
    match_notice: str | None = None,
) -> ListingView:
    name, url = owner_name(reader, result)
    return ListingView(
        kind="result",
        number=result.number,
        title=result.title,
        organisation=name,
        organisation_url=url,
        sample=result.sample,
        status=_status(result),
        marks=listing_marks(result),
        published_at=result.published_at,
        valid_until=result.valid_until,
        keywords=[keyword.text for keyword in result.keywords],
        facts=result_facts(result),
        sections=_result_sections(result, controlled_note(db.session(), reader, result)),
        indicators=indicator_rows(result.indicators),
        attachments=readable_files(db.session(), reader, result),
        contact=contact_of(reader, result),
        contact_note=CONTACT_NOTE,
        matches=matches,
        similar=similar,
        matches_url=matches_url,
        ip=[_ip_row(right) for right in result.ip_rights],
        transfers=[TransferRow(offer.mode.title, offer_price(offer)) for offer in result.transfers],
        match_notice=match_notice,
        ask_url=ask_url(reader, result),
    )


def _demand_sections(reader: Reader, demand: Demand, controlled: ControlledNote | None) -> list[Section]:
    stages = "、".join(row.stage.title for row in demand.stages) or "不限"
    sections = [
        Section("difficulty", "技术难点", body=render_markdown(demand.difficulty)),
        Section("research", "研究内容", body=render_markdown(demand.research)),
        Section("basis", "现有基础", body=render_markdown(demand.basis)),
        Section("conditions", "合作条件", fields=_facts([
            ("需求类型", demand.kind.title),
            ("合作方式", "、".join(row.mode.title for row in demand.cooperation)),
            ("可接受阶段", stages),
            ("最低 TRL", f"{demand.min_trl} {title(TRL, str(demand.min_trl))}"),
            ("资金落实", "已声明" if demand.funds_declared else ""),
            ("寻源状态", demand.sourcing.title),
            ("关闭原因", demand.closing_reason),
            ("所属行业", title(INDUSTRY, demand.industry)),
            ("集聚区", title(CLUSTER, demand.cluster)),
            ("提示", _flags(demand))])),
    ]  # fmt: skip
    if demand.intended_experts and demand_policy.can_read_intended_experts(reader, demand):
        sections.append(Section("intended", "意向专家/单位", body=render_markdown(demand.intended_experts)))
    if demand.entered_by is not None and demand_policy.can_read_controlled(reader, demand):
        confirmed = (
            f"{demand.confirmed_by}，{zh_datetime(demand.confirmed_at)}" if demand.confirmed_at else ""
        )
        sections.append(Section("entry", "填写与确认", fields=_facts([
            ("代填人", demand.entered_by.name),
            ("企业确认", confirmed or "尚未确认")])))  # fmt: skip
    if demand.directed_to and demand_policy.can_read_controlled(reader, demand):
        names = "、".join(row.organisation.short_name for row in demand.directed_to)
        sections.append(Section("directed", "定向可见", fields=[Fact("可见单位", names)]))
    if controlled is not None:
        sections.append(
            Section("controlled", "受控附件", hidden_note=controlled.note, action=controlled.action)
        )
    return sections


def demand_view(
    reader: Reader,
    demand: Demand,
    matches: Sequence[MatchCard] = (),
    similar: Sequence[ListingCard] = (),
    matches_url: str = "",
    match_notice: str | None = None,
    teams: TeamsView | None = None,
) -> ListingView:
    name, url = owner_name(reader, demand)
    return ListingView(
        kind="demand",
        number=demand.number,
        title=demand.title,
        organisation=name,
        organisation_url=url,
        sample=demand.sample,
        status=f"{_status(demand)} · {demand.sourcing.title}",
        marks=listing_marks(demand),
        published_at=demand.published_at,
        valid_until=demand.valid_until,
        keywords=[keyword.text for keyword in demand.keywords],
        facts=demand_facts(demand),
        sections=_demand_sections(reader, demand, controlled_note(db.session(), reader, demand)),
        indicators=indicator_rows(demand.indicators),
        attachments=readable_files(db.session(), reader, demand),
        contact=contact_of(reader, demand),
        contact_note=CONTACT_NOTE if url else MASKED_CONTACT_NOTE,
        matches=matches,
        similar=similar,
        matches_url=matches_url,
        match_notice=match_notice,
        ask_url=ask_url(reader, demand),
        teams=teams,
    )
