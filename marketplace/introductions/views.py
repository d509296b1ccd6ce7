"""Asking for introductions, the inbox, and one introduction."""

from typing import TypeVar

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

import marketplace.introductions.handover  # noqa: F401  # says what a leaving person holds
from marketplace.accounts.current import current_reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput
from marketplace.core.permissions import Access, access
from marketplace.introductions import assistance, reading, service, thread
from marketplace.introductions.asking import Asking, asking_of
from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.forms import (
    OUTCOME_OPTIONS,
    AskForm,
    NumberForm,
    OutcomeForm,
    amount_in_fen,
    outcome_kind,
)
from marketplace.introductions.moves import conclude_introduction, move_introduction
from marketplace.introductions.pages import inbox_row, introduction_view
from marketplace.introductions.workflow import IntroductionAction

C = TypeVar("C", bound=Choice)

blueprint = Blueprint("introductions", __name__, url_prefix="/introductions")

DONE = {
    IntroductionAction.CONSENT_FROM: "已同意。对方也同意后，双方可看到彼此的联系方式。",
    IntroductionAction.CONSENT_TO: "已同意。对方也同意后，双方可看到彼此的联系方式。",
    IntroductionAction.ACCEPT: "已接受对接，双方现在可看到彼此的联系方式。",
    IntroductionAction.DECLINE: "已婉拒，对方会收到通知。",
    IntroductionAction.WITHDRAW: "已撤回。",
    IntroductionAction.FAIL: "已登记为未达成。",
}


@blueprint.get("")
@access(Access.LOGGED_IN)
def inbox() -> str:
    reader = current_reader()
    box = _choice(reading.Box, request.args.get("box", "")) or reading.Box.RECEIVED
    status = _choice(IntroductionStatus, request.args.get("status", ""))
    page = reading.inbox(db.session, reader, box, status, request.args.get("after", ""))
    return render_template(
        "introductions/inbox.html",
        rows=[inbox_row(reader, row) for row in page.rows],
        following=page.following,
        box=box,
        boxes=list(reading.Box),
        status=status,
        statuses=list(IntroductionStatus),
        may_assist=assistance.may_assist(reader),
        now=clock.now(),
    )


def _choice(kind: type[C], value: str) -> C | None:
    return next((member for member in kind if member.value == value), None)


@blueprint.get("/new")
@access(Access.LOGGED_IN)
def new() -> str:
    asking = asking_of(db.session, current_reader(), request.args)
    form = AskForm(request.args)
    form.own.data = asking.own_id
    return _ask_page(asking, form)


@blueprint.post("/new", endpoint="ask")
@access(Access.LOGGED_IN)
def ask() -> BaseResponse:
    reader, form = current_reader(), AskForm()
    try:
        with transaction() as session:
            asking = asking_of(session, reader, request.form)
            introduction = asking.open(session, reader, form)
            target = service.path_of(introduction)
    except Conflict as conflict:
        asking = asking_of(db.session, reader, request.form)
        if asking.open_path is None:
            raise
        flash(conflict.message, "info")
        return redirect(asking.open_path, 303)
    except InvalidInput as error:
        form[error.field].errors = [error.message]
        return make_response(_ask_page(asking_of(db.session, reader, request.form), form), 422)
    flash("已发出。对方答复后您会收到通知。", "success")
    return redirect(target, 303)


def _ask_page(asking: Asking, form: AskForm) -> str:
    return render_template("introductions/new.html", asking=asking.view(current_user), form=form)


def _page(public_id: str, status: int = 200, **shown: object) -> Response:
    reader = current_reader()
    introduction = service.get_introduction(db.session, reader, public_id)
    view = introduction_view(db.session, reader, current_user, introduction)
    values: dict[str, object] = {
        "outcome": OutcomeForm(),
        "outcome_options": OUTCOME_OPTIONS,
        "errors": {},
        "written": {},
    }
    page = render_template("introductions/detail.html", it=view, now=clock.now(), **(values | shown))
    return make_response(page, status)


@blueprint.get("/<public_id>")
@access(Access.LOGGED_IN)
def detail(public_id: str) -> Response:
    return _page(public_id)


@blueprint.post("/<public_id>/moves")
@access(Access.LOGGED_IN)
def move(public_id: str) -> BaseResponse:
    code, reason = request.form.get("action", ""), request.form.get("reason", "")
    action = next((a for a in DONE if a.value == code), None)
    try:
        with transaction() as session:
            introduction = service.get_introduction(session, current_reader(), public_id)
            if action is None:
                raise InvalidInput("请选择要做的事。", field="action")
            move_introduction(session, current_reader(), introduction, action, reason)
    except InvalidInput as error:
        return _page(public_id, 422, errors={code: error.message}, written={code: reason})
    flash(DONE[action], "success")
    return redirect(url_for(".detail", public_id=public_id), 303)


@blueprint.post("/<public_id>/outcome")
@access(Access.LOGGED_IN)
def outcome(public_id: str) -> BaseResponse:
    form = OutcomeForm()
    try:
        with transaction() as session:
            introduction = service.get_introduction(session, current_reader(), public_id)
            kind, amount = outcome_kind(form.kind.data), amount_in_fen(form.amount.data)
            note = form.note.data or ""
            conclude_introduction(session, current_reader(), introduction, kind, note, amount)
    except InvalidInput as error:
        if error.field in form:
            form[error.field].errors = [error.message]
        return _page(public_id, 422, outcome=form, errors={"outcome": error.message})
    flash("已登记为达成，祝合作顺利。", "success")
    return redirect(url_for(".detail", public_id=public_id), 303)


@blueprint.post("/<public_id>/messages")
@access(Access.LOGGED_IN)
def write(public_id: str) -> BaseResponse:
    text = request.form.get("text", "")
    try:
        with transaction() as session:
            introduction = service.get_introduction(session, current_reader(), public_id)
            thread.write_message(session, current_reader(), introduction, text)
    except InvalidInput as error:
        return _page(public_id, 422, errors={"text": error.message}, written={"text": text})
    return redirect(url_for(".detail", public_id=public_id, _anchor="thread"), 303)


@blueprint.post("/<public_id>/assistance")
@access(Access.LOGGED_IN)
def decide_assistance(public_id: str) -> BaseResponse:
    agreed = request.form.get("decision") == "agree"
    with transaction() as session:
        introduction = service.get_introduction(session, current_reader(), public_id)
        offer = request.form.get("offer", "")
        assistance.decide_assistance(session, current_reader(), introduction, offer, agreed)
    flash("已同意，协助人现在可看到进展。" if agreed else "已谢绝。", "success")
    return redirect(url_for(".detail", public_id=public_id), 303)


@blueprint.route("/assist", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def assist() -> BaseResponse:
    form, status = NumberForm(), 200
    if request.method == "POST":
        try:
            with transaction() as session:
                assistance.offer_assistance(session, current_reader(), form.number.data or "")
            flash("如果该对接存在且仍在进行，双方会收到您的协助意向。", "success")
            return redirect(url_for(".inbox", box=reading.Box.ASSISTED.value), 303)
        except InvalidInput as error:
            form[error.field].errors, status = [error.message], 422
    page = render_template(
        "introductions/assist.html", form=form, allowed=assistance.may_assist(current_reader())
    )
    return make_response(page, status)
