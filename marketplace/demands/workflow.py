"""The life of a need up to its publication; what follows it is ``Demand.sourcing``."""

from marketplace.demands.models import Demand
from marketplace.listings.workflow import listing_transitions


def _zone(demand: Demand) -> str:
    return demand.zone


TRANSITIONS = listing_transitions(_zone)
