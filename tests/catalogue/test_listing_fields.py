"""Every stored field of a listing is shown on its page, or withheld on purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import Person
from marketplace.core.db import Base, transaction
from marketplace.core.files import Attachment
from marketplace.demands.choices import CooperationMode, SourcingStatus
from marketplace.demands.models import Demand, DemandAttachment
from marketplace.listings.choices import (
    AttachmentVisibility,
    Stage,
)
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
from tests.catalogue.fields import (
    BESIDE,
    DEMAND_COLUMNS,
    PRESENT,
    RESULT_COLUMNS,
    SHOWN,
    VALID_UNTIL,
    WAN,
    WISH,
    WITHHELD,
)
from tests.factories import INDICATOR, Factory, OfficerLevel
from tests.matching.pages import by_class, parse, texts

LogIn = Callable[[str], FlaskClient]


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
