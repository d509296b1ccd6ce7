"""注销账号: what it means, what stands in the way, the password, and the end."""

from flask import redirect, render_template, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.closing import close_account, obstacles
from marketplace.accounts.forms import ClosingForm
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import account_rate, form_page, is_own_password, myself
from marketplace.core.db import db, transaction
from marketplace.core.extensions import csrf, limiter
from marketplace.core.permissions import Access, access


@blueprint.route("/account/close", methods=["GET", "POST"])
@csrf.exempt  # ClosingForm checks the token itself
@limiter.limit(account_rate, methods=["POST"])
@access(Access.LOGGED_IN)
def close() -> BaseResponse:
    form = ClosingForm()
    if form.validate_on_submit() and is_own_password(form):
        with transaction() as session:
            close_account(session, myself())
        cookie.clear()
        return redirect(url_for("accounts.closed"), 303)
    person = myself()
    return form_page("accounts/close.html", form, obstacles=obstacles(db.session(), person), person=person)


@blueprint.get("/account/closed")
@access(Access.PUBLIC)
def closed() -> str:
    return render_template("accounts/closed.html")
