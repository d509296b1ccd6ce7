"""The background process: one lane so far, the index."""

import os
import signal
import threading
import time
from types import FrameType

import structlog

from marketplace.core.db import db
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import drain_once

log = structlog.get_logger()

IDLE = 0.2  # seconds between looks at an empty outbox: a listing is to be found within two seconds
LONGEST_PAUSE = 30.0  # seconds after repeated failures


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


class Worker:
    """Runs until SIGTERM or SIGINT; a failing round is logged and tried again, ever less often."""

    def __init__(self, runtime: SearchRuntime, parent: int = 0) -> None:
        """``parent``: id of the process that started this one; without it the worker ends, too."""
        self._runtime = runtime
        self._parent = parent
        self._stop = threading.Event()

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        self._stop.set()

    def _orphaned(self) -> bool:
        return bool(self._parent) and os.getppid() != self._parent

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        engine = self._runtime.open_writer()
        log.info("worker.started")
        pause = IDLE
        try:
            while not self._stop.is_set() and not self._orphaned():
                started = time.monotonic()
                try:
                    done = drain_once(engine, self._runtime.indexing_encoder)
                    pause = IDLE
                except Exception:
                    # Nothing is lost: the entries stand until a round has succeeded.
                    log.exception("index.failed", retry_in=pause)
                    db.session.rollback()  # a transaction that lost its connection never answers again
                    done, pause = 0, min(pause * 2, LONGEST_PAUSE)
                    self._stop.wait(pause)
                    continue
                if done:
                    log.info("index.drained", listings=done, seconds=round(time.monotonic() - started, 3))
                else:
                    self._stop.wait(IDLE)
        finally:
            engine.close()
            log.info("worker.stopped")
