"""Commands in processes of their own, on a prepared instance folder."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config import PROJECT
from search.model_store import ModelInfo

Completed = subprocess.CompletedProcess[str]
PATIENCE = 120  # seconds: a bound for a hanging process, not a measurement


@pytest.fixture
def instance(tmp_path: Path, model_info: ModelInfo, instance_path: Path, migrated_database: Path) -> Path:
    """A folder with the model and a migrated database, without listings."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "model").symlink_to(instance_path / "model")
    shutil.copy(migrated_database, folder / "site.db")
    return folder


@pytest.fixture
def environment(instance: Path) -> dict[str, str]:
    """As ``make_settings``; nothing of the surrounding settings, no hub, no seeding."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "APP_ENV": "test",
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": "s" * 40,
        "AUDIT_KEY": "a" * 40,
        "PORT": str(free_port()),
        "HF_HUB_OFFLINE": "1",
        "SEARCH_RATE": "10000 per minute",  # a test that waits for a listing asks often
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., Completed]:
    """``run("search", "evaluate", …, PORT="1")``: settings as keywords; stdout and stderr apart."""

    def call(*arguments: str, before: list[str] | None = None, **settings: str) -> Completed:
        return subprocess.run(
            [*(before or []), *command(*arguments)],
            cwd=PROJECT,
            env=environment | settings,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return call


def one_line_error(done: Completed) -> str:
    """The last line of a command that failed as it should: no traceback, exit 1."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1 and done.stderr.strip().endswith(errors[0])
    return errors[0]
