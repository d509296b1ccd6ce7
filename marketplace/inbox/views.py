"""The inbox in the site, the bell in every header, and the folder of mails of a development site."""

import re

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask import session as cookie
from flask_login import current_user
from werkzeug.wrappers import Response

from config import Settings
from marketplace.accounts.current import ACTING_FOR, current_reader
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.permissions import Access, access
from marketplace.inbox import mailbox as folder
from marketplace.inbox import service
from marketplace.inbox.forms import MailWishForm
from marketplace.notifications.choices import MailWish
from marketplace.notifications.models import Notice
from marketplace.notifications.service import choose_mail as keep_choice
from marketplace.notifications.service import mail_wish
from marketplace.notifications.transports import mailbox_path

blueprint = Blueprint("notifications", __name__)


@blueprint.app_context_processor
def bell() -> dict[str, object]:
    """``unread_notices()`` for the header; asked there only, so an error page needs no database."""

    def unread_notices() -> int:
        return service.count_unread(db.session, current_user.id)

    return {"unread_notices": unread_notices}


@blueprint.get("/inbox")
@access(Access.LOGGED_IN)
def inbox() -> FlaskResponse:
    form = MailWishForm(wish=mail_wish(db.session, current_user.id).value)
    return _page(form, 200)


def _page(form: MailWishForm, status: int) -> FlaskResponse:
    unread = request.args.get("show") == "unread"
    reader = current_reader()
    page = service.list_notices(db.session, reader, unread=unread, before=request.args.get("before", ""))
    shown = render_template(
        "notifications/inbox.html",
        page=page,
        unread_only=unread,
        form=form,
        wishes=MailWish,
        others={id: name for id, name in _organisations().items() if id != reader.acting_for},
        now=clock.now(),
    )
    return make_response(shown, status)


def _organisations() -> dict[int, str]:
    """The organisations that this person may act for, with their short names."""
    return {m.organisation_id: m.organisation.short_name for m in current_user.memberships if not m.ended_at}


@blueprint.post("/inbox/<public_id>/open")
@access(Access.LOGGED_IN)
def open_notice(public_id: str) -> Response:
    """Read it, act for the organisation it is for, and go where it leads."""
    with transaction() as session:
        notice = service.open_notice(session, current_reader(), public_id)
        target, organisation_id = _target(notice), notice.organisation_id
    if organisation_id in _organisations():
        cookie[ACTING_FOR] = organisation_id
    return redirect(target, 303)


def _target(notice: Notice) -> str:
    """Its path, if that is one of this site: a browser takes // and a backslash for another host."""
    own = re.match(r"/(?![/\\])", notice.path)
    return notice.path if own else url_for("notifications.inbox")


@blueprint.post("/inbox/read")
@access(Access.LOGGED_IN)
def read_all() -> Response:
    with transaction() as session:
        number, mark = service.mark_all_read(session, current_reader())
    undo = url_for("notifications.unread_again", mark=mark)
    if number:
        flash((f"已将 {number} 条通知标为已读。", undo), "undo")  # type: ignore[arg-type]  # base.html: a toast
    return redirect(url_for("notifications.inbox"), 303)


@blueprint.post("/inbox/read/<mark>/undo")
@access(Access.LOGGED_IN)
def unread_again(mark: str) -> Response:
    with transaction() as session:
        service.unread_again(session, current_reader(), mark)
    flash("已恢复为未读。", "success")
    return redirect(url_for("notifications.inbox"), 303)


@blueprint.post("/inbox/mail")
@access(Access.LOGGED_IN)
def choose_mail() -> Response:
    form = MailWishForm()
    if not form.validate():
        return _page(form, 422)
    wish = MailWish.of(form.wish.data)
    with transaction() as session:
        keep_choice(session, current_user.id, wish)
    flash(f"邮件提醒已改为：{wish.title}。", "success")
    return redirect(url_for("notifications.inbox", _anchor="mail"), 303)


@blueprint.get("/mailbox")
@access(Access.DEVELOPMENT)
def mailbox() -> str:
    """What a newcomer without a mail server needs: the mails with their links."""
    settings: Settings = current_app.extensions["settings"]
    mails = folder.newest_mails(mailbox_path(settings))
    return render_template("notifications/mailbox.html", mails=mails, by_smtp=bool(settings.smtp_host))
