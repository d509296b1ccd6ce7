"""What a broker assists who leaves, or is one no longer: handed over or released, and both sides told."""

import pytest
from sqlalchemy import select

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.accounts.service import appoint
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.introductions.assistance import decide_assistance, offer_assistance
from marketplace.introductions.choices import AssistanceStatus, OutcomeKind
from marketplace.introductions.models import Introduction, IntroductionAssistance
from marketplace.introductions.moves import conclude_introduction
from marketplace.introductions.policy import can_read, can_write
from marketplace.introductions.thread import write_message
from marketplace.introductions.workflow import IntroductionAction
from marketplace.notifications.models import Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.handover import held_items
from marketplace.organisations.members import change_roles, end_membership
from marketplace.organisations.service import add_member
from tests.introductions.conftest import Parties

ROLES = MembershipRole


@pytest.fixture
def firm(parties: Parties) -> Parties:
    """The broker's firm has an administrator and a second broker as well."""
    organisation = parties.organisations["firm"]
    parties.people["boss"] = parties.make.person(organisation, ROLES.ADMIN)
    parties.people["second"] = parties.make.person(organisation, ROLES.BROKER, name="接手经纪人")
    return parties


def leave(parties: Parties, heir: str | None) -> None:
    with transaction() as session:
        general = parties.people[heir].id if heir else None
        end_membership(
            session, parties.reader("boss"), session.merge(parties.organisations["firm"]),
            session.merge(parties.people["broker"]), {}, general,
        )  # fmt: skip


def take_role(parties: Parties) -> None:
    with transaction() as session:
        change_roles(
            session, parties.reader("boss"), session.merge(parties.organisations["firm"]),
            session.merge(parties.people["broker"]), [ROLES.RESEARCHER],
        )  # fmt: skip


def told(person: Person) -> list[str]:
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.person_id == person.id))
    return [f"{row.title} {row.body}" for row in rows if "协助人已" in row.title]


def reads(parties: Parties, who: str, introduction: Introduction) -> bool:
    return can_read(parties.reader(who), parties.again(introduction))


def test_another_broker_takes_over(firm: Parties) -> None:
    introduction = firm.pair()
    leave(firm, "second")
    assert firm.again(introduction).broker_id == firm.people["second"].id
    assert reads(firm, "second", introduction) and not reads(firm, "broker", introduction)
    for who in ("seeker", "owner"):
        [notice] = told(firm.people[who])
        assert "协助人已更换" in notice and "接手经纪人" in notice


def test_who_is_no_broker_takes_over_nothing(firm: Parties) -> None:
    introduction = firm.pair()
    leave(firm, "boss")
    assert firm.again(introduction).broker_id is None
    assert not reads(firm, "boss", introduction) and not reads(firm, "broker", introduction)
    for who in ("seeker", "owner"):
        [notice] = told(firm.people[who])
        assert "协助人已退出" in notice


def test_leaving_asks_for_a_successor(firm: Parties) -> None:
    firm.pair()
    with pytest.raises(InvalidInput):
        leave(firm, None)


def test_a_masked_side_is_not_made_known_to_a_successor(masked: Parties) -> None:
    organisation = masked.organisations["firm"]
    masked.people["boss"] = masked.make.person(organisation, ROLES.ADMIN)
    masked.people["second"] = masked.make.person(organisation, ROLES.BROKER)
    introduction = masked.ask(offered=True)
    with transaction() as session:
        number = session.merge(introduction).number
        offer_assistance(session, masked.reader("broker"), number)
    with transaction() as session:
        row = session.merge(introduction)
        decide_assistance(session, masked.reader("seeker"), row, row.assistance[0].public_id, True)
    masked.move("owner", introduction, IntroductionAction.ACCEPT)
    leave(masked, "second")
    assert masked.again(introduction).broker_id is None
    assert not reads(masked, "second", introduction)


def test_a_role_that_ends_releases(firm: Parties) -> None:
    introduction, asked = firm.pair(), firm.people["broker"]
    take_role(firm)
    assert firm.again(introduction).broker_id is None
    assert not reads(firm, "broker", introduction)
    assert all("协助人已退出" in told(firm.people[who])[0] for who in ("seeker", "owner"))
    assert told(asked) == []


@pytest.mark.parametrize("right", ["broker elsewhere", "officer"])
def test_who_may_still_assist_goes_on(firm: Parties, right: str) -> None:
    introduction = firm.pair()
    with transaction() as session:
        person = session.merge(firm.people["broker"])
        if right == "officer":
            appoint(session, person, Appointment.OFFICER, level=OfficerLevel.DISTRICT)
        else:
            add_member(session, session.merge(firm.organisations["institute"]), person, ROLES.BROKER)
    db.session.expire_all()
    assert held_items(db.session(), firm.organisations["firm"].id, firm.people["broker"].id) == []
    db.session.rollback()
    take_role(firm)
    assert firm.again(introduction).broker_id == firm.people["broker"].id


def test_what_has_ended_keeps_its_assistant(firm: Parties) -> None:
    introduction = firm.pair()
    firm.move("seeker", introduction, IntroductionAction.DECLINE, "方向不符")
    take_role(firm)
    assert firm.again(introduction).broker_id == firm.people["broker"].id


def test_offers_that_nobody_has_answered_fall(firm: Parties) -> None:
    introduction = firm.ask()
    with transaction() as session:
        number = session.merge(introduction).number
        offer_assistance(session, reader_of(session.merge(firm.people["broker"])), number)
    take_role(firm)
    offer = db.session.scalars(select(IntroductionAssistance)).one()
    assert offer.status is AssistanceStatus.DECLINED and offer.decided_at is not None


def test_who_is_a_broker_no_longer_writes_no_more(firm: Parties) -> None:
    introduction = firm.pair()
    firm.move("seeker", introduction, IntroductionAction.CONSENT_FROM)
    firm.move("owner", introduction, IntroductionAction.ACCEPT)
    with transaction() as session:
        kind = OutcomeKind.DEVELOPMENT
        conclude_introduction(session, firm.reader("owner"), session.merge(introduction), kind)
    assert can_write(firm.reader("broker"), firm.again(introduction))
    take_role(firm)
    again = firm.again(introduction)
    assert reads(firm, "broker", introduction) and not can_write(firm.reader("broker"), again)
    with pytest.raises(NotAllowed), transaction() as session:
        write_message(session, firm.reader("broker"), session.merge(introduction), "还想再说一句。")
    assert can_write(firm.reader("owner"), again)
