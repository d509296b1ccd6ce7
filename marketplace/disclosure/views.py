"""Ask for controlled content, answer, read it on record, and see who has read."""

from typing import TypeVar

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.core.choices import Choice
from marketplace.core.clock import last_day
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.core.files import send_attachment
from marketplace.core.markdown import render_markdown
from marketplace.core.permissions import Access, access
from marketplace.disclosure import lists, pages, reading, service
from marketplace.disclosure.choices import RequestStatus
from marketplace.disclosure.forms import AskForm, GrantForm, ReasonForm, end_of, show_error
from marketplace.disclosure.models import DetailRequest
from marketplace.listings.policy import belongs_to
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result

blueprint = Blueprint("disclosure", __name__)

LISTING = "/<any(results, demands):kind>/<public_id>"
READINGS = 50
LONGEST_ID = 18  # digits
C = TypeVar("C", bound=Choice)


@blueprint.route(f"{LISTING}/request-details", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def ask(kind: str, public_id: str) -> BaseResponse:
    form, reader = AskForm(), current_reader()
    listing = reading.find_listing(db.session, reader, kind, public_id)
    service.check_asker(db.session, reader, listing)
    if not form.validate_on_submit():
        return _ask_page(form, listing, 422 if form.is_submitted() else 200)
    try:
        with transaction() as session:
            listing = reading.find_listing(session, reader, kind, public_id)
            made = service.request_details(
                session, reader, listing, form.purpose.data, end_of(form.wished_until.data)
            )
            url = url_for("disclosure.detail", public_id=made.public_id)
    except InvalidInput as error:
        show_error(form, error)
        return _ask_page(form, reading.find_listing(db.session, reader, kind, public_id), 422)
    flash("申请已提交，对方答复后会通知您。", "success")
    return redirect(url)


def _ask_page(form: AskForm, listing: reading.Listing, status: int) -> Response:
    page = render_template(
        "disclosure/ask.html",
        form=form,
        kind=pages.kind_title(listing),
        title=listing.title,
        owner=pages.owner_name(current_reader(), listing)[0],
        listing_url=pages.listing_url(listing),
        action=pages.page_url("ask", listing),
        hidden=pages.hidden_summary(listing),
    )
    return make_response(page, status)


@blueprint.get("/details")
@access(Access.LOGGED_IN)
def index() -> str:
    reader = current_reader()
    side = _choice(lists.Side, request.args.get("side")) or lists.Side.OWNER
    status = _choice(RequestStatus, request.args.get("status"))
    rows = lists.list_requests(db.session, reader, side, status, _before())
    shown = rows[: lists.PAGE_SIZE]
    more = {"side": side.value, "status": status.value if status else None}
    return render_template(
        "disclosure/index.html",
        sides=list(lists.Side),
        side=side,
        states=list(RequestStatus),
        status=status,
        rows=[pages.request_view(reader, row) for row in shown],
        next_url=url_for(".index", before=shown[-1].id, **more) if len(rows) > len(shown) else None,
    )


def _choice(choices: type[C], value: str | None) -> C | None:
    """The member with this code; None for anything else."""
    return next((member for member in choices if member.value == value), None)


def _before() -> int | None:
    """The id that an earlier page ended with."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_ID else None


@blueprint.get("/details/<public_id>")
@access(Access.LOGGED_IN)
def detail(public_id: str) -> Response:
    found = service.get_request(db.session, current_reader(), public_id)
    form = GrantForm(formdata=None)
    form.until.data = last_day(service.suggested_end(db.session, found))
    return _detail_page(found, form, ReasonForm(formdata=None), 200)


def _detail_page(found: DetailRequest, grant: GrantForm, reason: ReasonForm, status: int) -> Response:
    view = pages.request_view(current_reader(), found)
    page = render_template(
        "disclosure/detail.html",
        view=view,
        grant=grant,
        reason=reason,
        facts=pages.asker_facts(found.organisation) if view.as_owner else (),
        parts=pages.hidden_parts(found.listing) if view.as_owner else (),
        public_id=found.public_id,
    )
    return make_response(page, status)


@blueprint.post("/details/<public_id>/grant")
@access(Access.LOGGED_IN)
def grant(public_id: str) -> BaseResponse:
    form, reader = GrantForm(), current_reader()
    found = service.get_request_to_decide(db.session, reader, public_id)
    if not form.validate():
        return _detail_page(found, form, ReasonForm(formdata=None), 422)
    try:
        with transaction() as session:
            found = service.get_request_to_decide(session, reader, public_id)
            until, told = end_of(form.until.data), form.tells_owner.data
            service.grant_request(session, reader, found, until, tells_owner=told)
    except InvalidInput as error:
        show_error(form, error)
        found = service.get_request_to_decide(db.session, reader, public_id)
        return _detail_page(found, form, ReasonForm(formdata=None), 422)
    flash("已授权，对方已收到通知；您可随时撤销。", "success")
    return redirect(url_for(".detail", public_id=public_id))


@blueprint.post("/details/<public_id>/refuse")
@access(Access.LOGGED_IN)
def refuse(public_id: str) -> BaseResponse:
    return _answer_with_reason(public_id, service.refuse_request, "已拒绝，理由已发给对方。")


@blueprint.post("/details/<public_id>/revoke")
@access(Access.LOGGED_IN)
def revoke(public_id: str) -> BaseResponse:
    return _answer_with_reason(public_id, service.revoke_request, "授权已撤销，对方即刻起不能再查阅。")


def _answer_with_reason(public_id: str, verb: service.ReasonVerb, done: str) -> BaseResponse:
    form, reader = ReasonForm(), current_reader()
    found = service.get_request_to_decide(db.session, reader, public_id)
    if not form.validate():
        return _detail_page(found, GrantForm(formdata=None), form, 422)
    with transaction() as session:
        verb(session, reader, service.get_request_to_decide(session, reader, public_id), form.reason.data)
    flash(done, "success")
    return redirect(url_for(".detail", public_id=public_id))


@blueprint.post("/details/<public_id>/withdraw")
@access(Access.LOGGED_IN)
def withdraw(public_id: str) -> BaseResponse:
    reader = current_reader()
    with transaction() as session:
        service.withdraw_request(session, reader, service.get_request(session, reader, public_id))
    flash("申请已撤回。", "success")
    return redirect(url_for(".detail", public_id=public_id))


@blueprint.get(f"{LISTING}/controlled")
@access(Access.LOGGED_IN)
def controlled(kind: str, public_id: str) -> str:
    """Reading leaves a record, in the transaction that decides whether it is allowed."""
    with transaction() as session:
        found = reading.read_controlled(session, current_reader(), kind, public_id)
    listing = found.listing
    return render_template(
        "disclosure/controlled.html",
        kind=pages.kind_title(listing),
        number=listing.number,
        title=listing.title,
        owner=pages.owner_name(current_reader(), listing)[0],
        listing_url=pages.listing_url(listing),
        line=pages.watermark(found, _acting_name()),
        body=render_markdown(listing.details) if isinstance(listing, Result) else "",
        files=pages.file_rows(listing, found.files),
    )


def _acting_name() -> str:
    acting = current_reader().acting_for
    return db.session.get_one(Organisation, acting).name if acting else ""


@blueprint.get(f"{LISTING}/files/<file>")
@access(Access.PUBLIC)
def file(kind: str, public_id: str, file: str) -> Response:
    with transaction() as session:
        attachment = reading.read_file(session, current_reader(), kind, public_id, file)
    return send_attachment(attachment)


@blueprint.get(f"{LISTING}/readings")
@access(Access.LOGGED_IN)
def readings(kind: str, public_id: str) -> str:
    reader = current_reader()
    listing = reading.find_listing(db.session, reader, kind, public_id)
    if not belongs_to(reader, listing):
        raise NotFound("没有找到这个页面。")
    rows = reading.readings_of(db.session, listing, _before(), READINGS)
    shown = rows[:READINGS]
    more = {"kind": kind, "public_id": public_id}
    return render_template(
        "disclosure/readings.html",
        kind=pages.kind_title(listing),
        title=listing.title,
        listing_url=pages.listing_url(listing),
        total=reading.count_readings(db.session, listing),
        rows=pages.reading_rows(shown),
        next_url=url_for(".readings", before=shown[-1].id, **more) if len(rows) > READINGS else None,
    )
