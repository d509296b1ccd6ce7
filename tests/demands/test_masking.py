"""What would say whose a masked need is: every kind of trace, in every field, in files; and small groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import InvalidInput
from marketplace.core.scan import FileText
from marketplace.demands.choices import Disclosure
from marketplace.demands.masking import (
    SMALL_GROUP,
    UNREAD,
    Reveal,
    Severity,
    find_reveals,
    require_masked,
    revealing_files,
)
from marketplace.demands.service import DemandData, data_of_demand
from marketplace.listings.choices import AttachmentVisibility
from marketplace.listings.service import AttachmentData
from marketplace.organisations.choices import MembershipRole, OrganisationKind
from marketplace.organisations.identity import rare_beginning, without_legal_form, without_place
from marketplace.organisations.models import Organisation
from tests.factories import INDICATOR, Factory

CODE = "91000000MAL1756657"
OWNER = {
    "name": "天津滨海津岩隧道装备股份有限公司",
    "short_name": "津岩装备",
    "credit_code": CODE,
    "legal_person": "骆怀瑾",
    "shareholders": (("沽信同舟企业管理合伙企业（有限合伙）", 25.0), ("钮清沄", 40.0)),
    "address": "天津市滨海新区算云路晶圆产业园10号楼",
    "website": "https://www.jinyan-tbm.cn/about",
    "industry": "3511",
    "honours": ("gazelle",),
}


@dataclass
class Owner:
    organisation: Organisation
    contact: Person
    data: DemandData

    def reveals(
        self, files: Sequence[FileText] = (), contact: Person | None = None, **values: Any
    ) -> list[Reveal]:
        """Of the traces alone; the group is another rule."""
        columns = {name: v for name, v in values.items() if hasattr(self.data.columns, name)}
        rows = {name: v for name, v in values.items() if name not in columns}
        data = replace(self.data, columns=replace(self.data.columns, **columns), **rows)
        found = find_reveals(db.session, self.organisation, data, files, contact)
        return [reveal for reveal in found if reveal.what != SMALL_GROUP]


@pytest.fixture
def owner(make: Factory) -> Owner:
    organisation = make.organisation(**OWNER)
    contact = make.person(
        organisation,
        MembershipRole.ENTERPRISE,
        MembershipRole.REVIEWER,
        name="司马铎",
        email="simaduo@jinyan-tbm.cn",
        phone="022-66881234",
    )
    make.person(
        organisation, MembershipRole.ADMIN, name="岑乐言", email="cenleyan@qq.com", phone="+86 13912345678"
    )
    demand = make.demand(organisation, contact, published=False, disclosure=Disclosure.MASKED)
    return Owner(db.session.merge(organisation), contact, data_of_demand(db.session.merge(demand)))


def told(reveals: Sequence[Reveal]) -> set[tuple[str, str]]:
    return {(reveal.what, reveal.text) for reveal in reveals}


def test_a_text_without_traces_is_clean(owner: Owner) -> None:
    assert owner.reveals() == []


@pytest.mark.parametrize(
    ("text", "what", "certain"),
    [
        ("我司天津滨海津岩隧道装备股份有限公司急需", "单位名称", True),
        ("天津滨海津岩 隧道装备\n股份有限公司", "单位名称", True),
        ("天津濱海津巖隧道裝備股份有限公司", "单位名称", True),
        ("联系津岩装备采购部", "简称", False),
        ("津岩隧道装备的刀盘", "简称", False),
        ("津岩牌刀具", "品牌", False),
        ("JINYAN-TBM 系列刀具", "品牌", False),
        ("骆怀瑾签字", "人员", False),
        ("钮清沄持股", "人员", False),
        ("请找司马铎", "人员", False),
        ("送到算云路仓库", "地址", False),
        ("晶圆产业园内试验", "地址", False),
        ("算云路晶圆产业园10号楼", "地址", False),
        (f"代码 {CODE}", "信用代码", True),
        ("代码 91000000-mal17566-57", "信用代码", True),
        ("见 www.jinyan-tbm.cn", "网址", False),
        ("写信 SimaDuo@jinyan-tbm.cn", "邮箱", True),
        ("写信 info@jinyan-tbm.cn", "网址", False),
        ("写信 cenleyan@qq.com", "邮箱", True),
        ("电话 139 1234 5678", "电话", True),
        ("电话 +86-139-1234-5678", "电话", True),
        ("电话 66881234", "电话", True),
        ("电话 （022）6688 1234", "电话", True),
    ],
)  # fmt: skip
def test_each_kind_of_trace_is_found(owner: Owner, text: str, what: str, certain: bool) -> None:
    found = owner.reveals(difficulty=f"难点：{text}。")
    assert [(reveal.field, reveal.what) for reveal in found] == [("difficulty", what)]
    assert found[0].severity is (Severity.BLOCK if certain else Severity.WARNING)
    assert found[0].advice


@pytest.mark.parametrize(
    "text",
    [
        "滨海隧道装备",
        "隧道装备行业",
        "天津滨海新区",
        "qq.com 邮箱",
        "660 到 881234 转",
        "jinyan-tbms",
        "1391234567890",
    ],
)
def test_ordinary_words_are_no_traces(owner: Owner, text: str) -> None:
    assert owner.reveals(difficulty=f"难点：{text}。") == []


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": "津岩装备需求"}),
        ("difficulty", {"difficulty": "津岩装备"}),
        ("research", {"research": "津岩装备"}),
        ("basis", {"basis": "津岩装备"}),
        ("keywords", {"keywords": ("津岩装备", "刀盘", "磨损")}),
        ("indicators", {"indicators": (replace(INDICATOR, name="津岩装备指数"),)}),
        ("indicators", {"indicators": (replace(INDICATOR, value_text="津岩装备"),)}),
        ("indicators", {"indicators": (replace(INDICATOR, unit="津岩装备"),)}),
        ("indicators", {"indicators": (replace(INDICATOR, condition="按津岩装备企标"),)}),
    ],
)
def test_every_field_that_is_shown_is_looked_at(owner: Owner, field: str, values: dict[str, Any]) -> None:
    assert [(r.field, r.text) for r in owner.reveals(**values)] == [(field, "津岩装备")]


def test_what_only_officers_read_may_name_the_owner(owner: Owner) -> None:
    assert owner.reveals(intended_experts="曾与津岩装备合作的某教授") == []


def test_an_open_need_has_nothing_to_hide(owner: Owner) -> None:
    assert owner.reveals(disclosure=Disclosure.OPEN, title=OWNER["name"]) == []


def test_a_contact_from_elsewhere_counts_too(owner: Owner, make: Factory) -> None:
    broker = make.person(name="百里奚", email="baili@broker.example")
    assert owner.reveals(difficulty="请找百里奚") == []
    assert told(owner.reveals(difficulty="请找百里奚", contact=broker)) == {("人员", "百里奚")}


def with_files(owner: Owner, visibility: AttachmentVisibility, *files: FileText) -> list[Reveal]:
    rows = tuple(AttachmentData(file=f.file, visibility=visibility) for f in files)
    return owner.reveals(files, attachments=rows)


FILES = {
    "name": FileText("f", "津岩装备图纸.pdf", "内容"),
    "text": FileText("f", "图纸.pdf", "页眉：津岩装备"),
    "property": FileText("f", "图纸.pdf", "内容", (("Author", "津岩装备"),)),
}


@pytest.mark.parametrize("part", FILES)
def test_name_text_and_properties_of_a_file_are_looked_at(owner: Owner, part: str) -> None:
    [reveal] = with_files(owner, AttachmentVisibility.PUBLIC, FILES[part])
    assert (reveal.field, reveal.what, reveal.file) == ("attachments", "简称", "f")
    assert reveal.severity is Severity.WARNING


def test_a_public_file_with_the_full_name_blocks_until_it_is_controlled(owner: Owner) -> None:
    file = FileText("f", "图纸.pdf", str(OWNER["name"]))
    public = with_files(owner, AttachmentVisibility.PUBLIC, file)
    with pytest.raises(InvalidInput, match="单位名称") as caught:
        require_masked(public, acknowledged=True)
    assert caught.value.field == "attachments"
    controlled = with_files(owner, AttachmentVisibility.CONTROLLED, file)
    assert [reveal.severity for reveal in controlled] == [Severity.NOTE]
    require_masked(controlled, acknowledged=False)
    assert revealing_files(controlled) == {"f"}


def test_an_unread_public_file_has_to_be_looked_at_by_its_owner(owner: Owner) -> None:
    file = FileText("f", "照片.png", problem="图片中的文字无法自动检查")
    [reveal] = with_files(owner, AttachmentVisibility.PUBLIC, file)
    assert (reveal.what, reveal.severity) == (UNREAD, Severity.WARNING)
    assert revealing_files([reveal]) == frozenset()
    assert with_files(owner, AttachmentVisibility.CONTROLLED, file) == []


def test_warnings_have_to_be_acknowledged_and_certain_ones_cannot_be(owner: Owner) -> None:
    warned = owner.reveals(difficulty="津岩牌刀具")
    with pytest.raises(InvalidInput, match="逐条核对"):
        require_masked(warned, acknowledged=False)
    require_masked(warned, acknowledged=True)
    with pytest.raises(InvalidInput) as caught:
        require_masked(owner.reveals(basis=f"代码 {CODE}"), acknowledged=True)
    assert caught.value.field == "basis"


def group(owner: Owner, **values: Any) -> list[Reveal]:
    data = replace(owner.data, columns=replace(owner.data.columns, **values))
    return [r for r in find_reveals(db.session, owner.organisation, data, ()) if r.what == SMALL_GROUP]


def test_fewer_than_five_enterprises_are_too_few(owner: Owner, make: Factory) -> None:
    for _ in range(3):
        make.organisation(industry="3511")
    make.organisation(industry="3516")
    make.organisation(zone="thip", industry="3511")
    [reveal] = group(owner, industry="3511")
    assert (reveal.field, reveal.severity) == ("industry", Severity.WARNING)
    assert "只有 4 家" in reveal.advice and "去掉所属行业" in reveal.advice and "后为 5 家" in reveal.advice
    assert group(owner, industry="351") == []  # 3516 belongs to it, too
    [reveal] = group(owner, industry="351", basis="曾获评瞪羚企业")
    assert "瞪羚" in reveal.text and "只有 1 家" in reveal.advice


def test_a_group_counts_enterprises_only(owner: Owner, make: Factory) -> None:
    for _ in range(5):
        make.organisation(kind=OrganisationKind.UNIVERSITY)
    assert group(owner) and group(owner)[0].field == "zone"
    for _ in range(4):
        make.organisation()
    assert group(owner) == []


def test_names_are_taken_apart(app: Flask) -> None:
    assert without_legal_form("津岩（天津）隧道装备集团有限公司") == "津岩隧道装备"
    assert without_legal_form("公司") == "公司"
    assert without_place("天津滨海津岩装备", ["天津市"]) == "津岩装备"
    assert without_place("天津", ["天津市"]) == "天津"
    assert rare_beginning("津岩隧道装备") == "津岩"
    assert rare_beginning("隧道装备科技") == ""
    assert rare_beginning("abcd") == "abcd" and rare_beginning("ab") == ""
