"""The lanes: one that fails or hangs disturbs no other; the process ends when told; jobs of the night."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core import clock, files, jobs
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job, run_next, schedule
from marketplace.matching.jobs import NAMES
from marketplace.notifications.choices import MailStatus
from marketplace.notifications.models import Mail, Notice
from marketplace.notifications.service import notify, send_mail
from marketplace.worker import lanes
from marketplace.worker.jobs import SITE, SWEEP, next_night, schedule_sweep
from marketplace.worker.lanes import Worker
from marketplace.worker.registry import HANDLER_MODULES
from tests.conftest import make_settings
from tests.factories import Factory
from tests.indexing.processes import command, run_command, running, wait_until

NIGHTLY = (SWEEP, NAMES)  # each schedules itself again


def open_work() -> list[str]:
    """What is queued and not done: actions of jobs, recipients of mails."""
    db.session.rollback()
    found = [*db.session.scalars(select(Job.action).where(Job.done_at.is_(None), Job.action.not_in(NIGHTLY))),
             *db.session.scalars(select(Mail.recipient).where(Mail.status != MailStatus.SENT))]  # fmt: skip
    db.session.rollback()
    return found


@pytest.fixture
def worker(app: Flask, runtime: object, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(lanes, "QUIET", 0.02)
    return Worker(app)


def run_until(worker: Worker, condition: Callable[[], bool]) -> bool:
    """Run the worker here until the condition holds; whether its lanes ended by themselves."""

    def watch() -> None:
        wait_until(condition)
        worker.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    ended = worker.run()
    watcher.join()
    return ended


def test_each_lane_does_its_work_and_all_end(
    app: Flask, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Path(app.extensions["settings"].instance_path) / "mailbox"
    threads: dict[str, str] = {}

    def note(action: str) -> Callable[[object, str], None]:
        return lambda session, obj: threads.update({action: threading.current_thread().name})

    monkeypatch.setattr(jobs, "SLOW", {"test.slow", SWEEP})
    for action in ("test.quick", "test.slow"):
        monkeypatch.setitem(jobs.HANDLERS, action, note(action))
    with transaction() as session:
        for action in ("test.quick", "test.slow"):
            schedule(session, action, "x", clock.now())
        send_mail(session, "a@unit.example", "通知", "文字")
    assert run_until(worker, lambda: len(threads) == 2 and len(list(mailbox.glob("*.eml"))) == 1)
    assert threads == {"test.quick": "lane-deadlines", "test.slow": "lane-slow"}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane-")]


def test_a_failing_lane_disturbs_no_other(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []
    done: list[str] = []

    def broken(*_: object) -> int:
        rounds.append(time.monotonic())
        db.session.execute(select(Job))  # a transaction that is left open
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(lanes, "drain_once", broken)
    monkeypatch.setattr(lanes, "send_waiting", broken)
    monkeypatch.setattr(lanes, "IDLE", 0.02)
    monkeypatch.setitem(jobs.HANDLERS, "test.quick", lambda session, obj: done.append(obj))
    with transaction() as session:
        for number in range(5):
            schedule(session, "test.quick", str(number), clock.now())
    assert run_until(worker, lambda: len(done) == 5 and len(rounds) > 6)


def test_a_lane_that_hangs_is_left_behind(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(lanes, "send_waiting", lambda stopping: int(release.wait(30)))
    monkeypatch.setattr(lanes, "GRACE", 0.3)
    started = time.monotonic()
    assert not run_until(worker, lambda: time.monotonic() - started > 0.2)
    assert time.monotonic() - started < 10
    release.set()
    wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("lane-")])


def test_a_process_does_jobs_and_mail_and_ends_when_told(app: Flask, make: Factory, instance: Path) -> None:
    person = make.person()
    with transaction() as session:
        notify(session, [person.id], "请您审核")
        schedule_sweep(session)
        session.scalars(select(Job)).one().next_try_at = clock.now()
    with running(instance, command("worker"), "worker.started") as process:
        wait_until(lambda: open_work() == [] and jobs.due_count() == 0)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert len(list((instance / "mailbox").glob("*.eml"))) == 1


def test_once_does_what_waits_of_everything(app: Flask, make: Factory, instance: Path) -> None:
    person = make.person()
    with transaction() as session:
        notify(session, [person.id], "请您审核")
        schedule(session, SWEEP, SITE, clock.now())
    done = run_command(instance, "worker", "--once")
    assert (done.returncode, done.stdout) == (0, "0 listings indexed, 1 jobs done, 1 mails sent\n")
    assert open_work() == []


def test_once_says_that_the_mail_server_is_away(app: Flask, make: Factory) -> None:
    app.extensions["settings"] = make_settings(
        app.extensions["settings"].instance_path, smtp_host="127.0.0.1", smtp_port=1, mail_from="a@b.example"
    )
    person = make.person()
    with transaction() as session:
        notify(session, [person.id], "请您审核")
    done = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert done.exit_code == 1 and "the mails stay and are sent later" in done.stderr
    assert "Traceback" not in done.stderr and open_work() == [person.email]


# Every night


def test_next_night_is_three_o_clock_in_shanghai() -> None:
    for moment, night in (
        ("2026-03-01T18:59:59", "2026-03-01T19:00:00"),
        ("2026-03-01T19:00:00", "2026-03-02T19:00:00"),
        ("2026-03-01T23:00:00", "2026-03-02T19:00:00"),
    ):
        utc = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, night)]
        assert next_night(utc[0]) == utc[1]


def test_the_sweep_removes_what_is_old_and_comes_again(app: Flask, make: Factory) -> None:
    person = make.person()
    uploads = files.uploads_path()
    for name, days in (("orphan", 40), ("fresh", 1)):
        (uploads / name).write_bytes(b"x")
        then = (clock.now() - timedelta(days=days)).timestamp()
        os.utime(uploads / name, (then, then))
    with transaction() as session:
        for title, days in (("很久以前读过", 400), ("最近读过", 100), ("没有读过", None)):
            notify(session, [person.id], title, mail=False)
            if days is not None:
                notice = session.scalars(select(Notice).where(Notice.title == title)).one()
                notice.read_at = clock.now() - timedelta(days=days)
        schedule_sweep(session)
        schedule_sweep(session)  # as at each start of the worker
    night = next_night(clock.now())
    for days in (0, 3, 4):  # a worker that was down for two nights sweeps once
        with clock.frozen(night + timedelta(days=days)):
            assert run_next(frozenset({SWEEP})) and not run_next(frozenset({SWEEP}))
    assert sorted(path.name for path in uploads.iterdir()) == ["fresh"]
    assert sorted(db.session.scalars(select(Notice.title))) == ["最近读过", "没有读过"]
    assert len(db.session.scalars(select(Job.id).where(Job.done_at.is_(None))).all()) == 1


def test_no_module_of_handlers_is_forgotten() -> None:
    """Every module that declares a handler stands in the registry."""
    root = Path(lanes.__file__).parents[1]
    found = {
        ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for path in root.rglob("*.py")
        if re.search(r"^@(jobs\.)?(handles|prepares)\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert found == {module.__name__ for module in HANDLER_MODULES}
