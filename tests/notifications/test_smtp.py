"""A real SMTP server on loopback: down for a while, then back; nothing lost, nothing twice."""

import re
import ssl
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from config import PROJECT
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.notifications import delivery
from marketplace.notifications.choices import MailStatus
from marketplace.notifications.delivery import claim_next, send_waiting, waiting_count
from marketplace.notifications.models import Mail
from marketplace.notifications.transports import SAMPLE_DOMAIN, Unreachable, mailbox_path
from tests.notifications.conftest import ACCOUNT, Mailserver

Queue = Callable[..., list[str]]
Stored = Callable[[], list[Mail]]
UseServer = Callable[..., Mailserver]
PEOPLE = tuple(f"person{number}@unit.example" for number in range(5))
LATER = "451 4.7.1 Greylisted, come again"


def try_again(after: timedelta) -> int:
    """One round of the lane, so much later; 0 also where the server cannot be spoken to."""
    with clock.frozen(clock.now() + after):
        try:
            return send_waiting()
        except Unreachable:
            return 0


def test_a_mail_arrives_whole(use_server: UseServer, queue: Queue, stored: Stored) -> None:
    server = use_server()
    server.up()
    [identifier] = queue(
        "Zhang@Unit.example", subject="审核结果：\n已通过", body="您好，\n结果见：http://a.example/x\n"
    )
    assert send_waiting() == 1
    [message] = server.accepted
    assert message["From"] == "滨海科创对接 <site@market.example>"
    assert message["To"] == "zhang@unit.example"
    assert message["Subject"] == "审核结果： 已通过"
    assert message["Message-ID"] == identifier
    assert message["Auto-Submitted"] == "auto-generated"
    [mail] = stored()
    assert message["Date"].datetime == mail.created_at.replace(microsecond=0)
    assert message["X-Envelope"] == "site@market.example zhang@unit.example"
    assert message.get_content_charset() == "utf-8"
    assert message.get_content().splitlines() == ["您好，", "结果见：http://a.example/x"]


def test_a_development_site_mails_no_sample_address(
    use_server: UseServer, queue: Queue, stored: Stored, app: Flask
) -> None:
    """Whoever tries the site with a mail server of theirs sends nothing to what the seed invented."""
    server = use_server(app_env="development")
    server.up()
    samples = ("tan-yuheng@binan-tech.example", "Boss@QINGYAO-H2.EXAMPLE")
    queue(*samples, "me@own-domain.invalid", "you@example.cn")
    assert send_waiting() == 4 and {mail.status for mail in stored()} == {MailStatus.SENT}
    assert [message["To"] for message in server.accepted] == ["me@own-domain.invalid", "you@example.cn"]
    folder = mailbox_path(app.extensions["settings"])
    assert len(list(folder.glob("*.eml"))) == len(samples)


@pytest.mark.parametrize("address", ["a@unit.example.", "two@at@unit.cn", "a b@unit.cn"])
def test_what_is_no_address_is_given_up_and_disturbs_no_other(
    use_server: UseServer, queue: Queue, stored: Stored, address: str
) -> None:
    server = use_server()
    server.up()
    queue(address, PEOPLE[0])
    assert send_waiting() == 1
    assert [mail.status for mail in stored()] == [MailStatus.REFUSED, MailStatus.SENT]


def test_every_address_of_the_seed_is_a_sample_address() -> None:
    """Fields and texts alike: what is mailed to comes from these files."""
    addresses = {
        address.rstrip(".").lower()
        for path in (PROJECT / "seed_data").rglob("*.y*ml")
        for address in re.findall(r"[\w.+-]+@[\w.-]+", path.read_text("utf-8"))
    }
    assert len(addresses) > 50
    assert {a for a in addresses if not a.endswith(SAMPLE_DOMAIN)} == set()


