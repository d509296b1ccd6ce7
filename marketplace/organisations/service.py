"""Organisations: register, edit, find, and who belongs to them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, Reader
from marketplace.core import audit, workflow
from marketplace.core.checks import check_texts, problems_of, raise_first, require
from marketplace.core.errors import InvalidInput, NotAllowed, NotFound
from marketplace.organisations import credit_code, policy
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
from marketplace.organisations.workflow import VERIFICATION_TRANSITIONS, VerificationAction
from marketplace.taxonomy.models import HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.service import require_term

# Who an organisation is: changed by an officer's approval once it is verified.
IDENTITY = ("name", "short_name", "kind", "credit_code", "legal_person")
FOUND = 20  # organisations shown for one search
INTRODUCTION_LENGTH = 4000
ADDRESS_OF_SITE = re.compile(r"https?://[^\s/]+\.[^\s]+")


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


def tidy_code(code: str) -> str:
    """A typed code without blanks, half width, in capitals."""
    return "".join(unicodedata.normalize("NFKC", code).split()).upper()


def tidy_name(name: str) -> str:
    """A typed name with single blanks and Chinese brackets, as registered names have them."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).replace("(", "（").replace(")", "）")


def find_known(session: Session, name: str, code: str | None, but: int | None = None) -> Organisation | None:
    """The organisation registered under this code, else under this name; ``but`` is passed over."""
    others = select(Organisation).where(Organisation.id != (but or 0))
    by_code = session.scalar(others.where(Organisation.credit_code == code)) if code else None
    return by_code or session.scalar(others.where(Organisation.name.in_({name, tidy_name(name)})))


def organisation_problems(
    session: Session, data: OrganisationData, but: int | None = None
) -> list[InvalidInput]:
    """All that is wrong, each with its field; ``but`` is the organisation that is edited."""
    checks: list[Callable[[], object]] = [
        partial(check_texts, Organisation, {name: value}) for name, value in asdict(data).items()
    ]
    checks += [
        lambda: _check_identity(session, data, but),
        lambda: require_term(session, ZONE, data.zone, "zone"),
        lambda: data.industry is None or require_term(session, INDUSTRY, data.industry, "industry"),
        *(partial(require_term, session, HONOUR, honour, "honours") for honour in data.honours),
        lambda: require(
            not data.website or ADDRESS_OF_SITE.fullmatch(data.website) is not None,
            "网址应以 http:// 或 https:// 开头，如 https://www.unit.cn。",
            "website",
        ),
        lambda: require(
            len(data.introduction) <= INTRODUCTION_LENGTH,
            f"最多 {INTRODUCTION_LENGTH} 个字。",
            "introduction",
        ),
        lambda: _check_shareholders(data.shareholders),
    ]
    return problems_of(checks)


def check_organisation(session: Session, data: OrganisationData, but: int | None = None) -> None:
    """InvalidInput names the first field at fault."""
    raise_first(organisation_problems(session, data, but))


def _check_identity(session: Session, data: OrganisationData, but: int | None) -> None:
    known = find_known(session, data.name, data.credit_code, but)
    if data.credit_code is not None:
        wrong = credit_code.problem(data.credit_code)
        require(wrong is None, wrong or "", "credit_code")
        taken = known is not None and known.credit_code == data.credit_code
        require(not taken, "该统一社会信用代码已登记，请申请加入已有单位。", "credit_code")
    require(known is None, "已有同名单位，请申请加入。", "name")


def _check_shareholders(shareholders: Sequence[tuple[str, float]]) -> None:
    for name, percent in shareholders:
        check_texts(Shareholder, {"name": name}, "shareholders")
        require(0 < percent <= 100, "持股比例须大于 0，不超过 100%。", "shareholders")
    total = sum(percent for _, percent in shareholders)
    require(total <= 100.01, "持股比例之和不能超过 100%。", "shareholders")  # two decimals each


