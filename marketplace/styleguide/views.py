"""Every component in every state, for those who build pages."""

from flask import Blueprint, render_template

from marketplace.core.permissions import Access, access

blueprint = Blueprint("styleguide", __name__)


@blueprint.get("/styleguide")
@access(Access.DEVELOPMENT)
def index() -> str:
    return render_template("styleguide/index.html")