def test_what_was_sent_keeps_no_link(use_server: UseServer, queue: Queue, stored: Stored) -> None:
    server = use_server()
    server.unknown = {PEOPLE[1]: "550 5.1.1 No such user"}
    server.up()
    queue(*PEOPLE[:2])
    send_waiting()
    assert [(mail.status, mail.body) for mail in stored()] == [
        (MailStatus.SENT, ""), (MailStatus.REFUSED, "")
    ]  # fmt: skip


def test_many_mails_take_one_connection(use_server: UseServer, queue: Queue) -> None:
    server = use_server()
    server.up()
    sent = queue(*PEOPLE)
    assert send_waiting() == 5
    assert server.message_ids() == sent and server.connections == 1
    assert send_waiting() == 0 and server.connections == 1  # nothing to send: nobody is called


def test_a_server_in_trouble_loses_nothing_and_gets_nothing_twice(
    use_server: UseServer, queue: Queue, stored: Stored
) -> None:
    """Connection refused, then dropped in DATA, then "later", then up."""
    server = use_server()
    sent = queue(*PEOPLE)
    for minutes in (0, 1, 2):
        assert try_again(timedelta(minutes=minutes)) == 0
    assert {mail.status for mail in stored()} == {MailStatus.WAITING}
    assert max(mail.attempts for mail in stored()) >= 1
    server.up()
    server.answers = ["drop", "drop"]
    assert try_again(timedelta(hours=2)) == 0
    assert try_again(timedelta(hours=3)) == 0
    assert server.accepted == []
    server.answers = [LATER, LATER]
    assert try_again(timedelta(hours=4)) == 3
    server.down()
    assert try_again(timedelta(hours=6)) == 0
    server.up()
    for hours in (8, 10, 12):
        try_again(timedelta(hours=hours))
    assert sorted(server.message_ids()) == sorted(sent)
    assert {mail.status for mail in stored()} == {MailStatus.SENT} and waiting_count() == 0


def test_a_mail_put_off_waits_ever_longer_and_tells_why(
    use_server: UseServer, queue: Queue, stored: Stored
) -> None:
    server = use_server()
    server.up()
    server.answers = [LATER] * 12
    queue(PEOPLE[0])
    moment, waits = clock.now() + timedelta(seconds=1), []
    for attempt in range(1, 13):
        with clock.frozen(moment):
            assert send_waiting() == 0  # and not at once again
        [mail] = stored()
        assert (mail.status, mail.attempts, mail.problem) == (MailStatus.WAITING, attempt, "451 message")
        waits.append(mail.next_try_at - moment)
        moment = mail.next_try_at
    assert waits[0] == delivery.FIRST_RETRY and waits[-1] == delivery.LONGEST_RETRY and waits == sorted(waits)
    with clock.frozen(moment):
        assert send_waiting() == 1


def test_one_greylisted_mail_does_not_hold_up_the_others(use_server: UseServer, queue: Queue) -> None:
    server = use_server()
    server.unknown = {PEOPLE[0]: "450 4.2.0 Greylisted"}
    server.up()
    sent = queue(*PEOPLE[:3])
    assert send_waiting() == 2
    assert server.message_ids() == sent[1:]


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user zhang@unit.example", "554 5.7.1 Spam"])
def test_a_refusal_for_good_ends_it_with_its_code(
    use_server: UseServer, queue: Queue, stored: Stored, answer: str
) -> None:
    server = use_server()
    if answer.startswith("550"):
        server.unknown = {PEOPLE[0]: answer}
    else:
        server.answers = [answer]
    server.up()
    queue(*PEOPLE[:2])
    assert send_waiting() == 1
    [refused, sent] = stored()
    assert (refused.status, sent.status) == (MailStatus.REFUSED, MailStatus.SENT)
    assert refused.problem.split()[0] == answer[:3] and "zhang" not in refused.problem
    assert try_again(timedelta(days=1)) == 0 and waiting_count() == 0


