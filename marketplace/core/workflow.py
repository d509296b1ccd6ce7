"""States as rows: the only place where a state changes.

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
S = TypeVar("S")  # a row with ``id`` and a column of states


@dataclass(frozen=True, slots=True)
class Transition(Generic[A, S]):
    """One way from a state to the next.

    ``permission`` answers whether the actor may; ``guard`` returns a Chinese sentence saying what
    is missing, or None; ``effect`` gets the row and the reason and sets the columns that the target
    state's constraints need. ``actor`` says in Chinese who may, ``guard_text`` what the guard asks
    for: pages and docs show them.
    """

    action: Choice
    sources: frozenset[Choice]
    target: Choice
    permission: Callable[[A, S], bool]
    guard: Callable[[Session, S], str | None] | None = None
    effect: Callable[[S, str], None] | None = None
    needs_reason: bool = False
    actor: str = ""
    guard_text: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """One life with its states, for the diagrams of the docs."""

    title: str
    states: type[Choice]
    initial: Choice
    transitions: Sequence[Transition[Any, Any]]


MACHINES: dict[str, Machine] = {}


def declare_machine(name: str, machine: Machine) -> None:
    """Put a life into the docs; a feature calls it once, where its rows stand."""
    MACHINES[name] = machine


def apply(
    session: Session,
    transitions: Sequence[Transition[A, S]],
    obj: S,
    action: Choice,
    actor: A,
    reason: str = "",
    *,
    column: str = "status",
) -> S:
    """Lock the row, check permission, source, reason and guard, move it and write the audit record.

    ``column`` names the column of states. Raises NotAllowed, Conflict or InvalidInput; the caller's
    transaction then rolls back.
    """
    model: Any = type(obj)
    session.flush()
    locked: Any = session.scalars(
        select(model)
        .where(model.id == inspect(obj).identity[0])
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    ).one()
    source = getattr(locked, column)
    transition = next((t for t in transitions if t.action is action and source in t.sources), None)
    asked = [transition] if transition else [t for t in transitions if t.action is action]
    if not any(t.permission(actor, locked) for t in asked):
        raise NotAllowed(f"您无权执行“{action.title}”。")
    if transition is None:
        raise Conflict(f"当前状态为“{source.title}”，不能执行“{action.title}”。")
    if transition.needs_reason and not reason.strip():
        raise InvalidInput("请填写理由。", field="reason")
    if transition.guard and (missing := transition.guard(session, locked)):
        raise InvalidInput(missing)
    if transition.effect:
        transition.effect(locked, reason.strip())
    setattr(locked, column, transition.target)
    audit.record(
        session,
        actor.person_id,
        f"{model.__tablename__}.{action.value}",
        f"{model.__tablename__}:{locked.id}",
        {"from": source.value, "to": transition.target.value, "reason": reason.strip()},
    )
    moved: S = locked
    return moved


def possible(
    transitions: Sequence[Transition[A, S]], obj: S, actor: A, *, column: str = "status"
) -> list[Transition[A, S]]:
    """The transitions that lead on from the present state and that this actor may take, for buttons."""
    state = getattr(obj, column)
    return [t for t in transitions if state in t.sources and t.permission(actor, obj)]
