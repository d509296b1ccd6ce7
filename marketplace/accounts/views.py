"""Log in and out."""

import re

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask_login import current_user, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from config import Settings
from marketplace.accounts import service
from marketplace.accounts.forms import LoginForm
from marketplace.accounts.models import Person
from marketplace.accounts.samples import sample_people
from marketplace.core import audit
from marketplace.core.db import db, transaction
from marketplace.core.extensions import csrf, login_manager
from marketplace.core.permissions import Access, access

blueprint = Blueprint("accounts", __name__)

LOCAL_TARGET = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")


@login_manager.user_loader
def load_person(identifier: str) -> Person | None:
    """A session names the person and the token it was opened under; another token ends it."""
    person_id, _, token = identifier.partition(":")
    if not person_id.isdecimal():
        return None
    person = db.session.scalar(select(Person).where(Person.id == int(person_id)))
    return person if person is not None and person.active and person.session_token == token else None


@login_manager.unauthorized_handler
def ask_to_log_in() -> BaseResponse:
    flash("请先登录，登录后将回到您要访问的页面。", "info")
    return redirect(url_for("accounts.login", next=request.full_path if request.method == "GET" else None))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def local_target(target: str | None) -> str:
    """A path of this site, or the start page: log-in sends nobody elsewhere.

    Browsers drop control characters and take a backslash for a slash, so neither may stand in it.
    """
    local = target is not None and LOCAL_TARGET.fullmatch(target)
    return str(target) if local else url_for("home.start")


@blueprint.route("/login", methods=["GET", "POST"])
@csrf.exempt  # LoginForm checks the token itself and comes back filled
@access(Access.PUBLIC)
def login() -> BaseResponse:
    form = LoginForm()
    if current_user.is_authenticated:
        return redirect(local_target(request.values.get("next")))
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        return _page(form, 200)
    if not form.validate():
        return _page(form, 422)
    person = _verified(form)
    if person is None:
        form.password.errors = [*form.password.errors, "邮箱或密码不正确，请核对后重试。"]
        return _page(form, 422)
    cookie.clear()  # nothing of the visitor's session survives into the person's
    login_user(person)
    flash(f"{person.name}，您已登录。", "success")
    return redirect(local_target(form.next.data))


def _verified(form: LoginForm) -> Person | None:
    """The person, or None after counting the failure. Hashing happens outside any transaction."""
    settings, address = _settings(), request.remote_addr or "unknown"
    email, window = str(form.email.data), settings.login_window
    service.check_attempts(
        db.session,
        email,
        address,
        per_account=settings.login_attempts,
        per_address=settings.login_attempts_per_address,
        window=window,
    )
    person = service.find_by_credentials(db.session, email, str(form.password.data))
    person_id = person.id if person else None
    with transaction() as session:
        if person_id is None:
            service.record_failure(session, email, address, window)
            return None
        service.clear_failures(session, email)
        audit.record(session, person_id, "person.login", f"person:{person_id}")
    return db.session.get_one(Person, person_id)


@blueprint.post("/logout")
@access(Access.PUBLIC)
def logout() -> BaseResponse:
    logout_user()
    cookie.clear()
    flash("您已退出登录。", "info")
    return redirect(url_for("home.start"))


def _page(form: LoginForm, status: int) -> Response:
    settings = _settings()
    shown = sample_people(db.session) if settings.sample_accounts and not settings.production else []
    page = render_template(
        "accounts/login.html",
        form=form,
        sample_people=shown,
        sample_password=settings.seed_password if shown else None,
        next=form.next.data,
    )
    return make_response(page, status)
