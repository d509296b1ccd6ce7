"""Forms of accounts. Password fields never come back filled."""

import re

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    Optional,
    Regexp,
    ValidationError,
)

from marketplace.accounts.password_rules import MAX_LENGTH, check_password
from marketplace.accounts.profiles import MAX_TEXT
from marketplace.core.errors import InvalidInput

PHONE = re.compile(r"\+?[0-9][0-9 \-]{5,28}[0-9]")
# Sample accounts end in .example, a special-use name that no real address has.
EMAIL_RULES = (
    DataRequired("请填写邮箱。"),
    Email("邮箱格式不正确，应如 name@unit.cn。", allow_smtputf8=False),
    Length(max=254, message="邮箱过长。"),
)


def _stripped(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


def _name() -> StringField:
    return StringField(
        "姓名",
        filters=[_stripped],
        validators=[DataRequired("请填写姓名。"), Length(max=40, message="最多 40 个字。")],
    )


def _phone() -> TelField:
    return TelField(
        "电话",
        filters=[_stripped],
        validators=[
            Optional(),
            Length(max=30, message="最多 30 个字符。"),
            Regexp(PHONE.pattern + "$", message="电话只含数字、空格和短横线，如 022-66330000。"),
        ],
    )


def _password(label: str) -> PasswordField:
    """What makes a good one is checked with the name and the address (password_rules)."""
    return PasswordField(
        label,
        validators=[
            InputRequired("请填写密码。"),
            Length(max=MAX_LENGTH, message=f"密码最多 {MAX_LENGTH} 个字符。"),
        ],
    )


class LoginForm(FlaskForm):
    email = EmailField("邮箱", validators=EMAIL_RULES)
    password = _password("密码")
    next = HiddenField()


class RegisterForm(FlaskForm):
    name = _name()
    email = EmailField("邮箱", filters=[_stripped], validators=EMAIL_RULES)
    phone = _phone()
    password = _password("密码")
    terms = BooleanField(
        "我已阅读并同意用户协议和隐私说明", validators=[InputRequired("请阅读并同意后再注册。")]
    )
    next = HiddenField()

    def validate_password(self, field: PasswordField) -> None:
        """Here and not after the rest is right, so that everything is mended in one go."""
        try:
            check_password(field.data or "", name=self.name.data or "", email=self.email.data or "")
        except InvalidInput as error:
            raise ValidationError(error.message) from error


class ConfirmForm(FlaskForm):
    password = _password("密码")


class AddressForm(FlaskForm):
    """Asks for an address to send a link to."""

    email = EmailField("邮箱", filters=[_stripped], validators=EMAIL_RULES)


class NewPasswordForm(FlaskForm):
    password = _password("新密码")


class ChangePasswordForm(FlaskForm):
    present = _password("现在的密码")
    password = _password("新密码")


class ChangeEmailForm(FlaskForm):
    email = EmailField("新邮箱", filters=[_stripped], validators=EMAIL_RULES)
    present = _password("现在的密码")


class ClosingForm(FlaskForm):
    present = _password("现在的密码")


class PersonForm(FlaskForm):
    name = _name()
    phone = _phone()
    professional_title = StringField(
        "职称或职务", filters=[_stripped], validators=[Length(max=60, message="最多 60 个字。")]
    )


class ProfileForm(FlaskForm):
    direction = TextAreaField(
        "方向",
        validators=[
            DataRequired("请写明研究或服务的方向。"),
            Length(max=MAX_TEXT, message=f"最多 {MAX_TEXT} 个字。"),
        ],
    )
    achievements = TextAreaField("成绩", validators=[Length(max=MAX_TEXT, message=f"最多 {MAX_TEXT} 个字。")])
    certificate = StringField(
        "技术经纪人证书编号", filters=[_stripped], validators=[Length(max=60, message="最多 60 个字。")]
    )
    # The dictionary is asked in the service, in Chinese.
    fields = SelectMultipleField(
        "领域", validate_choice=False, validators=[DataRequired("请至少选择一个领域。")]
    )
    visible = BooleanField("公开这份简介")


def put_beside(form: FlaskForm, error: InvalidInput) -> None:
    """Show a refusal of the service beside its field."""
    field = form[error.field]
    field.errors = [*field.errors, error.message]
