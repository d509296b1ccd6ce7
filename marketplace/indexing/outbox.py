"""Every change of an indexed row leaves an outbox entry in the same transaction.

``indexed_by`` says for each model which listings a changed row touches: the listing itself, the
parent of a child row, or all listings of an organisation that is renamed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import event, insert, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.unitofwork import UOWTransaction

from marketplace.core.db import db
from marketplace.demands import models as demands
from marketplace.indexing.models import OutboxEntry
from marketplace.organisations.models import Organisation
from marketplace.results import models as results

RESULT, DEMAND = "result", "demand"
Touched = tuple[str, int]
LISTING_MODELS: dict[str, type[results.Result] | type[demands.Demand]] = {
    RESULT: results.Result,
    DEMAND: demands.Demand,
}


def _itself(kind: str) -> Callable[[Session, Any], Iterable[Touched]]:
    return lambda session, row: [(kind, row.id)]


def _parent(kind: str) -> Callable[[Session, Any], Iterable[Touched]]:
    def touched(session: Session, row: Any) -> Iterable[Touched]:
        history = inspect(row).attrs[f"{kind}_id"].history
        return [(kind, i) for i in {*history.deleted, getattr(row, f"{kind}_id")} if i is not None]

    return touched


def _of_organisation(session: Session, row: Organisation) -> Iterable[Touched]:
    with session.no_autoflush:
        for kind, model in LISTING_MODELS.items():
            for listing_id in session.scalars(select(model.id).where(model.organisation_id == row.id)):
                yield kind, listing_id


INDEXED_BY: dict[type[Any], Callable[[Session, Any], Iterable[Touched]]] = {
    results.Result: _itself(RESULT),
    demands.Demand: _itself(DEMAND),
    Organisation: _of_organisation,
    **{
        model: _parent(RESULT)
        for model in (
            results.ResultKeyword,
            results.ResultAuthor,
            results.ResultIndicator,
            results.IPRight,
            results.TransferOffer,
        )
    },
    **{
        model: _parent(DEMAND)
        for model in (
            demands.DemandKeyword,
            demands.DemandIndicator,
            demands.DemandStage,
            demands.DemandCooperation,
            demands.DemandAudience,
        )
    },
}


def _collect(session: Session, _context: UOWTransaction) -> None:
    """After the flush, while ids and histories are both known."""
    touched: dict[Touched, None] = {}
    for row in (*session.new, *session.dirty, *session.deleted):
        finder = INDEXED_BY.get(type(row))
        if finder is None or (row in session.dirty and not session.is_modified(row)):
            continue
        touched.update(dict.fromkeys(finder(session, row)))
    if touched:
        session.execute(
            insert(OutboxEntry), [{"kind": kind, "listing_id": listing_id} for kind, listing_id in touched]
        )


def _refuse_bulk(state: ORMExecuteState) -> None:
    """A bulk statement, by model or by table, would pass the outbox by."""
    if state.is_insert or state.is_update or state.is_delete:
        name = getattr(getattr(state.statement, "table", None), "name", None)
        if name in {model.__tablename__ for model in INDEXED_BY}:
            raise RuntimeError(f"bulk change of {name} would not reach the index")


def register_outbox() -> None:
    """Listen on the site's session; called once when the application module is loaded."""
    if not event.contains(db.session, "after_flush", _collect):
        event.listen(db.session, "after_flush", _collect)
        event.listen(db.session, "do_orm_execute", _refuse_bulk)
