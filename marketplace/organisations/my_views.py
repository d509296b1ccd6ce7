"""/my/organisation: the organisation one acts for, its data and its papers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace.accounts.current import current_reader
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed
from marketplace.core.permissions import Access, access
from marketplace.organisations import forms, members, membership, policy, service, verification
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.pages import organisation_facts
from marketplace.organisations.views import Page
from marketplace.organisations.workflow import ChangeAction, missing_proofs

blueprint = Blueprint("my_organisation", __name__, url_prefix="/my/organisation")


def own(session: Session) -> Organisation:
    return service.acting_organisation(session, current_reader())


def managed(session: Session) -> Organisation:
    """The organisation acted for, for its administrators."""
    organisation = own(session)
    if not policy.can_manage(current_reader(), organisation):
        raise NotAllowed("此操作由本单位管理员进行。")
    return organisation


def home() -> Response:
    return redirect(url_for("my_organisation.overview"))


@blueprint.get("")
@access(Access.LOGGED_IN)
def overview() -> Page:
    reader = current_reader()
    if reader.acting_for is None:
        return redirect(url_for("organisations.join"))
    organisation = own(db.session)
    return render_template(
        "organisations/overview.html",
        organisation=organisation,
        manages=policy.can_manage(reader, organisation),
        facts=organisation_facts(organisation),
        missing=missing_proofs(db.session, organisation.id),
        change=verification.waiting_change(db.session, organisation.id),
        people=members.members_of(db.session, organisation),
        former=members.former_members(db.session, organisation),
        offers=membership.offers_of(db.session, organisation),
        me=reader.person_id,
    )


@blueprint.route("/edit", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def edit() -> Page:
    organisation = managed(db.session)
    form = forms.EditForm(organisation, identity_fixed=organisation.verification is Verification.VERIFIED)
    page = {"form": form, "organisation": organisation, "industries": forms.industry_options()}
    if request.method == "GET" or form.edits_rows():
        return render_template("organisations/edit.html", **page)

    def work(session: Session) -> None:
        place = managed(session)
        service.edit_organisation(session, current_reader(), place, form.data_entered())
        verification.refresh_queue(session, place, None)

    if not forms.submit(form, work):
        return render_template("organisations/edit.html", **page), 422
    flash("单位资料已保存。", "success")
    return home()


@blueprint.route("/proofs", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def proofs() -> Page:
    organisation = managed(db.session)
    form = forms.ProofForm()
    page = {
        "form": form,
        "organisation": organisation,
        "proofs": verification.proofs_of(organisation),
        "missing": missing_proofs(db.session, organisation.id),
    }
    if request.method == "GET":
        return render_template("organisations/proofs.html", **page)

    def work(session: Session, papers: forms.Papers) -> None:
        verification.add_proofs(session, current_reader(), managed(session), papers)

    if not form.submit_with(current_reader().person_id, work):
        return render_template("organisations/proofs.html", **page), 422
    flash("材料已提交，等待科技局核验。", "success")
    return home()


@blueprint.route("/identity", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def identity() -> Page:
    organisation = managed(db.session)
    form = forms.ChangeForm(obj=None if request.method == "POST" else organisation)
    page = {"form": form, "organisation": organisation}
    if request.method == "GET":
        return render_template("organisations/identity.html", **page)

    def work(session: Session, papers: forms.Papers) -> None:
        verification.request_change(
            session, current_reader(), managed(session), form.identity(), form.note.data, papers
        )

    if not form.submit_with(current_reader().person_id, work):
        return render_template("organisations/identity.html", **page), 422
    flash("变更申请已提交，批准前仍显示原来的信息。", "success")
    return home()


@blueprint.post("/identity/withdraw")
@access(Access.LOGGED_IN)
def withdraw_change() -> Response:
    with transaction() as session:
        change = verification.get_waiting_change(session, managed(session))
        verification.decide_change(session, current_reader(), change, ChangeAction.WITHDRAW)
    flash("变更申请已撤回。", "success")
    return home()
