"""Results and needs of the files, each brought through the steps to the state it asks for."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, reader_of
from marketplace.core import clock
from marketplace.demands.choices import SourcingStatus
from marketplace.demands.confirmation import send_confirmation
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
from marketplace.listings.workflow import ListingAction, reviews_itself
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import first_member
from marketplace.results.models import Result, ValueDimension
from marketplace.results.service import (
    IPData,
    ResultColumns,
    ResultData,
    TransferData,
    create_result,
    move_result,
)
from seed_data import check
from seed_data.schema import SeedDemand, SeedIndicator, SeedListing, SeedResult
from seed_data.timeline import Event, Listing, Loading, SeedError, fen

SENT = (ListingAction.SUBMIT, ListingAction.APPROVE)
# The steps that bring a draft to the state a file asks for: at its date, and those that come later.
STEPS: dict[ListingStatus, tuple[ListingAction, ...]] = {
    ListingStatus.DRAFT: (),
    ListingStatus.ORGANISATION_REVIEW: (ListingAction.SUBMIT,),
    ListingStatus.SUBMITTED: SENT,
    ListingStatus.RETURNED: SENT,
} | dict.fromkeys(
    (
        ListingStatus.PUBLISHED,
        ListingStatus.WITHDRAWN,
        ListingStatus.TRANSFERRED,
        ListingStatus.EXPIRED,
    ),
    (*SENT, ListingAction.PUBLISH),
)
LATER: dict[ListingStatus, ListingAction] = {
    ListingStatus.RETURNED: ListingAction.RETURN,
    ListingStatus.WITHDRAWN: ListingAction.WITHDRAW,
    ListingStatus.TRANSFERRED: ListingAction.TRANSFER,
    ListingStatus.EXPIRED: ListingAction.EXPIRE,
}
# What an enterprise says of its published need afterwards.
SOURCING_STEPS: dict[SourcingStatus, tuple[SourcingAction, ...]] = {
    SourcingStatus.SEEKING: (),
    SourcingStatus.INTRODUCING: (SourcingAction.INTRODUCE,),
    SourcingStatus.SIGNED: (SourcingAction.INTRODUCE, SourcingAction.SIGN),
    SourcingStatus.SOLVED: (SourcingAction.INTRODUCE, SourcingAction.SIGN, SourcingAction.SOLVE),
    SourcingStatus.CLOSED: (SourcingAction.CLOSE,),
}


def listing_events(loading: Loading) -> list[Event]:
    """What happens to every result and need that is not in the database yet."""
    results = [i for path in _files("results") for i in check.read(path, SeedResult)]
    demands = [i for path in _files("demands") for i in check.read(path, SeedDemand)]
    known: set[str | None] = set(loading.session.scalars(select(Result.seed_key)))
    known |= set(loading.session.scalars(select(Demand.seed_key)))
    events = []
    for item in sorted((*results, *demands), key=lambda item: item.key):
        if item.key not in known:
            events.append(Event(item.published_days_ago, item.key, partial(_load_listing, loading, item)))
            if item.status in LATER:
                events.append(Event(_later(item), item.key, partial(_move_later, loading, item)))
    return events


def _files(folder: str) -> Iterable[Path]:
    return sorted((check.ROOT / folder).glob("*.yaml"))


def _later(item: SeedListing) -> float:
    """When the last step came: at the end of validity, else half-way between publication and now."""
    if item.status is ListingStatus.EXPIRED:
        return item.published_days_ago - item.valid_days
    return item.published_days_ago / 2


def _load_listing(loading: Loading, item: SeedListing) -> None:
    organisation = loading.organisation(item.organisation)
    first = MembershipRole.RESEARCHER if isinstance(item, SeedResult) else MembershipRole.ENTERPRISE
    contact = _contact(loading, item, organisation, first)
    if isinstance(item, SeedDemand) and item.entered_by:
        _enter_for(loading, item, organisation, contact)
        return
    listing = _create(loading, item, organisation, contact)
    inside = reviews_itself(organisation)
    reviewer = first_member(organisation, MembershipRole.REVIEWER) if inside else contact
    if reviewer is None:
        raise SeedError(f"{organisation.name} has nobody to review (单位审核)")
    actors = {
        ListingAction.SUBMIT: reader_of(contact),
        ListingAction.FILE: reader_of(contact),
        ListingAction.APPROVE: reader_of(reviewer),
        ListingAction.PUBLISH: loading.officer,
    }
    for step in STEPS[item.status]:
        action = step
        if not inside and step in SENT:  # 保密审查 by the sender, then straight to the officers
            action = ListingAction.FILE
            if step is ListingAction.APPROVE:
                continue
        if action in (ListingAction.APPROVE, ListingAction.FILE):
            record_secrecy_review(loading.session, reader_of(reviewer), listing, SecrecyVerdict.PUBLIC)
        _move(loading)(actors[action], listing, action)
    if isinstance(item, SeedDemand) and isinstance(listing, Demand):
        for sourcing in SOURCING_STEPS[item.sourcing]:
            reason = item.reason if sourcing is SourcingAction.CLOSE else ""
            move_sourcing(loading.session, reader_of(contact), listing, sourcing, reason)


def _move_later(loading: Loading, item: SeedListing) -> None:
    listing = loading.listing(item.key)
    action = LATER[item.status]
    actor = {ListingAction.RETURN: loading.officer, ListingAction.EXPIRE: SITE}.get(
        action, reader_of(listing.contact)
    )
    _move(loading)(actor, listing, action, item.reason)


def _move(loading: Loading) -> Callable[..., Any]:
    def move(actor: Any, listing: Listing, action: ListingAction, reason: str = "") -> None:
        if isinstance(listing, Result):
            move_result(loading.session, actor, listing, action, reason)
        else:
            move_demand(loading.session, actor, listing, action, reason)

    return move


def _create(loading: Loading, item: SeedListing, organisation: Organisation, contact: Person) -> Listing:
    session, reader = loading.session, reader_of(contact)
    if isinstance(item, SeedResult):
        return create_result(session, reader, organisation, contact, _result_data(item, organisation))
    if isinstance(item, SeedDemand):
        return create_demand(session, reader, organisation, contact, _demand_data(loading, item))
    raise TypeError(f"{type(item).__name__} is no listing")


def _enter_for(loading: Loading, item: SeedDemand, organisation: Organisation, contact: Person) -> None:
    """代填: a broker or officer has entered the need, and its enterprise has not confirmed it yet."""
    session, author = loading.session, loading.reader(item.entered_by)
    demand = create_demand(
        session, author, organisation, contact, _demand_data(loading, item),
        confirmation_email=item.confirmation_email,
    )  # fmt: skip
    send_confirmation(session, author, demand)


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
    "budget", "stages", "cooperation", "directed_to", "sourcing", "entered_by", "confirmation_email",
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
