"""Every stored field of a listing is shown on its page, or withheld on purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.db import Base, transaction
from marketplace.core.files import Attachment
from marketplace.core.formatting import zh_date
from marketplace.demands.choices import CooperationMode, SourcingStatus
from marketplace.demands.models import Demand, DemandAttachment
from marketplace.listings.choices import (
    AttachmentVisibility,
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorRole,
    IndicatorType,
    Stage,
)
from marketplace.listings.service import IndicatorData
from marketplace.results.choices import (
    Empowerment,
    EvaluationMethod,
    FinancingKind,
    IPEncumbrance,
    IPKind,
    IPLegalStatus,
    ResultLevel,
    TransferMode,
)
from marketplace.results.models import Result, ResultAttachment, ValueDimension
from marketplace.results.service import IPData, TransferData
from tests.factories import INDICATOR, Factory, OfficerLevel
from tests.matching.pages import by_class, parse, texts

LogIn = Callable[[str], FlaskClient]
WAN = 1_000_000
PRESENT = IndicatorData(
    name="循环寿命",
    role=IndicatorRole.PRESENT,
    necessity=IndicatorNecessity.WISH,
    type=IndicatorType.GRADE,
    value_text="800",
    approximate=True,
    unit="次",
    condition="25 ℃、1C 充放",
    direction=IndicatorDirection.TARGET,
)
WISH = IndicatorData(
    name="防护等级",
    necessity=IndicatorNecessity.WISH,
    type=IndicatorType.GRADE,
    value_text="IP67",
    direction=IndicatorDirection.COVER,
)

# Columns that no page shows, and why.
WITHHELD = {
    "id": "stands in the number",
    "public_id": "stands in the address",
    "created_at": "its year stands in the number",
    "seed_key": "of the loader",
    "expired_at": "when the worker saw it; the state says it",
    "entered_by_id": "personal data; told to the organisation and its officers",
    "confirmation_email": "personal data",
    "confirmed_at": "of the organisation and its officers",
    "confirmed_by": "personal data",
    "confirmation_sent_at": "of who entered it",
    "confirmation_reply": "of who entered it",
    "reveals_owner": "decides who may have the file",
    "contact_id": "personal data: the office is named instead",
    "secrecy": "of the organisation and its officers",
    "secrecy_at": "of the organisation and its officers",
    "secrecy_by_id": "of the organisation and its officers",
    "secrecy_note": "of the organisation and its officers",
    "position": "an order",
    "person_id": "personal data",
    "result_id": "a link",
    "demand_id": "a link",
    "attachment_id": "a link",
    "stored_name": "of the disk",
    "content_type": "of the download",
    "sha256": "of the download",
    "uploaded_by_id": "personal data",
}
INDICATOR_COLUMNS = {
    "name": "循环寿命",
    "role": "现状",
    "necessity": "期望",
    "value_text": "约 800",
    "approximate": "约 800",
    "unit": "次",
    "condition": "25 ℃、1C 充放",
    "direction": "目标值",
    # The author's own text is shown; what was read from it is for comparing.
    "type": "约 800",
    "operator": "约 800",
    "low": "约 800",
    "high": "约 800",
}
ATTACHMENT_COLUMNS = {"title": "测试报告摘要", "size": "340 KB"}
VALID_UNTIL = clock.now() + timedelta(days=200)

RESULT_COLUMNS = {
    "title": "高比能固态锂电池电解质膜连续制备技术",
    "status": "已发布",
    "field": "新能源",
    "cluster": "高端制造",
    "export_restricted": "限制/禁止出口技术",
    "human_genetic": "涉及人类遗传资源",
    "ethics_review": "须科技伦理审查",
    "published_at": zh_date(clock.now()),
    "valid_until": zh_date(VALID_UNTIL),
    "sample": "示例",
    "organisation_id": "滨海储能",
    "region": "天津市",
    "research_start": "2020年2月3日",
    "research_end": "2024年5月6日",
    "summary": "公开简介的内容",
    "details": "受控详情的内容",
    "innovation": "创新点的内容",
    "applications": "应用领域的内容",
    "cases": "应用案例的内容",
    "benefits": "预期效益的内容",
    "source": "自主研发",
    "form": "新工艺",
    "origin": "原始创新",
    "stage": "中试",
    "level": "国内领先",
    "evaluator": "某评价机构",
    "evaluation_report": "PJ-2024-07",
    "evaluation_date": "2024年7月8日",
    "evaluation_method": "第三方评价",
    "application_status": "试用",
    "trl": "TRL 6 正样级",
    "trl_scale": "GB/T 22900-2022",
    "trl_evidence": "成熟度依据的内容",
    "pay_after_use": "先使用后付费",
    "empowerment": "长期使用权",
    "financing": "股权",
    "financing_amount": "800 万元",
}
RIGHT_COLUMNS = {
    "kind": "发明",
    "title": "一种电解质膜",
    "number": "ZL201310586887.2",
    "legal_status": "已授权",
    "holder": "甲单位",
    "co_owner": "共有人 乙单位",
    "co_owner_consents": "已同意转化",
    "encumbrance": "已质押",
}
TRANSFER_COLUMNS = {
    "mode": "独占许可",
    "price": "120 万元",
    "entry_fee": "入门费 30 万元",
    "royalty_percent": "提成 3.5%",
}
DEMAND_COLUMNS = {
    "title": "低温环境下动力电池快速充电技术需求",
    "status": "已发布",
    "field": "新能源",
    "cluster": "高端制造",
    "export_restricted": "限制/禁止出口技术",
    "human_genetic": "涉及人类遗传资源",
    "ethics_review": "须科技伦理审查",
    "published_at": zh_date(clock.now()),
    "valid_until": zh_date(VALID_UNTIL),
    "sample": "示例",
    "organisation_id": "滨海储能",
    "kind": "技术攻关",
    "industry": "汽车制造业",
    "difficulty": "技术难点的内容",
    "research": "研究内容的内容",
    "basis": "现有基础的内容",
    "budget": "300 万元",
    "months": "18 个月",
    "min_trl": "5 初样级",
    "zone": "高新区",
    "disclosure": "定向可见",
    "intended_experts": "意向专家的内容",
    "wants_challenge": "申请进入榜单",
    "funds_declared": "资金落实",
    "sourcing": "关闭",
    "closing_reason": "关闭原因的内容",
}
SHOWN = {
    "result": RESULT_COLUMNS,
    "result_keyword": {"text": "电解质"},
    "result_author": {"name": "甲某"},
    "result_indicator": INDICATOR_COLUMNS,
    "ip_right": RIGHT_COLUMNS,
    "transfer_offer": TRANSFER_COLUMNS,
    "result_value": {"dimension": "社会价值", "text": "就业的内容", "score": "社会价值 87"},
    "result_attachment": {"visibility": "公开 · 340 KB"},
    "demand": DEMAND_COLUMNS,
    "demand_keyword": {"text": "析锂"},
    "demand_indicator": INDICATOR_COLUMNS,
    "demand_stage": {"stage": "小批量"},
    "demand_cooperation": {"mode": "委托研发"},
    "demand_audience": {"organisation_id": "海河理工"},
    "demand_attachment": {"visibility": "公开 · 340 KB"},
    "attachment": ATTACHMENT_COLUMNS,
}

# Records around a listing, with pages of their own.
BESIDE = {
    *("draft", "revision", "listing_views", "detail_request", "detail_reading"),
    *("introduction", "match_feedback", "match_suggestion", "report"),
}


@dataclass
class Case:
    url: str
    owner: Person
    stranger: Person
    officer: Person


def attach(model: type[ResultAttachment | DemandAttachment], **parent: int) -> None:
    with transaction() as session:
        for position, (title, visibility) in enumerate(
            (
                ("测试报告摘要", AttachmentVisibility.PUBLIC),
                ("受控的配方附件", AttachmentVisibility.CONTROLLED),
            )
        ):
            file = Attachment(
                title=title,
                stored_name=f"file{position}",
                content_type="application/pdf",
                size=340 * 1024,
                sha256=bytes(32),
            )
            session.add(model(attachment=file, position=position, visibility=visibility, **parent))


@pytest.fixture
def full_result(make: Factory) -> Case:
    """A result with something in every field."""
    organisation, owner = make.staffed(name="滨海储能科技有限公司", short_name="滨海储能")
    columns = {name: RESULT_COLUMNS[name] for name in (
        "summary", "details", "innovation", "applications", "cases", "benefits", "trl_evidence",
        "evaluator", "evaluation_report",
    )}  # fmt: skip
    result = make.result(
        organisation,
        owner,
        **columns,
        cluster="high-end-manufacturing",
        research_start=date(2020, 2, 3),
        research_end=date(2024, 5, 6),
        level=ResultLevel.NATIONAL_LEADING,
        evaluation_date=date(2024, 7, 8),
        evaluation_method=EvaluationMethod.THIRD_PARTY,
        pay_after_use=True,
        empowerment=Empowerment.LONG_USE,
        financing=FinancingKind.EQUITY,
        financing_amount=800 * WAN,
        export_restricted=True,
        human_genetic=True,
        ethics_review=True,
        valid_until=VALID_UNTIL,
        sample=True,
        indicators=(PRESENT, WISH),
        ip_rights=(
            IPData(
                kind=IPKind.INVENTION,
                title="一种电解质膜",
                number="ZL201310586887.2",
                legal_status=IPLegalStatus.GRANTED,
                holder="甲单位",
                co_owner="乙单位",
                co_owner_consents=True,
                encumbrance=IPEncumbrance.PLEDGED,
            ),
        ),
        transfers=(
            TransferData(
                mode=TransferMode.EXCLUSIVE, price=120 * WAN, entry_fee=30 * WAN, royalty_percent=3.5
            ),
        ),
        values=((ValueDimension.SOCIAL, "就业的内容", 87),),
    )
    attach(ResultAttachment, result_id=result.id)
    return Case(f"/results/{result.public_id}", owner, make.staffed()[1], make.officer())


@pytest.fixture
def full_demand(make: Factory) -> Case:
    """A directed need with something in every field; the stranger's organisation is invited."""
    organisation, owner = make.staffed(name="滨海储能科技有限公司", short_name="滨海储能")
    invited, stranger = make.staffed(name="海河理工大学", short_name="海河理工")
    columns = {name: DEMAND_COLUMNS[name] for name in ("difficulty", "research", "basis", "intended_experts")}
    demand = make.demand(
        organisation,
        owner,
        **columns,
        cluster="high-end-manufacturing",
        industry="36",
        zone="thip",
        stages=(Stage.SMALL_BATCH,),
        cooperation=(CooperationMode.COMMISSION,),
        wants_challenge=True,
        funds_declared=True,
        sample=True,
        directed_to=(invited,),
        valid_until=VALID_UNTIL,
        indicators=(PRESENT, WISH, INDICATOR),
    )
    with transaction() as session:
        row = session.get_one(Demand, demand.id)
        row.export_restricted = row.human_genetic = row.ethics_review = True
        row.sourcing, row.closing_reason = SourcingStatus.CLOSED, DEMAND_COLUMNS["closing_reason"]
    attach(DemandAttachment, demand_id=demand.id)
    return Case(f"/demands/{demand.public_id}", owner, stranger, make.officer(OfficerLevel.ZONE, "thip"))


