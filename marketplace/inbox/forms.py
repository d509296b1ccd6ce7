"""Which notices also come by mail."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf

from marketplace.notifications.choices import MailWish


class MailWishForm(FlaskForm):
    wish = StringField(
        "邮件提醒", validators=[AnyOf([wish.value for wish in MailWish], message="请选择一项。")]
    )
