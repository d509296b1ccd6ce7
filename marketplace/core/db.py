"""Database foundations: declarative base, column types, transactions, SQLite's manners."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config import ConfigurationError
from marketplace.core import clock
from marketplace.core.choices import Choice

PUBLIC_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like another character
PUBLIC_ID_LENGTH = 10


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes only, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime refused")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


C = TypeVar("C", bound=Choice)


class ChoiceType(TypeDecorator[C]):
    """A Choice stored as its code. The CHECK constraint is the table's (see ``one_of``)."""

    impl = String(32)
    cache_ok = True

    def __init__(self, choice: type[C]) -> None:
        super().__init__()
        self.choice = choice

    def process_bind_param(self, value: C | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choice.of(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> C | None:
        return None if value is None else self.choice.of(value)


def check_database_url(url: str) -> None:
    """Raise ConfigurationError where this is no URL of a database, or its driver is not installed."""
    try:
        make_url(url).get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError(f"DATABASE_URL: {error}") from error


def one_of(column: str, choice: type[Choice]) -> str:
    """The SQL text of a CHECK that keeps ``column`` inside the vocabulary."""
    return f"{column} IN ({', '.join(repr(member.value) for member in choice)})"


def new_public_id() -> str:
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


PrimaryKey = Annotated[int, mapped_column(primary_key=True)]
PublicId = Annotated[str, mapped_column(String(PUBLIC_ID_LENGTH), unique=True, default=new_public_id)]
Fen = Annotated[int, mapped_column(BigInteger)]  # money in 分
Timestamp = Annotated[datetime, mapped_column(UTCDateTime)]


class Created:
    """When a row came into being."""

    created_at: Mapped[Timestamp] = mapped_column(default=clock.now)


_write_intent: ContextVar[bool] = ContextVar("write_intent", default=False)


@contextmanager
def transaction() -> Iterator[Any]:
    """One unit of work that writes: commit at the end, roll everything back on any error.

    On SQLite it takes the write lock before its first read: a deferred transaction that reads and
    then writes fails at once when another writer came between. Reads made before it belong to an
    earlier snapshot and are ended here.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside transaction()")
    session.rollback()
    token = _write_intent.set(True)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _write_intent.reset(token)


PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "synchronous=FULL",
    "secure_delete=ON",  # what is purged is overwritten, and does not stay in free pages
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _write_intent.get() else "BEGIN")
