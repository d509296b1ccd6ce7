"""``flask serve``: it opens when all is ready, keeps its worker, ends with it, and fails in one line."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from config import PROJECT
from marketplace.app import create_app
from marketplace.core.db import db
from tests.cli.conftest import PATIENCE, Completed, command, one_line_error
from tests.conftest import make_settings
from tests.factories import Factory


class Site:
    """A running ``flask serve``."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{environment['PORT']}"
        self.log = log
        self.port = int(environment["PORT"])
        with log.open("wb") as file:
            self.process = subprocess.Popen(command("serve"), cwd=PROJECT, env=environment, stderr=file)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str) -> str:
        try:
            with urlopen(self.url + path, timeout=PATIENCE) as response:  # noqa: S310  # of loopback
                return str(response.read(), "utf-8")
        except HTTPError as error:
            error.close()
            pytest.fail(f"{path}: {error.code}\n{self.log.read_text()}")

    def workers(self) -> list[int]:
        pid = self.process.pid
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                line = status.with_name("cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):  # it has ended meanwhile
                continue
            if parent == pid and b"worker" in line:
                found.append(int(status.parent.name))
        return found

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


def eventually(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE} s: {what}"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    """Running, and not a zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def site(environment: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    site = Site(environment, tmp_path / "log")
    yield site
    site.kill()


def wait_until_open(site: Site) -> None:
    eventually(lambda: site.process.poll() is not None or site.listens(), "the port opens")
    assert site.process.poll() is None, site.log.read_text()


def test_a_site_opens_ready_renews_its_worker_and_ends_with_it(
    site: Site, instance: Path, migrated_database: Path
) -> None:
    wait_until_open(site)
    # The first connection already finds everything there.
    assert json.loads(site.get("/readyz")) == {
        "status": "ok", "engine": "ok", "outbox": 0, "jobs": 0, "mail": 0, "mail_goes_to": "folder"
    }  # fmt: skip
    assert "滨海科创对接" in site.get("/")
    log = site.log.read_text()
    assert log.index("language model") < log.index("warming up") < log.index(f"Ready: {site.url}")

    eventually(site.workers, "the worker starts")
    [first] = site.workers()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: any(pid != first for pid in site.workers()), "a killed worker is started again")
    assert "starting it again" in site.log.read_text()

    publish_one(instance)
    eventually(lambda: "高比能固态锂电池" in site.get("/search?kind=result"), "the new listing is found")

    [second] = site.workers()
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(PATIENCE) == 0
    assert not alive(second) and not site.listens()
    assert "Traceback" not in site.log.read_text()


def publish_one(instance: Path) -> None:
    app = create_app(make_settings(instance))
    with app.app_context():
        make = Factory()
        make.result(*make.staffed())
        db.session.remove()
        db.engine.dispose()


def test_a_killed_site_leaves_no_worker(site: Site) -> None:
    wait_until_open(site)
    eventually(site.workers, "the worker starts")
    [worker] = site.workers()
    site.process.kill()
    site.process.wait(PATIENCE)
    eventually(lambda: not alive(worker), "the orphaned worker ends")


# What can be wrong on a newcomer's machine


def test_a_port_in_use_is_named_with_the_way_out(
    run: Callable[..., Completed], environment: dict[str, str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        line = one_line_error(run("serve"))
    assert f"127.0.0.1:{environment['PORT']} cannot be listened on" in line
    assert f"PORT={int(environment['PORT']) + 1}" in line


def test_a_database_that_cannot_be_written_is_named(run: Callable[..., Completed], tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE anything (a)")
    connection.commit()
    connection.close()
    line = one_line_error(run("serve", DATABASE_URL=f"sqlite:///file:{path}?mode=ro&uri=true"))
    assert "the database does not answer: attempt to write a readonly database" in line


def test_a_full_disk_is_told(run: Callable[..., Completed], instance: Path) -> None:
    (instance / "site.db").unlink()
    limited = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]  # blocks a file may have
    # A byte code file cut short by the limit would break every later start.
    line = one_line_error(run("serve", before=limited, PYTHONDONTWRITEBYTECODE="1"))
    assert "disk" in line


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MODEL": "no/such-model"}, "no/such-model cannot be loaded"),
        ({"PORT": "99999"}, "PORT: Input should be less than or equal to 65535"),
        ({"APP_ENV": "production", "SECRET_KEY": ""}, "APP_ENV=production needs SECRET_KEY"),
        ({"INSTANCE_PATH": "/proc/version/instance"}, "Not a directory"),
        ({"MATCH_RATE": "often"}, "MATCH_RATE: "),
        ({"SITE_URL": "market.example"}, "SITE_URL: "),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL: Could not parse"),
        ({"DATABASE_URL": "mysql+absent://db/site"}, "DATABASE_URL: Can't load plugin"),
    ],
    ids=["model", "port", "keys", "folder", "rate", "address", "database", "driver"],
)
def test_wrong_settings_are_named(
    run: Callable[..., Completed], settings: dict[str, str], words: str
) -> None:
    line = one_line_error(run("serve", **settings))
    assert words in line


def test_nothing_listens_after_a_failed_start(
    run: Callable[..., Completed], environment: dict[str, str]
) -> None:
    one_line_error(run("serve", MODEL="/nowhere/model"))
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{environment['PORT']}/", timeout=PATIENCE)
