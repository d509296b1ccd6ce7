"""``flask serve``: make everything ready, then run the web and the worker as two processes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
import waitress
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from config import PROJECT, Settings
from marketplace.cli.errors import plain_errors
from marketplace.core.db import transaction
from marketplace.indexing.runtime import SearchRuntime, runtime
from marketplace.indexing.service import drain_once, enqueue_all, pending

RESTART_PAUSE = 2.0  # seconds before a worker that died is started again
WORKER_GRACE = 10.0  # seconds a worker gets to end by itself


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what a long step does and how long it took."""
    click.echo(f"• {title} …", err=True)
    started = time.monotonic()
    yield
    click.echo(f"  done in {time.monotonic() - started:.1f} s", err=True)


def check_port(settings: Settings) -> None:
    """Raise ClickException when somebody listens already."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror});"
                f" choose another port, for example PORT={settings.port + 1} make run"
            ) from error


def prepare(settings: Settings, search: SearchRuntime) -> None:
    """Database, sample data, model and index, each only as far as it is missing."""
    with step("database: migrations"):
        upgrade()
    with step("sample data (示例)" if settings.app_env == "development" else "dictionaries"):
        from seed_data.loader import load_seed, load_vocabularies  # YAML: read at a start only

        with transaction() as session:
            if settings.app_env == "development":
                load_seed(session, settings.seed_password)
            else:
                load_vocabularies(session)
    with step(f"language model {settings.model or '(packaged multilingual-e5-small)'}"):
        model = search.model
        click.echo(f"  {model.name}, {model.dimensions} dimensions, {model.dtype}", err=True)
    if search.index_is_lost():
        with transaction() as session:
            enqueue_all(session)
        search.rebuild(())
    if waiting := pending():
        with step(f"index: {waiting} changes to encode and write"):
            build_index(search, waiting)


def build_index(search: SearchRuntime, waiting: int) -> None:
    engine, done = search.open_writer(), 0
    try:
        while count := drain_once(engine, search.indexing_encoder):
            done += count
            click.echo(f"  {done} of {max(done, waiting)}", err=True)
    finally:
        engine.close()


class WorkerProcess:
    """Keeps one worker running beside the web; it ends with us, and we see that it ends."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(target=self._supervise, name="worker-watch", daemon=True)
        self._watch.start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--parent", str(os.getpid())]
        return subprocess.Popen(command, cwd=PROJECT)

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            code = self._process.wait()
            if self._stopping.wait(RESTART_PAUSE):
                return
            click.echo(f"the worker ended with code {code}; starting it again", err=True)
            self._process = self._start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(WORKER_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


@click.command()
@with_appcontext
def serve() -> None:
    """Prepare what is missing, then serve the site; the port opens only once all is ready."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy
    settings: Settings = app.extensions["settings"]
    signal.signal(signal.SIGTERM, _stop)
    check_port(settings)
    with plain_errors():
        prepare(settings, runtime())
        with step("warming up the encoder"):
            runtime().encoder.encode_queries(["预热"])
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.web_threads,
            ident=None,
            clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides (ProxyFix)
        )
        worker = WorkerProcess()
        try:
            click.echo(f"Ready: http://{settings.host}:{settings.port}  (Ctrl+C ends it)", err=True)
            server.run()
        finally:
            worker.stop()
