"""A real mail server on loopback that can be down, drop connections, say "later" or refuse."""

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.notifications.models import Mail
from marketplace.notifications.service import send_mail
from tests.conftest import make_settings

ACCOUNT = ("site", "mail-password")


class Mailserver:
    """``answers``: what DATA says to the next mails; "drop" hangs up; then everything is accepted."""

    def __init__(self, port: int, **options: Any) -> None:
        self.port, self._options = port, options
        self.accepted: list[EmailMessage] = []
        self.answers: list[str] = []
        self.unknown: dict[str, str] = {}
        self.connections = 0
        self.logins: list[str] = []
        self._controller: Controller | None = None

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
        elif answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            message["X-Envelope"] = f"{envelope.mail_from} {' '.join(envelope.rcpt_tos)}"
            self.accepted.append(message)
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        self.logins += [ACCOUNT[0]] if given == ACCOUNT else []
        return AuthResult(success=given == ACCOUNT, handled=False)

    def up(self) -> None:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self.authenticate, **self._options
        )
        self._controller.start()

    def down(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def message_ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.accepted]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def use_server(app: Flask) -> Iterator[Callable[..., Mailserver]]:
    """``use_server(security, options…)``: a server, not yet up, that the site's settings name."""
    servers: list[Mailserver] = []

    def use(
        security: str = "none", *, user: str = "", password: str = "", app_env: str = "test", **options: Any
    ) -> Mailserver:
        server = Mailserver(free_port(), **options)
        servers.append(server)
        app.extensions["settings"] = make_settings(
            app.extensions["settings"].instance_path, smtp_host="127.0.0.1", smtp_port=server.port,
            smtp_security=security, smtp_user=user, smtp_password=password, mail_from="site@market.example",
            app_env=app_env,
        )  # fmt: skip
        return server

    yield use
    for server in servers:
        server.down()


@pytest.fixture
def queue(app: Flask) -> Callable[..., list[str]]:
    """Queue mails in one transaction; their Message-IDs."""

    def write(*recipients: str, subject: str = "通知", body: str = "请查看：http://a.example/x") -> list[str]:
        with transaction() as session:
            return [send_mail(session, to, subject, body).message_id for to in recipients]

    return write


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Mail]]:
    """All mails as they stand in the database."""

    def read() -> list[Mail]:
        db.session.rollback()
        found = list(db.session.scalars(select(Mail).order_by(Mail.id)))
        db.session.expunge_all()
        db.session.rollback()
        return found

    return read
