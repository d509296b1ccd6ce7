"""Forms of detail requests."""

from datetime import date, datetime

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from marketplace.core.clock import end_of_day
from marketplace.core.errors import InvalidInput
from marketplace.disclosure.service import LONGEST_PURPOSE, SHORTEST_PURPOSE

BAD_DATE = "日期格式不正确，应如 2026-11-22。"


class DateOfForm(DateField):
    """A date whose refusal is said in Chinese."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(BAD_DATE) from None


def end_of(day: date | None) -> datetime | None:
    """24:00 of the day that was picked."""
    return None if day is None else end_of_day(day)


def show_error(form: FlaskForm, error: InvalidInput) -> None:
    """Put a service's refusal beside its field, or above the form."""
    if error.field in form:
        form[error.field].errors = [*form[error.field].errors, error.message]
    else:
        form.form_errors.append(error.message)


class AskForm(FlaskForm):
    purpose = TextAreaField(
        "用途",
        description=f"写明谁要用、用来做什么，{SHORTEST_PURPOSE} 至 {LONGEST_PURPOSE} 个字；对方据此决定。",
        validators=[
            DataRequired("请说明用途。"),
            Length(
                SHORTEST_PURPOSE,
                LONGEST_PURPOSE,
                f"请用 {SHORTEST_PURPOSE} 至 {LONGEST_PURPOSE} 个字说明用途。",
            ),
        ],
    )
    wished_until = DateOfForm("希望查阅至", validators=[Optional()])


class GrantForm(FlaskForm):
    until = DateOfForm(
        "授权至",
        validators=[DataRequired("请选择授权截止日期。")],
    )
    tells_owner = BooleanField("同时提供会透露本单位身份的附件")


class ReasonForm(FlaskForm):
    reason = TextAreaField(
        "理由",
        validators=[DataRequired("请填写理由。"), Length(max=400, message="最多 400 个字。")],
    )
