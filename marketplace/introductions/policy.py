"""Who may read an introduction, and when the two sides know each other."""

from sqlalchemy import ColumnElement, and_, false, or_, true

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.introductions.choices import IntroductionStatus, Side
from marketplace.introductions.models import Introduction
from marketplace.introductions.workflow import is_asked, is_asking, takes_part
from marketplace.organisations.models import Organisation


def assists(reader: Reader, introduction: Introduction) -> bool:
    return reader.person_id is not None and introduction.broker_id == reader.person_id


def can_read(reader: Reader, introduction: Introduction) -> bool:
    """Both sides, who assists, and the officers of the zone."""
    return (
        takes_part(reader, introduction)
        or assists(reader, introduction)
        or reads_as_officer(reader, introduction)
    )


def reads_as_officer(reader: Reader, introduction: Introduction) -> bool:
    """Of a need that is not open to all only its own zone knows: the other side's zone does not read."""
    demand = introduction.demand
    if demand is not None and reader.reads_as_officer(demand.zone):
        return True
    if demand is not None and demand.disclosure is not Disclosure.OPEN:
        return reader.reads_everything
    organisations = (introduction.from_organisation, introduction.to_organisation)
    return any(reader.reads_as_officer(organisation.zone) for organisation in organisations)


def readable(reader: Reader) -> ColumnElement[bool]:
    """``can_read`` in SQL."""
    own = sorted(reader.organisation_ids)
    return or_(
        Introduction.from_organisation_id.in_(own),
        Introduction.to_organisation_id.in_(own),
        assisted(reader),
        _officers(reader),
    )


def assisted(reader: Reader) -> ColumnElement[bool]:
    return false() if reader.person_id is None else Introduction.broker_id == reader.person_id


def _officers(reader: Reader) -> ColumnElement[bool]:
    if reader.reads_everything:
        return true()
    if reader.officer_level is not OfficerLevel.ZONE:
        return false()
    zone = reader.officer_zone
    open_to_all = or_(
        Introduction.demand_id.is_(None), Introduction.demand.has(Demand.disclosure == Disclosure.OPEN)
    )
    a_side = or_(
        Introduction.from_organisation.has(Organisation.zone == zone),
        Introduction.to_organisation.has(Organisation.zone == zone),
    )
    return or_(Introduction.demand.has(Demand.zone == zone), and_(open_to_all, a_side))


def masked_side(introduction: Introduction) -> Side | None:
    """The side that its need keeps masked."""
    demand = introduction.demand
    if demand is None or demand.disclosure is not Disclosure.MASKED:
        return None
    return Side.FROM if demand.organisation_id == introduction.from_organisation_id else Side.TO


def can_know(reader: Reader, introduction: Introduction, side: Side) -> bool:
    """Whether the reader may be told who stands on this side; the masked one only after acceptance."""
    if masked_side(introduction) is not side:
        return True
    demand = introduction.demand
    assert demand is not None  # it is what is masked
    if is_asking(reader, introduction) if side is Side.FROM else is_asked(reader, introduction):
        return True
    told = introduction.accepted and (takes_part(reader, introduction) or assists(reader, introduction))
    return told or demand_policy.can_know_owner(reader, demand)


def can_see_contacts(reader: Reader, introduction: Introduction) -> bool:
    """Name, title, e-mail and phone of both sides: after acceptance, never before (domain rule)."""
    return introduction.accepted and can_read(reader, introduction)


def can_read_thread(reader: Reader, introduction: Introduction) -> bool:
    return introduction.accepted and can_read(reader, introduction)


def may_assist(reader: Reader) -> bool:
    """Brokers and officers who decide; 监督 reads everything and decides nothing."""
    decides = reader.officer_zone is not None or reader.decides_for_zone("")
    return reader.is_broker or (reader.officer_level is not None and decides)


def can_write(reader: Reader, introduction: Introduction) -> bool:
    """Both sides, and who assists as long as they are broker or officer; other officers read.

    What has ended keeps the assistant who brought it about, also when they are a broker no longer.
    """
    talking = introduction.status in (IntroductionStatus.ACTIVE, IntroductionStatus.AGREED)
    assisting = assists(reader, introduction) and may_assist(reader)
    return talking and (takes_part(reader, introduction) or assisting)


def side_of(reader: Reader, introduction: Introduction) -> Side | None:
    if is_asking(reader, introduction):
        return Side.FROM
    if is_asked(reader, introduction):
        return Side.TO
    return Side.ASSISTANT if assists(reader, introduction) else None