def create_organisation(session: Session, data: OrganisationData) -> Organisation:
    """Register an unverified organisation; InvalidInput names the field at fault."""
    check_organisation(session, data)
    organisation = Organisation(**_columns(data))
    _put_rows(organisation, data)
    session.add(organisation)
    session.flush()
    return organisation


def _columns(data: Any) -> dict[str, Any]:
    names = [f.name for f in fields(OrganisationData) if f.name not in ("honours", "shareholders")]
    return {name: getattr(data, name) for name in names}


def _put_rows(organisation: Organisation, data: OrganisationData) -> None:
    organisation.honours = [OrganisationHonour(honour=h) for h in dict.fromkeys(data.honours)]
    organisation.shareholders = [Shareholder(name=n, percent=p) for n, p in data.shareholders]


def data_of(organisation: Organisation) -> OrganisationData:
    """The form of an organisation as it stands."""
    return OrganisationData(
        **_columns(organisation),
        honours=tuple(row.honour for row in organisation.honours),
        shareholders=tuple((row.name, row.percent) for row in organisation.shareholders),
    )


def edit_organisation(
    session: Session, actor: Reader, organisation: Organisation, data: OrganisationData
) -> list[str]:
    """Put the administrator's values in and return the names of the changed fields.

    Of a verified organisation the identity stays: it changes by an approved request (变更申请).
    """
    if not policy.can_manage(actor, organisation):
        raise NotAllowed("单位资料由本单位管理员修改。")
    before = data_of(organisation)
    kept: dict[str, Any] = {"sample": before.sample, "seed_key": before.seed_key}
    if organisation.verification is Verification.VERIFIED:
        kept |= {name: getattr(before, name) for name in IDENTITY}
    data = replace(data, **kept)
    check_organisation(session, data, organisation.id)
    changed = [f.name for f in fields(data) if getattr(before, f.name) != getattr(data, f.name)]
    for name in changed:
        if name not in ("honours", "shareholders"):
            setattr(organisation, name, getattr(data, name))
    if {"honours", "shareholders"} & set(changed):
        organisation.honours, organisation.shareholders = [], []
        session.flush()  # equal rows are put in anew under their keys
        _put_rows(organisation, data)
    if changed:
        audit.record(
            session, actor.person_id, "organisation.edit", f"organisation:{organisation.id}",
            {"fields": changed},
        )  # fmt: skip
    session.flush()
    return changed


def verify_organisation(session: Session, organisation: Organisation) -> None:
    """Take an organisation over as verified: imported data whose source has been checked."""
    workflow.apply(
        session,
        VERIFICATION_TRANSITIONS,
        organisation,
        VerificationAction.ACKNOWLEDGE,
        SITE,
        column="verification",
    )
    session.flush()


def search_organisations(session: Session, text: str) -> Sequence[Organisation]:
    """Organisations whose name holds the text, or whose code it is; the closest names first."""
    name = tidy_name(text)
    if not name:
        return []
    rule = or_(
        Organisation.name.contains(name, autoescape=True),
        Organisation.short_name.contains(name, autoescape=True),
        Organisation.credit_code == tidy_code(text),
    )
    return session.scalars(
        select(Organisation)
        .where(rule)
        .order_by(func.length(Organisation.name), Organisation.id)
        .limit(FOUND)
    ).all()


def get_organisation(session: Session, public_id: str) -> Organisation:
    found = session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if found is None:
        raise NotFound("没有找到这家单位。")
    return found


def acting_organisation(session: Session, reader: Reader) -> Organisation:
    """The one organisation that the reader acts for."""
    found = session.get(Organisation, reader.acting_for) if reader.acting_for is not None else None
    if found is None:
        raise NotFound("您还没有加入单位。")
    return found


def add_member(
    session: Session, organisation: Organisation, person: Person, role: MembershipRole
) -> Membership:
    """Give a person one role in an organisation, once at a time; who comes back gets a new row."""
    existing = session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation.id,
            Membership.person_id == person.id,
            Membership.role == role,
            Membership.ended_at.is_(None),
        )
    )
    if existing is not None:
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
