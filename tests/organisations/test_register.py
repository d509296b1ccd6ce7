"""Finding an organisation and founding a new one."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.files import Attachment
from marketplace.organisations.choices import MembershipRole, OrganisationKind, Verification
from marketplace.organisations.models import Organisation, OrganisationProof
from marketplace.organisations.waiting import waiting_for
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import waiting_item
from tests.factories import Factory
from tests.organisations.pages import FILLED, acting, errors, paper, papers, values
from tests.organisations.test_credit_code import REAL

LogIn = Callable[[str], FlaskClient]

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("name", {"name": " "}, "请填写单位名称"),
    ("name", {"name": "长" * 121}, "最多 120 个字"),
    ("short_name", {"short_name": ""}, "请填写简称"),
    ("short_name", {"short_name": "长" * 41}, "最多 40 个字"),
    ("kind", {"kind": ""}, "请选择单位类型"),
    ("kind", {"kind": "bank"}, "请选择单位类型"),
    ("credit_code", {"credit_code": ""}, "请填写统一社会信用代码"),
    ("credit_code", {"credit_code": REAL[:-1]}, "现在是 17 位"),
    ("credit_code", {"credit_code": REAL[:-1] + "C"}, "校验码"),
    ("credit_code", {"credit_code": REAL[:-1] + "O"}, "“O”"),
    ("legal_person", {"legal_person": ""}, "请填写法定代表人"),
    ("address", {"address": ""}, "请填写地址"),
    ("address", {"address": "长" * 201}, "最多 200 个字"),
    ("zone", {"zone": ""}, "请选择所在功能区"),
    ("zone", {"zone": "moon"}, "不在字典中"),
    ("industry", {"industry": "造梦业"}, "没有这个行业"),
    ("size", {"size": "giant"}, "请从列表中选择规模"),
    ("honours", {"honours": ["nobel"]}, "不在字典中"),
    ("website", {"website": "javascript:alert(1)"}, "网址应以"),
    ("introduction", {"introduction": "长" * 4001}, "最多 4000 个字"),
    ("shareholders", {"shareholders-0-percent": "一半"}, "请填数字"),
    ("shareholders", {"shareholders-0-percent": "120"}, "不超过 100%"),
    ("shareholders", {"shareholders-0-percent": "nan"}, "不超过 100%"),
    ("shareholders", {"shareholders-0-name": ""}, "请填写此项"),
    ("licence", {"licence": paper("执照.exe")}, "不支持"),
    ("licence", {"licence": paper("执照.pdf", b"MZ")}, "内容与扩展名不符"),
    ("authorisation", {"authorisation": paper("空.pdf", b"")}, "文件是空的"),
]


AT_ONCE: dict[str, Any] = {
    "short_name": "", "kind": "", "credit_code": REAL[:-1], "legal_person": "", "zone": "",
    "industry": "造梦业", "honours": ["nobel"], "website": "javascript:alert(1)",
    "introduction": "长" * 4001, "shareholders-0-percent": "120",
}  # fmt: skip


@pytest.fixture
def newcomer(make: Factory, log_in: LogIn) -> FlaskClient:
    return log_in(make.person(name="创办人", email="founder@unit.example").email)


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("field", "changed", "message"), WRONG)
def test_a_wrong_value_is_refused_beside_its_field_and_the_rest_is_kept(
    newcomer: FlaskClient, field: str, changed: dict[str, Any], message: str
) -> None:
    data = {**FILLED, **changed}
    if field in ("licence", "authorisation"):
        file, name = data[field]
        data[field] = paper(name, file.getvalue())
    response = newcomer.post("/organisations/new", data=data)
    assert response.status_code == 422
    shown = errors(response)
    assert list(shown) == [field] and message in shown[field]
    kept = values(response)
    for name in ("name", "address", "industry", "website", "shareholders-0-name"):
        assert kept[name].strip() == str(data[name]).strip()
    assert count(Organisation) == 0


def test_good_files_are_kept_while_another_field_is_mended(newcomer: FlaskClient) -> None:
    response = newcomer.post("/organisations/new", data={**FILLED, **papers(), "address": ""})
    assert response.status_code == 422 and "文件已保留" in response.get_data(as_text=True)
    kept = {k: v for k, v in values(response).items() if k.endswith("_kept")}
    assert len(kept) == 2
    assert newcomer.post("/organisations/new", data={**FILLED, **kept}).status_code == 302
    assert count(OrganisationProof) == 2 == count(Attachment)


def test_a_kept_file_of_somebody_else_is_not_taken(
    newcomer: FlaskClient, make: Factory, log_in: LogIn
) -> None:
    response = newcomer.post("/organisations/new", data={**FILLED, **papers(), "address": ""})
    kept = {k: v for k, v in values(response).items() if k.endswith("_kept")}
    other = log_in(make.person().email)
    assert other.post("/organisations/new", data={**FILLED, **kept}).status_code == 404
    assert count(Organisation) == 0


def test_rows_are_added_and_removed_without_javascript(newcomer: FlaskClient) -> None:
    response = newcomer.post("/organisations/new", data={**FILLED, "shareholders-add": "1"})
    assert response.status_code == 200 and "shareholders-1-name" in values(response)
    response = newcomer.post("/organisations/new", data={**FILLED, "shareholders-remove": "0"})
    assert "shareholders-0-name" not in values(response)
    assert count(Organisation) == 0


def test_the_founder_administers_an_unverified_organisation(newcomer: FlaskClient) -> None:
    response = newcomer.post(
        "/organisations/new", data={**FILLED, **papers(), "credit_code": f" {REAL.lower()} "}
    )
    assert response.status_code == 302 and response.location == "/my/organisation"
    organisation = db.session.scalars(select(Organisation)).one()
    assert organisation.credit_code == REAL and organisation.industry == "36"
    assert organisation.verification is Verification.PENDING and not organisation.sample
    assert {m.role for m in organisation.memberships} == {MembershipRole.ADMIN, MembershipRole.ENTERPRISE}
    assert [(s.name, s.percent) for s in organisation.shareholders] == [("乙某", 51.5)]
    item = waiting_item(db.session, QueueKind.ORGANISATION, organisation.id)
    assert item is not None and item.zone == "teda" and item.title == "核验：海河新材料有限公司"
    page = newcomer.get("/my/organisation").get_data(as_text=True)
    assert "等待科技局核验" in page and "51.5%" in page


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (OrganisationKind.UNIVERSITY, MembershipRole.RESEARCHER),
        (OrganisationKind.INSTITUTE, MembershipRole.RESEARCHER),
        (OrganisationKind.SERVICE, MembershipRole.BROKER),
        (OrganisationKind.PARK, None),
    ],
)
def test_the_founders_second_role_fits_the_kind(
    newcomer: FlaskClient, kind: OrganisationKind, role: MembershipRole | None
) -> None:
    newcomer.post("/organisations/new", data={**FILLED, "kind": kind.value})
    organisation = db.session.scalars(select(Organisation)).one()
    assert {m.role for m in organisation.memberships} == {MembershipRole.ADMIN, role} - {None}


def test_without_papers_nothing_goes_to_the_officers_and_the_founder_is_reminded(
    newcomer: FlaskClient,
) -> None:
    newcomer.post("/organisations/new", data=FILLED)
    organisation = db.session.scalars(select(Organisation)).one()
    assert waiting_item(db.session, QueueKind.ORGANISATION, organisation.id) is None
    lines = waiting_for(db.session, acting(organisation.memberships[0].person))
    assert [(line.verb, line.path) for line in lines] == [("上传", "/my/organisation/proofs")]
    response = newcomer.post("/my/organisation/proofs", data={"licence": paper()})
    assert response.status_code == 422 and "请上传授权书" in errors(response)["authorisation"]
    assert newcomer.post("/my/organisation/proofs", data=papers()).status_code == 302
    assert waiting_item(db.session, QueueKind.ORGANISATION, organisation.id) is not None


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": "另一个名称"}, "credit_code"), ({"credit_code": "911100000000000000"}, None)],
)
def test_a_known_organisation_is_not_founded_again(
    newcomer: FlaskClient, make: Factory, changed: dict[str, str], field: str | None
) -> None:
    known = make.organisation(name="海河新材料有限公司", credit_code=REAL)
    response = newcomer.post("/organisations/new", data={**FILLED, **changed})
    assert response.status_code == 422
    assert f"/organisations/{known.public_id}/join" in response.get_data(as_text=True)
    assert field is None or field in errors(response)
    assert count(Organisation) == 1


def test_brackets_of_either_width_are_the_same_name(newcomer: FlaskClient, make: Factory) -> None:
    make.organisation(name="海河（天津）新材料有限公司")
    response = newcomer.post("/organisations/new", data={**FILLED, "name": "海河(天津)新材料有限公司"})
    assert "已有同名单位" in errors(response)["name"]


def test_the_search_shows_who_it_is_and_nothing_else(newcomer: FlaskClient, make: Factory) -> None:
    make.organisation(
        name="渤海储能有限公司", short_name="渤海储能", credit_code=REAL, legal_person="法人某",
        address="某路 1 号", introduction="简介某",
    )  # fmt: skip
    for text in ("渤海", "储能有限", REAL, REAL.lower()):
        page = newcomer.get("/organisations/join", query_string={"q": text}).get_data(as_text=True)
        for shown in ("渤海储能有限公司", "企业 · 经开区", "已核验", "申请加入"):
            assert shown in page, text
        for withheld in ("法人某", "某路 1 号", "简介某"):
            assert withheld not in page
    for text in ("没有的", "%", "_"):
        page = newcomer.get("/organisations/join", query_string={"q": text}).get_data(as_text=True)
        assert "登记新单位" in page and "渤海储能" not in page


def test_all_wrong_fields_are_told_at_once(newcomer: FlaskClient, make: Factory) -> None:
    """Also what only the database knows: a name that is taken, a code that is wrong."""
    taken = make.organisation(name=FILLED["name"])
    data = {**FILLED, "name": "没有登记过的单位", **AT_ONCE, "licence": paper("执照.exe")}
    response = newcomer.post("/organisations/new", data=data)
    fields = {name.removesuffix("-0-percent") for name in AT_ONCE} | {"licence"}
    assert response.status_code == 422 and set(errors(response)) == fields
    response = newcomer.post("/organisations/new", data={**FILLED, "legal_person": ""})
    assert set(errors(response)) == {"legal_person", "name"}
    assert f"{taken.name} 已经登记" in " ".join(response.get_data(as_text=True).split())
