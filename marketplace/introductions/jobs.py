"""Deadlines of introductions, done by the worker."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import SITE
from marketplace.core import clock
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import cancel, handles, schedule
from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.models import Introduction
from marketplace.introductions.moves import move_introduction, people_of
from marketplace.introductions.service import ASK_OUTCOME, LAPSE, REMIND, path_of
from marketplace.introductions.workflow import IntroductionAction
from marketplace.notifications.service import notify
from marketplace.taxonomy.rules import Rule, days_of


def _introduction(session: Session, name: str) -> Introduction | None:
    return session.get(Introduction, int(name.partition(":")[2]))


@handles(REMIND)
def remind(session: Session, name: str) -> None:
    """One working day is left: tell whoever has not agreed. Too late a reminder is none."""
    introduction = _introduction(session, name)
    if introduction is None or introduction.status is not IntroductionStatus.PENDING:
        return
    if introduction.reply_due_at <= clock.now():  # after downtime: the lapse follows
        return
    due = zh_deadline(introduction.reply_due_at)
    for person_id, organisation_id, agreed_at in (
        (introduction.from_person_id, introduction.from_organisation_id, introduction.from_agreed_at),
        (introduction.to_person_id, introduction.to_organisation_id, introduction.to_agreed_at),
    ):
        if agreed_at is None:
            notify(
                session,
                [person_id],
                f"对接申请即将超期：{introduction.asked_for.title}",
                f"对接编号 {introduction.number}。请在 {due} 前答复。",
                path_of(introduction),
                organisation_id=organisation_id,
                urgent=True,
            )


@handles(LAPSE)
def lapse(session: Session, name: str) -> None:
    """Nobody answered in time; a late acceptance is still possible."""
    introduction = _introduction(session, name)
    if introduction is None or introduction.status is not IntroductionStatus.PENDING:
        return
    cancel(session, REMIND, name)
    move_introduction(session, SITE, introduction, IntroductionAction.LAPSE)


@handles(ASK_OUTCOME)
def ask_outcome(session: Session, name: str) -> None:
    """What came of it? Asked again at the same distance until one of the sides has said."""
    introduction = _introduction(session, name)
    if introduction is None or introduction.status is not IntroductionStatus.ACTIVE:
        return
    moment = clock.now()
    introduction.outcome_asked_at = moment
    for _, person_id, organisation_id in people_of(introduction):
        if organisation_id is not None:  # the two sides
            notify(
                session,
                [person_id],
                f"请登记对接结果：{introduction.asked_for.title}",
                f"对接编号 {introduction.number}。已达成或未达成，都请登记；仍在商谈可先不登记。",
                path_of(introduction),
                organisation_id=organisation_id,
                urgent=True,
            )
    schedule(session, ASK_OUTCOME, name, moment + days_of(session, Rule.INTRODUCTION_OUTCOME))
