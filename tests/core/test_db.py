"""Transactions that do not lose each other's work, times with a zone, keys nobody misreads."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from marketplace.accounts.models import FailedLogin, Person
from marketplace.core.db import PUBLIC_ID_ALPHABET, PUBLIC_ID_LENGTH, db, new_public_id, transaction
from marketplace.taxonomy.models import Term
from tests.factories import Factory


def failure(at: datetime) -> FailedLogin:
    return FailedLogin(email="a@unit.example", address="127.0.0.1", at=at)


def test_a_time_without_zone_is_refused(app: Flask) -> None:
    naive = datetime(2026, 11, 22, 8)  # noqa: DTZ001  # what is tested
    with pytest.raises(StatementError, match="naive datetime refused"), transaction() as session:
        session.add(failure(naive))


def test_a_time_is_stored_and_read_in_utc(app: Flask) -> None:
    shanghai = datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    with transaction() as session:
        session.add(failure(shanghai))
    row = db.session.query(FailedLogin).one()
    db.session.refresh(row)
    assert row.at == shanghai
    assert row.at.tzinfo is UTC
    assert db.session.scalar(text("SELECT at FROM failed_login")) == "2026-11-22 00:30:00.000000"


def test_a_code_outside_the_vocabulary_is_refused(app: Flask, make: Factory) -> None:
    make.organisation()
    with pytest.raises(IntegrityError, match="kind"), transaction() as session:
        session.execute(text("UPDATE organisation SET kind = 'club'"))


def test_two_that_read_and_then_write_both_succeed(app: Flask) -> None:
    """Deferred transactions would read the same snapshot, and one would fail at its first write."""
    with transaction() as session:
        session.add(Term(vocabulary="test", code="counter", title="计数", position=0))
    both_have_read, errors = threading.Barrier(2), []

    def count_up() -> None:
        try:
            with app.app_context(), transaction() as session:
                term = session.query(Term).filter_by(code="counter").one()
                read = term.position
                with suppress(threading.BrokenBarrierError):
                    both_have_read.wait(0.5)  # never happens: the second waits for the write lock
                term.position = read + 1
        except Exception as error:  # seen by the test, not lost with the thread
            errors.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db.session.rollback()
    assert db.session.query(Term).filter_by(code="counter").one().position == 2


def test_a_reader_does_not_wait_for_a_writer(app: Flask) -> None:
    found: list[int] = []

    def read() -> None:
        with app.app_context():
            found.append(db.session.query(Term).filter_by(vocabulary="test").count())

    with transaction() as session:
        session.add(Term(vocabulary="test", code="new", title="新"))
        session.flush()
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(4)  # less than busy_timeout
        assert found == [0]


def test_an_error_rolls_everything_back(app: Flask) -> None:
    with pytest.raises(KeyError), transaction() as session:  # noqa: PT012  # in this order
        session.add(Term(vocabulary="test", code="lost", title="丢"))
        session.flush()
        raise KeyError
    assert db.session.query(Term).filter_by(vocabulary="test").count() == 0


def test_changes_made_outside_a_transaction_are_refused(app: Flask, make: Factory) -> None:
    person = db.session.get_one(Person, make.person(name="原名").id)
    person.name = "改名"
    with pytest.raises(RuntimeError, match="outside transaction"), transaction():
        pass  # pragma: no cover
    db.session.rollback()
    db.session.add(Term(vocabulary="test", code="x", title="x"))
    with pytest.raises(RuntimeError, match="outside transaction"), transaction():
        pass  # pragma: no cover


def test_a_transaction_does_not_build_on_what_was_read_before_it(app: Flask) -> None:
    with transaction() as session:
        session.add(Term(vocabulary="test", code="t", title="旧"))
    term = db.session.query(Term).filter_by(vocabulary="test").one()
    assert term.title == "旧"

    def rename() -> None:
        with app.app_context(), transaction() as session:
            session.query(Term).filter_by(vocabulary="test").one().title = "新"

    thread = threading.Thread(target=rename)
    thread.start()
    thread.join()
    with transaction():
        assert term.title == "新"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000), ("synchronous", 2)],
)
def test_sqlite_is_told_its_manners(app: Flask, pragma: str, value: object) -> None:
    assert db.session.scalar(text(f"PRAGMA {pragma}")) == value


def test_public_ids_have_only_characters_that_nobody_misreads() -> None:
    made = {new_public_id() for _ in range(200)}
    assert len(made) == 200
    assert {len(public_id) for public_id in made} == {PUBLIC_ID_LENGTH}
    assert set("".join(made)) <= set(PUBLIC_ID_ALPHABET)
    assert not set(PUBLIC_ID_ALPHABET) & set("01loi")
