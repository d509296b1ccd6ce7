"""Twenty kills of the worker and of a writing process: the index ends up with exactly what is live."""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep

from flask import Flask
from sqlalchemy import select, text

from marketplace.accounts.models import Person
from marketplace.accounts.policy import VISITOR
from marketplace.core.audit import first_break
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import encode_documents, load_documents, pending
from marketplace.listings.policy import live
from marketplace.matching.service import reader_filter
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from tests.factories import Factory
from tests.indexing.processes import command, run_command, running
from tests.indexing.writer_child import SLOTS, VERSIONS, title

ROUNDS = 10  # each kills one worker and one writer


def live_titles() -> dict[str, str]:
    rows = db.session.execute(select(Result.id, Result.title).where(live(Result, now())))
    found = {f"result:{listing_id}": written for listing_id, written in rows}
    db.session.rollback()
    return found


def check_index(runtime: SearchRuntime) -> None:
    """Every live listing is found by its newest title; nothing else is found by any title ever written."""
    expected = live_titles()
    runtime.__dict__.pop("engine", None)
    engine = runtime.engine
    assert set(engine.versions()) == set(expected)
    for slot in range(SLOTS):
        for version in range(VERSIONS):
            written = title(slot, version)
            found = engine.suggest(written.split()[0], reader_filter(VISITOR))
            assert found == ((written,) if written in expected.values() else ())
    passages = engine.passages(list(expected))
    assert {id: found.sentences[0] for id, found in passages.items()} == {
        id: f"{written}。" for id, written in expected.items()
    }


def check_database() -> None:
    assert db.session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
    assert first_break(db.session) is None
    db.session.rollback()


def keep_all_vectors(make: Factory, runtime: SearchRuntime, owner: Organisation, contact: Person) -> None:
    """Encode every title that the writer can give, so that no worker has to load the model."""
    for slot in range(SLOTS):
        for version in range(VERSIONS):
            result = make.result(owner, contact, title=title(slot, version))
            [document] = load_documents(db.session, "result", {result.id: 0}).values()
            assert document is not None
            db.session.rollback()
            encode_documents([document], runtime.indexing_encoder)
            make.withdraw(result, contact)


def test_twenty_kills_lose_nothing_and_leave_nothing(
    app: Flask, make: Factory, runtime: SearchRuntime, instance: Path, index: Callable[[], int]
) -> None:
    owner, contact = make.staffed()
    identifiers = [str(owner.id), str(contact.id)]
    keep_all_vectors(make, runtime, owner, contact)
    db.session.rollback()
    dice = random.Random(7)  # noqa: S311  # a test's dice
    for number in range(ROUNDS):
        writing = [
            sys.executable,
            "-m",
            "tests.indexing.writer_child",
            str(instance),
            *identifiers,
            str(number),
        ]
        with (
            running(instance, writing, "changed") as writer,
            running(instance, command("worker"), "worker.started") as worker,
        ):
            victims = [writer, worker]
            dice.shuffle(victims)
            for victim in victims:
                sleep(dice.uniform(0, 0.4))
                victim.kill()
                victim.wait()
        check_database()
        if number % 2:  # sometimes the next worker finds what the last two left
            index()
            check_index(runtime)
    done = run_command(instance, "worker", "--once")
    assert done.returncode == 0, done.stderr
    assert pending() == 0
    check_index(runtime)
    check_database()
    assert len(live_titles()) > 1
