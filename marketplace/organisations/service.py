"""Organisations: create, verify, take members."""

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.checks import check_texts, require
from marketplace.organisations import credit_code
from marketplace.organisations.choices import (
    MembershipRole,
    OrganisationKind,
    OrganisationSize,
    Verification,
)
from marketplace.organisations.models import (
    Membership,
    Organisation,
    OrganisationHonour,
    Shareholder,
)
from marketplace.taxonomy.models import HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.service import require_term


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationData:
    name: str
    short_name: str
    kind: OrganisationKind
    zone: str
    credit_code: str | None = None
    legal_person: str = ""
    shareholders: tuple[tuple[str, float], ...] = ()  # name, percent
    address: str = ""
    industry: str | None = None
    size: OrganisationSize | None = None
    honours: tuple[str, ...] = ()
    website: str = ""
    introduction: str = ""
    sample: bool = False
    seed_key: str | None = None


def create_organisation(session: Session, data: OrganisationData) -> Organisation:
    """Register an unverified organisation; InvalidInput names the field at fault."""
    check_texts(Organisation, asdict(data))
    if data.credit_code is not None:
        require(
            credit_code.is_valid(data.credit_code),
            "统一社会信用代码应为 18 位，且校验码需正确。",
            "credit_code",
        )
        known = session.scalar(select(Organisation.id).where(Organisation.credit_code == data.credit_code))
        require(known is None, "该统一社会信用代码已登记，请申请加入已有单位。", "credit_code")
    known = session.scalar(select(Organisation.id).where(Organisation.name == data.name))
    require(known is None, "已有同名单位，请申请加入。", "name")
    require_term(session, ZONE, data.zone, "zone")
    if data.industry is not None:
        require_term(session, INDUSTRY, data.industry, "industry")
    for honour in data.honours:
        require_term(session, HONOUR, honour, "honours")
    _check_shareholders(data.shareholders)
    organisation = Organisation(
        name=data.name,
        short_name=data.short_name,
        kind=data.kind,
        zone=data.zone,
        credit_code=data.credit_code,
        legal_person=data.legal_person,
        address=data.address,
        industry=data.industry,
        size=data.size,
        website=data.website,
        introduction=data.introduction,
        sample=data.sample,
        seed_key=data.seed_key,
    )
    organisation.honours = [OrganisationHonour(honour=h) for h in dict.fromkeys(data.honours)]
    organisation.shareholders = [Shareholder(name=n, percent=p) for n, p in data.shareholders]
    session.add(organisation)
    session.flush()
    return organisation


def _check_shareholders(shareholders: tuple[tuple[str, float], ...]) -> None:
    for name, percent in shareholders:
        check_texts(Shareholder, {"name": name}, "shareholders")
        require(0 < percent <= 100, "持股比例须大于 0，不超过 100%。", "shareholders")
    total = sum(percent for _, percent in shareholders)
    require(total <= 100.01, "持股比例之和不能超过 100%。", "shareholders")  # two decimals each


def verify_organisation(session: Session, organisation: Organisation) -> None:
    """Record that an officer has checked the proof of identity."""
    organisation.verification = Verification.VERIFIED
    organisation.verified_at = clock.now()
    session.flush()


def add_member(
    session: Session, organisation: Organisation, person: Person, role: MembershipRole
) -> Membership:
    """Give a person one role in an organisation, once."""
    existing = session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation.id,
            Membership.person_id == person.id,
            Membership.role == role,
        )
    )
    if existing is not None:
        existing.ended_at = None
        return existing
    membership = Membership(organisation=organisation, person=person, role=role)
    session.add(membership)
    session.flush()
    return membership


def first_member(organisation: Organisation, *roles: MembershipRole) -> Person | None:
    """The longest-standing active member with one of these roles, in the order the roles are named."""
    for role in roles:
        for membership in organisation.memberships:
            if membership.role is role and membership.ended_at is None and membership.person.active:
                return membership.person
    return None


def members_with(session: Session, organisation_id: int, *roles: MembershipRole) -> list[int | None]:
    """Ids of the active members with one of these roles, each once."""
    found = session.scalars(
        select(Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_(roles),
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.person_id)
        .distinct()
    )
    return list(found)
