"""A person's own page: who they are, how they log in, to which organisations they belong."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import service
from marketplace.accounts.account_view import account_view
from marketplace.accounts.forms import PersonForm
from marketplace.accounts.registration import accept_terms
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import form_page, myself
from marketplace.core.db import db, transaction
from marketplace.core.extensions import csrf
from marketplace.core.permissions import Access, access


@blueprint.route("/account", methods=["GET", "POST"])
@csrf.exempt  # PersonForm checks the token itself and comes back filled
@access(Access.LOGGED_IN)
def account() -> BaseResponse:
    person = myself()
    form = PersonForm(obj=person)
    if form.validate_on_submit():
        with transaction() as session:
            service.change_person(
                session,
                myself(),
                name=str(form.name.data),
                phone=form.phone.data or "",
                professional_title=form.professional_title.data or "",
            )
        flash("个人资料已保存。", "success")
        return redirect(url_for("accounts.account"), 303)
    return form_page("accounts/account.html", form, account=account_view(db.session, person))


@blueprint.post("/account/terms")
@access(Access.LOGGED_IN)
def agree_to_terms() -> BaseResponse:
    with transaction() as session:
        accept_terms(session, myself())
    flash("感谢您的确认。", "success")
    return redirect(url_for("accounts.account"), 303)
