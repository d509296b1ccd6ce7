"""Find an organisation and ask to join it, found a new one, answer an invitation."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace.accounts.current import ACTING_FOR, current_reader
from marketplace.accounts.models import Person
from marketplace.core.db import db, transaction
from marketplace.core.permissions import Access, access
from marketplace.organisations import forms, membership, service
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.verification import register_organisation
from marketplace.taxonomy.models import ZONE
from marketplace.taxonomy.service import titles

# catalogue adds the public page of an organisation to this blueprint.
blueprint = Blueprint("organisations", __name__)
Page = str | Response | tuple[str, int]


def person_of(session: Session) -> Person:
    """The person logged in, as a row of this session."""
    return session.get_one(Person, current_reader().person_id)


@blueprint.get("/organisations/join")
@access(Access.LOGGED_IN)
def join() -> str:
    text = request.args.get("q", "").strip()[:120]
    return render_template(
        "organisations/join.html",
        text=text,
        found=service.search_organisations(db.session, text),
        offers=membership.offers_to(db.session, person_of(db.session)),
        member_of=current_reader().organisation_ids,
        zones=titles(ZONE),
    )


@blueprint.route("/organisations/<public_id>/join", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def ask(public_id: str) -> Page:
    form = forms.AskForm(but=(MembershipRole.ADMIN,))
    organisation = service.get_organisation(db.session, public_id)
    page = {"form": form, "organisation": organisation}
    if request.method == "GET":
        return render_template("organisations/ask.html", **page)

    def work(session: Session) -> None:
        place = service.get_organisation(session, public_id)
        membership.ask_to_join(session, person_of(session), place, form.chosen(), form.message.data)

    if not forms.submit(form, work):
        return render_template("organisations/ask.html", **page), 422
    flash("申请已送出，管理员答复后会通知您。", "success")
    return redirect(url_for("organisations.join"))


@blueprint.post("/organisations/requests/<public_id>/withdraw")
@access(Access.LOGGED_IN)
def withdraw_request(public_id: str) -> Response:
    with transaction() as session:
        reader = current_reader()
        membership.withdraw_offer(session, reader, membership.get_offer(session, reader, public_id))
    flash("申请已撤回。", "success")
    return redirect(url_for("organisations.join"))


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def new() -> Page:
    form = forms.RegisterForm()
    if request.method == "GET" or form.edits_rows():
        return render_template("organisations/new.html", form=form, known=None, **_lists())
    founded: list[int] = []

    def work(session: Session, proofs: forms.Papers) -> None:
        place = register_organisation(session, person_of(session), form.data_entered(), proofs)
        founded.append(place.id)

    if form.submit_with(current_reader().person_id, work):
        cookie[ACTING_FOR] = founded[-1]
        flash("单位已登记。材料齐全后由科技局核验。", "success")
        return redirect(url_for("my_organisation.overview"))
    known = service.find_known(db.session, form.identity()["name"], form.identity()["credit_code"])
    return render_template("organisations/new.html", form=form, known=known, **_lists()), 422


def _lists() -> dict[str, object]:
    return {"industries": forms.industry_options()}


@blueprint.get("/invitations/<public_id>")
@access(Access.LOGGED_IN)
def invitation(public_id: str) -> str:
    offer = membership.get_invitation(db.session, person_of(db.session), public_id)
    return render_template("organisations/invitation.html", offer=offer, form=forms.ConsentForm())


@blueprint.post("/invitations/<public_id>/accept")
@access(Access.LOGGED_IN)
def accept(public_id: str) -> Page:
    form = forms.ConsentForm()
    offer = membership.get_invitation(db.session, person_of(db.session), public_id)
    organisation_id = offer.organisation_id
    if not forms.submit(form, lambda session: _answer(session, public_id, accepts=True)):
        return render_template("organisations/invitation.html", offer=offer, form=form), 422
    cookie[ACTING_FOR] = organisation_id
    flash("您已加入单位。", "success")
    return redirect(url_for("my_organisation.overview"))


@blueprint.post("/invitations/<public_id>/decline")
@access(Access.LOGGED_IN)
def decline(public_id: str) -> Response:
    with transaction() as session:
        _answer(session, public_id, accepts=False)
    flash("您已谢绝邀请。", "info")
    return redirect(url_for("organisations.join"))


def _answer(session: Session, public_id: str, *, accepts: bool) -> None:
    person = person_of(session)
    offer = membership.get_invitation(session, person, public_id)
    membership.answer_invitation(session, current_reader(), person, offer, accepts=accepts)
