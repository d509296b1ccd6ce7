"""Random states of listings, all that the tables' constraints let in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.demands.choices import Disclosure, SourcingStatus
from marketplace.demands.models import Demand, DemandAudience
from marketplace.listings.choices import ListingStatus, SecrecyVerdict
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONES = ("teda", "thip", "ecocity")  # an organisation in each
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class State:
    """All that the rules look at; ``owner`` and ``invited`` are positions among the organisations."""

    owner: int
    status: ListingStatus
    secrecy: SecrecyVerdict
    ends: int  # seconds from NOW
    zone: str
    disclosure: Disclosure
    invited: frozenset[int]
    sourcing: SourcingStatus = SourcingStatus.SEEKING


def is_storable(state: State) -> bool:
    """What the table's CHECK lets in."""
    return not (state.status is ListingStatus.PUBLISHED and state.secrecy is SecrecyVerdict.PENDING)


organisations = st.integers(0, len(ZONES) - 1)
states = st.builds(
    State,
    owner=organisations,
    status=st.sampled_from([*ListingStatus, *[ListingStatus.PUBLISHED] * 8]),
    secrecy=st.sampled_from([*SecrecyVerdict, SecrecyVerdict.PUBLIC]),
    ends=st.sampled_from([-1, 0, 1, 86_400]),
    zone=st.sampled_from(ZONES),
    disclosure=st.sampled_from(Disclosure),
    invited=st.frozensets(organisations),
    sourcing=st.sampled_from([*SourcingStatus, *[SourcingStatus.SEEKING] * 5]),
).filter(is_storable)


def put(listing: Result | Demand, state: State, owners: list[Organisation]) -> None:
    listing.organisation = owners[state.owner]
    listing.status, listing.secrecy = state.status, state.secrecy
    listing.secrecy_at = None if state.secrecy is SecrecyVerdict.PENDING else NOW
    listing.valid_until = NOW + state.ends * SECOND
    listing.published_at = NOW - timedelta(days=1)
    listing.expired_at = NOW if state.status is ListingStatus.EXPIRED else None
    if isinstance(listing, Demand):
        listing.zone, listing.disclosure = state.zone, state.disclosure
        listing.sourcing = state.sourcing
        listing.closing_reason = "另行解决" if state.sourcing is SourcingStatus.CLOSED else ""
        listing.directed_to = [DemandAudience(organisation=owners[i]) for i in sorted(state.invited)]


def is_inside(reader: Reader, row: Result | Demand) -> bool:
    """The rule in plain words, apart from the site's own: the organisation, and officers once it is sent."""
    zone = row.organisation.zone if isinstance(row, Result) else row.zone
    level = reader.officer_level
    officer = level in (OfficerLevel.DISTRICT, OfficerLevel.SUPERVISOR) or (
        level is OfficerLevel.ZONE and reader.officer_zone == zone
    )
    sent = row.status not in (ListingStatus.DRAFT, ListingStatus.ORGANISATION_REVIEW)
    return row.organisation_id in reader.organisation_ids or (sent and officer)


def is_readable(reader: Reader, row: Result | Demand) -> bool:
    """Everybody reads what is published, in time, free by 保密审查 and not signed or closed yet;
    定向可见 only the invited."""
    in_time = row.valid_until is not None and row.valid_until > NOW
    free = row.status is ListingStatus.PUBLISHED and in_time and row.secrecy is SecrecyVerdict.PUBLIC
    if isinstance(row, Demand):
        free = free and row.sourcing in (SourcingStatus.SEEKING, SourcingStatus.INTRODUCING)
    if free and isinstance(row, Demand) and row.disclosure is Disclosure.DIRECTED:
        free = any(invited.organisation_id in reader.organisation_ids for invited in row.directed_to)
    return free or is_inside(reader, row)
