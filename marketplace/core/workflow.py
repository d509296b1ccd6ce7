"""States as rows: the only place where a ``status`` changes.

Buttons, commands and the diagram in the docs are read from the same ``Transition`` rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.choices import Choice
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed


class Actor(Protocol):
    """Who acts; None as ``person_id`` is the site itself (a command or the worker)."""

    @property
    def person_id(self) -> int | None: ...


A = TypeVar("A", bound=Actor)
S = TypeVar("S")  # a row with ``id`` and ``status``


@dataclass(frozen=True, slots=True)
class Transition(Generic[A, S]):
    """One way from a state to the next.

    ``permission`` answers whether the actor may; ``guard`` returns a Chinese sentence saying what
    is missing, or None; ``effect`` sets the columns that the target state's constraints need.
    """

    action: Choice
    sources: frozenset[Choice]
    target: Choice
    permission: Callable[[A, S], bool]
    guard: Callable[[Session, S], str | None] | None = None
    effect: Callable[[S], None] | None = None
    needs_reason: bool = False


def apply(
    session: Session,
    transitions: Sequence[Transition[A, S]],
    obj: S,
    action: Choice,
    actor: A,
    reason: str = "",
) -> S:
    """Lock the row, check permission, source, reason and guard, move it and write the audit record.

    Raises NotAllowed, Conflict or InvalidInput; the caller's transaction then rolls back.
    """
    model: Any = type(obj)
    session.flush()
    locked: Any = session.scalars(
        select(model)
        .where(model.id == inspect(obj).identity[0])
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    ).one()
    transition = next((t for t in transitions if t.action is action and locked.status in t.sources), None)
    if not any(t.permission(actor, locked) for t in transitions if t.action is action):
        raise NotAllowed(f"您无权执行“{action.title}”。")
    if transition is None:
        raise Conflict(f"当前状态为“{locked.status.title}”，不能执行“{action.title}”。")
    if transition.needs_reason and not reason.strip():
        raise InvalidInput("请填写理由。", field="reason")
    if transition.guard and (missing := transition.guard(session, locked)):
        raise InvalidInput(missing)
    source = locked.status
    if transition.effect:
        transition.effect(locked)
    locked.status = transition.target
    audit.record(
        session,
        actor.person_id,
        f"{model.__tablename__}.{action.value}",
        f"{model.__tablename__}:{locked.id}",
        {"from": source.value, "to": transition.target.value, "reason": reason.strip()},
    )
    moved: S = locked
    return moved
