"""Who may read and decide what of an organisation; each rule as Python and as SQL."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from marketplace.accounts.policy import Reader
from marketplace.organisations.choices import MembershipRole, OfferDirection
from marketplace.organisations.models import MembershipOffer, Organisation


def _managed_ids(reader: Reader) -> list[int]:
    return sorted(i for i in reader.organisation_ids if reader.has_role(i, MembershipRole.ADMIN))


def can_manage(reader: Reader, organisation: Organisation) -> bool:
    """Members, roles, data: its administrators."""
    return reader.has_role(organisation.id, MembershipRole.ADMIN)


def manageable(reader: Reader) -> ColumnElement[bool]:
    """``can_manage`` in SQL."""
    return Organisation.id.in_(_managed_ids(reader))


def can_decide(reader: Reader, organisation: Organisation) -> bool:
    """Verification, change of identity, appointing an administrator: officers of its zone."""
    return reader.decides_for_zone(organisation.zone)


def decidable(reader: Reader) -> ColumnElement[bool]:
    """``can_decide`` in SQL."""
    if reader.officer_level is None:
        return false()
    if reader.decides_for_zone(""):
        return true()
    return false() if reader.officer_zone is None else Organisation.zone == reader.officer_zone


def can_read_inside(reader: Reader, organisation: Organisation) -> bool:
    """Legal person, shareholders, members: the organisation itself and its officers."""
    return organisation.id in reader.organisation_ids or reader.reads_as_officer(organisation.zone)


def inside_readable(reader: Reader) -> ColumnElement[bool]:
    """``can_read_inside`` in SQL."""
    return or_(Organisation.id.in_(sorted(reader.organisation_ids)), _read_as_officer(reader))


def can_read_proofs(reader: Reader, organisation: Organisation) -> bool:
    """Papers hold personal data: its administrators and its officers only."""
    return can_manage(reader, organisation) or reader.reads_as_officer(organisation.zone)


def proofs_readable(reader: Reader) -> ColumnElement[bool]:
    """``can_read_proofs`` in SQL."""
    return or_(manageable(reader), _read_as_officer(reader))


def _read_as_officer(reader: Reader) -> ColumnElement[bool]:
    return true() if reader.reads_everything else decidable(reader)


def can_read_offer(reader: Reader, offer: MembershipOffer) -> bool:
    """The person it is about, the administrators, and officers where they decide.

    The holder of an invitation is known by e-mail, which the service compares.
    """
    own = reader.person_id is not None and reader.person_id == offer.person_id
    asked = offer.to_officer and reader.reads_as_officer(offer.organisation.zone)
    return own or can_manage(reader, offer.organisation) or asked


def offers_readable(reader: Reader) -> ColumnElement[bool]:
    """``can_read_offer`` in SQL."""
    own = false() if reader.person_id is None else MembershipOffer.person_id == reader.person_id
    officers = select(Organisation.id).where(_read_as_officer(reader))
    return or_(
        own,
        MembershipOffer.organisation_id.in_(_managed_ids(reader)),
        and_(MembershipOffer.to_officer, MembershipOffer.organisation_id.in_(officers)),
    )


def is_invitation(offer: MembershipOffer) -> bool:
    return offer.direction is OfferDirection.INVITATION
