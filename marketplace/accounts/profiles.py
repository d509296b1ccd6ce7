"""Profiles: what a person shows of their work, and the application to be an expert."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import Appointment, OfficerLevel, ProfileKind
from marketplace.accounts.models import Person, Profile, ProfileField, RoleAppointment
from marketplace.accounts.policy import Reader, reader_of
from marketplace.accounts.service import appoint
from marketplace.core import audit, clock
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.notifications.service import notify
from marketplace.organisations.models import Organisation
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item, open_item, waiting_item
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import require_term

MAX_FIELDS, MAX_TEXT = 5, 4000
OTHER_ZONE = "other"
EXPERT_PATH = f"/account/profiles/{ProfileKind.EXPERT.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileData:
    direction: str
    achievements: str = ""
    certificate: str = ""
    fields: tuple[str, ...] = ()
    visible: bool = False


@dataclass(frozen=True, slots=True)
class ExpertApplication:
    """What an officer needs to decide whether a person becomes an expert."""

    person: Person
    profile: Profile
    fields: tuple[str, ...]
    organisations: tuple[Organisation, ...]
    waiting: bool
    appointed: bool


def kinds_open_to(person: Person) -> tuple[ProfileKind, ...]:
    """The profiles a person may have: a broker's is for those who are one in an organisation."""
    if reader_of(person).is_broker:
        return tuple(ProfileKind)
    return (ProfileKind.RESEARCHER, ProfileKind.EXPERT)


def profile_of(person: Person, kind: ProfileKind) -> Profile | None:
    return next((profile for profile in person.profiles if profile.kind is kind), None)


def active_appointment(person: Person, role: Appointment) -> RoleAppointment | None:
    return next((a for a in person.appointments if a.role is role and a.ended_at is None), None)


def organisations_of(person: Person) -> tuple[Organisation, ...]:
    """Those the person belongs to now, each once."""
    active = [m.organisation for m in person.memberships if m.ended_at is None]
    return tuple(dict.fromkeys(active))


def save_profile(session: Session, person: Person, kind: ProfileKind, data: ProfileData) -> Profile:
    """Write one of the person's own profiles; InvalidInput names the field at fault."""
    if kind not in kinds_open_to(person):
        raise NotFound
    _check(session, kind, data)
    profile = profile_of(person, kind)
    if profile is None:
        profile = Profile(person=person, kind=kind)
        session.add(profile)
    profile.direction, profile.achievements = data.direction.strip(), data.achievements.strip()
    profile.certificate, profile.visible = data.certificate.strip(), data.visible
    profile.updated_at = clock.now()
    profile.fields = _kept_or_new(profile, data.fields)
    session.flush()
    return profile


def _check(session: Session, kind: ProfileKind, data: ProfileData) -> None:
    require(bool(data.direction.strip()), "请写明研究或服务的方向。", "direction")
    require(len(data.direction) <= MAX_TEXT, f"最多 {MAX_TEXT} 个字。", "direction")
    require(len(data.achievements) <= MAX_TEXT, f"最多 {MAX_TEXT} 个字。", "achievements")
    check_texts(Profile, {"certificate": data.certificate})
    require(kind is ProfileKind.BROKER or not data.certificate, "只有技术经纪人填写证书编号。", "certificate")
    require(bool(data.fields), "请至少选择一个领域。", "fields")
    require(len(set(data.fields)) <= MAX_FIELDS, f"最多选择 {MAX_FIELDS} 个领域。", "fields")
    for code in data.fields:
        require_term(session, FIELD, code, "fields")


def _kept_or_new(profile: Profile, codes: tuple[str, ...]) -> list[ProfileField]:
    """Rows that stay are kept: the same key cannot be deleted and inserted in one flush."""
    present = {row.field: row for row in profile.fields}
    return [present.get(code) or ProfileField(field=code) for code in dict.fromkeys(codes)]


