"""The form of a 科技成果: its fields, and both ways between what was typed and ResultData."""

from collections.abc import Mapping
from typing import Any

from marketplace.core.choices import Choice
from marketplace.drafting.reading import Problems
from marketplace.drafting.rows import FILES, INDICATORS, check_indicators, indicator, indicator_values
from marketplace.drafting.schema import Field, Kind, Schema, Step, cell_key
from marketplace.listings.choices import Stage
from marketplace.listings.service import AttachmentData
from marketplace.results import ip_numbers
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
from marketplace.results.models import ValueDimension
from marketplace.results.service import IPData, ResultColumns, ResultData, TransferData
from marketplace.taxonomy.models import CLUSTER, DIVISION, FIELD


class Consent(Choice):
    YES = "yes", "已同意转化"
    NO = "no", "尚未同意"


TEAM = Field(
    name="team", label="完成人", kind=Kind.ROWS, add_label="增加一人", help="按署名顺序，一行一人。",
    columns=(Field(name="name", label="姓名", length=40),),
)  # fmt: skip
RIGHTS = Field(
    name="ip_rights", label="知识产权", kind=Kind.ROWS, required=False, add_label="增加一项知识产权",
    help="专利号核对校验位，如 ZL202110123456.7；技术秘密没有号码，请留空。",
    columns=(
        Field(name="kind", label="类别", kind=Kind.CHOICE, choices=IPKind, default=""),
        Field(name="title", label="名称", length=120),
        Field(name="number", label="号码", required=False, length=40),
        Field(name="legal_status", label="法律状态", kind=Kind.CHOICE, choices=IPLegalStatus, default=""),
        Field(name="holder", label="权利人", length=120),
        Field(name="co_owner", label="共有人", required=False, length=120),
        Field(name="co_owner_consents", label="共有人意见", kind=Kind.CHOICE, choices=Consent,
              required=False),
        Field(name="encumbrance", label="质押、许可", kind=Kind.CHOICE, choices=IPEncumbrance,
              default="none"),
    ),
)  # fmt: skip
TRANSFERS = Field(
    name="transfers", label="转化方式与价格", kind=Kind.ROWS, add_label="增加一种方式",
    help="每种方式一行。价格留空即面议；许可可填入门费与提成。",
    columns=(
        Field(name="mode", label="方式", kind=Kind.CHOICE, choices=TransferMode, default=""),
        Field(name="price", label="价格（万元）", kind=Kind.WAN, required=False),
        Field(name="entry_fee", label="入门费（万元）", kind=Kind.WAN, required=False),
        Field(name="royalty_percent", label="提成（%）", kind=Kind.NUMBER, required=False, low=0.01, high=50),
    ),
)  # fmt: skip
VALUES = Field(
    name="values", label="五元价值", kind=Kind.ROWS, required=False, add_label="增加一项价值",
    help="来自成果评价报告；没有评价过请留空。",
    columns=(
        Field(name="dimension", label="价值", kind=Kind.CHOICE, choices=ValueDimension, default=""),
        Field(name="text", label="说明", length=2000),
        Field(name="score", label="分数（0 至 100）", kind=Kind.INTEGER, low=0, high=100),
    ),
)  # fmt: skip

