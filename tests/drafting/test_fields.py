"""Every field refused beside itself while all else is kept; values read back as they were written."""

from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from marketplace.core.clock import end_of_day
from marketplace.core.db import db
from marketplace.drafting import demand_form, result_form
from marketplace.drafting.reading import Problems, parse_fields, read_form
from marketplace.drafting.rows import indicator, indicator_values
from marketplace.drafting.schema import Schema
from marketplace.drafting.sending import check_draft
from marketplace.drafting.service import Content, put_content
from marketplace.drafting.writing import write_fields
from marketplace.listings.choices import (
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
)
from marketplace.listings.models import Draft
from marketplace.listings.service import IndicatorData
from marketplace.organisations.choices import MembershipRole
from marketplace.results.choices import IPKind, IPLegalStatus, ResultLevel, TransferMode
from marketplace.results.models import ValueDimension
from marketplace.results.service import IPData, TransferData, data_of_result
from tests.drafting.forms import FORMS, begin, complete, draft_at, fill
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]

LONG = "长" * 3000
# kind, changed inputs, the input that the error stands beside
WRONG: list[tuple[str, dict[str, Any], str]] = [
    *((kind, {name: ""}, name) for kind, name in (
        *(("result", n) for n in (
            "title", "keywords", "field", "region", "research_start", "research_end", "source", "form",
            "origin", "summary", "innovation", "applications", "details", "stage", "trl", "trl_evidence",
            "application_status", "valid_until", "contact",
        )),
        *(("demand", n) for n in (
            "title", "kind", "keywords", "field", "zone", "difficulty", "research", "basis", "min_trl",
            "months", "disclosure", "valid_until", "contact",
        )),
    )),
    *((kind, {name: "nonsense"}, name) for kind, name in (
        *(("result", n) for n in (
            "field", "cluster", "region", "research_start", "research_end", "source", "form", "origin",
            "stage", "trl", "application_status", "level", "evaluation_date", "evaluation_method",
            "empowerment", "financing", "financing_amount", "valid_until", "contact",
        )),
        *(("demand", n) for n in (
            "kind", "field", "cluster", "industry", "zone", "min_trl", "budget", "months", "disclosure",
            "valid_until", "contact",
        )),
    )),
    *((kind, {name: LONG}, name) for kind, name in (
        ("result", "title"), ("result", "trl_evidence"), ("result", "evaluator"),
        ("result", "evaluation_report"), ("demand", "title"), ("demand", "intended_experts"),
    )),
    ("result", {"keywords": "一、二"}, "keywords"),
    ("result", {"keywords": "、".join("一二三四五六七八九")}, "keywords"),
    ("demand", {"keywords": f"甲、乙、{'丙' * 41}"}, "keywords"),
    ("demand", {"cooperation": []}, "cooperation"),
    ("demand", {"cooperation": ["joint", "nonsense"]}, "cooperation"),
    ("demand", {"stages": ["nonsense"]}, "stages"),
    ("demand", {"budget": "0"}, "budget"),
    ("demand", {"budget": "-5"}, "budget"),
    ("demand", {"budget": "99999999999"}, "budget"),
    ("demand", {"budget": "1.23456789"}, "budget"),
    ("demand", {"months": "0"}, "months"),
    ("demand", {"months": "61"}, "months"),
    ("demand", {"months": "1.5"}, "months"),
    ("demand", {"min_trl": "10"}, "min_trl"),
    ("result", {"trl": "0"}, "trl"),
    ("result", {"research_end": "2020-01-01"}, "research_end"),
    ("result", {"valid_until": "2020-01-01"}, "valid_until"),
    ("result", {"level": "national_leading"}, "evaluator"),
    ("result", {"level": "national_leading"}, "evaluation_report"),
    ("result", {"level": "national_leading"}, "evaluation_date"),
    ("result", {"financing": "equity"}, "financing_amount"),
    ("result", {"financing_amount": "20"}, "financing_amount"),
    ("demand", {"disclosure": "directed"}, "directed_to"),
    ("demand", {"directed_to-0-organisation": "没有这家"}, "directed_to-0-organisation"),
    ("demand", {"wants_challenge": "1"}, "funds_declared"),
    ("demand", {"wants_challenge": "1", "funds_declared": "1", "indicators-0-necessity": "wish"},
     "wants_challenge"),
    # Rows: the error stands in the very cell.
    ("result", {"team-0-name": "", "team-1-name": ""}, "team"),
    ("result", {"team-1-name": "名" * 41}, "team-1-name"),
    *(("result", {f"indicators-0-{cell}": value}, f"indicators-0-{cell}") for cell, value in (
        ("name", ""), ("name", LONG), ("type", "nonsense"), ("operator", ""), ("operator", "~"),
        ("value", ""), ("value", "三百"), ("upper", "400"), ("unit", LONG), ("text", LONG),
        ("condition", LONG), ("direction", "up"), ("necessity", "x"), ("role", "x"),
    )),
    ("demand", {"indicators-0-operator": "range"}, "indicators-0-upper"),
    ("demand", {"indicators-0-operator": "range", "indicators-0-upper": "3"}, "indicators-0-upper"),
    ("demand", {"indicators-0-type": "grade"}, "indicators-0-operator"),
    ("demand", {"indicators-0-type": "grade"}, "indicators-0-value"),
    ("demand", {"indicators-0-type": "criterion"}, "indicators-0-text"),
    *(("result", {f"ip_rights-0-{cell}": value}, f"ip_rights-0-{cell}") for cell, value in (
        ("kind", ""), ("title", ""), ("number", "1"), ("legal_status", ""), ("holder", ""),
        ("co_owner_consents", "yes"), ("encumbrance", "x"), ("title", LONG),
    )),
    ("result", {"ip_rights-0-co_owner": "乙方"}, "ip_rights-0-co_owner_consents"),
    ("result", {"ip_rights-0-kind": "invention", "ip_rights-0-number": "ZL202110123456.1"},
     "ip_rights-0-number"),
    ("result", {"transfers-0-mode": "", "transfers-0-price": ""}, "transfers"),
    *(("result", {f"transfers-0-{cell}": value}, f"transfers-0-{cell}") for cell, value in (
        ("mode", ""), ("price", "0"), ("price", "贵"), ("entry_fee", "-1"), ("royalty_percent", "51"),
    )),
    ("result", {"transfers-1-mode": "non_exclusive"}, "transfers-1-mode"),
    *(("result", {f"values-0-{cell}": value}, f"values-0-{cell}") for cell, value in (
        ("dimension", ""), ("text", ""), ("score", "101"), ("score", ""),
    )),
    ("result", {"values-1-dimension": "technical", "values-1-text": "再", "values-1-score": "1"},
     "values-1-dimension"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changed", "beside"), WRONG)
def test_a_wrong_field_is_refused_beside_it(
    make: Factory, kind: str, changed: dict[str, Any], beside: str
) -> None:
    assert beside in problems_of(kind, complete(kind, "x", **changed)).found


def problems_of(kind: str, form: dict[str, Any]) -> Problems:
    """What ``check_draft`` says of a form, but for members, which need a draft."""

    schema = (result_form if kind == "result" else demand_form).SCHEMA
    draft = Draft(kind=kind, organisation_id=1, acting_for_id=1)
    put_content(draft, Content(read_form(schema, MultiDict(form))))
    return check_draft(db.session, draft).problems


@pytest.mark.parametrize("kind", ["result", "demand"])
def test_a_complete_form_has_no_problem_but_its_unknown_contact(make: Factory, kind: str) -> None:
    assert set(problems_of(kind, complete(kind, "x")).found) == {"contact"}


@pytest.mark.parametrize("kind", ["result", "demand"])
def test_errors_stand_on_the_page_and_everything_typed_is_kept(
    make: Factory, log_in: LogIn, kind: str
) -> None:
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, kind)
    typed = complete(kind, person.public_id, title="", **{"indicators-0-value": "不是数字"})
    fill(client, path, typed)
    page = unescape(client.get(f"{path}?errors=1").get_data(as_text=True))
    assert 'id="title-error"' in page and 'id="indicators-0-value-error"' in page
    for name, value in typed.items():
        if isinstance(value, str) and len(value) > 3:
            assert value in page, name
    stored = draft_at(path)
    assert "不是数字" in stored.payload


# Round trips: value → form → value


def round_trip(session: Session, schema: Schema, values: dict[str, Any]) -> dict[str, Any]:
    raw = write_fields(session, schema, values)
    parsed, problems = parse_fields(session, schema, raw)
    assert not {k: v for k, v in problems.found.items() if k != "contact"}
    return parsed


def test_a_rich_result_comes_back_as_it_was(make: Factory) -> None:
    until = end_of_day(date(2027, 5, 6))
    result = make.result(
        *make.staffed(), published=False, valid_until=until, cluster=None, level=ResultLevel.NATIONAL_LEADING,
        evaluator="评价机构", evaluation_report="PJ-1", evaluation_date=date(2025, 2, 3), pay_after_use=True,
        human_genetic=True, indicators=(*INDICATORS,),
        ip_rights=(
            IPData(kind=IPKind.SECRET, title="配方", number="", legal_status=IPLegalStatus.UNREGISTERED,
                   holder="甲", co_owner="乙", co_owner_consents=False),
            IPData(kind=IPKind.SOFTWARE, title="软件", number="2023SR123456",
                   legal_status=IPLegalStatus.REGISTERED, holder="甲"),
        ),
        transfers=(
            TransferData(mode=TransferMode.SOLE, price=1_234_567, entry_fee=100, royalty_percent=2.5),
            TransferData(mode=TransferMode.EQUITY),
        ),
        values=((ValueDimension.SOCIAL, "就业", 0), (ValueDimension.CULTURAL, "传承", 100)),
    )  # fmt: skip
    data = data_of_result(result)
    parsed = round_trip(db.session, result_form.SCHEMA, result_form.from_data(data))
    again = result_form.to_data(parsed, data.attachments)
    assert again == data


INDICATORS = (
    IndicatorData(name="a", operator=IndicatorOperator.GE, low=300.0, value_text="≥300 Wh/kg", unit="Wh/kg",
                  direction=IndicatorDirection.HIGHER),
    IndicatorData(name="b", operator=IndicatorOperator.RANGE, low=-40.0, high=85.5, value_text="−40~85.5℃",
                  unit="℃", direction=IndicatorDirection.COVER, approximate=True),
    IndicatorData(name="c", type=IndicatorType.GRADE, value_text="IP67", direction=IndicatorDirection.HIGHER,
                  role=IndicatorRole.PRESENT, necessity=IndicatorNecessity.WISH),
    IndicatorData(name="d", operator=IndicatorOperator.EQ, low=1e-9, high=1e-9, value_text="1 纳",
                  direction=IndicatorDirection.TARGET),
)  # fmt: skip
numbers = st.floats(-1e9, 1e9, allow_nan=False)


@st.composite
def indicators(draw: st.DrawFn) -> IndicatorData:
    operator = draw(st.sampled_from(IndicatorOperator))
    low, high = sorted((draw(numbers), draw(numbers)))
    bounds = {
        IndicatorOperator.GE: (low, None), IndicatorOperator.GT: (low, None),
        IndicatorOperator.LE: (None, high), IndicatorOperator.LT: (None, high),
        IndicatorOperator.EQ: (low, low), IndicatorOperator.RANGE: (low, high),
    }[operator]  # fmt: skip
    return IndicatorData(
        name="名", operator=operator, low=bounds[0], high=bounds[1],
        value_text=draw(st.sampled_from(["原文", "≥1"])), unit=draw(st.sampled_from(["", "mm"])),
        direction=draw(st.sampled_from(IndicatorDirection)), approximate=draw(st.booleans()),
    )  # fmt: skip


@given(indicators())
def test_an_indicator_comes_back_as_it_was(row: IndicatorData) -> None:
    assert indicator(indicator_values(row)) == row


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    budget=st.none() | st.integers(1, 10**12),
    day=st.dates(date(2026, 1, 1), date(2090, 1, 1)),
    rows=st.lists(indicators(), max_size=3),
)
def test_a_need_comes_back_as_it_was(
    app: Any, budget: int | None, day: date, rows: list[IndicatorData]
) -> None:
    values = base_values(app) | {
        "budget": budget,
        "valid_until": end_of_day(day),
        "indicators": [indicator_values(row) for row in rows],
    }
    parsed = round_trip(db.session, demand_form.SCHEMA, values)
    data = demand_form.to_data(parsed, ())
    assert (data.columns.budget, data.columns.valid_until) == (budget, end_of_day(day))
    assert list(data.indicators) == rows
    assert demand_form.from_data(data) == {k: v for k, v in parsed.items() if k != "contact"} | {
        "sample": False, "seed_key": None,
    }  # fmt: skip


def base_values(app: Any) -> dict[str, Any]:

    form = MultiDict(FORMS["demand"] | {"valid_until": "2027-01-01", "contact": "x"})
    parsed, problems = parse_fields(db.session, demand_form.SCHEMA, read_form(demand_form.SCHEMA, form))
    assert not problems
    return parsed
