"""用户协议 and 隐私说明."""

from flask import render_template

from marketplace.accounts.terms import TERMS_DATE, TERMS_VERSION
from marketplace.accounts.views.blueprint import blueprint
from marketplace.core.permissions import Access, access


@blueprint.get("/terms")
@access(Access.PUBLIC)
def terms() -> str:
    return render_template("accounts/terms.html", version=TERMS_VERSION, since=TERMS_DATE)


@blueprint.get("/privacy")
@access(Access.PUBLIC)
def privacy() -> str:
    return render_template("accounts/privacy.html", version=TERMS_VERSION, since=TERMS_DATE)
