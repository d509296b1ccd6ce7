"""工作台."""

from flask import Blueprint, render_template

from marketplace.accounts.current import current_reader
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.permissions import Access, access
from marketplace.desk import service
from marketplace.desk.presenters import desk_view

blueprint = Blueprint("desk", __name__)


@blueprint.get("/desk")
@access(Access.LOGGED_IN)
def desk() -> str:
    reader = current_reader()
    page = desk_view(reader, service.open_desk(db.session(), reader), clock.now())
    with transaction() as session:
        service.note_visit(session, reader)
    return render_template("desk/desk.html", desk=page)
