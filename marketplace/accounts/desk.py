"""What waits for a person about their own account."""

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.accounts.profiles import kinds_open_to, profile_of
from marketplace.accounts.terms import TERMS_VERSION
from marketplace.core.desk import DeskLine
from marketplace.organisations.choices import MembershipRole


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """New terms to agree to, an organisation to find, a profile that others look for; none is due."""
    person = session.get(Person, reader.person_id) if reader.person_id is not None else None
    if person is None:
        return []
    lines = []
    if person.terms_version != TERMS_VERSION and not person.sample:
        lines.append(DeskLine("同意", "新版用户协议与隐私说明", url_for("accounts.account")))
    alone = not any(m.ended_at is None for m in person.memberships) and not reader.is_officer
    if alone:
        lines.append(DeskLine("登记", "您的单位", url_for("organisations.join")))
    lines += [
        DeskLine("填写", f"{kind.title}简介", url_for("accounts.edit_profile", kind=kind.value))
        for kind in _profiles_missing(person, reader)
    ]
    return lines


def _profiles_missing(person: Person, reader: Reader) -> list[ProfileKind]:
    """Of the capacities in which the person acts now."""
    roles = {role for _, role in reader.roles}
    wanted = [
        (ProfileKind.RESEARCHER, MembershipRole.RESEARCHER in roles),
        (ProfileKind.BROKER, MembershipRole.BROKER in roles),
    ]
    open_kinds = kinds_open_to(person)
    return [k for k, acts in wanted if acts and k in open_kinds and profile_of(person, k) is None]
