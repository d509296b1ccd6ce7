"""Row editors that both forms have: indicators (指标) and files, with the checks inside one row."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.drafting.reading import Problems
from marketplace.drafting.schema import Field, Kind, cell_key
from marketplace.drafting.writing import write_number
from marketplace.listings.choices import (
    AttachmentVisibility,
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
)
from marketplace.listings.service import HIGH, LOW, IndicatorData

INDICATORS = Field(
    name="indicators", label="技术指标", kind=Kind.ROWS, required=False, add_label="增加一项指标",
    help="一行一项。数值类选算符并填数值；等级（如 IP67）和定性判据（如 通过××检测）写在“等级或判据”里。",
    columns=(
        Field(name="name", label="名称", length=60),
        Field(name="type", label="类型", kind=Kind.CHOICE, choices=IndicatorType, default="numeric"),
        Field(name="operator", label="算符", kind=Kind.CHOICE, choices=IndicatorOperator, required=False),
        Field(name="value", label="数值", kind=Kind.NUMBER, required=False),
        Field(name="upper", label="上限（范围时）", kind=Kind.NUMBER, required=False),
        Field(name="unit", label="单位", required=False, length=30),
        Field(name="guessed", label="待核对", kind=Kind.FLAG, required=False, mark=True),
        Field(name="text", label="等级或判据、原文写法", required=False, length=80),
        Field(name="condition", label="条件或测试方法", required=False, length=120),
        Field(name="direction", label="方向", kind=Kind.CHOICE, choices=IndicatorDirection, default="higher"),
        Field(name="necessity", label="性质", kind=Kind.CHOICE, choices=IndicatorNecessity, default="must"),
        Field(name="role", label="要求或现状", kind=Kind.CHOICE, choices=IndicatorRole, default="target"),
        Field(name="approximate", label="约数", kind=Kind.FLAG, required=False),
    ),
)  # fmt: skip

GUESSED = "由文本识别：请核对名称、数值、单位、方向、性质和条件，再取消“待核对”；不是指标的请删除。"

FILES = Field(
    name="attachments", label="附件", kind=Kind.FILES, required=False,
    help="公开附件任何人可下载；受控附件与受控详情一样，经同意后才能下载。",
    columns=(
        Field(name="file", label="文件"),
        Field(name="visibility", label="可见范围", kind=Kind.CHOICE, choices=AttachmentVisibility,
              default="controlled"),
    ),
)  # fmt: skip


def written(operator: IndicatorOperator, low: float | None, high: float | None, unit: str) -> str:
    """How an indicator reads when its author wrote no text: ``≥300 Wh/kg``."""
    ends = [write_number(end) for end in (low, high) if end is not None]
    number = "~".join(ends) if operator is IndicatorOperator.RANGE else f"{operator.title}{ends[0]}"
    return f"{number} {unit}".strip()


def bounds(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Lowest and highest value that the row's operator means."""
    operator, value = row["operator"], row["value"]
    if operator in LOW:
        return value, None
    if operator in HIGH:
        return None, value
    return (value, value) if operator is IndicatorOperator.EQ else (value, row["upper"])


def check_indicators(rows: Sequence[Mapping[str, Any]], problems: Problems) -> None:
    for index, row in enumerate(rows):
        for column, message in _wrong_parts(row):
            problems.add(cell_key("indicators", index, column), message)
        if row.get("guessed"):
            problems.add(cell_key("indicators", index, "guessed"), GUESSED)


def _wrong_parts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not {"type", "operator", "value", "upper", "text"} <= row.keys():
        return []  # said already
    if row["type"] is not IndicatorType.NUMERIC:
        wrong = [("operator", "只有数值类指标选算符。")] if row["operator"] else []
        wrong += [(c, "只有数值类指标填数值。") for c in ("value", "upper") if row[c] is not None]
        return wrong if row["text"] else [*wrong, ("text", "请写明等级或判据。")]
    if row["operator"] is None:
        return [("operator", "请选择算符。")]
    if row["value"] is None:
        return [("value", "请填写数值。")]
    if row["operator"] is not IndicatorOperator.RANGE:
        return [("upper", "只有“范围”填上限。")] if row["upper"] is not None else []
    if row["upper"] is None:
        return [("upper", "请填写范围的上限。")]
    return [("upper", "上限小于下限，请核对。")] if row["upper"] < row["value"] else []


def indicator(row: Mapping[str, Any]) -> IndicatorData:
    numeric = row["type"] is IndicatorType.NUMERIC
    low, high = bounds(row) if numeric else (None, None)
    own = {n: row[n] for n in ("name", "type", "unit", "condition", "direction", "necessity", "role")}
    text = row["text"] or written(row["operator"], low, high, row["unit"])[:80]
    return IndicatorData(
        **own, operator=row["operator"], low=low, high=high, value_text=text, approximate=row["approximate"]
    )


def indicator_values(data: IndicatorData) -> dict[str, Any]:
    """The row of an indicator; a text that would be written the same way is left out."""
    value, upper = (data.low if data.low is not None else data.high), None
    if data.operator is IndicatorOperator.RANGE:
        value, upper = data.low, data.high
    text = data.value_text
    if data.operator and text == written(data.operator, data.low, data.high, data.unit):
        text = ""
    names = ("name", "type", "operator", "unit", "condition", "direction", "necessity", "role", "approximate")
    return {n: getattr(data, n) for n in names} | {
        "value": value,
        "upper": upper,
        "text": text,
        "guessed": False,  # what a listing holds has been checked
    }
