"""Beginning: a new result or need, 代填 for an enterprise, an edit of a listing."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.catalogue.life import return_reason
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.core.permissions import Access, access
from marketplace.demands.confirmation import resend_confirmation
from marketplace.demands.policy import can_enter_for_others
from marketplace.demands.service import get_demand
from marketplace.drafting import service
from marketplace.drafting.forms import ForWhom, organisation_for
from marketplace.drafting.policy import can_write_for
from marketplace.organisations.members import administrators
from marketplace.organisations.models import Organisation
from marketplace.results.service import get_result
from marketplace.taxonomy.models import ZONE
from marketplace.taxonomy.service import titles

blueprint = Blueprint("starting", __name__)


@blueprint.get("/new")
@access(Access.PUBLIC)
def choose() -> str:
    """What to publish; both ways lead through the log-in and back."""
    return render_template(
        "drafting/choose.html", may_enter_for_others=can_enter_for_others(current_reader())
    )


def _choice_page(kind: str, status: int = 200) -> Response:
    reader = current_reader()
    acting_for = db.session.get(Organisation, reader.acting_for) if reader.acting_for is not None else None
    page = render_template(
        "drafting/new.html",
        kind=kind,
        noun=service.NOUNS[kind],
        organisation=acting_for,
        may_write=can_write_for(reader, reader.acting_for),
        administrators=administrators(db.session, acting_for) if acting_for else (),
        is_officer=reader.is_officer,
        may_enter_for_others=kind == service.DEMAND and can_enter_for_others(reader),
    )
    return make_response(page, status)


def _begin(kind: str) -> BaseResponse:
    reader = current_reader()
    if not can_write_for(reader, reader.acting_for):
        return _choice_page(kind, 403)
    with transaction() as session:
        public_id = service.create_draft(session, current_reader(), kind).public_id
    anchor = "fill" if request.form.get("how") == "text" else None
    return redirect(url_for("drafts.show", public_id=public_id, _anchor=anchor))


@blueprint.get("/results/new")
@access(Access.LOGGED_IN)
def new_result() -> BaseResponse:
    return _choice_page(service.RESULT)


@blueprint.post("/results/new")
@access(Access.LOGGED_IN)
def begin_result() -> BaseResponse:
    return _begin(service.RESULT)


@blueprint.get("/demands/new")
@access(Access.LOGGED_IN)
def new_demand() -> BaseResponse:
    return _for_whom(ForWhom(), {}) if "for" in request.args else _choice_page(service.DEMAND)


@blueprint.post("/demands/new")
@access(Access.LOGGED_IN)
def begin_demand() -> BaseResponse:
    return _begin_for_others() if "for" in request.args else _begin(service.DEMAND)


def _for_whom(asked: ForWhom, errors: dict[str, str], status: int = 200) -> Response:
    if not can_enter_for_others(current_reader()):
        raise NotAllowed("只有技术经纪人和主管部门工作人员可以代企业填写。")
    page = render_template("drafting/for_whom.html", asked=asked, errors=errors, zones=titles(ZONE))
    return make_response(page, status)


def _begin_for_others() -> BaseResponse:
    asked = ForWhom.of(request.form)
    try:
        with transaction() as session:
            if not can_enter_for_others(current_reader()):
                raise NotAllowed("只有技术经纪人和主管部门工作人员可以代企业填写。")
            organisation = organisation_for(session, asked)
            draft = service.create_draft_for(session, current_reader(), organisation)
            public_id = draft.public_id
    except InvalidInput as error:
        return _for_whom(asked, {error.field: error.message}, 422)
    return redirect(url_for("drafts.show", public_id=public_id))


@blueprint.get("/results/<public_id>/edit")
@access(Access.LOGGED_IN)
def ask_edit_result(public_id: str) -> BaseResponse:
    return _edit_page(get_result(db.session, current_reader(), public_id))


@blueprint.get("/demands/<public_id>/edit")
@access(Access.LOGGED_IN)
def ask_edit_demand(public_id: str) -> BaseResponse:
    return _edit_page(get_demand(db.session, current_reader(), public_id))


def _edit_page(listing: service.Listing) -> BaseResponse:
    """To the draft that is open; else a page that begins one, since looking changes nothing."""
    service.check_editable(current_reader(), listing)
    if draft := service.open_draft(db.session, current_reader(), listing):
        return redirect(url_for("drafts.show", public_id=draft.public_id))
    return make_response(
        render_template("drafting/edit.html", listing=listing, returned=return_reason(db.session, listing))
    )


@blueprint.post("/results/<public_id>/edit")
@access(Access.LOGGED_IN)
def edit_result(public_id: str) -> BaseResponse:
    with transaction() as session:
        result = get_result(session, current_reader(), public_id)
        draft = service.draft_of_listing(session, current_reader(), result).public_id
    return redirect(url_for("drafts.show", public_id=draft))


@blueprint.post("/demands/<public_id>/edit")
@access(Access.LOGGED_IN)
def edit_demand(public_id: str) -> BaseResponse:
    with transaction() as session:
        demand = get_demand(session, current_reader(), public_id)
        draft = service.draft_of_listing(session, current_reader(), demand).public_id
    return redirect(url_for("drafts.show", public_id=draft))


@blueprint.post("/demands/<public_id>/confirmation")
@access(Access.LOGGED_IN)
def send_again(public_id: str) -> BaseResponse:
    """Mail the enterprise its confirmation link once more."""
    with transaction() as session:
        demand = get_demand(session, current_reader(), public_id)
        resend_confirmation(session, current_reader(), demand)
        recipient = demand.confirmation_email
    flash(f"确认链接已寄到 {recipient}。", "success")
    return redirect(url_for("desk.desk" if request.form.get("from") == "desk" else "drafts.index"), 303)
