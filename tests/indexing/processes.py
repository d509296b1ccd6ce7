"""Real worker processes over a site's folder."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from config import PROJECT
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import indexed_batches

PATIENCE = 60.0  # seconds: a bound for what hangs, not a measurement


def environment(instance: Path) -> dict[str, str]:
    """As ``make_settings``, for a process of its own; no hub."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "APP_ENV": "test", "INSTANCE_PATH": str(instance), "SECRET_KEY": "s" * 40, "AUDIT_KEY": "a" * 40,
        "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def run_command(instance: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments), cwd=PROJECT, env=environment(instance), capture_output=True, text=True,
        timeout=PATIENCE * 2, check=False,
    )  # fmt: skip


@contextmanager
def running(instance: Path, arguments: list[str], ready: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has written a line with ``ready``; killed at the end if it still runs."""
    log = instance / f"{arguments[-1]}-{monotonic()}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            arguments, cwd=PROJECT, env=environment(instance), stdout=out, stderr=out, text=True
        )
        try:
            wait_until(lambda: ready in log.read_text("utf-8") or process.poll() is not None)
            assert process.poll() is None, log.read_text("utf-8")
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Seconds until the condition held; AssertionError after ``patience``."""
    started = monotonic()
    while not condition():
        assert monotonic() - started < patience, "waited in vain"
        sleep(0.02)
    return monotonic() - started


def keep_vectors(runtime: SearchRuntime) -> None:
    """Encode all that is live, without indexing it: no process has to load the model afterwards."""
    for _ in indexed_batches(runtime.indexing_encoder, lambda done: None):
        pass
