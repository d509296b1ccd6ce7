"""The life of a result."""

from marketplace.core.workflow import Machine, declare_machine
from marketplace.listings.choices import ListingStatus
from marketplace.listings.workflow import listing_transitions
from marketplace.results.models import Result


def zone_of(result: Result) -> str:
    return result.organisation.zone


TRANSITIONS = listing_transitions(zone_of)
declare_machine("listing", Machine("条目（成果和需求）", ListingStatus, ListingStatus.DRAFT, TRANSITIONS))
