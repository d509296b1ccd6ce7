"""Who reads: the reader's organisations and offices, and the tokens that searches filter by."""

from dataclasses import dataclass, field

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person
from marketplace.organisations.choices import MembershipRole

PUBLIC_TOKEN = "public"  # noqa: S105  # an audience, no secret
OFFICER_TOKEN = "officer"  # noqa: S105  # an audience, no secret


def organisation_token(organisation_id: int) -> str:
    return f"org:{organisation_id}"


def zone_officer_token(zone: str) -> str:
    return f"officer:{zone}"


@dataclass(frozen=True, slots=True)
class Reader:
    """What policies need to know of a person; the default is a visitor."""

    person_id: int | None = None
    organisation_ids: frozenset[int] = frozenset()
    roles: frozenset[tuple[int, MembershipRole]] = field(default=frozenset())
    officer_level: OfficerLevel | None = None
    officer_zone: str | None = None
    # The site itself: the worker's deadlines. No person ever is.
    is_site: bool = False
    # Holder of a confirmation link (代填): may confirm this need and nothing else.
    confirms_demand_id: int | None = None

    @property
    def acting_for(self) -> int | None:
        """The one organisation this reader acts for."""
        return next(iter(self.organisation_ids), None)

    @property
    def is_officer(self) -> bool:
        return self.officer_level is not None

    @property
    def is_broker(self) -> bool:
        return any(role is MembershipRole.BROKER for _, role in self.roles)

    @property
    def reads_everything(self) -> bool:
        """District officers and 监督 read every listing that has left its organisation."""
        return self.officer_level in (OfficerLevel.DISTRICT, OfficerLevel.SUPERVISOR)

    def has_role(self, organisation_id: int, *roles: MembershipRole) -> bool:
        return any((organisation_id, role) in self.roles for role in roles)

    def decides_for_zone(self, zone: str) -> bool:
        return self.officer_level is OfficerLevel.DISTRICT or (
            self.officer_level is OfficerLevel.ZONE and self.officer_zone == zone
        )

    def reads_as_officer(self, zone: str) -> bool:
        return self.reads_everything or self.decides_for_zone(zone)

    @property
    def tokens(self) -> frozenset[str]:
        """Audience tokens of this reader; a document is readable when it carries one of them."""
        tokens = {PUBLIC_TOKEN, *(organisation_token(i) for i in self.organisation_ids)}
        if self.reads_everything:
            tokens.add(OFFICER_TOKEN)
        elif self.officer_zone is not None:
            tokens.add(zone_officer_token(self.officer_zone))
        return frozenset(tokens)


VISITOR = Reader()
SITE = Reader(is_site=True)


def reader_of(person: Person | None, acting_for: int | None = None) -> Reader:
    """The reader a logged-in person is; ended memberships and appointments count for nothing.

    With ``acting_for`` only that organisation's memberships count: one acts for one at a time.
    """
    if person is None or not person.active:
        return VISITOR
    memberships = [
        m for m in person.memberships if m.ended_at is None and acting_for in (None, m.organisation_id)
    ]
    office = next(
        (a for a in person.appointments if a.role is Appointment.OFFICER and a.ended_at is None), None
    )
    return Reader(
        person_id=person.id,
        organisation_ids=frozenset(m.organisation_id for m in memberships),
        roles=frozenset((m.organisation_id, m.role) for m in memberships),
        officer_level=office.level if office else None,
        officer_zone=office.zone if office else None,
    )
