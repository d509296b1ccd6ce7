"""Log-in form."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired, Email, Length


class LoginForm(FlaskForm):
    email = EmailField(
        "邮箱",
        validators=[
            DataRequired("请填写邮箱。"),
            # Sample accounts end in .example, a special-use name that no real address has.
            Email("邮箱格式不正确，应如 name@unit.cn。", allow_smtputf8=False),
            Length(max=254, message="邮箱过长。"),
        ],
    )
    password = PasswordField(
        "密码", validators=[DataRequired("请填写密码。"), Length(max=200, message="密码过长。")]
    )
    next = HiddenField()
