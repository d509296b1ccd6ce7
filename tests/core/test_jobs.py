"""Work that is due: in order, exactly once with its effects, again after a failure, never lost by a kill."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import clock, jobs
from marketplace.core.db import _write_intent, db, transaction
from marketplace.core.errors import Conflict
from marketplace.core.jobs import (
    Job,
    actions_in_lane,
    cancel,
    due_count,
    handles,
    prepares,
    run_next,
    schedule,
)
from marketplace.notifications.models import Mail
from marketplace.notifications.service import send_mail
from tests.core.job_child import COUNT
from tests.indexing.processes import running, wait_until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACT = "test.act"
Handler = Callable[[Session, str], None]
Children = list["subprocess.Popen[str]"]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Let this function handle the action ACT for one test."""
    return lambda handler: monkeypatch.setitem(jobs.HANDLERS, ACT, handler)


@pytest.fixture
def done(app: Flask, handle: Callable[[Handler], None]) -> list[str]:
    """The objects for which ACT was done, in order."""
    objects: list[str] = []
    handle(lambda session, obj: objects.append(obj))
    return objects


def plan(obj: str, due_at: datetime, action: str = ACT) -> None:
    with transaction() as session:
        schedule(session, action, obj, due_at)


def do_all(moment: datetime, actions: frozenset[str] = frozenset({ACT})) -> int:
    number = 0
    with clock.frozen(moment):
        while run_next(actions):
            number += 1
    return number


