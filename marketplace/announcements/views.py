"""The public list of announcements, and the pages of those who write them."""

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
from marketplace.announcements import edits, policy, service
from marketplace.announcements.choices import AnnouncementKind
from marketplace.announcements.forms import AnnouncementForm, edit_version_of, parse_filter, version_of
from marketplace.announcements.models import Announcement
from marketplace.announcements.presenters import announcement_card, detail_view
from marketplace.announcements.workflow import TRANSITIONS, AnnouncementAction
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.core.extensions import limiter
from marketplace.core.files import ACCEPT, Upload, check_upload, send_attachment
from marketplace.core.markdown import render_markdown
from marketplace.core.permissions import Access, access
from marketplace.core.workflow import possible

blueprint = Blueprint("announcements", __name__)


@blueprint.get("/notices")
@limiter.limit("120 per minute")
@access(Access.PUBLIC)
def notices() -> str:
    return _list_page()


@blueprint.get("/policies")
@limiter.limit("120 per minute")
@access(Access.PUBLIC)
def policies() -> str:
    return _list_page(AnnouncementKind.POLICY)


def _list_page(kind: AnnouncementKind = AnnouncementKind.NOTICE) -> str:
    wanted = parse_filter({**request.args.to_dict(), "kind": kind.value})
    page = service.published(db.session, wanted, request.args.get("after", ""))
    return render_template(
        "announcements/list.html",
        kind=kind,
        wanted=wanted,
        cards=[announcement_card(row, wanted.q) for row in page.rows],
        cursor=page.cursor,
        years=service.years(db.session),
        can_write=current_reader().reads_everything,
    )


@blueprint.get("/notices/<public_id>")
@access(Access.PUBLIC)
def detail(public_id: str) -> str:
    reader = current_reader()
    row = service.get_announcement(db.session, reader, public_id)
    return render_template(
        "announcements/detail.html",
        announcement=detail_view(row),
        can_write=policy.can_write(reader),
        actions={t.action.value for t in possible(TRANSITIONS, row, reader)},
    )


@blueprint.get("/notices/<public_id>/files/<file_id>")
@access(Access.PUBLIC)
def file(public_id: str, file_id: str) -> Response:
    row = service.get_announcement(db.session, current_reader(), public_id)
    return send_attachment(service.get_file(row, file_id).attachment)


@blueprint.get("/notices/manage")
@access(Access.LOGGED_IN)
def manage() -> str:
    page = service.written(db.session, current_reader(), request.args.get("after", ""))
    can_write = policy.can_write(current_reader())
    return render_template(
        "announcements/manage.html", rows=page.rows, cursor=page.cursor, can_write=can_write
    )


def _check_writer() -> None:
    if not policy.can_write(current_reader()):
        raise NotAllowed("公告与政策由区科技局发布。")


def _own(public_id: str) -> Announcement:
    """The announcement of somebody who writes; for all others as if there were none."""
    if not policy.can_write(current_reader()):
        raise NotFound("没有找到这份公告，它可能已被撤下。")
    return service.get_announcement(db.session, current_reader(), public_id)