def article(response: TestResponse) -> str:
    """The listing itself, without navigation, in single spaces."""
    assert response.status_code == 200
    return texts(parse(response), by_class("listing-page"))[0]


@pytest.mark.parametrize("kind", ["result", "demand"])
def test_every_stored_field_is_shown_to_its_owner(
    request: pytest.FixtureRequest, log_in: LogIn, kind: str
) -> None:
    case: Case = request.getfixturevalue(f"full_{kind}")
    page = article(log_in(case.owner.email).get(case.url))
    tables = [name for name in SHOWN if name.startswith(kind) or kind == "result"]
    for table in (name for name in tables if not (kind == "result" and name.startswith("demand"))):
        for column, text in SHOWN[table].items():
            assert text in page, f"{table}.{column}"


@pytest.mark.parametrize("model", [Result, Demand])
def test_no_column_is_forgotten(model: type[Result | Demand]) -> None:
    """A new column must be shown above or withheld with a reason."""
    root = model.__tablename__
    tables = {
        table.name: table
        for table in Base.metadata.sorted_tables
        if table.name == root or any(key.column.table.name == root for key in table.foreign_keys)
    }
    assert set(tables) <= set(SHOWN) | BESIDE
    own = [(name, table) for name, table in tables.items() if name not in BESIDE]
    for name, table in [*own, ("attachment", Base.metadata.tables["attachment"])]:
        for column in table.columns:
            assert (column.name in SHOWN[name]) is not (column.name in WITHHELD), f"{name}.{column.name}"


