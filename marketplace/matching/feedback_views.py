"""合适 / 不合适 beside a match: in place with htmx, as a page of its own without."""

from dataclasses import dataclass

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.current import current_reader
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.permissions import Access, access
from marketplace.matching.cards import given_feedback_view
from marketplace.matching.choices import FeedbackReason, Verdict
from marketplace.matching.feedback import give_feedback, given_feedback, take_back
from marketplace.matching.marks import listings_of_mark, read_mark
from marketplace.matching.presenters import GivenFeedback
from marketplace.matching.views import blueprint


@dataclass(frozen=True, slots=True)
class FeedbackView:
    mark: str
    verdict: str
    reasons: frozenset[str]
    note: str
    title: str
    given: GivenFeedback | None = None  # this is what stands in the database
    opened: bool = False  # the form, to change what was given
    error: str = ""
    error_field: str = ""
    verdicts: tuple[Verdict, ...] = tuple(Verdict)
    choices: tuple[FeedbackReason, ...] = tuple(FeedbackReason)


def _wants_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def _page(view: FeedbackView, status: int = 200) -> Response:
    template = "matching/_feedback.html" if _wants_fragment() else "matching/feedback.html"
    return make_response(render_template(template, feedback=view), status)


def _present(mark: str) -> FeedbackView:
    """What was said before, or the verdict the link chose, still to be sent."""
    reader, found = current_reader(), read_mark(mark)
    given = given_feedback(db.session, reader, found)
    title = _title(mark)
    if given is not None:
        reasons = frozenset(row.reason.value for row in given.reasons)
        kept = given_feedback_view(given)
        opened = "change" in request.args
        return FeedbackView(mark, given.verdict.value, reasons, given.note, title, kept, opened)
    return FeedbackView(mark, request.args.get("verdict", ""), frozenset(), "", title)


def _title(mark: str) -> str:
    result, demand = listings_of_mark(db.session, current_reader(), read_mark(mark))
    return " ↔ ".join(row.title for row in (demand, result) if row is not None)


@blueprint.get("/match/feedback")
@access(Access.LOGGED_IN)
def feedback() -> Response:
    return _page(_present(request.args.get("mark", "")))


@blueprint.post("/match/feedback", endpoint="give")
@access(Access.LOGGED_IN)
def give() -> Response:
    mark, written = request.form.get("mark", ""), request.form
    try:
        with transaction() as session:
            verdict = _verdict(written.get("verdict", ""))
            reasons = [r for r in FeedbackReason if r.value in written.getlist("reasons")]
            note = written.get("note", "")
            give_feedback(session, current_reader(), read_mark(mark), verdict, reasons, note)
    except InvalidInput as error:
        return _page(_refused(mark, error), 422)
    if _wants_fragment():
        return _page(_present(mark))
    flash("已记下您的评价，谢谢。", "success")
    return redirect(url_for("matching.feedback", mark=mark), 303)


def _verdict(text: str) -> Verdict:
    try:
        return Verdict.of(text)
    except ValueError as error:
        raise InvalidInput("请选择合适或不合适。", field="verdict") from error


def _refused(mark: str, error: InvalidInput) -> FeedbackView:
    written = request.form
    reasons = frozenset(written.getlist("reasons"))
    verdict, note = written.get("verdict", ""), written.get("note", "")
    title = _title(mark)
    return FeedbackView(mark, verdict, reasons, note, title, error=error.message, error_field=error.field)


@blueprint.post("/match/feedback/undo", endpoint="undo_feedback")
@access(Access.LOGGED_IN)
def undo() -> Response:
    mark = request.form.get("mark", "")
    with transaction() as session:
        take_back(session, current_reader(), read_mark(mark))
    if _wants_fragment():
        return _page(_present(mark))
    flash("已撤销您的评价。", "info")
    return redirect(url_for("matching.feedback", mark=mark), 303)
