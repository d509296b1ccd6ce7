"""Drafts: the form page, saving, checking and sending."""

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.catalogue.life import return_reason
from marketplace.core.checks import problems_of
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput
from marketplace.core.extensions import limiter
from marketplace.core.extract import ExtractionError, extract_text
from marketplace.core.files import Upload, check_upload, send_attachment
from marketplace.core.markdown import render_markdown
from marketplace.core.permissions import Access, access
from marketplace.demands.masking import require_masked
from marketplace.drafting import fill, service
from marketplace.drafting.classes import Classes, propose_classes, take_class
from marketplace.drafting.forms import read_declaration, read_review
from marketplace.drafting.lookup import suggestions
from marketplace.drafting.page import Shown, count_by_step, draft_page
from marketplace.drafting.reading import MAX_TEXT, Problems, read_form
from marketplace.drafting.review import Review, review_draft
from marketplace.drafting.schema import Kind, Raw, fields_of
from marketplace.drafting.sending import check_draft, require_conclusion, require_unclassified, send_draft
from marketplace.indexing.runtime import runtime
from marketplace.listings.models import Draft
from marketplace.listings.service import listing_path
from marketplace.matching.cards import owner_name
from marketplace.matching.views import match_rate

blueprint = Blueprint("drafts", __name__)

MIN_TEXT = 20


@blueprint.get("/drafts")
@access(Access.LOGGED_IN)
def index() -> str:
    reader = current_reader()
    return render_template(
        "drafting/list.html",
        drafts=service.list_drafts(db.session, reader),
        nouns=service.NOUNS,
        entered=service.waits_for_confirmation(db.session, reader),
    )


@blueprint.get("/drafts/<public_id>")
@access(Access.LOGGED_IN)
def show(public_id: str) -> Response:
    draft = service.get_draft(db.session, current_reader(), public_id)
    errors = check_draft(db.session, draft).problems if request.args.get("errors") else None
    asked = request.args
    classes = (
        _classes(draft, service.content_of(draft).values, asked["classes"]) if "classes" in asked else None
    )
    return _page(draft, Shown(None, errors, asked.get("preview", ""), asked.get("added", ""), classes))


def _classes(draft: Draft, raw: Raw, name: str) -> Classes:
    return propose_classes(db.session, runtime(), current_reader(), draft, raw, name)


def _page(draft: Draft, shown: Shown, status: int = 200, conflict: bool = False) -> Response:
    page = draft_page(db.session, draft, shown)
    return make_response(
        render_template(
            "drafting/form.html", page=page, conflict=conflict, errors=shown.errors, returned=_returned(draft)
        ),
        status,
    )


def _returned(draft: Draft) -> str:
    listing = service.listing_of(db.session, draft)
    return return_reason(db.session, listing) if listing is not None else ""


def _version() -> int:
    """The version that the sender has read; a missing one is older than any."""
    return request.form.get("version", 0, type=int)


@blueprint.post("/drafts/<public_id>")
@access(Access.LOGGED_IN)
def save(public_id: str) -> BaseResponse:
    draft = service.get_draft(db.session, current_reader(), public_id)
    form, acts = _without_removed(draft)
    if taken := take_class(form):
        form[taken[0]] = taken[1]
    raw = read_form(service.schema_of(draft), form)
    try:
        with transaction() as session:
            draft = service.get_draft(session, current_reader(), public_id, lock=True)
            service.save_draft(session, draft, raw, _version(), overwrite="overwrite" in request.form)
        _store_uploads(public_id)
    except Conflict:
        return _page(service.get_draft(db.session, current_reader(), public_id), Shown(raw), 409, True)
    except InvalidInput as error:  # a refused file; everything else is saved
        problems = Problems({"attachments": [error.message]})
        return _page(service.get_draft(db.session, current_reader(), public_id), Shown(None, problems), 422)
    return _after_saving(public_id, acts)


def _without_removed(draft: Draft) -> tuple[MultiDict[str, str], str]:
    """The form without the row that is being removed, and the name of the rows to show next."""
    form = request.form.copy()
    at = ""
    for f in fields_of(service.schema_of(draft)):
        if f.kind not in (Kind.ROWS, Kind.FILES):
            continue
        removed = form.get(f"{f.name}-remove")
        at = f.name if removed or f"{f.name}-add" in form else at
        for key in [k for k in form if removed and k.startswith(f"{f.name}-{removed}-")]:
            del form[key]
    return form, at


