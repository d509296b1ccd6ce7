"""The audit chain: whole as it is written, broken by every change, and where it breaks."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.core import audit
from marketplace.core.db import db, transaction

RECORDS = 5


@pytest.fixture
def chain(app: Flask) -> None:
    for number in range(RECORDS):
        with transaction() as session:
            audit.record(session, None, "listing.publish", f"result:{number}", {"理由": f"第 {number} 次"})


def forge(*statements: str) -> None:
    """Change the stored rows as somebody with the database file could."""
    with transaction() as session:
        for statement in statements:
            assert session.execute(text(statement)).rowcount == 1


def broken_at() -> int | None:
    found = audit.first_break(db.session)
    db.session.rollback()
    return found


def test_a_chain_that_nobody_touched_is_whole(chain: None) -> None:
    assert broken_at() is None


def test_an_empty_chain_is_whole(app: Flask) -> None:
    assert broken_at() is None


def change(column: str, value: str, seq: int = 3) -> str:
    return f"UPDATE audit_record SET {column} = {value} WHERE seq = {seq}"  # noqa: S608  # no input


TAMPERING = {
    "a character of the detail": (change("detail", "replace(detail, '2', '3')"), 3),
    "the action": (change("action", "'listing.withdraw'"), 3),
    "the object": (change("object", "'result:9'"), 3),
    "the time": (change("at", "'2020-01-01 00:00:00.000000'"), 3),
    "the mac": (change("mac", "zeroblob(32)"), 3),
    "the first record": (change("detail", "'{}'", 1), 1),
    "a removed row": ("DELETE FROM audit_record WHERE seq = 3", 3),
    "a removed first row": ("DELETE FROM audit_record WHERE seq = 1", 1),
    "a cut tail": (f"DELETE FROM audit_record WHERE seq = {RECORDS}", RECORDS),  # noqa: S608  # no input
    "the head's seq": ("UPDATE audit_head SET seq = 4", RECORDS + 1),
    "the head's count": ("UPDATE audit_head SET count = 4", RECORDS + 1),
    "the head's mac": ("UPDATE audit_head SET mac = zeroblob(32)", RECORDS + 1),
    "a removed head": ("DELETE FROM audit_head", RECORDS + 1),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_every_change_is_found_where_it_is(chain: None, what: str) -> None:
    statement, seq = TAMPERING[what]
    forge(statement)
    assert broken_at() == seq


def test_a_cut_tail_is_found_even_with_the_head_set_back(chain: None) -> None:
    forge(
        f"DELETE FROM audit_record WHERE seq = {RECORDS}",  # noqa: S608  # no input
        "UPDATE audit_head SET seq = seq - 1, count = count - 1,"
        " mac = (SELECT mac FROM audit_record ORDER BY seq DESC LIMIT 1)",
    )
    assert broken_at() == RECORDS
    with transaction() as session:
        audit.record(session, None, "listing.publish", "result:9")
    assert broken_at() is not None


def test_a_row_slipped_in_between_is_found(chain: None) -> None:
    with transaction() as session:
        session.execute(text("UPDATE audit_record SET seq = -seq WHERE seq >= 3"))
        session.execute(text("UPDATE audit_record SET seq = 1 - seq WHERE seq < 0"))
        session.execute(
            text(
                "INSERT INTO audit_record SELECT 3, at, actor_id, action, object, detail, mac"
                " FROM audit_record WHERE seq = 2"
            )
        )
    assert broken_at() == 3


def test_another_key_makes_another_chain(app: Flask, chain: None) -> None:
    app.config["AUDIT_KEY"] = "b" * 40
    assert broken_at() == 1


def test_a_record_goes_with_its_transaction(app: Flask, chain: None) -> None:
    with pytest.raises(RuntimeError, match="after the record"), transaction() as session:  # noqa: PT012  # in this order
        audit.record(session, None, "listing.publish", "result:9")
        raise RuntimeError("after the record")
    assert db.session.query(audit.AuditRecord).count() == RECORDS
    assert broken_at() is None


@pytest.fixture
def verify(app: Flask) -> Callable[[], tuple[int, str]]:
    def run() -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["audit", "verify"])
        return result.exit_code, result.output

    return run


def test_the_command_says_whether_the_chain_is_whole(
    chain: None, verify: Callable[[], tuple[int, str]]
) -> None:
    assert verify() == (0, "the audit chain is whole\n")
    forge(TAMPERING["the action"][0])
    code, output = verify()
    assert code == 1 and "seq 3" in output
