"""Load dictionaries and sample data through the services; loading again changes nothing."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person, RoleAppointment
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.policy import Reader, reader_of
from marketplace.accounts.service import appoint, create_person
from marketplace.announcements.models import Announcement
from marketplace.core import clock
from marketplace.core.errors import DomainError
from marketplace.demands.choices import SourcingStatus
from marketplace.demands.models import Demand
from marketplace.demands.service import (
    DemandColumns,
    DemandData,
    create_demand,
    move_demand,
    move_sourcing,
)
from marketplace.demands.workflow import SourcingAction
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.listings.service import IndicatorData, record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import (
    OrganisationData,
    add_member,
    create_organisation,
    first_member,
    verify_organisation,
)
from marketplace.results.models import Result, ValueDimension
from marketplace.results.service import (
    IPData,
    ResultColumns,
    ResultData,
    TransferData,
    create_result,
    move_result,
)
from marketplace.taxonomy.models import Term
from marketplace.taxonomy.service import TermRow, load_vocabulary
from marketplace.taxonomy.workdays import load_calendar
from seed_data.announcements import load_announcements
from seed_data.check import ROOT, read
from seed_data.schema import (
    SeedDemand,
    SeedIndicator,
    SeedListing,
    SeedOrganisation,
    SeedPerson,
    SeedResult,
)

FEN_PER_WAN = 1_000_000
CLASSIFICATIONS = ("division", "discipline", "industry")
# The steps that bring a draft to the state a file asks for.
STEPS = {
    ListingStatus.DRAFT: (),
    ListingStatus.ORGANISATION_REVIEW: (ListingAction.SUBMIT,),
    ListingStatus.SUBMITTED: (ListingAction.SUBMIT, ListingAction.APPROVE),
    ListingStatus.PUBLISHED: (ListingAction.SUBMIT, ListingAction.APPROVE, ListingAction.PUBLISH),
    ListingStatus.RETURNED: (ListingAction.SUBMIT, ListingAction.APPROVE, ListingAction.RETURN),
    ListingStatus.WITHDRAWN: (
        ListingAction.SUBMIT,
        ListingAction.APPROVE,
        ListingAction.PUBLISH,
        ListingAction.WITHDRAW,
    ),
    ListingStatus.TRANSFERRED: (
        ListingAction.SUBMIT,
        ListingAction.APPROVE,
        ListingAction.PUBLISH,
        ListingAction.TRANSFER,
    ),
}

# What an enterprise says of its published need afterwards.
SOURCING_STEPS: dict[SourcingStatus, tuple[SourcingAction, ...]] = {
    SourcingStatus.SEEKING: (),
    SourcingStatus.INTRODUCING: (SourcingAction.INTRODUCE,),
    SourcingStatus.SIGNED: (SourcingAction.INTRODUCE, SourcingAction.SIGN),
    SourcingStatus.SOLVED: (SourcingAction.INTRODUCE, SourcingAction.SIGN, SourcingAction.SOLVE),
    SourcingStatus.CLOSED: (SourcingAction.CLOSE,),
}


class SeedError(Exception):
    """A file or an entry that cannot be loaded; the message names it."""


@dataclass
class Loading:
    """What one load needs at hand."""

    session: Session
    started: datetime
    organisations: dict[str, Organisation] = field(default_factory=dict)
    officer: Reader = field(default_factory=Reader)

    def organisation(self, key: str) -> Organisation:
        if key not in self.organisations:
            raise SeedError(f"no organisation {key!r}")
        return self.organisations[key]


def fen(wan: float | None) -> int | None:
    return None if wan is None else round(wan * FEN_PER_WAN)


def load_seed(session: Session, password: str) -> dict[str, tuple[int, int]]:
    """Load all files in the caller's transaction; return {noun: (added, in all)}.

    Dates are relative to the first load. Raises SeedError.
    """
    before = _totals(session)
    loading = Loading(session, clock.now())
    try:
        load_vocabularies(session)
        _load_organisations(loading)
        _load_people(loading, password)
        _load_listings(loading)
        load_announcements(session, loading.officer)
    except (ValueError, DomainError, yaml.YAMLError) as error:
        first, *others = (getattr(error, "message", "") or str(error)).splitlines()
        more = f" (and {len(others)} more: python -m seed_data.check lists them)" if others else ""
        raise SeedError(first + more) from error
    session.flush()
    return {name: (total - before[name], total) for name, total in _totals(session).items()}


def _totals(session: Session) -> dict[str, int]:
    nouns: dict[str, Any] = {
        "terms": Term,
        "organisations": Organisation,
        "people": Person,
        "results": Result,
        "needs": Demand,
        "announcements": Announcement,
    }
    return {n: session.scalar(select(func.count()).select_from(m)) or 0 for n, m in nouns.items()}


def _known(session: Session, model: type[Organisation | Person | Result | Demand]) -> set[str]:
    return set(session.scalars(select(model.seed_key).where(model.seed_key.is_not(None))).all())  # type: ignore[arg-type]  # not None by the condition


def load_vocabularies(session: Session) -> None:
    """The dictionaries and official classifications; what officers edited is left alone."""
    folder = ROOT / "taxonomy"
    for name, rows in yaml.safe_load((folder / "vocabularies.yaml").read_text("utf-8")).items():
        load_vocabulary(
            session, name, [TermRow(row["code"], row["title"], row.get("parent")) for row in rows]
        )
    for name in CLASSIFICATIONS:
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            load_vocabulary(session, name, [TermRow(r["code"], r["name"], r["parent"] or None) for r in rows])
    this_year = clock.now().astimezone(clock.SHANGHAI).year
    load_calendar(session, range(this_year - 1, this_year + 2))
    session.flush()


def _load_organisations(loading: Loading) -> None:
    session = loading.session
    known = _known(session, Organisation)
    for item in read(ROOT / "organisations.yaml", SeedOrganisation):
        if item.key in known:
            continue
        data = OrganisationData(
            **item.model_dump(
                exclude={"key", "verification", "shareholders", "honours", "credit_code", "industry"}
            ),
            shareholders=tuple(item.shareholders),
            honours=tuple(item.honours),
            credit_code=item.credit_code or None,
            industry=item.industry or None,
            seed_key=item.key,
        )
        organisation = create_organisation(session, data)
        if item.verification is Verification.VERIFIED:
            verify_organisation(session, organisation)
    rows = session.scalars(select(Organisation).where(Organisation.seed_key.is_not(None)))
    loading.organisations = {str(row.seed_key): row for row in rows}


def _load_people(loading: Loading, password: str) -> None:
    session = loading.session
    known = _known(session, Person)
    hashed = ""
    for item in read(ROOT / "people.yaml", SeedPerson):
        if item.key in known:
            continue
        hashed = hashed or hash_password(password)  # one hash for all: argon2 is slow on purpose
        person = create_person(
            session,
            **item.model_dump(exclude={"key", "memberships", "appointments"}),
            password_hash=hashed,
            sample=True,
            seed_key=item.key,
        )
        for membership in item.memberships:
            add_member(session, loading.organisation(membership.organisation), person, membership.role)
        for given in item.appointments:
            appoint(
                session, person, given.role,
                level=given.level, zone=given.zone or None, fields=tuple(given.fields),
            )  # fmt: skip
    session.expire_all()
    officer = session.scalar(
        select(Person).join(RoleAppointment).where(RoleAppointment.level == OfficerLevel.DISTRICT).limit(1)
    )
    if officer is None:
        raise SeedError("the sample people have no district officer to publish listings")
    loading.officer = reader_of(officer)


def _load_listings(loading: Loading) -> None:
    results = [i for path in _files("results") for i in read(path, SeedResult)]
    demands = [i for path in _files("demands") for i in read(path, SeedDemand)]
    known = _known(loading.session, Result) | _known(loading.session, Demand)
    new = [item for item in (*results, *demands) if item.key not in known]
    # Oldest first, so that the audit record runs forward in time.
    for item in sorted(new, key=lambda item: (-item.published_days_ago, item.key)):
        try:
            with clock.frozen(loading.started - timedelta(days=item.published_days_ago)):
                _load_listing(loading, item)
        except (DomainError, ValueError, SeedError) as error:
            raise SeedError(f"{item.key}: {getattr(error, 'message', '') or error}") from error


def _files(folder: str) -> Iterable[Path]:
    return sorted((ROOT / folder).glob("*.yaml"))


def _load_listing(loading: Loading, item: SeedListing) -> None:
    organisation = loading.organisation(item.organisation)
    first = MembershipRole.RESEARCHER if isinstance(item, SeedResult) else MembershipRole.ENTERPRISE
    contact = _contact(loading, item, organisation, first)
    reviewer = first_member(organisation, MembershipRole.REVIEWER)
    if reviewer is None:
        raise SeedError(f"{organisation.name} has nobody to review (单位审核)")
    actors = {
        ListingAction.SUBMIT: reader_of(contact),
        ListingAction.APPROVE: reader_of(reviewer),
        ListingAction.PUBLISH: loading.officer,
        ListingAction.RETURN: loading.officer,
        ListingAction.WITHDRAW: reader_of(contact),
        ListingAction.TRANSFER: reader_of(contact),
    }
    session = loading.session
    listing: Result | Demand
    if isinstance(item, SeedResult):
        listing = create_result(
            session, reader_of(contact), organisation, contact, _result_data(item, organisation)
        )
    elif isinstance(item, SeedDemand):
        listing = create_demand(
            session, reader_of(contact), organisation, contact, _demand_data(loading, item)
        )
    else:
        raise TypeError(f"{type(item).__name__} is no listing")
    for action in STEPS[item.status]:
        if action is ListingAction.APPROVE:
            record_secrecy_review(session, reader_of(reviewer), listing, SecrecyVerdict.PUBLIC)
        reason = "示例：补充材料" if action in (ListingAction.RETURN, ListingAction.WITHDRAW) else ""
        if isinstance(listing, Result):
            move_result(session, actors[action], listing, action, reason)
        else:
            move_demand(session, actors[action], listing, action, reason)
    if isinstance(item, SeedDemand) and isinstance(listing, Demand):
        for sourcing in SOURCING_STEPS[item.sourcing]:
            reason = "示例：已另行解决" if sourcing is SourcingAction.CLOSE else ""
            move_sourcing(session, reader_of(contact), listing, sourcing, reason)


def _contact(
    loading: Loading, item: SeedListing, organisation: Organisation, first: MembershipRole
) -> Person:
    person: Person | None
    if item.contact:
        person = loading.session.scalar(select(Person).where(Person.seed_key == item.contact))
    else:
        person = first_member(organisation, first, MembershipRole.ADMIN, MembershipRole.REVIEWER)
    if person is None:
        raise SeedError(f"{organisation.name} has nobody to enter it")
    return person


def _indicators(rows: list[SeedIndicator]) -> tuple[IndicatorData, ...]:
    return tuple(IndicatorData(**row.model_dump()) for row in rows)


def _common(item: SeedListing) -> dict[str, Any]:
    return {
        "title": item.title,
        "field": item.field,
        "cluster": item.cluster or None,
        "valid_until": clock.now() + timedelta(days=item.valid_days),
        "sample": True,
        "seed_key": item.key,
    }


NOT_COLUMNS = {
    *SeedListing.model_fields, "team", "ip", "transfers", "values", "financing_amount",
    "budget", "stages", "cooperation", "directed_to", "sourcing",
}  # fmt: skip


def _result_data(item: SeedResult, organisation: Organisation) -> ResultData:
    values = item.values.model_dump(exclude_none=True)
    return ResultData(
        columns=ResultColumns(
            **_common(item),
            **item.model_dump(exclude=NOT_COLUMNS),
            financing_amount=fen(item.financing_amount),
        ),
        keywords=tuple(item.keywords),
        team=tuple(item.team),
        indicators=_indicators(item.indicators),
        ip_rights=tuple(
            IPData(**{**row.model_dump(), "holder": row.holder or organisation.name}) for row in item.ip
        ),
        transfers=tuple(
            TransferData(
                mode=row.mode,
                price=fen(row.price),
                entry_fee=fen(row.entry_fee),
                royalty_percent=row.royalty_percent,
            )
            for row in item.transfers
        ),
        values=tuple((ValueDimension.of(name), text, score) for name, (text, score) in values.items()),
    )


def _demand_data(loading: Loading, item: SeedDemand) -> DemandData:
    return DemandData(
        columns=DemandColumns(
            **_common(item),
            **item.model_dump(exclude=NOT_COLUMNS),
            industry=item.industry or None,
            budget=fen(item.budget),
        ),
        keywords=tuple(item.keywords),
        cooperation=tuple(item.cooperation),
        stages=tuple(item.stages),
        indicators=_indicators(item.indicators),
        directed_to=tuple(loading.organisation(key).id for key in item.directed_to),
    )