@pytest.mark.parametrize("reader", ["visitor", "stranger"])
def test_controlled_details_are_withheld_with_a_note(
    client: FlaskClient, log_in: LogIn, full_result: Case, reader: str
) -> None:
    reading = client if reader == "visitor" else log_in(full_result.stranger.email)
    response = reading.get(full_result.url)
    page = article(response)
    assert "受控详情和 1 个受控附件未公开，经完成单位授权后可以查阅" in page and "申请查阅" in page
    for withheld in ("受控详情的内容", "受控的配方附件", full_result.owner.name, full_result.owner.email):
        assert withheld not in response.get_data(as_text=True)
    for column, text in RESULT_COLUMNS.items():
        assert column == "details" or text in page, column


def test_controlled_details_are_shown_to_their_organisation(log_in: LogIn, full_result: Case) -> None:
    page = article(log_in(full_result.owner.email).get(full_result.url))
    assert "受控详情的内容" in page and "受控的配方附件" in page and "查阅过 0 次" in page


def test_an_officer_reads_controlled_details_on_a_page_that_records_it(
    log_in: LogIn, full_result: Case
) -> None:
    officer = log_in(full_result.officer.email)
    page = article(officer.get(full_result.url))
    assert "受控详情的内容" not in page and "受控的配方附件" in page and "查阅受控内容" in page
    assert "受控详情的内容" in officer.get(f"{full_result.url}/controlled").get_data(as_text=True)
    page = article(log_in(full_result.owner.email).get(full_result.url))
    assert "查阅过 1 次" in page


def test_an_invited_organisation_reads_a_directed_need_but_not_what_is_for_officers(
    client: FlaskClient, log_in: LogIn, full_demand: Case
) -> None:
    with transaction() as session:  # a closed need is read by its own side only
        row = session.query(Demand).one()
        row.sourcing, row.closing_reason = SourcingStatus.SEEKING, ""
    assert client.get(full_demand.url).status_code == 404
    page = article(log_in(full_demand.stranger.email).get(full_demand.url))
    assert "技术难点的内容" in page and "定向可见" in page
    for withheld in ("意向专家", "可见单位", "受控的配方附件"):
        assert withheld not in page
    officer = article(log_in(full_demand.officer.email).get(full_demand.url))
    assert "意向专家的内容" in officer and "可见单位" in officer and "受控的配方附件" in officer
