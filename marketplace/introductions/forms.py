"""Forms of introductions. Their tokens are checked by the site, so that each is sent only from here."""

from decimal import Decimal, InvalidOperation

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired

from marketplace.core.errors import InvalidInput
from marketplace.introductions.choices import OutcomeKind

FEN_PER_WAN = 1_000_000
REQUIRED = InputRequired()  # for the mark beside the field; the services say what is wrong
LARGEST_WAN = Decimal(10_000_000)
OUTCOME_OPTIONS = (("", "请选择"), *((kind.value, kind.title) for kind in OutcomeKind))


class AskForm(FlaskForm):
    """``own``: public id of the own listing to go with it."""

    message = TextAreaField(
        "来意", validators=[REQUIRED], description="10 至 500 个字：想解决什么、看中哪一点、希望怎样合作。"
    )
    own = StringField("附上本单位的条目")  # one of the options that the page gives
    mark = HiddenField()


class OutcomeForm(FlaskForm):
    kind = StringField("合作方式", validators=[REQUIRED])  # one of OUTCOME_OPTIONS
    amount = StringField("合同金额（万元）", description="不便填写可留空。")
    note = TextAreaField("说明", description="合同名称、编号或后续安排，最多 400 个字。")


class NumberForm(FlaskForm):
    number = StringField(
        "对接编号", validators=[REQUIRED], description="由对接双方告诉您，形如 DJ-2026-000123。"
    )


def outcome_kind(text: str | None) -> OutcomeKind:
    try:
        return OutcomeKind.of(text or "")
    except ValueError as error:
        raise InvalidInput("请选择合作方式。", field="kind") from error


def amount_in_fen(text: str | None) -> int | None:
    """``12.5`` (万元) → 分; None for an empty field."""
    written = (text or "").strip().replace(",", "").replace("，", "").removesuffix("万元").strip()
    if not written:
        return None
    try:
        wan = Decimal(written)
    except InvalidOperation as error:
        raise InvalidInput("合同金额应为数字，如 120 或 12.5。", field="amount") from error
    if not wan.is_finite() or not 0 < wan <= LARGEST_WAN or wan * FEN_PER_WAN % 1:
        raise InvalidInput("合同金额须大于零且不超过 1000 亿元。", field="amount")
    return int(wan * FEN_PER_WAN)
