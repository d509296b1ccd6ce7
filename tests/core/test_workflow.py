"""One way to move a state: permission, source, reason, guard, effect, record; or nothing at all."""

import threading
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Query, Session

from marketplace.core import clock, workflow
from marketplace.core.audit import AuditRecord, first_break
from marketplace.core.choices import Choice
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from marketplace.core.workflow import Transition
from marketplace.listings.choices import ListingStatus
from marketplace.results.models import Result
from tests.factories import Factory


class Act(Choice):
    SEND = "send", "寄出"
    DROP = "drop", "放下"


@dataclass(frozen=True)
class Actor:
    person_id: int | None
    allowed: bool = True


def may(actor: Actor, listing: Result) -> bool:
    return actor.allowed


def untitled(session: Session, listing: Result) -> str | None:
    return None if listing.title != "无题" else "请先填写题目。"


def stamp(listing: Result, reason: str) -> None:
    listing.secrecy_note = "已寄出"


ROWS = (
    Transition(
        Act.SEND, frozenset({ListingStatus.DRAFT}), ListingStatus.SUBMITTED, may, guard=untitled, effect=stamp
    ),
    Transition(
        Act.DROP, frozenset({ListingStatus.SUBMITTED}), ListingStatus.WITHDRAWN, may, needs_reason=True
    ),
)


@pytest.fixture
def draft(make: Factory) -> Result:
    return make.result(*make.staffed(), published=False)


def move(listing: Result, action: Act, actor: Actor, reason: str = "") -> None:
    with transaction() as session:
        workflow.apply(session, ROWS, session.merge(listing), action, actor, reason)


def _records() -> Query[AuditRecord]:
    return db.session.query(AuditRecord).where(AuditRecord.action.startswith("result."))


def stored(listing: Result) -> tuple[ListingStatus, str, int]:
    """Status, the effect's column and the number of audit records, read anew."""
    db.session.rollback()  # an older snapshot would show an older state
    row = db.session.get_one(Result, listing.id)
    found = (row.status, row.secrecy_note, _records().count())
    db.session.rollback()
    return found


def test_a_move_sets_the_state_its_effect_and_its_record(draft: Result, make: Factory) -> None:
    actor = make.person()
    move(draft, Act.SEND, Actor(actor.id))
    assert stored(draft) == (ListingStatus.SUBMITTED, "已寄出", 1)
    record = _records().one()
    assert (record.actor_id, record.action, record.object) == (actor.id, "result.send", f"result:{draft.id}")
    assert record.detail == '{"from": "draft", "reason": "", "to": "submitted"}'
    assert clock.now().timestamp() - record.at.timestamp() < 60
    assert first_break(db.session) is None


def test_the_reason_is_recorded(draft: Result) -> None:
    move(draft, Act.SEND, Actor(None))
    move(draft, Act.DROP, Actor(None), "  内容有误  ")
    last = db.session.query(AuditRecord).order_by(AuditRecord.seq.desc()).first()
    assert last is not None and '"reason": "内容有误"' in last.detail and last.actor_id is None


@pytest.mark.parametrize(
    ("action", "actor", "title", "error", "message"),
    [
        (Act.SEND, Actor(None, allowed=False), "有题", NotAllowed, "您无权执行“寄出”。"),
        (Act.DROP, Actor(None), "有题", Conflict, "当前状态为“草稿”，不能执行“放下”。"),
        (Act.SEND, Actor(None), "无题", InvalidInput, "请先填写题目。"),
        # Who may not act is not told of the state.
        (Act.DROP, Actor(None, allowed=False), "有题", NotAllowed, "您无权执行“放下”。"),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(
    draft: Result, action: Act, actor: Actor, title: str, error: type[DomainError], message: str
) -> None:
    with transaction() as session:
        session.merge(draft).title = title
    before = stored(draft)
    with pytest.raises(error) as caught:
        move(draft, action, actor)
    assert caught.value.message == message
    assert stored(draft) == before


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_grave_act_needs_its_reason(draft: Result, reason: str) -> None:
    move(draft, Act.SEND, Actor(None))
    before = stored(draft)
    with pytest.raises(InvalidInput) as caught:
        move(draft, Act.DROP, Actor(None), reason)
    assert caught.value.field == "reason"
    assert stored(draft) == before


def test_a_failure_after_the_move_takes_all_of_it_back(draft: Result) -> None:
    before = stored(draft)
    with pytest.raises(RuntimeError, match="mail"), transaction() as session:  # noqa: PT012  # in this order
        workflow.apply(session, ROWS, session.merge(draft), Act.SEND, Actor(None))
        raise RuntimeError("mail")
    assert stored(draft) == before


def test_of_two_who_act_at_once_one_is_refused(app: Flask, draft: Result) -> None:
    start, outcomes, draft_id = threading.Barrier(2), [], draft.id

    def act() -> None:
        with app.app_context():
            seen = db.session.get_one(Result, draft_id)
            start.wait(10)
            try:
                with transaction() as session:
                    workflow.apply(session, ROWS, seen, Act.SEND, Actor(None))
                outcomes.append("moved")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused"]
    assert stored(draft) == (ListingStatus.SUBMITTED, "已寄出", 1)
