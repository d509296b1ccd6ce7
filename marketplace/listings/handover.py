"""Listings and drafts of one who leaves pass to another member: they belong to the organisation."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.errors import NotFound
from marketplace.listings.models import Draft, ListingColumns
from marketplace.organisations.handover import HANDOVER, HELD_BY, HeldItem, Holding

L = TypeVar("L", bound=ListingColumns)
# For whom somebody types: in 代填 the broker's own organisation, not the enterprise.
draft_owner: ColumnElement[int] = func.coalesce(Draft.acting_for_id, Draft.organisation_id)


def contact_holding(model: type[L], title: str) -> Holding:
    """The listings of one kind that a person is the contact of, each with a successor of its own."""
    kind = str(model.__tablename__)  # type: ignore[attr-defined]  # of the mapped class

    def items(session: Session, organisation_id: int, person_id: int) -> Sequence[HeldItem]:
        rows = session.scalars(
            select(model)
            .where(model.organisation_id == organisation_id, model.contact_id == person_id)
            .order_by(model.id)
        )
        return [
            HeldItem(f"{kind}:{row.id}", title, row.title, row.status.title, f"/{kind}s/{row.public_id}")
            for row in rows
        ]

    def pass_on(session: Session, organisation_id: int, key: str, from_person: int, to_person: int) -> None:
        row = session.get(model, int(key.partition(":")[2]))
        if row is None or (row.organisation_id, row.contact_id) != (organisation_id, from_person):
            raise NotFound("没有找到要移交的条目。")
        row.contact_id = to_person
        audit.record(session, None, f"{kind}.hand_over", key, {"from": from_person, "to": to_person})

    return Holding(kind, items, pass_on)


def _count_drafts(session: Session, organisation_id: int, person_id: int) -> tuple[str, int]:
    number = session.scalar(
        select(func.count())
        .select_from(Draft)
        .where(draft_owner == organisation_id, Draft.author_id == person_id)
    )
    return "未提交的草稿", number or 0


def _pass_drafts(session: Session, organisation_id: int, from_person: int, to_person: int) -> None:
    for draft in session.scalars(
        select(Draft).where(draft_owner == organisation_id, Draft.author_id == from_person)
    ):
        draft.author_id = to_person


HELD_BY.append(_count_drafts)
HANDOVER.append(_pass_drafts)
