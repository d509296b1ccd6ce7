"""Random states of listings, all that the tables' constraints let in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from marketplace.demands.choices import Disclosure
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
).filter(is_storable)


def put(listing: Result | Demand, state: State, owners: list[Organisation]) -> None:
    listing.organisation = owners[state.owner]
    listing.status, listing.secrecy = state.status, state.secrecy
    listing.secrecy_at = None if state.secrecy is SecrecyVerdict.PENDING else NOW
    listing.valid_until = NOW + state.ends * SECOND
    listing.published_at = NOW - timedelta(days=1)
    if isinstance(listing, Demand):
        listing.zone, listing.disclosure = state.zone, state.disclosure
        listing.directed_to = [DemandAudience(organisation=owners[i]) for i in sorted(state.invited)]
