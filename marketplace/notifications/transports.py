"""Where mail goes: a folder of this machine by default, an SMTP server by settings."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from config import Settings
from marketplace.notifications.message import Letter, compose

TIMEOUT = 30.0  # seconds an SMTP server may be silent
SAMPLE_DOMAIN = ".example"
FOLDER_SENDER = "noreply@marketplace.invalid"


class MailTrouble(Exception):
    """This mail was not accepted; ``code`` is the server's, 0 without one. Never the server's words:
    they may repeat the address."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(f"{code} {reason}" if code else reason)
        self.code = code


class NotNow(MailTrouble):
    """Try this mail again later; others may go (greylisting, a full mailbox)."""


class Unreachable(MailTrouble):
    """The server cannot be spoken to: no mail can go now."""


class Refused(MailTrouble):
    """For good: the address does not exist, or this mail is not wanted there."""


class Transport(Protocol):
    def send(self, letter: Letter) -> None:
        """Return once accepted; MailTrouble otherwise."""
        ...


class MailboxFolder:
    """One .eml file for each mail, named by its id: sent again it replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter) -> None:
        try:
            content = compose(letter, FOLDER_SENDER).as_bytes()
        except ValueError as error:
            raise Refused("address") from error
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # links lie in it
        temporary = self._folder / f".{letter.id}"
        temporary.write_bytes(content)
        temporary.rename(self._folder / f"{letter.id:08d}.eml")


class SMTPConnection:
    """One connection for the mails of a round, opened when the first is there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        encrypted = settings.smtp_security == "tls"
        # Made only where it is used: with its context the server's certificate is checked.
        kind = _over_tls if encrypted else smtplib.SMTP
        server = kind(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def send(self, letter: Letter) -> None:
        try:
            message = compose(letter, self._settings.mail_from)
        except ValueError as error:
            raise Refused("address") from error
        try:
            if self._server is None:
                self._server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(type(error).__name__, getattr(error, "smtp_code", 0)) from error
        try:
            self._server.send_message(message)
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise Refused("address needs SMTPUTF8") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._judged(next(iter(error.recipients.values()))[0], "recipient") from error
        except smtplib.SMTPDataError as error:
            raise self._judged(error.smtp_code, "message") from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            # A refused sender is a fault of our settings and no reason to drop anybody's mail.
            raise Unreachable(type(error).__name__, getattr(error, "smtp_code", 0)) from error

    def _judged(self, code: int, reason: str) -> MailTrouble:
        if code == 421:  # smtplib has hung up
            self.close()
            return Unreachable(reason, code)
        return Refused(reason, code) if 500 <= code < 600 else NotNow(reason, code)

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


class WithoutSamples:
    """Of a development site: the addresses of the sample people are no one's, and no server hears of them.

    All of them end in .example, a name that is never given out (RFC 2606); their mail goes to the folder.
    """

    def __init__(self, folder: MailboxFolder, server: Transport) -> None:
        self._folder, self._server = folder, server

    def send(self, letter: Letter) -> None:
        sample = letter.recipient.lower().rstrip(".").endswith(SAMPLE_DOMAIN)
        (self._folder if sample else self._server).send(letter)


def _over_tls(host: str, port: int, *, timeout: float) -> smtplib.SMTP:
    return smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())


def mailbox_path(settings: Settings) -> Path:
    return settings.instance_path / "mailbox"


@contextmanager
def open_transport(settings: Settings) -> Iterator[Transport]:
    """The transport of the settings, for one round."""
    folder = MailboxFolder(mailbox_path(settings))
    if not settings.smtp_host:
        yield folder
        return
    connection = SMTPConnection(settings)
    try:
        yield WithoutSamples(folder, connection) if settings.app_env == "development" else connection
    finally:
        connection.close()
