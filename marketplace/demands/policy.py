"""Who may read a need, and whether they may know whose it is."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from marketplace.accounts.policy import Reader
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand, DemandAudience
from marketplace.listings import policy as listings


def can_read(reader: Reader, demand: Demand, now: datetime) -> bool:
    if listings.is_open(demand, now) and (
        demand.disclosure is not Disclosure.DIRECTED
        or any(invited.organisation_id in reader.organisation_ids for invited in demand.directed_to)
    ):
        return True
    return can_read_controlled(reader, demand)


def readable(reader: Reader, now: datetime) -> ColumnElement[bool]:
    """``can_read`` in SQL."""
    invited = Demand.directed_to.any(DemandAudience.organisation_id.in_(sorted(reader.organisation_ids)))
    return or_(
        and_(
            listings.open_to_all(Demand, now),
            or_(Demand.disclosure != Disclosure.DIRECTED, invited),
        ),
        listings.own(reader, Demand),
        listings.officers(reader, Demand, Demand.zone == reader.officer_zone),
    )


def can_read_controlled(reader: Reader, demand: Demand) -> bool:
    """Controlled attachments and the like: the own organisation and its officers."""
    return listings.belongs_to(reader, demand) or listings.reads_as_officer(reader, demand, demand.zone)


def can_know_owner(reader: Reader, demand: Demand) -> bool:
    """Whose need it is; a masked one tells its own organisation and its officers only."""
    return demand.disclosure is not Disclosure.MASKED or can_read_controlled(reader, demand)


def can_read_intended_experts(reader: Reader, demand: Demand) -> bool:
    """意向专家/单位 are a ground for 回避 later: officers and the own organisation."""
    return can_read_controlled(reader, demand)
