"""Rows → the pages of a person."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.accounts import profiles
from marketplace.accounts.choices import Appointment, ProfileKind
from marketplace.accounts.current import acting_organisation_id
from marketplace.accounts.models import Person, Profile
from marketplace.accounts.terms import TERMS_VERSION
from marketplace.core.markdown import render_markdown
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import title, titles

HINTS = {
    ProfileKind.RESEARCHER: "让企业和同行知道您研究什么，便于有需求时找到您。",
    ProfileKind.BROKER: "让企业和院所知道您服务哪些方向、做成过什么。",
    ProfileKind.EXPERT: "写明专长后可申请成为评审专家，由区科技局认定。",
}


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    name: str
    url: str
    public_id: str
    roles: list[str]
    acting: bool
    leave_url: str | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    kind: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class AccountView:
    email: str
    organisations: list[OrganisationRow]
    profiles: list[ProfileRow]
    public_url: str | None
    join_url: str | None
    mail_url: str | None
    terms_version: str
    terms_accepted_at: datetime | None
    terms_are_current: bool


@dataclass(frozen=True, slots=True)
class ProfileFormView:
    kind: str
    hint: str
    action: str
    has_certificate: bool
    fields: list[tuple[str, str]]
    is_expert: bool
    saved: bool
    waiting: bool
    appointed: bool
    refusal: str
    public_url: str | None


@dataclass(frozen=True, slots=True)
class ShownProfile:
    kind: str
    fields: list[str]
    direction: Markup
    achievements: Markup | None
    certificate: str


@dataclass(frozen=True, slots=True)
class PersonView:
    name: str
    professional_title: str
    sample: bool
    organisations: list[tuple[str, str]]  # name, address
    profiles: list[ShownProfile]


def _organisations(person: Person) -> list[OrganisationRow]:
    acting = acting_organisation_id()
    return [
        OrganisationRow(
            name=organisation.name,
            url=url_for("organisations.detail", public_id=organisation.public_id),
            public_id=organisation.public_id,
            roles=[
                str(m.role.title)
                for m in person.memberships
                if m.organisation_id == organisation.id and m.ended_at is None
            ],
            acting=organisation.id == acting,
            # One leaves the organisation one acts for.
            leave_url=url_for("my_organisation.leave", public_id=person.public_id)
            if organisation.id == acting
            else None,
        )
        for organisation in profiles.organisations_of(person)
    ]


def _state(session: Session, person: Person, kind: ProfileKind) -> str:
    profile = profiles.profile_of(person, kind)
    if profile is None:
        return "未填写"
    if kind is not ProfileKind.EXPERT:
        return "已公开" if profile.visible else "仅自己可见"
    if profiles.active_appointment(person, Appointment.EXPERT) is not None:
        return "已是评审专家"
    if profiles.waits_to_be_expert(session, person):
        return "申请待处理"
    return "申请未通过" if profile.refusal else "未申请"


def _public_url(person: Person) -> str | None:
    shown = profiles.shown_profiles(person)
    return url_for("accounts.person", public_id=person.public_id) if shown else None


def account_view(session: Session, person: Person) -> AccountView:
    return AccountView(
        email=person.email,
        organisations=_organisations(person),
        profiles=[
            ProfileRow(
                kind.title,
                url_for("accounts.edit_profile", kind=kind.value),
                _state(session, person, kind),
            )
            for kind in profiles.kinds_open_to(person)
        ],
        public_url=_public_url(person),
        join_url=url_for("organisations.join"),
        mail_url=url_for("notifications.inbox"),
        terms_version=person.terms_version,
        terms_accepted_at=person.terms_accepted_at,
        terms_are_current=person.terms_version == TERMS_VERSION,
    )


def profile_values(person: Person, kind: ProfileKind) -> dict[str, object]:
    """What stands in the form of a profile before anything is typed."""
    profile = profiles.profile_of(person, kind)
    if profile is None:
        return {}
    return {
        "direction": profile.direction,
        "achievements": profile.achievements,
        "certificate": profile.certificate,
        "fields": [row.field for row in profile.fields],
        "visible": profile.visible,
    }


def profile_form_view(session: Session, person: Person, kind: ProfileKind) -> ProfileFormView:
    profile = profiles.profile_of(person, kind)
    is_expert = kind is ProfileKind.EXPERT
    return ProfileFormView(
        kind=kind.title,
        hint=HINTS[kind],
        action=url_for("accounts.edit_profile", kind=kind.value),
        has_certificate=kind is ProfileKind.BROKER,
        fields=list(titles(FIELD).items()),
        is_expert=is_expert,
        saved=profile is not None,
        waiting=is_expert and profiles.waits_to_be_expert(session, person),
        appointed=is_expert and profiles.active_appointment(person, Appointment.EXPERT) is not None,
        refusal=profile.refusal if profile is not None else "",
        public_url=_public_url(person),
    )


def _shown(profile: Profile) -> ShownProfile:
    return ShownProfile(
        kind=profile.kind.title,
        fields=[title(FIELD, row.field) for row in profile.fields],
        direction=render_markdown(profile.direction),
        achievements=render_markdown(profile.achievements) if profile.achievements else None,
        certificate=profile.certificate,
    )


def person_view(person: Person) -> PersonView:
    """Never the e-mail, never the phone."""
    return PersonView(
        name=person.name,
        professional_title=person.professional_title,
        sample=person.sample,
        organisations=[
            (o.name, url_for("organisations.detail", public_id=o.public_id))
            for o in profiles.organisations_of(person)
        ],
        profiles=[_shown(profile) for profile in profiles.shown_profiles(person)],
    )
