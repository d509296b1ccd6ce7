"""Report something wrong, and follow what becomes of it by its link."""

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.core.extensions import limiter
from marketplace.core.permissions import Access, access
from marketplace.reports import service
from marketplace.reports.forms import ReportForm
from marketplace.reports.models import Report

blueprint = Blueprint("reports", __name__)


def report_rate() -> str:
    return str(current_app.extensions["settings"].report_rate)


def _asked_subject() -> service.Subject:
    """The address names one subject: /reports/new?result=…"""
    for noun in service.NOUNS:
        if public_id := request.args.get(noun):
            return service.find_subject(db.session, current_reader(), noun, public_id)
    raise NotFound("没有说明要反映哪一项内容。请从成果、需求或单位页面进入。")


@blueprint.route("/reports/new", methods=["GET", "POST"])
@limiter.limit(report_rate, methods=["POST"])
@access(Access.PUBLIC)
def new() -> BaseResponse:
    subject, form = _asked_subject(), ReportForm()
    if not form.validate_on_submit():
        page = render_template("reports/new.html", form=form, subject=subject)
        return make_response(page, 422 if form.is_submitted() else 200)
    reader, data = current_reader(), form.data_of()
    with transaction() as session:
        again = service.find_subject(session, reader, subject.noun, str(subject.row.public_id))
        path = service.report_path(service.file_report(session, reader, again, data))
    flash("已收到您的反映。请保存本页链接，凭它查看处理情况。", "success")
    return redirect(path)


@blueprint.get("/reports/<public_id>")
@limiter.limit("60 per minute")
@access(Access.PUBLIC)
def track(public_id: str) -> Response:
    return _tracking_page(service.get_report(db.session, public_id))


def _tracking_page(report: Report, errors: tuple[str, ...] = (), text: str = "") -> Response:
    page = render_template(
        "reports/track.html",
        report=report,
        subject=_known_subject(report),
        can_reopen=service.can_reopen(report),
        errors=errors,
        text=text,
    )
    return make_response(page, 422 if errors else 200)


def _known_subject(report: Report) -> service.Subject | None:
    """The subject where this reader may still read it; the link alone tells nothing of it."""
    subject = service.subject_of(db.session, report)
    try:
        return service.find_subject(db.session, current_reader(), subject.noun, str(subject.row.public_id))
    except NotFound:
        return None


@blueprint.post("/reports/<public_id>/reopen")
@limiter.limit(report_rate)
@access(Access.PUBLIC)
def reopen(public_id: str) -> BaseResponse:
    text = request.form.get("reason", "")
    try:
        with transaction() as session:
            report = service.get_report(session, public_id)
            path = service.report_path(service.reopen_report(session, current_reader(), report, text))
    except InvalidInput as error:
        return _tracking_page(service.get_report(db.session, public_id), (error.message,), text)
    flash("已再次提交，我们会重新核实。", "success")
    return redirect(path)
