"""What the pages of accounts share: who is meant, logging in, answers."""

import re

from flask import Response, current_app, make_response, render_template, request, url_for
from flask import session as cookie
from flask_login import current_user, login_user
from flask_wtf import FlaskForm

from config import Settings
from marketplace.accounts import service
from marketplace.accounts.current import ACTING_FOR
from marketplace.accounts.forms import ChangeEmailForm, ChangePasswordForm, ClosingForm
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.db import db, transaction

LOCAL_TARGET = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")
WRONG_PASSWORD = "密码不正确，请核对后重试。"  # noqa: S105  # a message


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def account_rate() -> str:
    return settings().account_rate


def local_path(target: str | None) -> str:
    """The target where it is a path of this site, else "".

    Browsers drop control characters and take a backslash for a slash, so neither may stand in it.
    """
    return target if target is not None and LOCAL_TARGET.fullmatch(target) else ""


def local_target(target: str | None, otherwise: str = "home.start") -> str:
    """A path of this site, or another page of it: a form sends nobody elsewhere."""
    return local_path(target) or url_for(otherwise)


def mailbox_url() -> str | None:
    """Where the mail of a development site lies that no server sends."""
    return None if settings().production or settings().smtp_host else url_for("notifications.mailbox")


def form_page(template: str, form: FlaskForm, **context: object) -> Response:
    """A page with a form; one that was refused comes back filled with 422."""
    return make_response(render_template(template, form=form, **context), 422 if form.errors else 200)


def verified_person(email: str, password: str) -> Person | None:
    """Who this is, or None after counting the failure. Hashing happens outside any transaction."""
    address, window = request.remote_addr or "unknown", settings().login_window
    service.check_attempts(
        db.session,
        email,
        address,
        per_account=settings().login_attempts,
        per_address=settings().login_attempts_per_address,
        window=window,
    )
    person = service.find_by_credentials(db.session, email, password)
    person_id = person.id if person else None
    with transaction() as session:
        if person_id is None:
            service.record_failure(session, email, address, window)
            return None
        service.clear_failures(session, email)
    return db.session.get_one(Person, person_id)


def is_own_password(form: ChangePasswordForm | ChangeEmailForm | ClosingForm) -> bool:
    """Whether the present password is right; guessing it counts like failed log-ins."""
    if verified_person(current_user.email, str(form.present.data)) is not None:
        return True
    form.present.errors = [*form.present.errors, WRONG_PASSWORD]
    return False


def begin_session(person: Person) -> None:
    """Log in; nothing of the visitor's session survives into the person's."""
    cookie.clear()
    login_user(person)
    with transaction() as session:
        audit.record(session, person.id, "person.login", f"person:{person.id}")


def go_on(person: Person) -> None:
    """Keep this session where the person's others have just ended."""
    acting = cookie.get(ACTING_FOR)
    cookie.clear()
    login_user(person)
    if acting is not None:
        cookie[ACTING_FOR] = acting


def myself() -> Person:
    """The person behind this request, as a row of the present session."""
    return db.session.get_one(Person, current_user.id)
