"""Log in and out, and choose for which organisation one acts."""

from flask import Response, flash, g, redirect, request, url_for
from flask import session as cookie
from flask_login import current_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import mails
from marketplace.accounts.current import ACTING_FOR
from marketplace.accounts.forms import LoginForm
from marketplace.accounts.models import Person
from marketplace.accounts.profiles import organisations_of
from marketplace.accounts.samples import sample_people
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import (
    begin_session,
    form_page,
    local_path,
    local_target,
    settings,
    verified_person,
)
from marketplace.accounts.views.registration import remember_registration
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.core.extensions import csrf, login_manager
from marketplace.core.permissions import Access, access


@login_manager.user_loader
def load_person(identifier: str) -> Person | None:
    """A session names the person and the token it was opened under; another token ends it."""
    person_id, _, token = identifier.partition(":")
    if not person_id.isdecimal():
        return None
    person = db.session.scalar(select(Person).where(Person.id == int(person_id)))
    return person if person is not None and person.is_active and person.session_token == token else None


@login_manager.unauthorized_handler
def ask_to_log_in() -> BaseResponse:
    flash("请先登录或注册，之后将回到您要访问的页面。", "info")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.login", next=wanted))


@blueprint.route("/login", methods=["GET", "POST"])
@csrf.exempt  # LoginForm checks the token itself and comes back filled
@access(Access.PUBLIC)
def login() -> BaseResponse:
    form = LoginForm()
    if current_user.is_authenticated:
        return redirect(local_target(request.values.get("next")))
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        return _page(form)
    if not form.validate():
        return _page(form)
    person = verified_person(str(form.email.data), str(form.password.data))
    if person is None:
        form.password.errors = [*form.password.errors, "邮箱或密码不正确，请核对后重试。"]
        return _page(form)
    if person.email_confirmed_at is None:
        return _ask_to_confirm(person.id, local_path(form.next.data))
    begin_session(person)
    flash(f"{person.name}，您已登录。", "success")
    return redirect(local_target(form.next.data))


def _ask_to_confirm(person_id: int, going_to: str) -> BaseResponse:
    """The right password of somebody who has not shown yet that the address is theirs."""
    with transaction() as session:
        person = session.get_one(Person, person_id)
        sent = mails.mail_confirmation(session, person, going_to)
    remember_registration(person.email, person, going_to)
    if sent:
        flash("您的邮箱还没有确认，所以暂时不能登录。我们刚又发出了一封确认邮件。", "warning")
    else:
        flash("您的邮箱还没有确认，所以暂时不能登录。确认邮件已发过多次，请查收，或一小时后再试。", "warning")
    return redirect(url_for("accounts.register_sent"), 303)


@blueprint.post("/logout")
@access(Access.PUBLIC)
def logout() -> BaseResponse:
    logout_user()
    cookie.clear()
    flash("您已退出登录。", "info")
    return redirect(url_for("home.start"))


@blueprint.post("/acting")
@access(Access.LOGGED_IN)
def act_for() -> BaseResponse:
    """Act for another of one's organisations from now on."""
    chosen = next(
        (o for o in organisations_of(current_user) if o.public_id == request.form.get("organisation")), None
    )
    if chosen is None:
        raise NotFound
    cookie[ACTING_FOR] = chosen.id
    g.pop("reader", None)
    flash(f"您现在代表 {chosen.short_name}。", "success")
    return redirect(local_target(request.form.get("next")), 303)


def _page(form: LoginForm) -> Response:
    offered = settings().sample_accounts and not settings().production
    shown = sample_people(db.session) if offered else []
    return form_page(
        "accounts/login.html",
        form,
        sample_people=shown,
        sample_password=settings().seed_password if shown else None,
        next=form.next.data,
    )
