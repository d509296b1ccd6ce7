"""The officers' page of an organisation: data and papers side by side, and the decision."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace.accounts.current import current_reader
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed, NotFound
from marketplace.core.files import send_attachment
from marketplace.core.permissions import Access, access
from marketplace.organisations import membership, policy, service, verification
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.organisations.pages import organisation_facts, wished_facts
from marketplace.organisations.views import Page
from marketplace.organisations.workflow import ChangeAction, VerificationAction, missing_proofs

blueprint = Blueprint("verification", __name__)


def _readable(session: Session, public_id: str) -> Organisation:
    organisation = service.get_organisation(session, public_id)
    if not policy.can_read_proofs(current_reader(), organisation):
        raise NotFound("没有找到这个页面。")
    return organisation


@blueprint.get("/organisations/<public_id>/verification")
@access(Access.LOGGED_IN)
def page(public_id: str) -> str:
    return _page(public_id)


def _page(public_id: str, wrong: str = "", message: str = "") -> str:
    organisation = _readable(db.session, public_id)
    change = verification.waiting_change(db.session, organisation.id)
    return render_template(
        "organisations/verification.html",
        organisation=organisation,
        facts=organisation_facts(organisation),
        proofs=verification.proofs_of(organisation),
        missing=missing_proofs(db.session, organisation.id),
        change=change,
        wished=wished_facts(organisation, change) if change else (),
        change_proofs=verification.proofs_of(organisation, change) if change else (),
        asks=[o for o in membership.offers_of(db.session, organisation) if o.to_officer],
        admins=membership.active_admins(db.session, organisation.id),
        roles=list(MembershipRole),
        decides=policy.can_decide(current_reader(), organisation),
        seen=verification.seen_version(organisation),
        wrong=wrong,
        message=message,
        reason=request.form.get("reason", ""),
    )


@blueprint.post("/organisations/<public_id>/verification")
@access(Access.LOGGED_IN)
def decide(public_id: str) -> Page:
    what = request.form.get("what", "")
    try:
        with transaction() as session:
            done = _decide(session, _readable(session, public_id), what)
    except InvalidInput as error:
        return _page(public_id, what, error.message), 422
    flash(done, "success")
    return redirect(url_for("verification.page", public_id=public_id))


def _decide(session: Session, organisation: Organisation, what: str) -> str:
    """Carry out one decision; return what to tell."""
    if not policy.can_decide(current_reader(), organisation):
        raise NotAllowed("由区局或本区域的开发区工作人员决定。")
    reader, agrees = current_reader(), request.form.get("agrees") == "1"
    reason, target = request.form.get("reason", ""), request.form.get("target", "")
    if what == "verification":
        move = VerificationAction.VERIFY if agrees else VerificationAction.REFUSE
        seen = request.form.get("seen", "")
        verification.decide_verification(session, reader, organisation, move, reason, seen=seen)
        return "单位已通过核验。" if agrees else "已答复核验未通过。"
    if what == "change":
        change = verification.get_waiting_change(session, organisation, target)
        action = ChangeAction.APPROVE if agrees else ChangeAction.REFUSE
        verification.decide_change(session, reader, change, action, reason)
        return "变更已生效。" if agrees else "已答复变更未获批准。"
    if what == "administrator":
        offer = membership.get_offer(session, reader, target)
        roles = [MembershipRole.of(v) for v in request.form.getlist("roles") if v in list(MembershipRole)]
        if agrees and not roles:
            raise InvalidInput("请至少选择一种角色。")
        membership.decide_request(session, reader, offer, roles if agrees else (), reason)
        return "已指定。" if agrees else "已答复不同意。"
    raise InvalidInput("请选择要作出的决定。")


@blueprint.get("/organisations/proofs/<public_id>")
@access(Access.LOGGED_IN)
def proof(public_id: str) -> Response:
    with transaction() as session:
        attachment = verification.open_proof(session, current_reader(), public_id)
    return send_attachment(attachment)
