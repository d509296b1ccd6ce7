"""The form of a report."""

from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional, ValidationError

from marketplace.reports.choices import ReportKind
from marketplace.reports.service import MAX_TEXT, MIN_TEXT, ReportData

TOO_SHORT = f"请至少写 {MIN_TEXT} 个字，说明哪里不对、依据是什么。"


class ReportForm(FlaskForm):
    kind = RadioField(
        "什么问题",
        choices=[SelectChoice(kind.value, kind.title) for kind in ReportKind],
        validate_choice=False,  # below, in Chinese
    )
    text = TextAreaField("具体情况", validators=[InputRequired(TOO_SHORT)])
    email = EmailField(
        "接收答复的邮箱",
        filters=[lambda text: text.strip() if text else text],
        validators=[
            Optional(strip_whitespace=True),
            Email("邮箱格式不正确，应如 name@unit.cn。", allow_smtputf8=False),
            Length(max=254, message="邮箱过长。"),
        ],
    )
    homepage = StringField("请勿填写")  # people do not see it; programs fill it in

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in {kind.value for kind in ReportKind}:
            raise ValidationError("请选择是哪一类问题。")

    def validate_text(self, field: TextAreaField) -> None:
        length = len((field.data or "").strip())
        if length < MIN_TEXT:
            raise ValidationError(TOO_SHORT)
        if length > MAX_TEXT:
            raise ValidationError(f"最多 {MAX_TEXT} 个字，现有 {length} 个字。")

    def validate_homepage(self, field: StringField) -> None:
        if field.data:
            raise ValidationError("提交未被接受，请清空此项后重试。")

    def data_of(self) -> ReportData:
        return ReportData(
            kind=ReportKind.of(str(self.kind.data)), text=self.text.data or "", email=self.email.data or ""
        )
