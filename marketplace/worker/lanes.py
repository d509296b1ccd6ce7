"""The background process: lanes that do not wait for each other, each a thread of its own.

index: the outbox into the search index · deadlines: jobs that are due · mail: queued mails · slow:
jobs that take seconds. Every lane has its own application context and so its own session. A round that
fails is logged, rolled back and tried again, ever less often, and disturbs no other lane: entries, jobs
and mails stand in the database until a round has succeeded.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
from flask import Flask

from marketplace.core.db import db, transaction
from marketplace.core.jobs import actions_in_lane, run_next
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import drain_once
from marketplace.matching.jobs import schedule_names
from marketplace.notifications.delivery import send_waiting
from marketplace.notifications.transports import Unreachable
from marketplace.worker.jobs import schedule_sweep
from search.engine import EngineUnavailable, SearchEngine

log = structlog.get_logger()

IDLE = 0.2  # seconds between looks at an empty outbox: a listing is to be found within two seconds
QUIET = 1.0  # seconds between looks at empty lists of jobs and mail
LONGEST_PAUSE = 30.0  # seconds after repeated failures
GRACE = 5.0  # seconds a lane may take to finish its round when the worker ends
EXPECTED = (Unreachable, EngineUnavailable)  # said in one line, without a traceback

Round = Callable[[], int]  # does some work and says how much; 0 where nothing waits


def drain(runtime: SearchRuntime) -> int:
    """Answer the whole outbox once; return how many listings that were."""
    engine = runtime.open_writer()
    try:
        total = 0
        while done := drain_once(engine, runtime.indexing_encoder):
            total += done
            log.info("index.drained", listings=done, total=total)
        return total
    finally:
        engine.close()


def do_due_jobs() -> int:
    """Do every job that is due, in either lane; return how many were tried."""
    done = 0
    for slow in (False, True):
        while run_next(actions_in_lane(slow=slow)):
            done += 1
    return done


class Lane(threading.Thread):
    """Repeats its round until told to stop."""

    def __init__(self, app: Flask, name: str, work: Round, idle: float, stopping: threading.Event) -> None:
        super().__init__(name=f"lane-{name}", daemon=True)  # one that hangs must not keep the process
        self._app, self._lane, self._work = app, name, work
        self._idle, self._stopping = idle, stopping

    def run(self) -> None:
        pause = self._idle
        with self._app.app_context():
            while not self._stopping.is_set():
                try:
                    done = self._round()
                    pause = self._idle
                except Exception as error:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    self._tell(error, pause)
                    db.session.rollback()  # a transaction that lost its connection never answers again
                    done = 0
                if not done:
                    self._stopping.wait(pause)

    def _round(self) -> int:
        started = time.monotonic()
        if done := self._work():
            log.info("lane.done", lane=self._lane, number=done, seconds=round(time.monotonic() - started, 3))
        return done

    def _tell(self, error: Exception, pause: float) -> None:
        if isinstance(error, EXPECTED):
            log.warning("lane.waits", lane=self._lane, reason=str(error), retry_in=pause)
        else:
            log.exception("lane.failed", lane=self._lane, retry_in=pause)


class Worker:
    """Runs its lanes until SIGTERM, SIGINT, or the end of the process that started it."""

    def __init__(self, app: Flask, parent: int = 0) -> None:
        """``parent``: id of the process that started this one; without it the worker ends, too."""
        self._app = app
        self._parent = parent
        self._stopping = threading.Event()

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        self._stopping.set()

    def _orphaned(self) -> bool:
        return bool(self._parent) and os.getppid() != self._parent

    def _lanes(self, engine: SearchEngine) -> list[Lane]:
        search: SearchRuntime = self._app.extensions["search"]
        rounds: dict[str, tuple[Round, float]] = {
            "index": (lambda: drain_once(engine, search.indexing_encoder), IDLE),
            "deadlines": (lambda: run_next(actions_in_lane(slow=False)), QUIET),
            "mail": (lambda: send_waiting(self._stopping.is_set), QUIET),
            "slow": (lambda: run_next(actions_in_lane(slow=True)), QUIET),
        }
        return [Lane(self._app, name, *work, self._stopping) for name, work in rounds.items()]

    def run(self) -> bool:
        """Return whether every lane has ended by itself; the caller ends the process where not.

        Raises RuntimeError when a lane died: whoever started the worker starts it again.
        """
        engine = self._app.extensions["search"].open_writer()
        with self._app.app_context(), transaction() as session:
            schedule_sweep(session)
            schedule_names(session)
        lanes, settings = self._lanes(engine), self._app.extensions["settings"]
        with _stopped_by_signals(self.stop):
            for lane in lanes:
                lane.start()
            log.info("worker.started", lanes=len(lanes))
            if settings.production and not settings.smtp_host:
                log.warning("mail.to_folder", advice="nobody receives mail: set SMTP_HOST")
            while not self._stopping.wait(IDLE) and not self._orphaned():
                dead = [lane.name for lane in lanes if not lane.is_alive()]
                if dead and not self._stopping.is_set():  # told to stop since, they may end first
                    raise RuntimeError(f"died: {', '.join(dead)}")
            self._stopping.set()
            ended = self._join(lanes)
        if not lanes[0].is_alive():  # the index lane: nobody writes any more
            engine.close()
        log.info("worker.stopped", ended=ended)
        return ended

    @staticmethod
    def _join(lanes: list[Lane]) -> bool:
        deadline = time.monotonic() + GRACE
        for lane in lanes:
            lane.join(max(0.0, deadline - time.monotonic()))
        return not any(lane.is_alive() for lane in lanes)


@contextmanager
def _stopped_by_signals(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
