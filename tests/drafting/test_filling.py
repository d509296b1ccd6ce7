"""从文本填写: rows of 指标 that are read from a text, marked until their author has checked them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.demands.models import Demand
from marketplace.drafting import fill as filling
from marketplace.drafting.rows import GUESSED
from marketplace.drafting.service import content_of
from tests.drafting.forms import begin, complete, draft_at, fill, submit
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]

TEXT = (
    "高强铝合金板材\n一、技术难点\n目前抗拉强度只有430MPa左右，要求抗拉强度不低于450MPa，最好在-40℃下冲击功≥27J。\n"
    "二、现有基础\n有轧机。"
)


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person(make.organisation())


def test_rows_are_read_with_role_direction_and_necessity() -> None:
    now, wanted, work = filling.propose("demand", TEXT)["indicators"]
    assert now["role"] == "present" and now["approximate"] == "1"
    assert (now["name"], now["operator"], now["value"], now["unit"]) == ("抗拉强度", "=", "430", "MPa")
    assert (wanted["role"], wanted["necessity"], wanted["direction"]) == ("target", "must", "higher")
    assert (wanted["operator"], wanted["value"], wanted["upper"]) == (">=", "450", "")
    assert (work["necessity"], work["condition"], work["text"]) == ("wish", "-40℃下", "≥27J")
    assert all(row["guessed"] == "1" for row in (now, wanted, work))


def test_free_text_stays_and_a_second_mention_makes_no_second_row() -> None:
    raw = filling.propose("demand", "难点：孔隙率≤1%。\n研究内容：孔隙率≤1%，厚度0.2～0.5mm。")
    assert "孔隙率≤1%" in raw["difficulty"] and "孔隙率≤1%" in raw["research"]
    assert [(row["name"], row["upper"]) for row in raw["indicators"]] == [("孔隙率", ""), ("厚度", "0.5")]


def test_controlled_sections_of_a_result_give_no_public_rows() -> None:
    text = "固态电解质膜\n简介：电导率≥5mS/cm。\n技术方案：烧结温度1200℃。\n"
    assert [row["value"] for row in filling.propose("result", text)["indicators"]] == ["5"]
    listed = text + "三、技术指标\n厚度≤20μm。\n四、工艺参数\n线速度3m/s。"
    raw = filling.propose("result", listed)
    assert [row["value"] for row in raw["indicators"]] == ["5", "20"]
    assert "厚度≤20μm" in raw["details"]


def test_guessed_rows_are_marked_and_must_be_checked(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    told = client.post(f"{path}/fill", data={"fill_text": TEXT}, follow_redirects=True).get_data(as_text=True)
    assert "技术指标" in told and told.count("待核对</label>") == 3
    rows = content_of(draft_at(path)).values["indicators"]
    typed = {f"indicators-{i}-{key}": value for i, row in enumerate(rows) for key, value in row.items()}
    sent = complete("demand", person.public_id) | typed
    fill(client, path, sent)
    assert submit(client, path).status_code == 422
    assert GUESSED in client.get(f"{path}?errors=1").get_data(as_text=True)
    unmarked = {key: value for key, value in sent.items() if not key.endswith("-guessed")}
    fill(client, path, unmarked)
    shown = client.get(path).get_data(as_text=True)
    assert "待核对</label>" not in shown
    assert submit(client, path).status_code == 302
    (demand,) = db.session.scalars(select(Demand)).all()
    assert [(row.name, row.low, row.role.title) for row in demand.indicators][:2] == [
        ("抗拉强度", 430, "现状"),
        ("抗拉强度", 450, "要求"),
    ]


def test_typed_rows_stay_unless_asked_to_be_replaced(person: Person, log_in: LogIn) -> None:
    client = log_in(person.email)
    path = begin(client, "demand")
    own = {"indicators-0-name": "自己写的指标", "indicators-0-operator": ">=", "indicators-0-value": "3"}
    fill(client, path, own)
    kept = client.post(f"{path}/fill", data={"fill_text": TEXT}, follow_redirects=True).get_data(as_text=True)
    assert "您已填写的技术指标没有改动" in kept
    names = [row["name"] for row in content_of(draft_at(path)).values["indicators"]]
    assert names == ["自己写的指标"]
    client.post(f"{path}/fill", data={"fill_text": TEXT, "overwrite": "1"})
    assert len(content_of(draft_at(path)).values["indicators"]) == 3


def test_lines_that_only_say_a_number_with_a_field_of_its_own_go_there_alone() -> None:
    text = (
        "铝合金板材\n现有基础：有轧机。\n预期投入：120万元\n3、期望时限（自签约起）：约18个月内完成。\n"
        "资金：此前已投入300万元购置设备。\n现有产能：5万元"
    )
    raw = filling.propose("demand", text)
    assert (raw["budget"], raw["months"]) == ("120", "18")
    assert raw["basis"] == "有轧机。\n资金：此前已投入300万元购置设备。\n现有产能：5万元"
    assert "120" not in str(raw.get("indicators"))


def test_a_second_number_that_was_not_taken_stays_in_the_text() -> None:
    raw = filling.propose("demand", "铝板\n现有基础：有轧机。\n预期投入：120万元\n前期投入：80万元")
    assert raw["budget"] == "120" and raw["basis"] == "有轧机。\n前期投入：80万元"
