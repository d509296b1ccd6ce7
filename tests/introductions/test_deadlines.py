"""Replies due in working days, reminders, lapses, outcomes asked for; once each, also after downtime."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job, run_next
from marketplace.introductions.choices import IntroductionStatus, OutcomeKind
from marketplace.introductions.models import Introduction
from marketplace.introductions.moves import conclude_introduction
from marketplace.introductions.service import ASK_OUTCOME, LAPSE, REMIND, path_of
from marketplace.introductions.workflow import IntroductionAction
from marketplace.notifications.models import Mail, Notice
from marketplace.taxonomy.rules import Rule, set_number
from tests.introductions.conftest import Parties

ACTIONS = frozenset({REMIND, LAPSE, ASK_OUTCOME})
Act = IntroductionAction


def shanghai(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00").replace(tzinfo=SHANGHAI)


def work() -> int:
    done = 0
    while run_next(ACTIONS):
        done += 1
    return done


def titles(parties: Parties, who: str) -> list[str]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.person_id == parties.people[who].id, Notice.path.startswith("/introductions"))
        .order_by(Notice.id)
    )
    return [row.title.partition("：")[0] for row in rows]


@pytest.mark.parametrize(
    ("asked", "due", "reminder"),
    [
        # A Monday: the fifth working day is the next Monday.
        ("2026-11-23", "2026-12-01", "2026-11-27"),
        # A Friday: Saturday and Sunday do not count.
        ("2026-11-27", "2026-12-05", "2026-12-03"),
        # Before the National Day holiday (1 to 7 October; 10 October, a Saturday, is worked).
        ("2026-09-29", "2026-10-13", "2026-10-10"),
    ],
)
def test_due_dates_over_weekends_and_holidays(parties: Parties, asked: str, due: str, reminder: str) -> None:
    with clock.frozen(shanghai(asked)):
        parties.demand = parties.make.demand(parties.organisations["enterprise"], parties.people["seeker"])
        introduction = parties.ask_back()
    assert introduction.reply_due_at.astimezone(SHANGHAI) == shanghai(due, 0)
    jobs = {j.action: j.due_at for j in db.session.scalars(select(Job).where(Job.action.in_(ACTIONS)))}
    assert jobs == {LAPSE: introduction.reply_due_at, REMIND: shanghai(reminder, 9).astimezone(UTC)}


def test_the_number_of_days_is_data(parties: Parties) -> None:
    with transaction() as session:
        set_number(session, None, Rule.INTRODUCTION_REPLY, 1)
    with clock.frozen(shanghai("2026-11-25")):
        parties.demand = parties.make.demand(parties.organisations["enterprise"], parties.people["seeker"])
        introduction = parties.ask_back()
    assert introduction.reply_due_at == shanghai("2026-11-27", 0)
    # One day is left from the start: a reminder would come before the request.
    assert [j.action for j in db.session.scalars(select(Job).where(Job.action.in_(ACTIONS)))] == [LAPSE]


def test_reminded_then_lapsed_each_once(parties: Parties) -> None:
    introduction = parties.ask()
    due = introduction.reply_due_at
    with clock.frozen(due - timedelta(hours=1)):
        assert work() == 1
        assert work() == 0
    assert titles(parties, "owner") == ["收到对接申请", "对接申请即将超期"]
    assert titles(parties, "seeker") == []
    with clock.frozen(due):
        assert work() == 1
        assert work() == 0
    assert parties.again(introduction).status is IntroductionStatus.LAPSED
    assert titles(parties, "seeker") == ["对接超期未回应"]


def test_after_downtime_the_lapse_comes_without_the_reminder(parties: Parties) -> None:
    introduction = parties.ask()
    with clock.frozen(introduction.reply_due_at + timedelta(days=9)):
        work()
    assert parties.again(introduction).status is IntroductionStatus.LAPSED
    assert "对接申请即将超期" not in titles(parties, "owner")


def test_both_sides_of_a_pair_are_reminded_until_they_have_agreed(parties: Parties) -> None:
    introduction = parties.pair()
    parties.move("owner", introduction, Act.CONSENT_TO)
    with clock.frozen(introduction.reply_due_at - timedelta(hours=1)):
        work()
    assert "对接申请即将超期" in titles(parties, "seeker")
    assert "对接申请即将超期" not in titles(parties, "owner")


def test_an_answer_forgets_the_dates(parties: Parties) -> None:
    introduction = parties.ask()
    parties.move("owner", introduction, Act.DECLINE, "方向不符")
    with clock.frozen(introduction.reply_due_at + timedelta(days=60)):
        assert work() == 0
    assert parties.again(introduction).status is IntroductionStatus.FAILED


def test_the_outcome_is_asked_for_until_it_is_given(parties: Parties) -> None:
    introduction = parties.ask()
    parties.move("owner", introduction, Act.ACCEPT)
    start = parties.again(introduction).answered_at
    assert start is not None
    for times in (1, 2, 3):
        with clock.frozen(start + timedelta(days=30 * times, hours=times)):
            assert work() == 1
            assert work() == 0
        for who in ("seeker", "owner"):
            assert titles(parties, who).count("请登记对接结果") == times
    with clock.frozen(start + timedelta(days=95)), transaction() as session:
        row = session.merge(introduction)
        conclude_introduction(session, parties.reader("seeker"), row, OutcomeKind.OTHER)
    with clock.frozen(start + timedelta(days=400)):
        assert work() == 0


def test_months_of_downtime_ask_once(parties: Parties) -> None:
    introduction = parties.ask()
    parties.move("owner", introduction, Act.ACCEPT)
    with clock.frozen(clock.now() + timedelta(days=200)):
        assert work() == 1
    assert titles(parties, "seeker").count("请登记对接结果") == 1


def test_every_notice_is_mailed_once_and_leads_to_the_page(parties: Parties) -> None:
    introduction = parties.ask()
    db.session.rollback()
    mails = db.session.scalars(select(Mail).where(Mail.recipient == parties.people["owner"].email)).all()
    (mail,) = [m for m in mails if "对接申请" in m.subject]
    assert path_of(introduction) in mail.body
    row = db.session.get_one(Introduction, introduction.id)
    assert row.number in mail.body and row.message not in mail.body
