"""Members of the organisation one acts for: invite, admit, give roles, leave."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace.accounts.current import current_reader
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.core.permissions import Access, access
from marketplace.organisations import forms, handover, members, membership
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import MembershipOffer
from marketplace.organisations.my_views import blueprint, home, managed, own
from marketplace.organisations.views import Page, person_of


@blueprint.route("/invite", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def invite() -> Page:
    organisation = managed(db.session)
    form = forms.InviteForm()
    page = {"form": form, "organisation": organisation}
    if request.method == "GET":
        return render_template("organisations/invite.html", **page)

    def work(session: Session) -> None:
        membership.invite_person(
            session,
            current_reader(),
            managed(session),
            form.email.data,
            form.chosen(),
            form.message.data or "",
        )

    if not forms.submit(form, work):
        return render_template("organisations/invite.html", **page), 422
    flash("邀请已发出，对方同意后成为成员。", "success")
    return home()


def _offer(session: Session, public_id: str) -> MembershipOffer:
    managed(session)
    return membership.get_offer(session, current_reader(), public_id)


@blueprint.post("/invitations/<public_id>/resend")
@access(Access.LOGGED_IN)
def resend(public_id: str) -> Response:
    with transaction() as session:
        membership.resend_invitation(session, current_reader(), _offer(session, public_id))
    flash("邀请已重新发送，有效期重新计算。", "success")
    return home()


@blueprint.post("/invitations/<public_id>/withdraw")
@access(Access.LOGGED_IN)
def withdraw_invitation(public_id: str) -> Response:
    with transaction() as session:
        membership.withdraw_offer(session, current_reader(), _offer(session, public_id))
    flash("邀请已撤回，原链接失效。", "success")
    return home()


@blueprint.route("/requests/<public_id>", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def decide(public_id: str) -> Page:
    offer = _offer(db.session, public_id)
    wished = [row.role.value for row in offer.roles]
    form = forms.RequestForm(data=None if request.method == "POST" else {"roles": wished})
    if request.method == "GET":
        return render_template("organisations/request.html", form=form, offer=offer)
    admits = request.form.get("action") == "admit"

    def work(session: Session) -> None:
        _decide(session, public_id, form, admits=admits)

    if not forms.submit(form, work):
        return render_template("organisations/request.html", form=form, offer=offer), 422
    flash("已同意加入。" if admits else "已答复不同意。", "success")
    return home()


def _decide(session: Session, public_id: str, form: forms.RequestForm, *, admits: bool) -> None:
    roles = form.chosen() if admits else []
    if admits and not roles:
        raise InvalidInput("请至少选择一种角色。", "roles")
    offer = _offer(session, public_id)
    membership.decide_request(session, current_reader(), offer, roles, form.reason.data or "")


@blueprint.route("/members/<public_id>/roles", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def roles(public_id: str) -> Page:
    organisation = managed(db.session)
    person = members.get_member(db.session, organisation, public_id)
    held = [m.role.value for m in members.present_memberships(db.session, organisation, person)]
    form = forms.RolesForm(data=None if request.method == "POST" else {"roles": held})
    page = {"form": form, "member": person, "organisation": organisation}
    if request.method == "GET":
        return render_template("organisations/roles.html", **page)

    def work(session: Session) -> None:
        place = managed(session)
        member = members.get_member(session, place, public_id)
        members.change_roles(session, current_reader(), place, member, form.chosen())

    if not forms.submit(form, work):
        return render_template("organisations/roles.html", **page), 422
    flash("角色已保存，立即生效。", "success")
    return home()


@blueprint.route("/members/<public_id>/leave", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def leave(public_id: str) -> Page:
    if request.method == "GET":
        return _leave_page(public_id, {})
    try:
        with transaction() as session:
            own_leaving = _end(session, public_id)
    except InvalidInput as error:
        return _leave_page(public_id, {error.field: error.message}), 422
    flash("您已离开该单位。" if own_leaving else "成员关系已结束，事项已移交。", "success")
    return redirect(url_for("organisations.join")) if own_leaving else home()


def _leave_page(public_id: str, errors: dict[str, str]) -> str:
    session = db.session
    organisation = own(session)
    person = members.get_member(session, organisation, public_id)
    if not members.may_end(current_reader(), organisation, person):
        raise NotAllowed("只有本人或本单位管理员可以结束成员关系。")
    return render_template(
        "organisations/leave.html",
        organisation=organisation,
        member=person,
        own=person.id == current_reader().person_id,
        items=handover.held_items(session, organisation.id, person.id),
        counts=handover.held_counts(session, organisation.id, person.id),
        heirs=members.successors(session, organisation, person),
        last_admin=members.is_last_admin(session, organisation, person),
        chosen=request.form,
        errors=errors,
    )


def _end(session: Session, public_id: str) -> bool:
    organisation = own(session)
    person = members.get_member(session, organisation, public_id)
    able = {p.public_id: p.id for p in members.successors(session, organisation, person)}
    heirs = {
        key.removeprefix("heir-"): able[value]
        for key, value in request.form.items()
        if key.startswith("heir-") and value in able
    }
    general = able.get(request.form.get("general", ""))
    members.end_membership(session, current_reader(), organisation, person, heirs, general)
    return person.id == current_reader().person_id


@blueprint.route("/administrator", methods=["GET", "POST"])
@access(Access.LOGGED_IN)
def administrator() -> Page:
    """A member asks the officers to be appointed, as the administrator has gone."""
    organisation, form = own(db.session), forms.AppointForm()
    is_admin = current_reader().has_role(organisation.id, MembershipRole.ADMIN)
    page = {"form": form, "organisation": organisation, "is_admin": is_admin}
    if request.method == "GET":
        return render_template("organisations/administrator.html", **page)

    def work(session: Session) -> None:
        membership.ask_to_be_appointed(session, person_of(session), own(session), form.message.data)

    if not forms.submit(form, work):
        return render_template("organisations/administrator.html", **page), 422
    flash("请求已送科技局，答复后会通知您。", "success")
    return home()
