"""Load dictionaries and sample data through the services; loading again changes nothing."""

import csv
from datetime import timedelta
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person, RoleAppointment
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.policy import reader_of
from marketplace.accounts.service import appoint, create_person
from marketplace.announcements.models import Announcement
from marketplace.core import clock
from marketplace.core.errors import DomainError
from marketplace.demands.models import Demand
from marketplace.introductions.models import Introduction
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import (
    OrganisationData,
    add_member,
    create_organisation,
    verify_organisation,
)
from marketplace.results.models import Result
from marketplace.taxonomy.models import Term
from marketplace.taxonomy.service import TermRow, load_vocabulary
from marketplace.taxonomy.workdays import load_calendar
from seed_data.activity import activity_events
from seed_data.announcements import announcement_events
from seed_data.check import ROOT, read
from seed_data.listings import listing_events
from seed_data.quiet import end_quietly, last_ids
from seed_data.schema import SeedOrganisation, SeedPerson
from seed_data.timeline import Loading, SeedError, run_events

CLASSIFICATIONS = ("division", "discipline", "industry")
FOUNDED_DAYS_AGO = 901  # before everything else in the files


def load_seed(session: Session, password: str) -> dict[str, tuple[int, int]]:
    """Load all files in the caller's transaction; return {noun: (added, in all)}.

    Dates are relative to the first load. Raises SeedError.
    """
    before, before_ids = _totals(session), last_ids(session)
    loading = Loading(session, clock.now())
    try:
        load_vocabularies(session)
        with clock.frozen(loading.started - timedelta(days=FOUNDED_DAYS_AGO)):
            _load_organisations(loading)
            _load_people(loading, password)
        events = [*announcement_events(loading), *listing_events(loading), *activity_events(loading)]
        run_events(loading, events)
        end_quietly(loading, before_ids)
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
        "introductions": Introduction,
        "announcements": Announcement,
    }
    return {n: session.scalar(select(func.count()).select_from(m)) or 0 for n, m in nouns.items()}


def _known(session: Session, model: type[Organisation | Person]) -> set[str]:
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
