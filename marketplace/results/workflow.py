"""The life of a result."""

from marketplace.listings.workflow import listing_transitions
from marketplace.results.models import Result


def _zone(result: Result) -> str:
    return result.organisation.zone


TRANSITIONS = listing_transitions(_zone)