@pytest.mark.parametrize(
    "recipient", ["not an address", "a@unit.example\nBcc: b@unit.example", "张@unit.example", ""]
)
def test_an_address_that_cannot_be_is_refused_and_adds_no_header(
    use_server: UseServer, queue: Queue, stored: Stored, recipient: str
) -> None:
    server = use_server()
    server.up()
    queue(recipient, PEOPLE[0])
    assert send_waiting() == 1
    assert [message["To"] for message in server.accepted] == [PEOPLE[0]]
    assert stored()[0].status is MailStatus.REFUSED


def test_a_worker_that_died_while_sending_is_followed_with_the_same_message_id(
    use_server: UseServer, queue: Queue, stored: Stored
) -> None:
    server = use_server()
    server.up()
    sent = queue(PEOPLE[0])
    assert claim_next() is not None  # and then it dies
    assert send_waiting() == 0  # it might still be at it
    assert try_again(delivery.CLAIM_AGE - timedelta(seconds=5)) == 0
    assert try_again(delivery.CLAIM_AGE + timedelta(seconds=5)) == 1
    assert server.message_ids() == sent
    assert stored()[0].status is MailStatus.SENT


def test_one_that_was_only_slow_does_not_undo_what_the_next_has_done(
    use_server: UseServer, queue: Queue, stored: Stored
) -> None:
    server = use_server()
    server.up()
    queue(PEOPLE[0])
    slow = claim_next()
    assert slow is not None
    assert try_again(delivery.CLAIM_AGE + timedelta(seconds=5)) == 1
    delivery._put_off(slow, Unreachable("timeout"))
    delivery._note(slow, status=MailStatus.REFUSED, problem="550")
    assert stored()[0].status is MailStatus.SENT
    assert try_again(timedelta(days=1)) == 0 and len(server.accepted) == 1


def test_no_transaction_is_open_while_a_server_is_spoken_to(
    use_server: UseServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace.notifications.transports import SMTPConnection

    server = use_server()
    server.up()
    seen: list[bool] = []
    original = SMTPConnection.send

    def watched(self: SMTPConnection, letter: object) -> None:
        seen.append(db.session().in_transaction())
        original(self, letter)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(SMTPConnection, "send", watched)
    queue(PEOPLE[0])
    assert send_waiting() == 1 and seen == [False]


# Encryption and log-in


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side; this process trusts the certificate."""
    key, chain = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", chain, "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_logged_in(
    use_server: UseServer, queue: Queue, certificate: ssl.SSLContext, security: str
) -> None:
    context = "tls_context" if security == "starttls" else "ssl_context"
    server = use_server(security, user=ACCOUNT[0], password=ACCOUNT[1], **{context: certificate},
                        auth_require_tls=security == "starttls")  # fmt: skip
    server.up()
    sent = queue(*PEOPLE[:2])
    assert send_waiting() == 2
    assert server.message_ids() == sent and server.logins == [ACCOUNT[0]]


def test_a_wrong_password_drops_no_mail(
    use_server: UseServer, queue: Queue, stored: Stored, certificate: ssl.SSLContext
) -> None:
    server = use_server("starttls", user=ACCOUNT[0], password="wrong", tls_context=certificate)
    server.up()
    queue(PEOPLE[0])
    with pytest.raises(Unreachable, match="535 SMTPAuthenticationError"):
        send_waiting()
    [mail] = stored()
    assert (mail.status, mail.problem) == (MailStatus.WAITING, "535 SMTPAuthenticationError")


def test_a_certificate_nobody_trusts_gets_no_mail(
    use_server: UseServer, queue: Queue, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = use_server("starttls", tls_context=certificate)
    server.up()
    queue(PEOPLE[0])
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        send_waiting()
    assert server.accepted == []


def test_a_server_without_encryption_gets_no_mail_where_encryption_is_set(
    use_server: UseServer, queue: Queue
) -> None:
    server = use_server("starttls")
    server.up()
    queue(PEOPLE[0])
    with pytest.raises(Unreachable, match="SMTPNotSupportedError"):
        send_waiting()
    assert server.accepted == []
