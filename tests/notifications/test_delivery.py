"""The folder of a site without a mail server: every mail once, whoever is killed when."""

import random
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import sleep

import pytest
from flask import Flask

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.notifications.choices import MailStatus
from marketplace.notifications.delivery import CLAIM_AGE, forget_sent, send_waiting, waiting_count
from marketplace.notifications.models import Mail
from marketplace.notifications.service import send_mail
from tests.indexing.processes import running, wait_until

Queue = Callable[..., list[str]]
Stored = Callable[[], list[Mail]]
MAILS, KILLS = 40, 5


@pytest.fixture
def folder(app: Flask) -> Path:
    return Path(app.extensions["settings"].instance_path) / "mailbox"


def message_ids(folder: Path) -> list[str]:
    return [str(message_from_bytes(path.read_bytes(), policy=default)["Message-ID"])
            for path in sorted(folder.glob("*.eml"))]  # fmt: skip


def test_a_mail_lands_in_the_folder_named_by_its_id(queue: Queue, stored: Stored, folder: Path) -> None:
    sent = queue("zhang@unit.example", "li@unit.example")
    assert send_waiting() == 2 and send_waiting() == 0
    assert [path.name for path in sorted(folder.iterdir())] == ["00000001.eml", "00000002.eml"]
    assert message_ids(folder) == sent
    assert folder.stat().st_mode & 0o077 == 0  # links lie in it
    assert [(mail.status, mail.body) for mail in stored()] == [(MailStatus.SENT, "")] * 2


def test_what_is_rolled_back_is_not_sent(app: Flask, folder: Path) -> None:
    with pytest.raises(KeyError), transaction() as session:  # noqa: PT012  # in this order
        send_mail(session, "zhang@unit.example", "通知", "不应寄出")
        raise KeyError
    assert send_waiting() == 0 and not folder.exists()


def test_a_full_disk_drops_no_mail(
    queue: Queue, stored: Stored, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = queue("zhang@unit.example")
    folder.parent.joinpath("mailbox").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="exists"):
        send_waiting()
    assert stored()[0].status is MailStatus.WAITING and waiting_count() == 1
    folder.unlink()
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert send_waiting() == 1
    assert message_ids(folder) == sent


def test_killed_workers_send_each_mail_exactly_once(queue: Queue, stored: Stored, folder: Path) -> None:
    dice = random.Random(5)  # noqa: S311  # a test's dice
    child = [sys.executable, "-m", "tests.notifications.mail_child", str(folder.parent)]
    sent: list[str] = []
    hit = 0
    for _ in range(KILLS):
        with ExitStack() as stack:  # two at once, killed one after the other in the middle of the work
            workers = [stack.enter_context(running(folder.parent, child, "started")) for _ in range(2)]
            sent += queue(*(f"person{number}@unit.example" for number in range(MAILS)))
            for worker in workers:
                sleep(dice.uniform(0, 0.1))
                worker.kill()
                worker.wait()
        hit += any(mail.status is not MailStatus.SENT for mail in stored())
    assert hit, "the kills came too late to hit anything"
    with running(folder.parent, child, "started"):
        wait_until(lambda: all(mail.status is not MailStatus.WAITING for mail in stored()))
    with clock.frozen(clock.now() + CLAIM_AGE + timedelta(seconds=5)):
        send_waiting()  # what died in somebody's hands
    assert sorted(message_ids(folder)) == sorted(sent)
    assert {mail.status for mail in stored()} == {MailStatus.SENT}


def test_old_mails_go_with_their_files(queue: Queue, stored: Stored, folder: Path) -> None:
    queue("zhang@unit.example")
    send_waiting()
    queue("li@unit.example")  # not sent yet: it stays
    for moment, left in ((clock.now() - timedelta(days=1), 2), (clock.now() + timedelta(days=1), 1)):
        with transaction() as session:
            forget_sent(session, moment)
        assert len(stored()) == left
    assert list(folder.iterdir()) == []