BASICS = Step("basics", "基本信息", (
    Field(name="title", label="成果名称", length=120, help="写清对象和做法，不写内部代号。"),
    Field(name="keywords", label="关键词", kind=Kind.KEYWORDS, help="3 至 8 个，用顿号隔开。"),
    Field(name="field", label="领域", kind=Kind.TERM, vocabulary=FIELD),
    Field(name="cluster", label="集聚区", kind=Kind.TERM, vocabulary=CLUSTER, required=False),
    Field(name="region", label="所在省市", kind=Kind.LOOKUP, vocabulary=DIVISION, default="天津市（12）",
          help="输入名称后从提示中选择。"),
    TEAM,
    Field(name="contact", label="联系人", kind=Kind.MEMBER, help="本单位成员；对接被接受后才告知对方。"),
    Field(name="research_start", label="研究开始", kind=Kind.DATE),
    Field(name="research_end", label="研究结束", kind=Kind.DATE),
    Field(name="source", label="来源", kind=Kind.CHOICE, choices=ResultSource),
    Field(name="form", label="体现形式", kind=Kind.CHOICE, choices=ResultForm),
    Field(name="origin", label="属性", kind=Kind.CHOICE, choices=ResultOrigin),
))  # fmt: skip
CONTENT = Step("content", "内容", (
    Field(name="summary", label="公开简介", kind=Kind.MARKDOWN, rows=7,
          help="任何人可读：解决什么问题、怎么做、做到什么程度。请先去掉不宜公开的参数和名称。"),
    Field(name="innovation", label="创新点", kind=Kind.MARKDOWN),
    Field(name="applications", label="应用领域", kind=Kind.MARKDOWN, rows=4),
    Field(name="cases", label="应用案例", kind=Kind.MARKDOWN, rows=4, required=False),
    Field(name="benefits", label="预期效益", kind=Kind.MARKDOWN, rows=4, required=False),
    Field(name="details", label="受控详情", kind=Kind.MARKDOWN, rows=7,
          help="只有经您单位同意的申请人和主管部门可读，每次阅读都有记录。"),
))  # fmt: skip
MATURITY = Step("maturity", "指标与成熟度", (
    INDICATORS,
    Field(name="stage", label="阶段", kind=Kind.CHOICE, choices=Stage),
    Field(name="trl", label="技术就绪水平（TRL）", kind=Kind.LEVEL, low=1, high=9, help="GB/T 22900-2022。"),
    Field(name="trl_evidence", label="就绪水平的依据", kind=Kind.LONG, length=400, rows=3,
          help="如 中试线连续运行 200 小时。"),
    Field(name="application_status", label="应用状态", kind=Kind.CHOICE, choices=ApplicationStatus),
    Field(name="level", label="水平", kind=Kind.CHOICE, choices=ResultLevel, default="unrated",
          help="没有评价报告请选“未评价”；其余须填写评价机构、报告编号和日期。"),
    Field(name="evaluator", label="评价机构", required=False, length=120),
    Field(name="evaluation_report", label="报告编号", required=False, length=60),
    Field(name="evaluation_date", label="评价日期", kind=Kind.DATE, required=False),
    Field(name="evaluation_method", label="评价方式", kind=Kind.CHOICE, choices=EvaluationMethod,
          required=False),
    VALUES,
))  # fmt: skip
TRANSFER = Step("transfer", "知识产权与转化", (
    RIGHTS,
    TRANSFERS,
    Field(name="pay_after_use", label="可先使用后付费", kind=Kind.FLAG, required=False),
    Field(name="empowerment", label="赋权情况", kind=Kind.CHOICE, choices=Empowerment, default="none"),
    Field(name="financing", label="融资需求", kind=Kind.CHOICE, choices=FinancingKind, default="none"),
    Field(name="financing_amount", label="融资金额（万元）", kind=Kind.WAN, required=False),
))  # fmt: skip
FLAG_FIELDS = (
    Field(name="export_restricted", label="属限制或禁止出口技术", kind=Kind.FLAG, required=False),
    Field(name="human_genetic", label="涉及人类遗传资源", kind=Kind.FLAG, required=False),
    Field(name="ethics_review", label="须科技伦理审查", kind=Kind.FLAG, required=False),
)
UNTIL = Field(name="valid_until", label="有效期至", kind=Kind.UNTIL,
              help="到期前会提醒，可一键续期。")  # fmt: skip
SCHEMA: Schema = (
    BASICS,
    CONTENT,
    MATURITY,
    TRANSFER,
    Step("files", "附件与有效期", (FILES, *FLAG_FIELDS, UNTIL)),
)


