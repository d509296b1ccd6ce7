"""Dictionaries and the working calendar, for the district's officers."""

from datetime import date

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.admin import policy, terms, workdays
from marketplace.core.checks import require
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.permissions import Access, access
from marketplace.queue.choices import QueueKind
from marketplace.taxonomy.models import FIELD

blueprint = Blueprint("dictionaries", __name__, url_prefix="/admin")

STEPS = {"up": -1, "down": 1}


@blueprint.get("/terms", endpoint="terms")
@access(Access.LOGGED_IN)
def term_index() -> Response:
    return _term_page(FIELD)


@blueprint.get("/terms/<vocabulary>")
@access(Access.LOGGED_IN)
def vocabulary(vocabulary: str) -> Response:
    return _term_page(vocabulary)


def _term_page(vocabulary: str, error: InvalidInput | None = None, at: str = "") -> Response:
    """``at`` names the entry whose form was wrong; empty: the form of a new one."""
    page = render_template(
        "admin/terms.html",
        rows=terms.list_terms(db.session, current_reader(), vocabulary),
        vocabulary=vocabulary,
        vocabularies=terms.EDITABLE,
        kinds=[(kind.value, kind.title) for kind in QueueKind],
        can_edit=policy.can_edit_dictionaries(current_reader()),
        errors={error.field: (error.message,)} if error else {},
        at=at,
        typed=request.form,
    )
    return make_response(page, 422 if error else 200)


@blueprint.post("/terms/<vocabulary>")
@access(Access.LOGGED_IN)
def add(vocabulary: str) -> BaseResponse:
    form = request.form
    try:
        with transaction() as session:
            code, title = form.get("code", "").strip(), form.get("title", "")
            terms.add_term(session, current_reader(), vocabulary, code, title, form.get("parent", ""))
    except InvalidInput as error:
        return _term_page(vocabulary, error)
    flash("已新增词条。", "success")
    return redirect(url_for("dictionaries.vocabulary", vocabulary=vocabulary))


@blueprint.post("/terms/<vocabulary>/<code>")
@access(Access.LOGGED_IN)
def change(vocabulary: str, code: str) -> BaseResponse:
    reader, action = current_reader(), request.form.get("action", "")
    terms.check_writer(reader)
    try:
        with transaction() as session:
            term = terms.get_term(session, vocabulary, code)
            if action == "rename":
                terms.rename_term(session, reader, term, request.form.get("title", ""))
            elif action in STEPS:
                terms.move_term(session, reader, term, STEPS[action])
            else:
                require(action in ("activate", "deactivate"), "请选择要执行的操作。", "title")
                terms.set_active(session, reader, term, action == "activate")
    except InvalidInput as error:
        return _term_page(vocabulary, error, code)
    return redirect(url_for("dictionaries.vocabulary", vocabulary=vocabulary, _anchor=f"term-{code}"))


def _year() -> int | None:
    text = request.values.get("year", "")
    return int(text) if text.isdecimal() and len(text) == 4 else None


def _calendar_page(error: InvalidInput | None = None) -> Response:
    page = render_template(
        "admin/calendar.html",
        view=workdays.show_year(db.session, current_reader(), _year()),
        can_edit=policy.can_edit_dictionaries(current_reader()),
        errors={error.field: (error.message,)} if error else {},
        typed=request.form,
    )
    return make_response(page, 422 if error else 200)


@blueprint.get("/calendar")
@access(Access.LOGGED_IN)
def calendar() -> Response:
    return _calendar_page()


def _typed_day() -> date:
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise InvalidInput("日期格式不正确，应如 2026-10-01。", field="day") from None


@blueprint.post("/calendar")
@access(Access.LOGGED_IN)
def set_day() -> BaseResponse:
    workdays.check_writer(current_reader())
    try:
        day, working = _typed_day(), request.form.get("working", "")
        require(working in ("yes", "no"), "请选择上班或休息。", "working")
        with transaction() as session:
            note = request.form.get("note", "")
            workdays.set_day(session, current_reader(), day, working == "yes", note)
    except InvalidInput as error:
        return _calendar_page(error)
    flash("已登记。此前算好的期限不变。", "success")
    return redirect(url_for("dictionaries.calendar", year=day.year))


@blueprint.post("/calendar/remove")
@access(Access.LOGGED_IN)
def remove_day() -> BaseResponse:
    workdays.check_writer(current_reader())
    try:
        day = _typed_day()
        with transaction() as session:
            workdays.remove_day(session, current_reader(), day)
    except InvalidInput as error:
        return _calendar_page(error)
    flash("已删除，这一天按星期计算。", "success")
    return redirect(url_for("dictionaries.calendar", year=day.year))
