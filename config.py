"""Settings, read from the environment only. docs/settings.md shows this table; a test keeps them equal."""

import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal

from limits import parse_many
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).parent


LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ConfigurationError(Exception):
    """The settings contradict each other or are unsafe; the message is one line for the console."""


class Settings(BaseSettings):
    """Every setting of the site. Without any, this is a development site on loopback."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", env_ignore_empty=True)

    app_env: Literal["development", "production", "test"] = Field(
        "development", description="`production` refuses generated keys and sample accounts."
    )
    instance_path: Path = Field(PROJECT / "instance", description="Folder for all that the site writes.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite `site.db` in INSTANCE_PATH.")
    host: str = Field("127.0.0.1", description="Address to listen on; beyond loopback in production only.")
    port: int = Field(5000, ge=1, le=65535, description="Port to listen on.")
    web_threads: int = Field(8, ge=1, le=64, description="Threads of the web process.")
    secret_key: str = Field("", description="Signs sessions; empty: generated in INSTANCE_PATH.")
    audit_key: str = Field("", description="Key of the audit chain; empty: generated in INSTANCE_PATH.")
    trusted_proxies: int = Field(0, ge=0, le=5, description="Reverse proxies whose X-Forwarded-* count.")
    site_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+/?)?$",
        description="Public address with scheme; `https://…` also turns on secure cookies and HSTS.",
    )
    sample_accounts: bool = Field(
        True, description="Show sample people on the log-in page (development only)."
    )
    seed_password: str = Field(
        "binhai-2026", description="Password of the sample people (development and tests only)."
    )
    model: str = Field(
        "",
        description="sentence-transformers model name or folder; empty: the packaged multilingual-e5-small.",
    )
    search_engine: Literal["embedded"] = Field("embedded", description="Engine that holds the index.")
    encoder_queue: int = Field(
        8, ge=1, le=256, description="Texts waiting for the encoder before the site answers 503."
    )
    encoder_timeout: float = Field(20.0, gt=0, description="Seconds a text may wait for the encoder.")
    match_rate: str = Field("30 per minute", description="Limit of /match for one address.")
    search_rate: str = Field("120 per minute", description="Limit of /search for one address.")
    report_rate: str = Field("10 per hour", description="Limit of new reports (纠错/举报) for one address.")
    login_attempts: int = Field(
        5, ge=1, description="Failed log-ins for one account within LOGIN_WINDOW before it waits."
    )
    login_attempts_per_address: int = Field(
        30, ge=1, description="Failed log-ins from one address within LOGIN_WINDOW before it waits."
    )
    login_window: int = Field(900, ge=1, description="Seconds over which failed log-ins are counted.")
    account_rate: str = Field(
        "60 per hour", description="Limit of registering and of asking for mails, for one address."
    )
    account_mails: int = Field(
        5, ge=1, description="Links mailed to one e-mail address within an hour; more are not sent."
    )
    confirm_link_hours: int = Field(
        48, ge=1, le=720, description="Hours for which a link that confirms an e-mail address holds."
    )
    reset_link_minutes: int = Field(
        60, ge=5, le=1440, description="Minutes for which a link that resets a password holds."
    )
    max_upload_mb: int = Field(
        5, ge=1, le=100, description="Largest upload, in MiB; a text to match comes from at most 5."
    )
    smtp_host: str = Field(
        "",
        description="Mail server; empty: mail is put into the folder `mailbox` of INSTANCE_PATH, as is that"
        " of sample people on a development site always.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="Encryption to the mail server: `none`, `starttls` or `tls`."
    )
    smtp_user: str = Field("", description="Account on the mail server; empty: without log-in.")
    smtp_password: str = Field("", description="Password of SMTP_USER.")
    mail_from: str = Field(
        "", pattern=r"^([^\s@<>]+@[^\s@<>]+)?$", description="Sender's address; needed with SMTP_HOST."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level logged.")
    log_format: Literal["text", "json"] = Field("text", description="`json`: one object a line.")

    @field_validator("match_rate", "search_rate", "account_rate", "report_rate")
    @classmethod
    def rates_are_rates(cls, value: str) -> str:
        parse_many(value)  # a ValueError here; at a request it would mean no limit at all
        return value

    @model_validator(mode="after")
    def production_is_explicit(self) -> "Settings":
        self.instance_path = self.instance_path.expanduser().resolve()
        if self.app_env == "production":
            missing = [name.upper() for name in ("secret_key", "audit_key") if len(getattr(self, name)) < 32]
            if missing:
                raise ValueError(f"APP_ENV=production needs {' and '.join(missing)} of 32 characters or more")
            self.sample_accounts = False
        elif self.host not in LOOPBACK:
            raise ValueError(
                f"HOST={self.host} lets others in, and a development site has accounts with a known"
                " password: set APP_ENV=production, or HOST=127.0.0.1"
            )
        return self

    @model_validator(mode="after")
    def mail_can_be_sent(self) -> "Settings":
        if self.smtp_host and not self.mail_from:
            raise ValueError("SMTP_HOST needs MAIL_FROM, the address that mail comes from")
        if bool(self.smtp_user) != bool(self.smtp_password):
            raise ValueError("SMTP_USER and SMTP_PASSWORD belong together")
        if self.smtp_user and self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError("SMTP_SECURITY=none would send SMTP_PASSWORD in the clear: use starttls or tls")
        return self

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def https(self) -> bool:
        return self.site_url.startswith("https://")

    @cached_property
    def database_uri(self) -> str:
        return self.database_url or f"sqlite:///{self.instance_path / 'site.db'}"

    def key(self, name: Literal["secret_key", "audit_key"]) -> str:
        """The configured key, or one made once and kept in INSTANCE_PATH/keys (never in production)."""
        if configured := str(getattr(self, name)):
            return configured
        path = self.instance_path / "keys" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{secrets.token_hex(4)}")
            temporary.touch(mode=0o600)
            temporary.write_text(secrets.token_urlsafe(48), "utf-8")
            with suppress(FileExistsError):
                path.hardlink_to(temporary)  # atomic, and the first of two processes wins
            temporary.unlink()
        return path.read_text("utf-8")


def load_settings() -> Settings:
    """Read the environment; ConfigurationError carries one readable line."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for detail in error.errors():
            name = ".".join(str(part) for part in detail["loc"]).upper() or "settings"
            lines.append(f"{name}: {detail['msg'].removeprefix('Value error, ')}")
        raise ConfigurationError("; ".join(lines)) from error
