"""单位审核 with 保密审查: what waits for the organisation's reviewer, and the decision on one of it."""

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.accounts.policy import Reader
from marketplace.catalogue.history import compare, compare_with_live, revision_row
from marketplace.catalogue.listing_views import demand_view, result_view
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.files import Attachment
from marketplace.core.permissions import Access, access
from marketplace.lifecycle import service
from marketplace.lifecycle.forms import FLAG_TITLES, VERDICTS, ReviewForm
from marketplace.lifecycle.service import ReviewCase
from marketplace.lifecycle.views import blueprint
from marketplace.listings.content import content_of, kind_of
from marketplace.listings.purge import purge_edit, purge_listing, remove_files
from marketplace.listings.revisions import content, review_path
from marketplace.results.models import Result

CASE = "/review/<any(result, demand):kind>/<public_id>"


@blueprint.get("/review")
@access(Access.LOGGED_IN)
def reviews() -> str:
    rows = [
        (revision_row(revision), revision.of_live, content(revision).columns.title,
         content_of(revision.listing).noun, review_path(revision.listing))
        for revision in service.waiting_reviews(db.session, current_reader())
    ]  # fmt: skip
    return render_template("lifecycle/reviews.html", rows=rows)


@blueprint.get(CASE)
@access(Access.LOGGED_IN)
def review(kind: str, public_id: str) -> str:
    reader = current_reader()
    case = service.review_case(db.session, reader, kind, public_id)
    row = case.revision if case.is_edit else case.listing
    return _page(reader, case, ReviewForm.of(row, content(case.revision).attachments))


@blueprint.post(f"{CASE}/approve")
@access(Access.LOGGED_IN)
def approve(kind: str, public_id: str) -> BaseResponse:
    def decide(session: Any, reader: Reader, case: ReviewCase, form: ReviewForm) -> None:
        service.approve(session, reader, case, form.review())

    return _decide(kind, public_id, decide, "已通过，转主管部门审核。")


@blueprint.post(f"{CASE}/return")
@access(Access.LOGGED_IN)
def send_back(kind: str, public_id: str) -> BaseResponse:
    def decide(session: Any, reader: Reader, case: ReviewCase, form: ReviewForm) -> None:
        service.send_back(session, reader, case, form.reason)

    return _decide(kind, public_id, decide, "已退回，联系人会收到理由。")


@blueprint.post(f"{CASE}/classified")
@access(Access.LOGGED_IN)
def refuse_classified(kind: str, public_id: str) -> BaseResponse:
    reader = current_reader()
    with transaction() as session:
        case = service.review_case(session, reader, kind, public_id)
        if case.is_edit:
            names = purge_edit(session, reader, case.revision)
        else:
            names = purge_listing(session, reader, case.listing)
    remove_files(names)
    flash("已清除，本网站不再保存这些内容。请按本单位保密规定处理原件。", "success")
    return redirect(url_for("lifecycle.reviews"), 303)


def _decide(
    kind: str, public_id: str, decide: Callable[[Any, Reader, ReviewCase, ReviewForm], None], done: str
) -> BaseResponse:
    reader = current_reader()
    try:
        with transaction() as session:
            case = service.review_case(session, reader, kind, public_id)
            form = ReviewForm.sent(request.form, content(case.revision).attachments)
            decide(session, reader, case, form)
    except InvalidInput as error:
        case = service.review_case(db.session, reader, kind, public_id)
        form.errors[error.field or "form"] = error.message
        return make_response(_page(reader, case, form), 422)
    flash(done, "success")
    return redirect(url_for("lifecycle.reviews"), 303)


def _page(reader: Reader, case: ReviewCase, form: ReviewForm) -> str:
    listing, session = case.listing, db.session()
    changes: Any = ()
    if case.is_edit:
        changes = compare_with_live(session, case.revision)
    elif case.previous is not None:
        changes = compare(session, case.previous, case.revision)
    view = result_view(reader, listing) if isinstance(listing, Result) else demand_view(reader, listing)
    return render_template(
        "lifecycle/review.html",
        case=case,
        kind=kind_of(listing),
        revision=revision_row(case.revision),
        listing=view,
        changes=changes,
        files=_files(case),
        form=form,
        verdicts=VERDICTS,
        flags=FLAG_TITLES,
    )


def _files(case: ReviewCase) -> list[tuple[Attachment, str]]:
    """The files of what waits, each with the address at which its reviewer reads it."""
    session, revision = db.session(), case.revision
    found = [service.file_of(session, revision, row.file) for row in content(revision).attachments]
    return [
        (file, url_for("lifecycle.revision_file", public_id=revision.public_id, file_id=file.public_id))
        for file in found
    ]
