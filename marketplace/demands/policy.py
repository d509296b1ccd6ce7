"""Who may read a need, and whether they may know whose it is."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_

from marketplace.accounts.choices import OfficerLevel
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
        entered(reader),
        listings.officers(reader, Demand, Demand.zone == reader.officer_zone),
    )


def can_enter_for_others(reader: Reader) -> bool:
    """代填: brokers, and officers who decide (监督 does not)."""
    deciding = reader.officer_level in (OfficerLevel.DISTRICT, OfficerLevel.ZONE)
    return reader.person_id is not None and (reader.is_broker or deciding)


def has_entered(reader: Reader, demand: Demand) -> bool:
    """Entered for an enterprise by this reader, who carries it until it is published for the first time."""
    own = reader.person_id is not None and demand.entered_by_id == reader.person_id
    return own and demand.published_at is None


def entered(reader: Reader) -> ColumnElement[bool]:
    """``has_entered`` in SQL."""
    if reader.person_id is None:
        return false()
    return and_(Demand.entered_by_id == reader.person_id, Demand.published_at.is_(None))


def can_read_controlled(reader: Reader, demand: Demand) -> bool:
    """Controlled attachments and the like: the own organisation, who entered it, and its officers."""
    return (
        listings.belongs_to(reader, demand)
        or has_entered(reader, demand)
        or listings.reads_as_officer(reader, demand, demand.zone)
    )


def can_know_owner(reader: Reader, demand: Demand) -> bool:
    """Whose need it is; a masked one tells its own organisation and its officers only."""
    return demand.disclosure is not Disclosure.MASKED or can_read_controlled(reader, demand)


def can_read_intended_experts(reader: Reader, demand: Demand) -> bool:
    """意向专家/单位 are a ground for 回避 later: officers and the own organisation."""
    return can_read_controlled(reader, demand)
