"""What may be done with a listing: its buttons, its history and the organisation's own list."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.current import current_reader
from marketplace.accounts.policy import Reader
from marketplace.catalogue.history import compare, compare_with_live, revision_row, steps_of
from marketplace.catalogue.life import Refused, life_of
from marketplace.catalogue.views import listing_page
from marketplace.core import audit
from marketplace.core.choices import Choice
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.files import send_attachment
from marketplace.core.permissions import Access, access
from marketplace.core.workflow import possible
from marketplace.demands.workflow import SourcingAction
from marketplace.disclosure.choices import ReadingKind
from marketplace.disclosure.reading import record_reading
from marketplace.lifecycle import service
from marketplace.lifecycle.forms import chosen_verdict
from marketplace.listings.choices import ListingStatus
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import REVISION_TRANSITIONS, RevisionAction
from marketplace.listings.revisions import OPEN, decide_revision, revisions_of
from marketplace.listings.service import listing_path
from marketplace.listings.workflow import ListingAction

blueprint = Blueprint("lifecycle", __name__)

# 单位审核通过 has its page, 企业确认 its link, 到期 its job.
ELSEWHERE = (ListingAction.APPROVE, ListingAction.CONFIRM, ListingAction.EXPIRE)
BUTTONS = [action for action in ListingAction if action not in ELSEWHERE]
DECISIONS: list[Choice] = [RevisionAction.APPLY, RevisionAction.RETURN, RevisionAction.WITHDRAW]
NOUNS = {"results": "result", "demands": "demand"}
DETAILS = "details"  # the field of 受控详情


def one_of(choices: list[Choice]) -> str:
    """A part of an address that is one of these."""
    return f"<any({', '.join(choice.value for choice in choices)}):action>"


@blueprint.post(f"/<any(results, demands):noun>/<public_id>/{one_of([*BUTTONS])}")
@access(Access.LOGGED_IN)
def act(noun: str, public_id: str, action: str) -> BaseResponse:
    reader, reason = current_reader(), request.form.get("reason", "")
    chosen = ListingAction.of(action)
    try:
        with transaction() as session:
            listing = service.get_listing(session, reader, NOUNS[noun], public_id)
            verdict = chosen_verdict(request.form.get("secrecy", ""))
            service.act_on(session, reader, listing, chosen, reason, verdict)
            path = listing_path(listing)
    except InvalidInput as error:
        return _refuse(reader, noun, public_id, Refused(action, reason, error.message))
    flash(f"已完成：{chosen.title}。", "success")
    return redirect(f"{path}/edit" if chosen is ListingAction.REOPEN else path, 303)


@blueprint.post(f"/demands/<public_id>/sourcing/{one_of([*SourcingAction])}")
@access(Access.LOGGED_IN)
def act_on_sourcing(public_id: str, action: str) -> BaseResponse:
    reader, reason = current_reader(), request.form.get("reason", "")
    chosen = SourcingAction.of(action)
    try:
        with transaction() as session:
            demand = service.get_listing(session, reader, "demand", public_id)
            service.act_on_sourcing(session, reader, demand, chosen, reason)
            path = listing_path(demand)
    except InvalidInput as error:
        return _refuse(reader, "demands", public_id, Refused(action, reason, error.message))
    flash(f"已完成：{chosen.title}。", "success")
    return redirect(path, 303)


def _refuse(reader: Reader, noun: str, public_id: str, refused: Refused) -> Response:
    """The listing's page again, with the form open, filled and its error beside the field."""
    listing = service.get_listing(db.session, reader, NOUNS[noun], public_id)
    return make_response(listing_page(listing, refused), 422)


# History


@blueprint.get("/<any(results, demands):noun>/<public_id>/history")
@access(Access.LOGGED_IN)
def history(noun: str, public_id: str) -> str:
    return _history_page(noun, public_id)