def rows() -> list[Job]:
    found = list(db.session.scalars(select(Job).order_by(Job.id)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def mails() -> list[str]:
    found = list(db.session.scalars(select(Mail.subject).order_by(Mail.id)))
    db.session.rollback()
    return found


def test_nothing_is_done_before_its_time(done: list[str]) -> None:
    plan("result:1", NOON)
    assert do_all(NOON - timedelta(seconds=1)) == 0
    assert do_all(NOON) == 1 and done == ["result:1"]
    [job] = rows()
    assert (job.done_at, job.attempts, job.problem) == (NOON, 1, "")
    assert do_all(NOON + timedelta(days=9)) == 0 and done == ["result:1"]


def test_scheduled_twice_is_done_once(done: list[str]) -> None:
    for _ in range(3):
        plan("result:1", NOON)
    plan("result:1", NOON + MINUTE)  # another time is another job
    assert do_all(NOON) == 1
    plan("result:1", NOON)  # also when it has been done
    assert do_all(NOON) == 0
    assert do_all(NOON + MINUTE) == 1


def test_overdue_ones_are_all_done_in_the_order_they_were_due(done: list[str]) -> None:
    """As after a downtime."""
    for days in (3, 1, 2):
        plan(f"result:{days}", NOON + timedelta(days=days))
    with clock.frozen(NOON + timedelta(days=30)):
        assert due_count() == 3
    assert do_all(NOON + timedelta(days=30)) == 3
    assert done == ["result:1", "result:2", "result:3"]


def test_an_action_without_a_handler_cannot_be_scheduled(app: Flask) -> None:
    with pytest.raises(LookupError, match=r"no handler for 'test\.none'"):
        plan("result:1", NOON, "test.none")


def test_two_handlers_of_one_action_are_refused(done: list[str]) -> None:
    with pytest.raises(LookupError, match="two handlers"):
        handles(ACT)(lambda session, obj: None)


def test_slow_actions_have_a_lane_of_their_own(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLOW", {"test.slow"})
    monkeypatch.setitem(jobs.HANDLERS, "test.slow", lambda session, obj: None)
    fast, slow = actions_in_lane(slow=False), actions_in_lane(slow=True)
    assert ACT in fast and slow == {"test.slow"} and not fast & slow
    plan("result:1", NOON, "test.slow")
    assert do_all(NOON, fast) == 0
    assert do_all(NOON, slow) == 1


def test_cancelled_is_not_done_and_others_are(done: list[str]) -> None:
    for obj in ("result:1", "result:2"):
        plan(obj, NOON)
    with transaction() as session:
        cancel(session, ACT, "result:1")
    assert do_all(NOON) == 1 and done == ["result:2"]
    with transaction() as session:
        cancel(session, ACT, "result:2")
    assert [job.object for job in rows()] == ["result:2"]  # what was done stays on record


def test_a_schedule_that_is_rolled_back_is_none(done: list[str]) -> None:
    with pytest.raises(KeyError), transaction() as session:  # noqa: PT012  # in this order
        schedule(session, ACT, "result:1", NOON)
        raise KeyError
    assert do_all(NOON) == 0


def test_a_failure_leaves_no_effect_and_is_tried_again_ever_later(
    app: Flask, handle: Callable[[Handler], None]
) -> None:
    failing = True

    def handler(session: Session, obj: str) -> None:
        send_mail(session, "a@unit.example", obj, "一次")
        if failing:
            raise Conflict("内部文字")

    handle(handler)
    plan("result:1", NOON)
    moment, waits = NOON, []
    for attempt in range(1, 14):
        assert do_all(moment) == 1  # it is not tried twice at once
        [job] = rows()
        assert (job.done_at, job.attempts, job.problem) == (None, attempt, "Conflict")
        waits.append(job.next_try_at - moment)
        moment = job.next_try_at
    assert waits[0] == jobs.FIRST_RETRY and waits[-1] == jobs.LONGEST_RETRY
    assert waits == sorted(waits) and mails() == []
    failing = False
    assert do_all(moment) == 1 and mails() == ["result:1"]
    [job] = rows()
    assert (job.done_at, job.attempts, job.problem) == (moment, 14, "")


def test_a_failing_job_does_not_hold_up_the_next(
    app: Flask, handle: Callable[[Handler], None], done: list[str]
) -> None:
    def handler(session: Session, obj: str) -> None:
        if obj == "result:1":
            raise ZeroDivisionError
        done.append(obj)

    handle(handler)
    plan("result:1", NOON)
    plan("result:2", NOON + MINUTE)
    assert do_all(NOON + MINUTE) == 2 and done == ["result:2"]


def test_a_handler_may_schedule_itself_again(app: Flask, handle: Callable[[Handler], None]) -> None:
    handle(lambda session, obj: schedule(session, ACT, obj, clock.now() + MINUTE))
    plan("site", NOON)
    assert do_all(NOON) == 1
    assert do_all(NOON + MINUTE) == 1
    assert [job.done_at for job in rows()] == [NOON, NOON + MINUTE, None]


def test_a_handler_may_cancel_what_is_planned_itself_included(
    app: Flask, handle: Callable[[Handler], None]
) -> None:
    """As when an expiry ends in a state for which nothing is due."""

    def handler(session: Session, obj: str) -> None:
        send_mail(session, "a@unit.example", obj, "一次")
        cancel(session, ACT, obj)

    handle(handler)
    plan("result:1", NOON)
    plan("result:1", NOON + MINUTE)
    assert do_all(NOON + MINUTE) == 1
    assert mails() == ["result:1"] and rows() == []


def test_done_jobs_are_forgotten_after_a_while(done: list[str]) -> None:
    plan("result:1", NOON)
    do_all(NOON)
    plan("result:2", NOON)
    with transaction() as session:
        assert jobs.forget_done(session, NOON) == 0
        assert jobs.forget_done(session, NOON + MINUTE) == 1
    assert [job.object for job in rows()] == ["result:2"]


# Real processes


@pytest.fixture
def children(app: Flask) -> Iterator[Callable[[str], Children]]:
    """Start working processes: ``children("inside")`` has reached the middle of a handler."""
    folder = Path(app.extensions["settings"].instance_path)
    with ExitStack() as stack:

        def start(ready: str, number: int = 1) -> Children:
            arguments = [sys.executable, "-m", "tests.core.job_child", str(folder)]
            return [stack.enter_context(running(folder, arguments, ready)) for _ in range(number)]

        yield start


def open_jobs() -> int:
    db.session.rollback()
    return sum(job.done_at is None for job in rows())


def test_killed_in_the_middle_it_is_done_once_afterwards(children: Callable[..., Children]) -> None:
    plan("result:1", NOON, COUNT)
    for _ in range(3):
        [child] = children("inside")
        child.kill()
        child.wait()
        assert mails() == [] and open_jobs() == 1
    children("started")
    wait_until(lambda: open_jobs() == 0)
    assert mails() == ["result:1"]


def test_two_workers_and_random_kills_do_each_job_once(children: Callable[..., Children]) -> None:
    wanted = [f"result:{number}" for number in range(12)]
    for number, obj in enumerate(wanted):
        plan(obj, NOON + number * MINUTE, COUNT)
    dice = random.Random(3)  # noqa: S311  # a test's dice
    children("started")  # this one lives
    for _ in range(3):
        [victim] = children("started")
        sleep(dice.uniform(0, 0.8))
        victim.kill()
        victim.wait()
    children("started")
    wait_until(lambda: open_jobs() == 0)
    assert sorted(mails()) == sorted(wanted)


def test_a_preparation_works_outside_the_transaction_of_its_change(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    intents: list[tuple[str, bool]] = []
    problems = [Conflict("first try")]

    def prepare(session: Session, obj: str) -> Callable[[Session], None]:
        intents.append(("prepare", _write_intent.get()))
        if problems:
            raise problems.pop()

        def change(session: Session) -> None:
            intents.append(("change", _write_intent.get()))
            send_mail(session, "a@unit.example", obj, "")

        return change

    monkeypatch.setattr(jobs, "SLOW", set())
    monkeypatch.setattr(jobs, "PREPARATIONS", {})
    prepares("test.prepared")(prepare)
    assert actions_in_lane(slow=True) == {"test.prepared"}
    plan("result:1", NOON, "test.prepared")
    assert do_all(NOON, frozenset({"test.prepared"})) == 1 and mails() == []  # put off, nothing lost
    assert do_all(NOON + MINUTE, frozenset({"test.prepared"})) == 1 and mails() == ["result:1"]
    assert intents == [("prepare", False), ("prepare", False), ("change", True)]
    assert do_all(NOON + timedelta(days=1), frozenset({"test.prepared"})) == 0