def _store_uploads(public_id: str) -> None:
    """Each file in a transaction of its own; InvalidInput for the first that is refused."""
    for file in request.files.getlist("upload"):
        if file.filename:
            upload: Upload = check_upload(file, "attachments")
            with transaction() as session:
                draft = service.get_draft(session, current_reader(), public_id, lock=True)
                service.add_file(session, current_reader(), draft, upload)


def _after_saving(public_id: str, rows: str) -> BaseResponse:
    """Where the pressed button leads."""
    form = request.form
    if "check" in form:
        return redirect(url_for("drafts.check", public_id=public_id))
    if preview := form.get("preview", ""):
        return redirect(
            url_for("drafts.show", public_id=public_id, preview=preview, _anchor=f"field-{preview}")
        )
    if name := form.get("classes", ""):
        return redirect(url_for("drafts.show", public_id=public_id, classes=name, _anchor=f"field-{name}"))
    if taken := take_class(form):
        return redirect(url_for("drafts.show", public_id=public_id, _anchor=f"field-{taken[0]}"))
    if rows:
        added = rows if f"{rows}-add" in form else None
        return redirect(url_for("drafts.show", public_id=public_id, added=added, _anchor=f"field-{rows}"))
    if any(file.filename for file in request.files.getlist("upload")):
        return redirect(url_for("drafts.show", public_id=public_id, _anchor="field-attachments"))
    flash("草稿已保存。", "success")
    return redirect(url_for("drafts.show", public_id=public_id))


@blueprint.post("/drafts/<public_id>/autosave")
@access(Access.LOGGED_IN)
def autosave(public_id: str) -> Response:
    with transaction() as session:
        draft = service.get_draft(session, current_reader(), public_id, lock=True)
        raw = read_form(service.schema_of(draft), request.form)
        service.save_draft(session, draft, raw, _version(), overwrite="overwrite" in request.form)
        saved = draft.updated_at.astimezone(SHANGHAI)
        version = draft.version
    draft = service.get_draft(db.session, current_reader(), public_id)
    counts = count_by_step(service.schema_of(draft), check_draft(db.session, draft).problems)
    return jsonify(version=version, at=f"{saved:%H:%M}", problems=counts)


@blueprint.post("/drafts/<public_id>/preview")
@access(Access.LOGGED_IN)
def preview(public_id: str) -> str:
    """One Markdown text as it will look; nothing is saved."""
    service.get_draft(db.session, current_reader(), public_id)
    text = request.form.get(request.form.get("preview", ""), "")
    return render_template("drafting/_preview.html", preview=render_markdown(text[:MAX_TEXT]))


@blueprint.post("/drafts/<public_id>/classes")
@limiter.limit(match_rate)
@access(Access.LOGGED_IN)
def classes(public_id: str) -> str:
    """Values suggested for one field from what is typed; nothing is saved or filled in."""
    draft = service.get_draft(db.session, current_reader(), public_id)
    raw = read_form(service.schema_of(draft), request.form)
    found = _classes(draft, raw, request.form.get("classes", ""))
    return render_template("drafting/_classes.html", classes=found)


@blueprint.get("/drafts/<public_id>/check")
@access(Access.LOGGED_IN)
def check(public_id: str) -> Response:
    return _review_page(_review(public_id), {})


def _review(public_id: str) -> Review:
    draft = service.get_draft(db.session, current_reader(), public_id)
    return review_draft(db.session, runtime(), current_reader(), draft)


def _review_page(review: Review, errors: dict[str, str], status: int = 200) -> Response:
    reader = current_reader()
    alike = [
        (listing, listing_path(listing), owner_name(reader, listing)[0]) for listing, _ in review.duplicates
    ]
    page = render_template(
        "drafting/check.html", review=review, alike=alike, errors=errors, sent=request.form,
        noun=service.NOUNS[review.draft.kind],
        labels={f.name: f.label for f in fields_of(service.schema_of(review.draft))},
    )  # fmt: skip
    return make_response(page, status)


