"""Pairs the worker finds after indexing: what is kept, what goes, and who reads it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.policy import VISITOR, reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job, run_next
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import AFTER_INDEXING, enqueue_all
from marketplace.listings.choices import ListingStatus
from marketplace.matching.choices import ShownLevel
from marketplace.matching.models import MatchSuggestion
from marketplace.matching.suggestions import NewMatch, new_matches
from marketplace.results.models import Result
from search.documents import Page, Query
from search.encoder import CachedEncoder
from tests.factories import Factory

Index = Callable[[], int]
DAY = timedelta(days=1)
SAME = {
    "title": "硫化物固态电解质膜无溶剂连续压延",
    "difficulty": "硫化物电解质膜需在干燥房外连续成膜，厚度 25 微米，室温离子电导率 3 mS/cm。",
    "research": "无溶剂压延避免溶剂对硫化物的侵蚀。",
}


def waiting() -> list[str]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Job.object).where(Job.action == AFTER_INDEXING, Job.done_at.is_(None)).order_by(Job.object)
        )
    )


def work() -> None:
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        while run_next(frozenset({AFTER_INDEXING})):
            pass
    assert waiting() == []


def pairs() -> set[tuple[int, int]]:
    db.session.rollback()
    return {(row.result_id, row.demand_id) for row in db.session.scalars(select(MatchSuggestion))}


def seen_by(reader: object) -> list[NewMatch]:
    db.session.rollback()
    return list(new_matches(db.session, reader, clock.now() - DAY))  # type: ignore[arg-type]  # a Reader


def test_found_after_indexing_and_gone_when_not_live(app: Flask, make: Factory, index: Index) -> None:
    institute, owner = make.staffed()
    enterprise, seeker = make.staffed()
    result, demand = make.result(institute, owner), make.demand(enterprise, seeker, **SAME)
    make.demand(enterprise, seeker, title="菜市场早市摊位的排号办法", difficulty="早市摊位排号混乱。",
                research="排号规则。", keywords=("早市", "摊位", "排号"), indicators=())  # fmt: skip
    index()
    assert f"result:{result.id}" in waiting() and f"demand:{demand.id}" in waiting()
    work()
    assert pairs() == {(result.id, demand.id)}
    row = db.session.scalars(select(MatchSuggestion)).one()
    assert row.level in (ShownLevel.STRONG, ShownLevel.GOOD)
    found_at = row.found_at

    # The same text again asks for nothing; the day it was found stays when it is looked for again.
    with transaction() as session:
        enqueue_all(session)
    index()
    assert waiting() == []
    with transaction() as session:
        session.get_one(Demand, demand.id).basis = "另有一条中试线可供验证。"
    index()
    assert waiting() == [f"demand:{demand.id}"]
    work()
    assert db.session.scalars(select(MatchSuggestion)).one().found_at == found_at

    make.withdraw(result, owner)
    index()
    work()
    assert pairs() == set()


def test_the_database_is_not_locked_while_matches_are_worked_out(
    app: Flask, make: Factory, index: Index, runtime: SearchRuntime, tmp_path: Path
) -> None:
    """Encoding takes seconds and searching may: neither may hold up whoever saves a form."""
    result, demand = make.result(*make.staffed()), make.demand(*make.staffed(), **SAME)
    written = {"encode_passages": 0, "search": 0, "passages": 0}

    def writes_meanwhile(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **values: Any) -> Any:
            with closing(sqlite3.connect(tmp_path / "site.db", timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")  # "database is locked" where somebody writes
                other.execute("DELETE FROM failed_login")
                other.commit()
            written[name] += 1
            return work(*args, **values)

        return wrapped

    encoder = cast(CachedEncoder, runtime.indexing_encoder)
    encode = writes_meanwhile("encode_passages", encoder.encode_passages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "encode_passages", encode)
        index()
        for name in ("search", "passages"):
            patch.setattr(runtime.engine, name, writes_meanwhile(name, getattr(runtime.engine, name)))
        work()
    assert all(written.values()), written
    assert pairs() == {(result.id, demand.id)}


def test_what_changes_while_matches_are_worked_out_counts(
    app: Flask, make: Factory, index: Index, runtime: SearchRuntime
) -> None:
    institute, owner = make.staffed()
    result = make.result(institute, owner)
    make.demand(*make.staffed(), **SAME)
    index()
    search = runtime.engine.search

    def withdraws_meanwhile(query: Query) -> Page:
        page = search(query)
        if db.session.get_one(Result, result.id).status is ListingStatus.PUBLISHED:
            make.withdraw(result, owner)
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime.engine, "search", withdraws_meanwhile)
        work()
    assert pairs() == set()


def test_what_somebody_may_not_read_is_no_news_to_them(app: Flask, make: Factory, index: Index) -> None:
    institute, owner = make.staffed()
    other, stranger = make.staffed()
    enterprise, seeker = make.staffed(name="津港精密制造有限公司", short_name="津港精密")
    own = {organisation.id: make.result(organisation, person) for organisation, person in
           ((institute, owner), (other, stranger))}  # fmt: skip
    directed = make.demand(enterprise, seeker, directed_to=(institute,), **SAME)
    masked = make.demand(enterprise, seeker, disclosure=Disclosure.MASKED, **SAME)
    index()
    work()
    assert len(pairs()) == 4  # kept for everybody, read through the policy

    def needs(person: object) -> set[tuple[int, int]]:
        reader = reader_of(db.session.merge(person))  # type: ignore[arg-type]  # a Person
        return {(match.own.id, match.other.id) for match in seen_by(reader)}

    assert needs(owner) == {(own[institute.id].id, directed.id), (own[institute.id].id, masked.id)}
    assert needs(stranger) == {(own[other.id].id, masked.id)}
    assert seen_by(VISITOR) == []
    with transaction() as session:  # no longer invited: at once no news any more
        session.get_one(Demand, directed.id).directed_to.clear()
    assert needs(owner) == {(own[institute.id].id, masked.id)}


def test_only_what_came_since_is_new(app: Flask, make: Factory, index: Index) -> None:
    institute, owner = make.staffed()
    make.result(institute, owner)
    make.demand(*make.staffed(), **SAME)
    index()
    work()
    reader = reader_of(db.session.merge(owner))
    assert len(new_matches(db.session, reader, clock.now() - DAY)) == 1
    assert new_matches(db.session, reader, clock.now() + DAY) == []
