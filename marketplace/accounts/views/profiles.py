"""Profiles: edited by their owner, shown to everybody where the owner wants it."""

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts import profiles
from marketplace.accounts.account_view import person_view, profile_form_view, profile_values
from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.current import acting_organisation_id
from marketplace.accounts.forms import ProfileForm, put_beside
from marketplace.accounts.profiles import ProfileData
from marketplace.accounts.views.blueprint import blueprint
from marketplace.accounts.views.common import form_page, myself
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.core.extensions import csrf
from marketplace.core.permissions import Access, access


def _kind(code: str) -> ProfileKind:
    """The kind in an address, where this person may have it."""
    if code not in [kind.value for kind in profiles.kinds_open_to(current_user)]:
        raise NotFound
    return ProfileKind.of(code)


@blueprint.route("/account/profiles/<any(researcher, broker, expert):kind>", methods=["GET", "POST"])
@csrf.exempt  # ProfileForm checks the token itself and comes back filled
@access(Access.LOGGED_IN)
def edit_profile(kind: str) -> BaseResponse:
    of_kind, person = _kind(kind), myself()
    form = ProfileForm(data=profile_values(person, of_kind))
    if form.validate_on_submit():
        try:
            _save(of_kind, form)
            return redirect(url_for("accounts.edit_profile", kind=kind), 303)
        except InvalidInput as error:
            put_beside(form, error)
    view = profile_form_view(db.session, person, of_kind)
    return form_page("accounts/profile.html", form, profile=view)


def _save(kind: ProfileKind, form: ProfileForm) -> None:
    data = ProfileData(
        direction=form.direction.data or "",
        achievements=form.achievements.data or "",
        certificate=(form.certificate.data or "") if kind is ProfileKind.BROKER else "",
        fields=tuple(form.fields.data or ()),
        visible=bool(form.visible.data),
    )
    with transaction() as session:
        profiles.save_profile(session, myself(), kind, data)
    flash("简介已保存，所有人可以看到。" if data.visible else "简介已保存，只有您自己可以看到。", "success")


@blueprint.post("/account/profiles/expert/application")
@access(Access.LOGGED_IN)
def apply_as_expert() -> BaseResponse:
    with transaction() as session:
        profiles.apply_as_expert(session, myself(), acting_organisation_id())
    flash("申请已提交，区科技局处理后会通知您。", "success")
    return redirect(url_for("accounts.edit_profile", kind=ProfileKind.EXPERT.value), 303)


@blueprint.get("/people/<public_id>")
@access(Access.PUBLIC)
def person(public_id: str) -> str:
    return render_template(
        "accounts/person.html", person=person_view(profiles.public_person(db.session, public_id))
    )