def check(values: Mapping[str, Any], problems: Problems) -> None:
    """What several fields have to agree on."""
    start, end = values.get("research_start"), values.get("research_end")
    if start and end and end < start:
        problems.add("research_end", "研究结束日期早于开始日期。")
    if values.get("level") not in (None, ResultLevel.UNRATED):
        for name in ("evaluator", "evaluation_report", "evaluation_date"):
            if name in values and not values[name]:
                problems.add(name, "填写水平须有评价报告；没有请把水平选为“未评价”。")
    if "financing" in values and "financing_amount" in values:
        wanted, amount = values["financing"] is not FinancingKind.NONE, values["financing_amount"]
        if wanted != (amount is not None):
            problems.add("financing_amount", "请填写融资金额。" if wanted else "没有融资需求时请留空。")
    check_indicators(values.get("indicators", ()), problems)
    for index, row in enumerate(values.get("ip_rights", ())):
        _check_right(index, row, problems)
    _check_once("transfers", "mode", values.get("transfers", ()), problems)
    _check_once("values", "dimension", values.get("values", ()), problems)


def _check_right(index: int, row: Mapping[str, Any], problems: Problems) -> None:
    if {"kind", "number"} <= row.keys() and (message := ip_numbers.problem(row["kind"], row["number"])):
        problems.add(cell_key("ip_rights", index, "number"), message)
    if {"co_owner", "co_owner_consents"} <= row.keys() and bool(row["co_owner"]) != bool(
        row["co_owner_consents"]
    ):
        message = "请说明共有人是否同意转化。" if row["co_owner"] else "没有共有人时请留空。"
        problems.add(cell_key("ip_rights", index, "co_owner_consents"), message)


def _check_once(name: str, column: str, rows: Any, problems: Problems) -> None:
    seen = set()
    for index, row in enumerate(rows):
        if column in row and row[column] in seen:
            problems.add(cell_key(name, index, column), "这一项已有一行，每项只填一行。")
        seen.add(row.get(column))


def to_data(values: Mapping[str, Any], attachments: tuple[AttachmentData, ...]) -> ResultData:
    """``values`` is complete and checked."""
    columns = {n: values[n] for n in ResultColumns.__dataclass_fields__ if n in values}
    return ResultData(
        columns=ResultColumns(**columns),
        keywords=values["keywords"],
        team=tuple(row["name"] for row in values["team"]),
        indicators=tuple(indicator(row) for row in values["indicators"]),
        ip_rights=tuple(_right(row) for row in values["ip_rights"]),
        transfers=tuple(TransferData(**row) for row in values["transfers"]),
        values=tuple((row["dimension"], row["text"], row["score"]) for row in values["values"]),
        attachments=attachments,
    )


def _right(row: Mapping[str, Any]) -> IPData:
    consents = row["co_owner_consents"] is Consent.YES if row["co_owner"] else None
    return IPData(**{**row, "co_owner_consents": consents})


def from_data(data: ResultData) -> dict[str, Any]:
    """Values by field name, as ``to_data`` takes them."""
    values: dict[str, Any] = {n: getattr(data.columns, n) for n in ResultColumns.__dataclass_fields__}
    return values | {
        "keywords": data.keywords,
        "team": [{"name": name} for name in data.team],
        "indicators": [indicator_values(row) for row in data.indicators],
        "ip_rights": [_right_values(row) for row in data.ip_rights],
        "transfers": [
            {n: getattr(row, n) for n in TransferData.__dataclass_fields__} for row in data.transfers
        ],
        "values": [{"dimension": d, "text": text, "score": score} for d, text, score in data.values],
    }


def _right_values(data: IPData) -> dict[str, Any]:
    values: dict[str, Any] = {n: getattr(data, n) for n in IPData.__dataclass_fields__}
    if data.co_owner_consents is not None:
        values["co_owner_consents"] = Consent.YES if data.co_owner_consents else Consent.NO
    return values