@blueprint.post("/drafts/<public_id>/submit")
@access(Access.LOGGED_IN)
def submit(public_id: str) -> BaseResponse:
    review = _review(public_id)
    try:
        if review.blocked:
            raise InvalidInput("还不能提交，请先处理下面列出的问题。", "problems")
        if missing := _missing(review):
            return _review_page(review, missing, 422)
        declared = read_declaration(request.form)
        with transaction() as session:
            draft = service.get_draft(session, current_reader(), public_id, lock=True)
            if draft.version != review.version or draft.version != _version():
                raise InvalidInput("核对之后内容又有修改，请重新核对。", "problems")
            listing = send_draft(session, current_reader(), draft, declared)
            path, told = listing_path(listing), _told(review)
    except InvalidInput as error:
        return _review_page(_review(public_id), {error.field or "problems": error.message}, 422)
    flash(told, "success")
    return redirect(path)


def _missing(review: Review) -> dict[str, str]:
    """Everything that the sender has not confirmed yet, by field."""
    form, declares = request.form, review.declares
    problems = problems_of(
        [
            lambda: _check_acknowledged(review),
            lambda: require_masked(review.reveals, acknowledged=form.get("masking_acknowledged") == "1"),
            lambda: require_conclusion(read_review(form)) if declares else read_review(form),
            lambda: require_unclassified(not declares or form.get("nothing_classified") == "1"),
            lambda: read_declaration({"note": form.get("note", "")}),
        ]
    )
    return {problem.field: problem.message for problem in problems}


def _check_acknowledged(review: Review) -> None:
    seen = set(request.form.getlist("seen"))
    new = [listing for listing, _ in review.duplicates if listing.public_id not in seen]
    if review.duplicates and (new or request.form.get("not_duplicate") != "1"):
        raise InvalidInput("请先看过相近的条目，确认不是同一项。", "not_duplicate")


def _told(review: Review) -> str:
    if review.for_others:
        return "确认链接已寄给企业，企业确认后自动提交审核。"
    if review.live:
        return "修改已提交；审核通过前，页面仍显示原来的内容。"
    return f"已提交，等{review.reviewer}审核；结果会通知您。"


@blueprint.post("/drafts/<public_id>/fill")
@access(Access.LOGGED_IN)
def fill_from_text(public_id: str) -> BaseResponse:
    draft = service.get_draft(db.session, current_reader(), public_id)
    try:
        proposed = fill.propose(draft.kind, _sent_text())
    except InvalidInput as error:
        return _page(draft, Shown(None, Problems({error.field: [error.message]})), 422)
    with transaction() as session:
        draft = service.get_draft(session, current_reader(), public_id, lock=True)
        filled, kept = service.fill_draft(session, draft, proposed, overwrite="overwrite" in request.form)
    told = f"已填写：{'、'.join(filled)}。请逐项核对。" if filled else "没有可填写的内容。"
    flash(told + (f"您已填写的{'、'.join(kept)}没有改动。" if kept else ""), "info")
    return redirect(url_for("drafts.show", public_id=public_id))


def _sent_text() -> str:
    """The pasted text, or that of the uploaded file; InvalidInput beside the field."""
    file = request.files.get("fill_file")
    if file is not None and file.filename:
        try:
            return extract_text(file.read(), file.filename).text
        except ExtractionError as error:
            raise InvalidInput(error.message, "fill_file") from error
    text = request.form.get("fill_text", "").strip()
    if len(text) < MIN_TEXT:
        raise InvalidInput(f"请粘贴至少 {MIN_TEXT} 个字，或上传文件。", "fill_text")
    return text[:MAX_TEXT]


@blueprint.post("/drafts/<public_id>/delete")
@access(Access.LOGGED_IN)
def delete(public_id: str) -> BaseResponse:
    with transaction() as session:
        draft = service.get_draft(session, current_reader(), public_id, lock=True)
        service.delete_draft(session, draft)
    return redirect(url_for("drafts.index", deleted=public_id))


@blueprint.post("/drafts/<public_id>/restore")
@access(Access.LOGGED_IN)
def restore(public_id: str) -> BaseResponse:
    with transaction() as session:
        service.restore_draft(session, current_reader(), public_id)
    flash("草稿已恢复。", "success")
    return redirect(url_for("drafts.index"))


@blueprint.get("/drafts/<public_id>/files/<file_id>")
@access(Access.LOGGED_IN)
def draft_file(public_id: str, file_id: str) -> Response:
    draft = service.get_draft(db.session, current_reader(), public_id)
    return send_attachment(service.get_draft_file(db.session, draft, file_id))


@blueprint.get("/drafts/choices/<name>")
@access(Access.LOGGED_IN)
def choices(name: str) -> Response:
    """Suggestions while somebody types a region, an industry or an organisation."""
    return jsonify(suggestions(db.session, name, request.args.get("q", "")[:40]))
