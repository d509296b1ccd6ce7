"""Register, confirm the address, arrive."""

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import registration
from marketplace.accounts.forms import AddressForm, ConfirmForm, RegisterForm
from marketplace.accounts.models import Person
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.tokens import DeadLink, Purpose, fingerprint, read_token
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import (
    WRONG_PASSWORD,
    account_rate,
    begin_session,
    form_page,
    local_path,
    local_target,
    mailbox_url,
    settings,
    verified_person,
)
from marketplace.core.db import db, transaction
from marketplace.core.extensions import csrf, limiter
from marketplace.core.permissions import Access, access

# Session keys: the address a mail went to, the registration made in this browser, where it leads on.
MAILED_TO, REGISTERED, GOING_TO = "mailed_to", "registered", "going_to"


def remember_registration(email: str, person: Person | None, going_to: str = "") -> None:
    """This browser knows the password of what it registered; without an account the mark is a random one."""
    cookie[MAILED_TO] = email.strip().lower()
    cookie[GOING_TO] = going_to
    cookie[REGISTERED] = fingerprint(person) if person is not None else secrets.token_hex(16)


@blueprint.route("/register", methods=["GET", "POST"])
@csrf.exempt  # RegisterForm checks the token itself and comes back filled
@limiter.limit(account_rate, methods=["POST"])
@access(Access.PUBLIC)
def register() -> BaseResponse:
    if current_user.is_authenticated:
        return redirect(url_for("accounts.account"))
    form = RegisterForm()
    if not form.is_submitted():
        form.next.data = request.args.get("next", "")
    if form.validate_on_submit():
        _register(form)
        return redirect(url_for("accounts.register_sent"), 303)
    return form_page("accounts/register.html", form)


def _register(form: RegisterForm) -> None:
    name, email, password = (str(field.data) for field in (form.name, form.email, form.password))
    entered = registration.Registration(
        name=name, email=email, phone=form.phone.data or "", password_hash=hash_password(password)
    )
    going_to = local_path(form.next.data)
    with transaction() as session:
        person = registration.register_person(session, entered, going_to)
    remember_registration(email, person, going_to)


@blueprint.get("/register/sent")
@access(Access.PUBLIC)
def register_sent() -> str:
    return render_template(
        "accounts/mail_sent.html",
        purpose=Purpose.CONFIRM,
        mailed_to=cookie.get(MAILED_TO),
        again_url=url_for("accounts.resend"),
        limit=settings().account_mails,
        mailbox_url=mailbox_url(),
    )


@blueprint.route("/register/resend", methods=["GET", "POST"])
@csrf.exempt  # AddressForm checks the token itself and comes back filled
@limiter.limit(account_rate, methods=["POST"])
@access(Access.PUBLIC)
def resend() -> BaseResponse:
    form = AddressForm()
    if form.validate_on_submit():
        with transaction() as session:
            registration.resend_confirmation(session, str(form.email.data), cookie.get(GOING_TO, ""))
        cookie[MAILED_TO] = str(form.email.data).lower()
        return redirect(url_for("accounts.register_sent"), 303)
    if not form.is_submitted():
        form.email.data = cookie.get(MAILED_TO, "")
    return form_page("accounts/ask_address.html", form, purpose=Purpose.CONFIRM)


@blueprint.route("/register/confirm/<token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
def confirm(token: str) -> BaseResponse:
    """Mail scanners follow links, so that only the button confirms.

    In another browser than the one that registered, the password is asked for: nobody takes over an
    account that somebody else has prepared for their address.
    """
    form, person = ConfirmForm(), read_token(db.session, Purpose.CONFIRM, token).person
    knows = cookie.get(REGISTERED) == fingerprint(person)
    if request.method == "POST" and (knows or form.validate()):
        if knows or verified_person(person.email, str(form.password.data)) is not None:
            return _confirmed(token)
        form.password.errors = [*form.password.errors, WRONG_PASSWORD]
    return form_page("accounts/confirm.html", form, person=person, asks_password=not knows)


def _confirmed(token: str) -> BaseResponse:
    with transaction() as session:
        person = registration.confirm_registration(session, token)
    begin_session(person)
    flash("邮箱已确认，您已登录。", "success")
    return redirect(local_target(request.args.get("next"), "accounts.welcome"), 303)


@blueprint.get("/welcome")
@access(Access.LOGGED_IN)
def welcome() -> str:
    return render_template("accounts/welcome.html", join_url=url_for("organisations.join"))


@blueprint.errorhandler(DeadLink)
def dead_link(error: DeadLink) -> tuple[str, int]:
    return render_template("accounts/link_dead.html", purpose=error.purpose), 410
