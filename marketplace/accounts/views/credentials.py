"""Passwords and addresses: forgotten, reset, changed."""

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import credentials
from marketplace.accounts.forms import (
    AddressForm,
    ChangeEmailForm,
    ChangePasswordForm,
    NewPasswordForm,
    put_beside,
)
from marketplace.accounts.password_rules import check_password
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.tokens import Purpose, read_token
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import (
    account_rate,
    form_page,
    go_on,
    is_own_password,
    mailbox_url,
    myself,
    settings,
)
from marketplace.accounts.views.registration import MAILED_TO
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.extensions import csrf, limiter
from marketplace.core.permissions import Access, access


@blueprint.route("/password/forgot", methods=["GET", "POST"])
@csrf.exempt  # AddressForm checks the token itself and comes back filled
@limiter.limit(account_rate, methods=["POST"])
@access(Access.PUBLIC)
def forgot() -> BaseResponse:
    form = AddressForm()
    if form.validate_on_submit():
        with transaction() as session:
            credentials.ask_for_reset(session, str(form.email.data))
        cookie[MAILED_TO] = str(form.email.data).lower()
        return redirect(url_for("accounts.forgot_sent"), 303)
    return form_page("accounts/ask_address.html", form, purpose=Purpose.RESET)


@blueprint.get("/password/sent")
@access(Access.PUBLIC)
def forgot_sent() -> str:
    return _mail_sent(Purpose.RESET, "accounts.forgot")


@blueprint.get("/account/email/sent")
@access(Access.LOGGED_IN)
def email_sent() -> str:
    return _mail_sent(Purpose.CHANGE_EMAIL, "accounts.change_email")


def _mail_sent(purpose: Purpose, again: str) -> str:
    return render_template(
        "accounts/mail_sent.html",
        purpose=purpose,
        mailed_to=cookie.get(MAILED_TO),
        again_url=url_for(again),
        limit=settings().account_mails,
        mailbox_url=mailbox_url(),
    )


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
def reset(token: str) -> BaseResponse:
    form, person = NewPasswordForm(), read_token(db.session, Purpose.RESET, token).person
    if form.validate_on_submit():
        try:
            check_password(str(form.password.data), name=person.name, email=person.email)
            return _reset(token, hash_password(str(form.password.data)))
        except InvalidInput as error:
            put_beside(form, error)
    return form_page("accounts/reset.html", form, person=person)


def _reset(token: str, password_hash: str) -> BaseResponse:
    with transaction() as session:
        credentials.reset_password(session, token, password_hash)
    cookie.clear()
    flash("新密码已生效，其他设备上的登录已退出。请用新密码登录。", "success")
    return redirect(url_for("accounts.login"), 303)


@blueprint.route("/account/password", methods=["GET", "POST"])
@csrf.exempt  # ChangePasswordForm checks the token itself
@access(Access.LOGGED_IN)
def change_password() -> BaseResponse:
    form = ChangePasswordForm()
    if form.validate_on_submit() and is_own_password(form):
        try:
            check_password(str(form.password.data), name=current_user.name, email=current_user.email)
            return _change_password(hash_password(str(form.password.data)))
        except InvalidInput as error:
            put_beside(form, error)
    return form_page("accounts/password.html", form)


def _change_password(password_hash: str) -> BaseResponse:
    with transaction() as session:
        person = myself()
        credentials.change_password(session, person, password_hash)
    go_on(person)
    flash("密码已修改，其他设备上的登录已退出。", "success")
    return redirect(url_for("accounts.account"), 303)


@blueprint.route("/account/email", methods=["GET", "POST"])
@csrf.exempt  # ChangeEmailForm checks the token itself and comes back filled
@limiter.limit(account_rate, methods=["POST"])
@access(Access.LOGGED_IN)
def change_email() -> BaseResponse:
    form = ChangeEmailForm()
    if form.validate_on_submit() and is_own_password(form):
        try:
            with transaction() as session:
                credentials.ask_for_email_change(session, myself(), str(form.email.data))
            cookie[MAILED_TO] = str(form.email.data).lower()
            return redirect(url_for("accounts.email_sent"), 303)
        except InvalidInput as error:
            put_beside(form, error)
    return form_page("accounts/email.html", form)


@blueprint.route("/account/email/confirm/<token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
def confirm_email(token: str) -> BaseResponse | str:
    """The link may be opened where nobody is logged in; a session of this person's goes on."""
    if request.method == "GET":
        link = read_token(db.session, Purpose.CHANGE_EMAIL, token)
        return render_template("accounts/confirm_email.html", person=link.person, email=link.email)
    own = current_user.id if current_user.is_authenticated else None
    with transaction() as session:
        person = credentials.change_email(session, token)
    if person.id == own:
        go_on(person)
    flash("登录邮箱已更换，请今后用新邮箱登录。", "success")
    return redirect(url_for("accounts.account" if person.id == own else "accounts.login"), 303)


@blueprint.post("/account/sessions")
@access(Access.LOGGED_IN)
def end_sessions() -> BaseResponse:
    with transaction() as session:
        person = myself()
        credentials.end_other_sessions(session, person)
    go_on(person)
    flash("其他设备上的登录已全部退出。", "success")
    return redirect(url_for("accounts.account"), 303)
