"""From the outbox to the index: in the right order, once, and with the newest text."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from marketplace.accounts.policy import VISITOR
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id
from marketplace.indexing.models import OutboxEntry
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import BATCH, drain_once, enqueue_all, pending
from marketplace.listings.choices import SecrecyVerdict
from marketplace.matching.service import reader_filter
from marketplace.results.models import Result
from search.documents import FloatArray, IndexedDocument
from search.encoder import Encoder
from search.engine import EngineUnavailable
from tests.factories import Factory

Index = Callable[[], int]


def entries() -> int:
    count = db.session.scalar(select(func.count()).select_from(OutboxEntry)) or 0
    db.session.rollback()
    return count


def suggested(runtime: SearchRuntime, prefix: str) -> tuple[str, ...]:
    return runtime.engine.suggest(prefix, reader_filter(VISITOR))


def retitle(listing: Result | Demand, title: str) -> None:
    with transaction() as session:
        session.merge(listing).title = title


def test_only_what_is_live_is_in_the_index(make: Factory, index: Index, runtime: SearchRuntime) -> None:
    owner, contact = make.staffed()
    live = {
        "open": make.result(owner, contact),
        "masked": make.demand(owner, contact, disclosure=Disclosure.MASKED),
        "directed": make.demand(owner, contact, directed_to=(make.organisation(),)),
        "controlled": make.result(owner, contact, published=False),
    }
    make.publish(live["controlled"], contact, SecrecyVerdict.CONTROLLED)
    make.result(owner, contact, published=False)
    make.withdraw(make.demand(owner, contact), contact)
    with clock.frozen(clock.now() - timedelta(days=9)):
        make.result(owner, contact, valid_until=clock.now() + timedelta(days=1))
    index()
    assert set(runtime.engine.versions()) == {document_id(r.__tablename__, r.id) for r in live.values()}
    assert entries() == pending() == 0


def test_a_withdrawn_expired_or_deleted_listing_leaves_the_index(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    owner, contact = make.staffed()
    withdrawn, deleted = make.result(owner, contact), make.demand(owner, contact)
    expired = make.demand(owner, contact)
    index()
    assert len(runtime.engine.versions()) == 3
    make.withdraw(withdrawn, contact)
    with transaction() as session:
        session.delete(session.merge(deleted))
        session.merge(expired).valid_until = clock.now() + timedelta(seconds=1)
    with clock.frozen(clock.now() + timedelta(seconds=2)):
        index()
        assert runtime.engine.versions() == {}


def test_many_changes_of_one_listing_are_one_piece_of_work(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    result = make.result(*make.staffed(), title="第一题电池膜")
    for title in ("第二题电池膜", "第三题电池膜"):
        retitle(result, title)
    assert entries() > 3 and pending() == 1
    newest = db.session.scalar(select(func.max(OutboxEntry.id)))
    db.session.rollback()
    assert index() == 1
    assert runtime.engine.versions() == {f"result:{result.id}": newest}
    assert suggested(runtime, "第三题") == ("第三题电池膜",)
    assert suggested(runtime, "第一题") == suggested(runtime, "第二题") == ()
    assert index() == 0


class FailingEngine:
    """Fails before or after the real engine has written."""

    def __init__(self, engine: Any, after: bool) -> None:
        self._engine, self._after = engine, after

    def write(self, upserts: Sequence[IndexedDocument], deletes: Sequence[str] = ()) -> None:
        if self._after:
            self._engine.write(upserts, deletes)
        raise EngineUnavailable("down")


@pytest.mark.parametrize("after", [False, True])
def test_an_engine_that_fails_loses_no_entry(
    make: Factory, index: Index, runtime: SearchRuntime, after: bool
) -> None:
    result = make.result(*make.staffed())
    waiting = entries()
    with closing(runtime.open_writer()) as engine, pytest.raises(EngineUnavailable):
        drain_once(FailingEngine(engine, after), runtime.indexing_encoder)
    assert entries() == waiting
    assert index() == 1
    assert set(runtime.engine.versions()) == {f"result:{result.id}"}
    assert entries() == 0


class ChangingEncoder:
    """The real encoder; while it encodes the first time, somebody changes the row."""

    def __init__(self, encoder: Any, change: Callable[[], None]) -> None:
        self._encoder, self._change = encoder, change
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        self.texts += texts
        vectors: FloatArray = self._encoder.encode_passages(texts)
        change, self._change = self._change, lambda: None
        change()
        return vectors


def test_a_change_while_encoding_keeps_its_entry(make: Factory, index: Index, runtime: SearchRuntime) -> None:
    result = make.result(*make.staffed(), title="第一题电池膜")
    encoder = ChangingEncoder(runtime.indexing_encoder, lambda: retitle(result, "第二题电池膜"))
    with closing(runtime.open_writer()) as engine:
        assert drain_once(engine, encoder) == 1
        assert pending() == 1
        assert drain_once(engine, encoder) == 1
        assert drain_once(engine, encoder) == 0
    runtime.__dict__.pop("engine", None)
    assert suggested(runtime, "第") == ("第二题电池膜",)


def test_a_withdrawal_while_encoding_is_not_undone(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    owner, contact = make.staffed()
    result = make.result(owner, contact)
    encoder = ChangingEncoder(runtime.indexing_encoder, lambda: make.withdraw(result, contact))
    with closing(runtime.open_writer()) as engine:
        while drain_once(engine, encoder):
            pass
    runtime.__dict__.pop("engine", None)
    assert runtime.engine.versions() == {}


def test_encoding_holds_no_transaction(app: Flask, make: Factory, runtime: SearchRuntime) -> None:
    """SQLite has one writer: an encoding of seconds inside a transaction would stop the site."""
    make.result(*make.staffed())
    seen: list[bool] = []
    encoder = ChangingEncoder(runtime.indexing_encoder, lambda: seen.append(db.session().in_transaction()))
    with closing(runtime.open_writer()) as engine:
        drain_once(engine, encoder)
    assert seen == [False]


def test_what_is_encoded_holds_nothing_of_the_owner(make: Factory, runtime: SearchRuntime) -> None:
    make.result(*make.staffed(name="显名单位有限公司", short_name="显名单位"), details="受控之工艺")
    encoder = ChangingEncoder(runtime.indexing_encoder, lambda: None)
    with closing(runtime.open_writer()) as engine:
        drain_once(engine, encoder)
    assert encoder.texts
    assert not [text for text in encoder.texts if "显名" in text or "受控" in text]


def test_a_need_that_becomes_masked_is_no_longer_found_by_its_owner(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    demand = make.demand(*make.staffed(name="显名单位有限公司", short_name="显名单位"))
    index()
    assert suggested(runtime, "显名") == ("显名单位", "显名单位有限公司")
    with transaction() as session:
        session.merge(demand).disclosure = Disclosure.MASKED
    index()
    assert suggested(runtime, "显名") == ()
    assert suggested(runtime, "低温") != ()


def test_a_round_takes_a_batch_and_the_oldest_first(make: Factory, runtime: SearchRuntime) -> None:
    owner, contact = make.staffed()
    first = make.result(owner, contact, published=False)
    drafts = [make.result(owner, contact, published=False) for _ in range(BATCH)]
    retitle(first, "又改了一次的最早一项")
    with closing(runtime.open_writer()) as engine:
        assert drain_once(engine, runtime.indexing_encoder) == BATCH
        db.session.rollback()
        left = db.session.scalars(select(OutboxEntry.listing_id)).all()
        assert left == [drafts[-1].id]
        db.session.rollback()
        assert drain_once(engine, runtime.indexing_encoder) == 1
        assert drain_once(engine, runtime.indexing_encoder) == 0


def test_an_entry_committed_late_under_a_lower_id_is_not_lost(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    """As on PostgreSQL, where ids are given before the commit: 5 may appear after 6."""
    result = make.result(*make.staffed())
    index()

    def with_id(identifier: int) -> None:
        with transaction() as session:
            session.execute(
                insert(OutboxEntry), {"id": identifier, "kind": "result", "listing_id": result.id}
            )

    class Late:
        """An encoder during whose work the other transaction commits."""

        def encode_passages(self, texts: Sequence[str], progress: Any = None) -> FloatArray:
            with_id(5_000)
            return runtime.indexing_encoder.encode_passages(texts)

    with_id(6_000)
    with closing(runtime.open_writer()) as engine:
        drain_once(engine, cast(Encoder, Late()))
    assert pending() == 1


def test_an_index_that_was_removed_or_made_with_another_model_is_lost(
    make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    result = make.result(*make.staffed())
    index()
    shutil.rmtree(runtime.index_path)
    for _ in range(2):
        assert runtime.index_is_lost()
        with transaction() as session:
            enqueue_all(session)
        runtime.rebuild(())
        assert not runtime.index_is_lost()
        index()
        assert set(runtime.engine.versions()) == {document_id("result", result.id)}
        (runtime.index_path / "model").write_text("another")
