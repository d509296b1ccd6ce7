"""A real site with the sample data in a real browser. Here a missing browser is a failure."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
INSTANCE = PROJECT / "instance" / "e2e"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STARTING = 900  # seconds: the first start seeds, prepares the model and encodes some 380 listings
CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The tests of one run come from one address.
RATES = {
    "MATCH_RATE": "600 per minute", "SEARCH_RATE": "600 per minute",
    "ACCOUNT_RATE": "600 per hour", "REPORT_RATE": "600 per hour",
}  # fmt: skip
BOTH_WIDTHS = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
# Each page says by itself when it is wider than the window.
WATCH_WIDTH = """addEventListener("load", () => {
  if (document.documentElement.scrollWidth > innerWidth) console.error(`sideways scroll: ${location}`);
})"""

OpenPage = Callable[..., Page]
expect.set_options(timeout=20_000)  # a busy machine encodes and signs slowly


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site as ``make run`` serves it, on an instance folder that later runs find prepared.

    To work on a test, keep a site running and name it in E2E_SITE_URL; it has to use the same folder
    (INSTANCE_PATH=$PWD/instance/e2e, where its mails are read) and RATES as generous as here.
    """
    if running := os.environ.get("E2E_SITE_URL"):
        yield running
        return
    instance = INSTANCE
    instance.mkdir(parents=True, exist_ok=True)
    model = instance / "model"
    if not model.exists() and (PROJECT / "instance" / "model").exists():
        model.symlink_to(PROJECT / "instance" / "model")  # prepared by the other tests
    port = free_port()
    settings = {"INSTANCE_PATH": str(instance), "PORT": str(port), **RATES}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
    log = (instance / "serve.log").open("w")
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | settings, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, instance / "serve.log")
        yield url
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the site did not start:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310  # our own address
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"the site was not ready in time:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[OpenPage]:
    """Open a path in a fresh session; no page may log an error or break the content policy."""
    contexts, complaints = [], []

    def enter(path: str = "/", *, viewport: dict[str, int] | None = None, **options: object) -> Page:
        context = browser.new_context(base_url=site, viewport=viewport or DESKTOP, **options)  # type: ignore[arg-type]  # passed through
        contexts.append(context)
        context.add_init_script(WATCH_WIDTH)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield enter
    for context in contexts:
        context.close()
    unexpected = [text for text in complaints if "404" not in text and "422" not in text]
    assert unexpected == []


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
