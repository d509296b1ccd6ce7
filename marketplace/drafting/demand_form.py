"""The form of an 企业技术需求: its fields, and both ways between what was typed and DemandData."""

from collections.abc import Mapping
from typing import Any

from marketplace.demands.choices import CooperationMode, DemandKind, Disclosure
from marketplace.demands.service import DemandColumns, DemandData, is_binding
from marketplace.drafting.reading import Problems
from marketplace.drafting.result_form import UNTIL
from marketplace.drafting.rows import FILES, INDICATORS, check_indicators, indicator, indicator_values
from marketplace.drafting.schema import Field, Kind, Schema, Step
from marketplace.listings.choices import Stage
from marketplace.listings.service import AttachmentData
from marketplace.taxonomy.models import CLUSTER, FIELD, INDUSTRY, ZONE

BASICS_FIELDS = (
    Field(name="title", label="需求名称", length=120, help="写出对象和难点，不写企业内部型号。"),
    Field(name="kind", label="需求类型", kind=Kind.CHOICE, choices=DemandKind),
    Field(name="keywords", label="关键词", kind=Kind.KEYWORDS, help="3 至 8 个，用顿号隔开。"),
    Field(name="field", label="领域", kind=Kind.TERM, vocabulary=FIELD),
    Field(name="cluster", label="集聚区", kind=Kind.TERM, vocabulary=CLUSTER, required=False),
    Field(name="industry", label="所属行业", kind=Kind.LOOKUP, vocabulary=INDUSTRY, required=False,
          help="GB/T 4754，输入名称后从提示中选择。"),
    Field(name="zone", label="所在功能区", kind=Kind.TERM, vocabulary=ZONE),
)  # fmt: skip
CONTACT = Field(name="contact", label="联系人", kind=Kind.MEMBER,
                help="本单位成员；对接被接受后才告知对方。")  # fmt: skip
CONTENT = Step("content", "难点与内容", (
    Field(name="difficulty", label="技术难点", kind=Kind.MARKDOWN, rows=7,
          help="现在卡在哪里，试过什么，差多少。"),
    Field(name="research", label="研究内容", kind=Kind.MARKDOWN, rows=6, help="希望对方做什么。"),
    Field(name="basis", label="现有基础", kind=Kind.MARKDOWN, help="已有的设备、数据、样品和团队。"),
))  # fmt: skip
TARGETS = Step("targets", "指标与成熟度", (
    INDICATORS,
    Field(name="min_trl", label="最低可接受的 TRL", kind=Kind.LEVEL, low=1, high=9, default="1",
          help="低于此级的成果不考虑。"),
    Field(name="stages", label="可接受的阶段", kind=Kind.CHECKS, choices=Stage, required=False,
          help="都不选即不限。"),
))  # fmt: skip
COOPERATION = Step("cooperation", "合作与投入", (
    Field(name="cooperation", label="合作方式", kind=Kind.CHECKS, choices=CooperationMode),
    Field(name="budget", label="预期投入（万元）", kind=Kind.WAN, required=False, help="留空即面议。"),
    Field(name="months", label="期望时限（月）", kind=Kind.INTEGER, low=1, high=60, unit="个月"),
    Field(name="intended_experts", label="意向专家或单位", kind=Kind.LONG, required=False, rows=3,
          length=2000, help="只有本单位和主管部门可见，以后据此回避。"),
))  # fmt: skip
DIRECTED = Field(
    name="directed_to", label="定向可见的单位", kind=Kind.ROWS, required=False, add_label="增加一家单位",
    help="只在公开程度选“定向可见”时填写。",
    columns=(Field(name="organisation", label="单位名称", kind=Kind.ORGANISATION),),
)  # fmt: skip
DISCLOSURE = Step("disclosure", "公开程度", (
    Field(name="disclosure", label="公开程度", kind=Kind.CHOICE, choices=Disclosure, default="open",
          help="脱敏后，企业名称在任何页面、通知和文件名中都不出现。"),
    DIRECTED,
    Field(name="wants_challenge", label="申请进入榜单", kind=Kind.FLAG, required=False,
          help="须至少有一项必须达到的数值指标，并声明资金已落实。"),
    Field(name="funds_declared", label="声明资金已落实", kind=Kind.FLAG, required=False),
))  # fmt: skip
LAST_FIELDS = (FILES, UNTIL)
SCHEMA: Schema = (
    Step("basics", "基本信息", (*BASICS_FIELDS, CONTACT)),
    CONTENT, TARGETS, COOPERATION, DISCLOSURE,
    Step("files", "附件与有效期", LAST_FIELDS),
)  # fmt: skip
CONFIRMATION_EMAIL = Field(
    name="confirmation_email", label="企业确认邮箱", kind=Kind.EMAIL,
    help="确认链接寄到这里，由企业核对全文后确认提交；未经确认不会发布。",
)  # fmt: skip
# 代填: nobody of the enterprise need be on the site, so there is no contact to choose.
SCHEMA_FOR_OTHERS: Schema = (
    Step("basics", "基本信息", BASICS_FIELDS),
    CONTENT, TARGETS, COOPERATION, DISCLOSURE,
    Step("files", "附件、有效期与确认", (*LAST_FIELDS, CONFIRMATION_EMAIL)),
)  # fmt: skip


def check(values: Mapping[str, Any], problems: Problems) -> None:
    """What several fields have to agree on."""
    rows = values.get("directed_to", ())
    if "disclosure" in values:
        directed = values["disclosure"] is Disclosure.DIRECTED
        if directed and not rows:
            problems.add("directed_to", "请至少填写一家可见的单位。")
        if rows and not directed:
            problems.add("directed_to", "只有“定向可见”才指定单位；请删去这些行，或改选公开程度。")
    check_indicators(values.get("indicators", ()), problems)
    if values.get("wants_challenge") and not problems.of("indicators"):
        binding = any(is_binding(indicator(row)) for row in values.get("indicators", ()))
        if not binding:
            problems.add("wants_challenge", "申请进入榜单须至少有一项必须达到的数值指标。")
    if values.get("wants_challenge") and not values.get("funds_declared"):
        problems.add("funds_declared", "申请进入榜单须声明资金已落实。")


def to_data(values: Mapping[str, Any], attachments: tuple[AttachmentData, ...]) -> DemandData:
    """``values`` is complete and checked."""
    columns = {n: values[n] for n in DemandColumns.__dataclass_fields__ if n in values}
    return DemandData(
        columns=DemandColumns(**columns),
        keywords=values["keywords"],
        cooperation=values["cooperation"],
        stages=values["stages"],
        indicators=tuple(indicator(row) for row in values["indicators"]),
        directed_to=tuple(row["organisation"] for row in values["directed_to"]),
        attachments=attachments,
    )


def from_data(data: DemandData) -> dict[str, Any]:
    """Values by field name, as ``to_data`` takes them."""
    values: dict[str, Any] = {n: getattr(data.columns, n) for n in DemandColumns.__dataclass_fields__}
    return values | {
        "keywords": data.keywords,
        "cooperation": data.cooperation,
        "stages": data.stages,
        "indicators": [indicator_values(row) for row in data.indicators],
        "directed_to": [{"organisation": organisation_id} for organisation_id in data.directed_to],
    }
