"""注销账号: a person closes their account. The row stays, for records name its id, and tells nothing more.

What is held for an organisation goes to a successor first: a list says what stands in the way.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts import mails, profiles
from marketplace.accounts.choices import Appointment
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.accounts.service import clear_failures, end_appointment, new_session_token
from marketplace.core import audit, clock
from marketplace.core.erasure import erase_soon
from marketplace.core.errors import Conflict
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations import handover, members
from marketplace.organisations.choices import MembershipRole, OfferStatus
from marketplace.organisations.models import MembershipOffer
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item

CLOSED_NAME = "已注销用户"
NO_PASSWORD = "-"  # noqa: S105  # what no password hashes to


@dataclass(frozen=True, slots=True)
class Obstacle:
    """``organisation`` is the public id of the one to act for before going to leave it; "" for none."""

    what: str
    todo: str
    organisation: str = ""


def obstacles(session: Session, person: Person) -> list[Obstacle]:
    """What has to be settled before this account can be closed."""
    found = []
    if any(a.role is Appointment.OFFICER and a.ended_at is None for a in person.appointments):
        found.append(Obstacle("您是科技主管部门的工作人员", "请先由平台管理员收回这一身份。"))
    for organisation in profiles.organisations_of(person):
        if members.is_last_admin(session, organisation, person):
            todo = "请先把管理员角色交给另一位成员；没有合适的成员时，请联系科技局。"
            found.append(Obstacle(f"您是“{organisation.name}”唯一的管理员", todo, organisation.public_id))
            continue
        items = handover.held_items(session, organisation.id, person.id)
        counts = handover.held_counts(session, organisation.id, person.id)
        if items or counts:
            number = len(items) + sum(count for _, count in counts)
            names = "、".join(dict.fromkeys([*(item.kind for item in items), *(name for name, _ in counts)]))
            what = f"您在“{organisation.name}”还有 {number} 项由您负责：{names}"
            found.append(Obstacle(what, "请先退出这个单位，并在退出时选择接手人。", organisation.public_id))
    return found


def close_account(session: Session, person: Person) -> None:
    """End every membership, role and session, and forget who this was; Conflict while something is held."""
    if obstacles(session, person):
        raise Conflict("还有事项需要先处理，账号没有注销。")
    mails_to, name = person.email, person.name
    _leave_everything(session, person)
    _forget(session, person)
    session.flush()
    mails.tell_account_closed(session, mails_to, name)
    audit.record(session, person.id, "person.close", f"person:{person.id}")
    erase_soon(session)


def _leave_everything(session: Session, person: Person) -> None:
    actor = reader_of(person)
    for organisation in profiles.organisations_of(person):
        held = members.present_memberships(session, organisation, person)
        roles = [membership.role for membership in held]
        members.end_membership(session, actor, organisation, person, {}, None)
        session.flush()
        if MembershipRole.BROKER in roles:
            handover.end_role(session, organisation.id, person.id, MembershipRole.BROKER)
    for appointment in person.appointments:
        if appointment.ended_at is None:
            end_appointment(session, appointment)
    close_item(session, QueueKind.EXPERT, person.id, person.id)
    own = or_(MembershipOffer.person_id == person.id, func.lower(MembershipOffer.email) == person.email)
    for offer in session.scalars(select(MembershipOffer).where(own)):
        if offer.status is OfferStatus.OPEN:
            offer.status, offer.decided_at = OfferStatus.WITHDRAWN, clock.now()
        if offer.email is not None:
            offer.email = _no_address(person)


def _no_address(person: Person) -> str:
    """In place of the address, which may be registered again; nothing can be mailed there."""
    return f"closed-{person.id}@closed.invalid"


def _forget(session: Session, person: Person) -> None:
    clear_failures(session, person.email)
    session.execute(delete(Mail).where(Mail.recipient == person.email))
    session.execute(delete(Notice).where(Notice.person_id == person.id))
    person.name, person.email, person.phone = CLOSED_NAME, _no_address(person), ""
    person.professional_title = person.introduction = ""
    person.profiles = []
    person.password_hash, person.session_token = NO_PASSWORD, new_session_token()
    person.active = False
