"""Every change that an index could show leaves an entry, in the change's own transaction."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from marketplace.core.db import db, transaction
from marketplace.demands.choices import CooperationMode
from marketplace.demands.models import (
    Demand,
    DemandAudience,
    DemandCooperation,
    DemandIndicator,
    DemandKeyword,
    DemandStage,
)
from marketplace.indexing.models import OutboxEntry
from marketplace.indexing.outbox import INDEXED_BY
from marketplace.listings.choices import Stage
from marketplace.organisations.models import Organisation
from marketplace.results.choices import IPKind, IPLegalStatus, TransferMode
from marketplace.results.models import (
    IPRight,
    Result,
    ResultAuthor,
    ResultIndicator,
    ResultKeyword,
    TransferOffer,
)
from tests.factories import INDICATOR, Factory

Listing = Result | Demand


def entries() -> set[tuple[str, int]]:
    found = {(kind, i) for kind, i in db.session.execute(select(OutboxEntry.kind, OutboxEntry.listing_id))}
    db.session.rollback()
    return found


def forget() -> None:
    with transaction() as session:
        session.execute(delete(OutboxEntry))


@pytest.fixture
def listings(make: Factory) -> dict[type[Listing], Listing]:
    """A result and a need with every kind of row under them, and others that must not be touched."""
    owner, contact = make.staffed()
    invited = make.organisation()
    result, demand = make.result(owner, contact), make.demand(owner, contact, directed_to=(invited,))
    other, stranger = make.staffed()
    make.result(other, stranger)
    with transaction() as session:
        session.merge(result).ip_rights = [
            IPRight(position=0, kind=IPKind.INVENTION, title="一种膜", number="ZL1",
                    legal_status=IPLegalStatus.GRANTED, holder="甲"),
        ]  # fmt: skip
        session.merge(demand).stages = [DemandStage(stage=Stage.PILOT)]
    forget()
    return {Result: result, Demand: demand}


def indicator(model: type[Any]) -> Any:
    return model(position=9, name=INDICATOR.name, operator=INDICATOR.operator, low=INDICATOR.low,
                 value_text="1", direction=INDICATOR.direction)  # fmt: skip


def another_organisation() -> int:
    return int(Factory().organisation(name="又一家单位").id)


# Model of a child row → (listing, collection, a new row, a change of the existing one).
CHILDREN: dict[type[Any], tuple[type[Listing], str, Callable[[], Any], tuple[str, Any]]] = {
    ResultKeyword: (Result, "keywords", lambda: ResultKeyword(position=9, text="新词"), ("text", "改词")),
    ResultAuthor: (Result, "team", lambda: ResultAuthor(position=9, name="丙"), ("name", "丁")),
    ResultIndicator: (Result, "indicators", lambda: indicator(ResultIndicator), ("name", "改名")),
    IPRight: (Result, "ip_rights", lambda: IPRight(
        position=9, kind=IPKind.UTILITY, title="又一种膜", number="ZL2",
        legal_status=IPLegalStatus.GRANTED, holder="甲"), ("title", "改名")),
    TransferOffer: (Result, "transfers", lambda: TransferOffer(position=9, mode=TransferMode.EQUITY),
                    ("price", 7)),
    DemandKeyword: (Demand, "keywords", lambda: DemandKeyword(position=9, text="新词"), ("text", "改词")),
    DemandIndicator: (Demand, "indicators", lambda: indicator(DemandIndicator), ("name", "改名")),
    DemandStage: (Demand, "stages", lambda: DemandStage(stage=Stage.LAB), ("stage", Stage.INDUSTRIAL)),
    DemandCooperation: (Demand, "cooperation", lambda: DemandCooperation(mode=CooperationMode.EQUITY),
                        ("mode", CooperationMode.SERVICE)),
    DemandAudience: (Demand, "directed_to", lambda: DemandAudience(organisation_id=another_organisation()),
                     ("", None)),
}  # fmt: skip


def name_of(model: type[Any]) -> str:
    return model.__name__


def test_every_indexed_row_is_tested_here() -> None:
    assert set(INDEXED_BY) == {Result, Demand, Organisation, *CHILDREN}


@pytest.mark.parametrize(
    ("child", "act"),
    [
        pytest.param(child, act, id=f"{act}-{name_of(child)}")
        for child, (_, _, _, (column, _)) in CHILDREN.items()
        for act in ("add", "change", "remove")
        if act != "change" or column  # an invitation is added or removed, never changed
    ],
)
def test_a_child_row_touches_its_listing_alone(
    listings: dict[type[Listing], Listing], child: type[Any], act: str
) -> None:
    parent, collection, new, (column, value) = CHILDREN[child]
    row = new() if act == "add" else None
    forget()
    with transaction() as session:
        rows = getattr(session.merge(listings[parent]), collection)
        if row is not None:
            rows.append(row)
        elif act == "change":
            setattr(rows[0], column, value)
        else:
            rows.clear()
    assert entries() == {(parent.__tablename__, listings[parent].id)}


@pytest.mark.parametrize("model", [Result, Demand])
def test_a_listing_touches_itself(
    listings: dict[type[Listing], Listing], model: type[Listing], make: Factory
) -> None:
    listing = listings[model]
    with transaction() as session:
        session.merge(listing).title = "改了题目"
    assert entries() == {(model.__tablename__, listing.id)}
    forget()
    make.withdraw(listing, listing.contact or make.person())
    assert entries() == {(model.__tablename__, listing.id)}
    forget()
    with transaction() as session:
        session.delete(session.merge(listing))
    assert entries() == {(model.__tablename__, listing.id)}


def test_a_renamed_organisation_touches_all_its_listings(listings: dict[type[Listing], Listing]) -> None:
    with transaction() as session:
        session.merge(listings[Result]).organisation.name = "改名后的单位"
    assert entries() == {(m.__tablename__, row.id) for m, row in listings.items()}


def test_a_new_listing_leaves_an_entry(make: Factory) -> None:
    owner, contact = make.staffed()
    draft = make.result(owner, contact, published=False)
    assert entries() == {("result", draft.id)}


def test_a_row_moved_to_another_listing_touches_both(
    listings: dict[type[Listing], Listing], make: Factory
) -> None:
    target = make.result(*make.staffed())
    forget()
    with transaction() as session:
        keyword = session.merge(listings[Result]).keywords[0]
        keyword.text = "只在一处的词"
        keyword.result = session.merge(target)
    assert entries() == {("result", listings[Result].id), ("result", target.id)}


def test_nothing_is_left_by_a_rollback(listings: dict[type[Listing], Listing]) -> None:
    with pytest.raises(KeyError), transaction() as session:  # noqa: PT012  # in this order
        session.merge(listings[Result]).title = "改了题目"
        session.flush()
        assert session.scalar(select(OutboxEntry.listing_id)) is not None
        raise KeyError
    assert entries() == set()


def test_what_is_read_or_set_to_the_same_leaves_nothing(listings: dict[type[Listing], Listing]) -> None:
    with transaction() as session:
        row = session.merge(listings[Result])
        row.title = str(row.title)
        assert [keyword.text for keyword in row.keywords]
    assert entries() == set()


@pytest.mark.parametrize("model", INDEXED_BY, ids=name_of)
@pytest.mark.parametrize("statement", [update, delete, insert])
@pytest.mark.parametrize("of", [lambda model: model, lambda model: model.__table__], ids=["model", "table"])
def test_bulk_changes_that_would_pass_the_index_by_are_refused(
    app: Flask, model: type[Any], statement: Callable[[Any], Any], of: Callable[[Any], Any]
) -> None:
    bulk = statement(of(model))
    if statement is not delete:
        bulk = bulk.values({column.name: None for column in model.__table__.primary_key})
    with pytest.raises(RuntimeError, match="would not reach the index"), transaction() as session:
        session.execute(bulk)


def test_bulk_changes_of_other_rows_are_allowed(app: Flask) -> None:
    with transaction() as session:
        session.execute(delete(OutboxEntry))
