"""The officer's queue: list and item side by side, decisions one by one and in a batch."""

from typing import Any

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
from flask import session as cookie
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.accounts.policy import Reader
from marketplace.admin import policy, service
from marketplace.admin.choices import Act
from marketplace.admin.decisions import DECISIONS, KINDS
from marketplace.admin.forms import (
    filter_arguments,
    parse_act,
    parse_filter,
    parse_person,
    parse_version,
)
from marketplace.admin.presenters import QueueSide, queue_side, templates_for
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, InvalidInput, wants_json
from marketplace.core.permissions import Access, access
from marketplace.disclosure.reading import record_reading
from marketplace.queue.models import QueueItem

blueprint = Blueprint("queue", __name__)

BATCH_RESULT = "queue_batch"  # session key: what became of the last batch
BATCH_LIMIT = 50


def _side(item: QueueItem | None = None) -> QueueSide:
    reader, wanted = current_reader(), parse_filter(request.args)
    page = service.list_items(db.session, reader, wanted, request.args.get("after", ""))
    return queue_side(db.session, reader, wanted, page, item)


@blueprint.get("/queue")
@access(Access.LOGGED_IN)
def index() -> Response:
    return _list_page()


def _list_page(refused: InvalidInput | None = None) -> Response:
    """``refused``: why nothing was done with the lines ticked; they and the words stay."""
    page = render_template("admin/queue.html", side=_side(), item=None, refused=refused)
    return make_response(page, 422 if refused else 200)


@blueprint.get("/queue/<public_id>")
@access(Access.LOGGED_IN)
def item(public_id: str) -> Response:
    _note_reading(public_id)
    return _item_page(public_id)


def _note_reading(public_id: str) -> None:
    """Opening a listing here shows its controlled part: that is recorded, each time."""
    with transaction() as session:
        found = service.get_item(session, current_reader(), public_id)
        decision = DECISIONS[found.kind]
        subject = decision.load(session, found.object_id)
        if decision.controlled is not None and subject is not None:
            record_reading(session, current_reader(), decision.controlled(subject))


def _item_page(public_id: str, status: int = 200, **more: Any) -> Response:
    reader = current_reader()
    found = service.get_item(db.session, reader, public_id)
    side, decision = _side(found), DECISIONS[found.kind]
    subject = decision.load(db.session, found.object_id)
    shown = decision.show(db.session, reader, subject) if subject is not None else {}
    seen = decision.version(db.session, subject) if subject is not None else ""
    values = {"text": found.note, "seen": seen, "errors": (), "problem": "", "elsewhere": "", **shown, **more}
    page = render_template(
        "admin/queue.html",
        side=side,
        item=found,
        decision=decision,
        exists=subject is not None,
        can_decide=policy.can_decide(reader, found, KINDS),
        closed=service.what_happened(db.session, found) if found.closed_at else "",
        officers=service.officers_for(db.session, found),
        return_templates=templates_for(found.kind),
        **values,
    )
    return make_response(page, status)


def _arguments() -> dict[str, str]:
    """The filter of the list goes along in the address of every form."""
    return filter_arguments(parse_filter(request.args))


@blueprint.post("/queue/<public_id>/note")
@access(Access.LOGGED_IN)
def note(public_id: str) -> BaseResponse:
    text, version = request.form.get("note", ""), parse_version(request.form)
    chosen = dict(templates_for(service.get_item(db.session, current_reader(), public_id).kind))
    if (code := request.form.get("insert")) in chosen:  # without JavaScript a template is put in here
        text = f"{text.rstrip()}\n{chosen[code]}".strip()
    with transaction() as session:
        saved = service.save_note(session, current_reader(), public_id, text, version)
        answer = {"version": saved.note_version}
    if wants_json():
        return jsonify(answer)
    return redirect(url_for("queue.item", public_id=public_id, **_arguments(), _anchor="decision"))


@blueprint.post("/queue/<public_id>/decide")
@access(Access.LOGGED_IN)
def decide(public_id: str) -> BaseResponse:
    reader, text = current_reader(), request.form.get("note", "")
    following = _following(reader, public_id)
    try:
        act = parse_act(request.form, Act.APPROVE, Act.RETURN)
        with transaction() as session:
            done = service.decide(session, reader, public_id, act, text, request.form.get("seen", ""))
    except InvalidInput as error:
        beside = error.field in ("reason", "note")
        wrong = {"errors": (error.message,)} if beside else {"problem": error.message}
        return _item_page(public_id, 422, text=text, **wrong)
    flash(done, "success")
    return redirect(following)


def _following(reader: Reader, public_id: str) -> str:
    """Where to go after a decision: the next line of the same list, else the one before, else the list."""
    found = service.get_item(db.session, reader, public_id)
    earlier, later = service.neighbours(db.session, reader, parse_filter(request.args), found)
    follower = later or earlier
    if follower is None:
        return url_for("queue.index", **_arguments())
    return url_for("queue.item", public_id=follower.public_id, **_arguments())


@blueprint.post("/queue/<public_id>/assign")
@access(Access.LOGGED_IN)
def assign(public_id: str) -> BaseResponse:
    try:
        with transaction() as session:
            done = service.assign(session, current_reader(), public_id, parse_person(request.form))
    except InvalidInput as error:
        return _item_page(public_id, 422, problem=error.message)
    flash(done, "success")
    return redirect(url_for("queue.item", public_id=public_id, **_arguments()))


@blueprint.post("/queue/batch")
@access(Access.LOGGED_IN)
def batch() -> BaseResponse:
    """Each line in a transaction of its own: what fails holds up nothing else."""
    service.check_officer(current_reader())
    chosen = list(dict.fromkeys(request.form.getlist("item")))[:BATCH_LIMIT]
    try:
        act = parse_act(request.form, *Act)
        if not chosen:
            raise InvalidInput("请先勾选要处理的事项。", "item")
        if act is Act.RETURN and not request.form.get("note", "").strip():
            raise InvalidInput("批量退回请填写理由。", "note")
        person_id = parse_person(request.form) if act is Act.ASSIGN else None
    except InvalidInput as error:
        return _list_page(error)
    cookie[BATCH_RESULT] = [[public_id, *_one_of_batch(public_id, act, person_id)] for public_id in chosen]
    return redirect(url_for("queue.batch_result", **_arguments()))


def _one_of_batch(public_id: str, act: Act, person_id: int | None) -> tuple[bool, str]:
    reader = current_reader()
    try:
        with transaction() as session:
            if act is Act.ASSIGN:
                return True, service.assign(session, reader, public_id, person_id)
            text = request.form.get("note", "")
            return True, service.decide_in_batch(session, reader, public_id, act, text)
    except DomainError as error:
        return False, error.message


@blueprint.get("/queue/batch")
@access(Access.LOGGED_IN)
def batch_result() -> str:
    reader = current_reader()
    service.check_officer(reader)
    lines = []
    for public_id, succeeded, message in cookie.get(BATCH_RESULT, []):
        row = service.find_item(db.session, reader, public_id)
        lines.append((row, succeeded, message))
    arguments = _arguments()
    return render_template("admin/batch.html", lines=lines, arguments=arguments)