def _history_page(noun: str, public_id: str, refused: Refused | None = None) -> str:
    reader = current_reader()
    listing = service.get_insider(db.session, reader, NOUNS[noun], public_id)
    revisions = revisions_of(db.session, reader, listing)
    old, new = _chosen(revisions)
    waiting = next((r for r in revisions if r.of_live and r.status in OPEN), None)
    changes = compare(db.session, old, new) if old and new else []
    waiting_changes = compare_with_live(db.session, waiting) if waiting else []
    if any(change.name == DETAILS for change in (*changes, *waiting_changes)):
        with transaction() as session:  # an officer reads 受控详情 here, too
            record_reading(session, reader, listing)
    return render_template(
        "lifecycle/history.html",
        listing=listing,
        path=listing_path(listing),
        steps=steps_of(db.session, reader, listing),
        revisions=[revision_row(revision) for revision in revisions],
        old=revision_row(old) if old else None,
        new=revision_row(new) if new else None,
        changes=changes,
        waiting=revision_row(waiting) if waiting else None,
        waiting_changes=waiting_changes,
        waiting_acts=possible(REVISION_TRANSITIONS, waiting, reader) if waiting else (),
        refused=refused,
    )


def _chosen(revisions: list[Revision]) -> tuple[Revision | None, Revision | None]:
    """The two that the address names, older first; else the last two."""
    by_number = {str(revision.number): revision for revision in revisions}
    asked = [by_number.get(request.args.get(name, "")) for name in ("from", "to")]
    found = [revision for revision in asked if revision is not None]
    if len(found) < 2:  # what waits is compared with what is live above
        found = [r for r in revisions if not (r.of_live and r.status in OPEN)][:2]
    if len(found) < 2:
        return None, None
    old, new = sorted(found, key=lambda revision: revision.number)
    return old, new


@blueprint.post(f"/revisions/<public_id>/{one_of(DECISIONS)}")
@access(Access.LOGGED_IN)
def decide(public_id: str, action: str) -> BaseResponse:
    reader, reason = current_reader(), request.form.get("reason", "")
    chosen = RevisionAction.of(action)
    revision = service.get_revision(db.session, reader, public_id)
    noun = f"{'result' if revision.result_id else 'demand'}s"
    listing_id, path = revision.listing.public_id, listing_path(revision.listing)
    try:
        with transaction() as session:
            revision = service.get_revision(session, reader, public_id)
            decide_revision(session, reader, revision, chosen, reason)
    except InvalidInput as error:
        refused = Refused(action, reason, error.message)
        return make_response(_history_page(noun, listing_id, refused), 422)
    flash(f"已完成：{chosen.title}。", "success")
    return redirect(f"{path}/history", 303)


@blueprint.get("/revisions/<public_id>/files/<file_id>")
@access(Access.LOGGED_IN)
def revision_file(public_id: str, file_id: str) -> BaseResponse:
    """A file that a submitted content names, for those who decide on it."""
    reader = current_reader()
    with transaction() as session:
        revision = service.get_revision(session, reader, public_id)
        attachment = service.file_of(session, revision, file_id)
        audit.record(
            session, reader.person_id, "attachment.read", f"attachment:{attachment.id}",
            {"revision": revision.id},
        )  # fmt: skip
        if service.is_controlled(revision, file_id):
            record_reading(session, reader, revision.listing, ReadingKind.FILE, attachment)
        return send_attachment(attachment)


# 我的成果、我的需求


@blueprint.get("/my/listings")
@access(Access.LOGGED_IN)
def my_listings() -> str:
    reader = current_reader()
    known = {state.value: state for state in ListingStatus}
    status = known.get(request.args.get("status", ""))
    kind = request.args.get("kind", "")
    kind = kind if kind in NOUNS.values() else ""
    found = service.my_listings(db.session, reader, status, kind, request.args.get("after", ""))
    rows = [(listing, life_of(db.session, reader, listing), listing_path(listing)) for listing in found.rows]
    return render_template(
        "lifecycle/my_listings.html", found=found, rows=rows, status=status, kind=kind,
        states=list(ListingStatus), drafts_url="/drafts", acting=reader.acting_for is not None,
    )  # fmt: skip