def apply_as_expert(session: Session, person: Person, acting_for: int | None) -> None:
    """Ask the district's officers to appoint the person, on the ground of their expert profile."""
    profile = profile_of(person, ProfileKind.EXPERT)
    if profile is None:
        raise Conflict("请先填写评审专家简介。")
    if active_appointment(person, Appointment.EXPERT) is not None:
        raise Conflict("您已经是评审专家。")
    zone = next((o.zone for o in organisations_of(person) if o.id == acting_for), OTHER_ZONE)
    profile.refusal = ""
    open_item(session, QueueKind.EXPERT, person.id, f"{person.name}申请成为评审专家", zone)
    audit.record(session, person.id, "expert.apply", f"person:{person.id}")


def waits_to_be_expert(session: Session, person: Person) -> bool:
    return waiting_item(session, QueueKind.EXPERT, person.id) is not None


def expert_application(session: Session, person_id: int) -> ExpertApplication:
    """The data of an application; the caller has checked that an officer asks."""
    person = session.get(Person, person_id)
    profile = profile_of(person, ProfileKind.EXPERT) if person is not None else None
    if person is None or profile is None:
        raise NotFound
    return ExpertApplication(
        person=person,
        profile=profile,
        fields=tuple(row.field for row in profile.fields),
        organisations=organisations_of(person),
        waiting=waits_to_be_expert(session, person),
        appointed=active_appointment(person, Appointment.EXPERT) is not None,
    )


def _require_decider(actor: Reader, person: Person) -> None:
    if actor.officer_level is not OfficerLevel.DISTRICT:
        raise NotAllowed("评审专家由区科技局认定。")
    if actor.person_id == person.id:
        raise NotAllowed("不能处理自己的申请。")


def approve_expert(session: Session, actor: Reader, person: Person, fields: tuple[str, ...]) -> None:
    """Appoint the person as an expert in these fields and tell them; only the district's officers may."""
    _require_decider(actor, person)
    if not waits_to_be_expert(session, person):
        raise Conflict
    require(bool(fields), "请至少选择一个领域。", "fields")
    appoint(session, person, Appointment.EXPERT, fields=fields)
    close_item(session, QueueKind.EXPERT, person.id, actor.person_id)
    audit.record(session, actor.person_id, "expert.approve", f"person:{person.id}")
    notify(
        session,
        [person.id],
        "您已成为评审专家",
        "区科技局已通过您的申请，您可能会收到评审邀请。",
        EXPERT_PATH,
    )


def refuse_expert(session: Session, actor: Reader, person: Person, reason: str) -> None:
    """Refuse an application, or end an appointment, with a reason that the person reads."""
    _require_decider(actor, person)
    require(bool(reason.strip()), "请写明原因。", "reason")
    require(len(reason) <= 400, "最多 400 个字。", "reason")
    appointment = active_appointment(person, Appointment.EXPERT)
    if appointment is None and not waits_to_be_expert(session, person):
        raise Conflict
    if appointment is not None:
        appointment.ended_at = clock.now()
    profile = profile_of(person, ProfileKind.EXPERT)
    if profile is not None:
        profile.refusal = reason.strip()
    close_item(session, QueueKind.EXPERT, person.id, actor.person_id)
    audit.record(session, actor.person_id, "expert.refuse", f"person:{person.id}")
    title = "您的评审专家资格已终止" if appointment is not None else "您的评审专家申请未通过"
    notify(session, [person.id], title, f"原因：{reason.strip()}", EXPERT_PATH)


def shown_profiles(person: Person) -> list[Profile]:
    """What everybody may read of a person: what they chose to show and still are."""
    expert = active_appointment(person, Appointment.EXPERT) is not None
    return [
        profile
        for profile in person.profiles
        if profile.visible
        and profile.kind in kinds_open_to(person)
        and (profile.kind is not ProfileKind.EXPERT or expert)
    ]


def public_person(session: Session, public_id: str) -> Person:
    """A person who shows at least one profile; NotFound as if there were none otherwise."""
    person: Person | None = session.scalar(select(Person).where(Person.public_id == public_id, Person.active))
    if person is None or not shown_profiles(person):
        raise NotFound
    return person