@blueprint.route("/notices/new", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def new() -> BaseResponse:
    _check_writer()
    if request.method == "POST":
        return _saved(AnnouncementForm(), None)
    return _form_page(_begun_form(None) or AnnouncementForm(), None)


@blueprint.route("/notices/<public_id>/edit", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def edit(public_id: str) -> BaseResponse:
    row = _own(public_id)
    if request.method == "POST":
        return _saved(AnnouncementForm(), row)
    form = _begun_form(row)
    if form is None:
        form = AnnouncementForm()
        form.fill(row)
    return _form_page(form, row)


def _begun_form(row: Announcement | None) -> AnnouncementForm | None:
    """The form as this officer has left it without saving."""
    edit = edits.find_edit(db.session(), current_reader(), row)
    return AnnouncementForm(MultiDict(edit.fields)) if edit is not None else None


@blueprint.post("/notices/new/autosave", defaults={"public_id": None})
@blueprint.post("/notices/<public_id>/autosave")
@access(Access.LOGGED_IN)
def autosave(public_id: str | None) -> Response:
    """Keep what is being typed; nothing of it is public before it is saved."""
    row, form = _own_or_new(public_id), AnnouncementForm()
    typed = {name: request.form[name] for name in form.data if name in request.form}
    version = None if "overwrite" in request.form else edit_version_of(request.form)
    with transaction() as session:
        edit = edits.keep_edit(session, current_reader(), row, typed, version)
        saved = edit.updated_at.astimezone(SHANGHAI)
        answer = {"version": edit.version, "at": f"{saved:%H:%M}"}
    return jsonify(answer)


@blueprint.post("/notices/new/discard", defaults={"public_id": None})
@blueprint.post("/notices/<public_id>/discard")
@access(Access.LOGGED_IN)
def discard(public_id: str | None) -> BaseResponse:
    row = _own_or_new(public_id)
    with transaction() as session:
        edits.drop_edit(session, current_reader(), row)
    flash("已放弃没有保存的文字。", "success")
    return redirect(_form_url(row))


def _own_or_new(public_id: str | None) -> Announcement | None:
    if public_id is not None:
        return _own(public_id)
    _check_writer()
    return None


def _form_url(row: Announcement | None, step: str = "edit") -> str:
    """Of the form, or what belongs to it: ``autosave``, ``discard``."""
    if row is None and step == "edit":
        return url_for("announcements.new")
    return url_for(f"announcements.{step}", public_id=row.public_id if row is not None else None)


def _form_page(
    form: AnnouncementForm, row: Announcement | None, status: int = 200, problem: str = ""
) -> Response:
    preview = render_markdown(form.body.data or "") if request.args.get("preview") else None
    page = render_template(
        "announcements/edit.html",
        form=form,
        announcement=row,
        begun=edits.find_edit(db.session(), current_reader(), row),
        form_url=_form_url(row),
        autosave_url=_form_url(row, "autosave"),
        discard_url=_form_url(row, "discard"),
        preview=preview,
        problem=problem,
        accept=ACCEPT,
        kinds=[(kind.value, kind.title) for kind in AnnouncementKind],
    )
    return make_response(page, status)


def _uploads() -> list[Upload]:
    return [check_upload(file, "files") for file in request.files.getlist("files") if file.filename]


def _saved(form: AnnouncementForm, row: Announcement | None) -> BaseResponse:
    """Keep what was typed; then stay, show the preview, or publish, as the button said."""
    public_id = row.public_id if row is not None else None
    if not form.validate():
        return _form_page(form, row, 422)
    try:
        uploads = _uploads()
        public_id = _keep(form, public_id, uploads)
    except InvalidInput as error:
        row = _own(public_id) if public_id else None
        return _form_page(form, row, 422, "" if _beside(form, error) else error.message)
    except Conflict as error:
        return _form_page(form, _own(str(public_id)), 409, error.message)
    if request.form.get("then") == "preview":
        return redirect(url_for("announcements.edit", public_id=public_id, preview=1, _anchor="preview"))
    flash("已保存。", "success")
    return redirect(url_for("announcements.edit", public_id=public_id))


def _beside(form: AnnouncementForm, error: InvalidInput) -> bool:
    """Whether the form has the field at fault; the message then stands there."""
    if error.field not in form:
        return False
    form[error.field].errors = [error.message]
    return True


def _keep(form: AnnouncementForm, public_id: str | None, uploads: list[Upload]) -> str:
    reader = current_reader()
    with transaction() as session:
        if public_id is None:
            edits.drop_edit(session, reader, None)
            row = service.create_announcement(session, reader, form.data_of())
        else:
            row = service.get_announcement(session, reader, public_id)
            edits.drop_edit(session, reader, row)
            service.change_announcement(session, reader, row, form.data_of(), version_of(form))
        service.remove_files(session, row, request.form.getlist("remove"))
        service.add_files(session, reader, row, uploads)
        return str(row.public_id)


@blueprint.post("/notices/<public_id>/move")
@access(Access.LOGGED_IN)
def move(public_id: str) -> BaseResponse:
    _own(public_id)
    action = next((a for a in AnnouncementAction if a.value == request.form.get("action")), None)
    if action is None:
        raise InvalidInput("请选择要执行的操作。")
    try:
        with transaction() as session:
            row = service.get_announcement(session, current_reader(), public_id)
            reason = request.form.get("reason", "")
            service.move_announcement(session, current_reader(), row, action, reason)
    except InvalidInput as error:
        flash(error.message, "error")
        return redirect(url_for("announcements.edit", public_id=public_id))
    flash(f"已{action.title}。", "success")
    return redirect(url_for("announcements.detail", public_id=public_id))
