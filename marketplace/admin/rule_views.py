"""The page of rules (期限与门槛), for the district's officers."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.admin import policy, rules
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.permissions import Access, access

blueprint = Blueprint("rules", __name__, url_prefix="/admin/rules")


@blueprint.get("")
@access(Access.LOGGED_IN)
def index() -> Response:
    return _page()


def _page(error: InvalidInput | None = None) -> Response:
    page = render_template(
        "admin/rules.html",
        groups=rules.list_rules(db.session(), current_reader()),
        can_edit=policy.can_edit_dictionaries(current_reader()),
        errors={error.field: (error.message,)} if error else {},
        typed=request.form.get("number", ""),
    )
    return make_response(page, 422 if error else 200)


@blueprint.post("/<name>")
@access(Access.LOGGED_IN)
def change(name: str) -> BaseResponse:
    reader = current_reader()
    try:
        with transaction() as session:
            if request.form.get("action") == "reset":
                rule = rules.reset_rule(session, reader, name)
            else:
                rule = rules.change_rule(session, reader, name, request.form.get("number", ""))
    except InvalidInput as error:
        return _page(error)
    flash(f"“{rule.title}”已保存，从现在起生效；此前已告知的日期不变。", "success")
    return redirect(url_for("rules.index", _anchor=f"rule-{name}"))
