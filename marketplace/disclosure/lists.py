"""Requests as lists: mine as asker, mine as owner, and what of them waits for somebody."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.choices import Choice
from marketplace.core.clock import now
from marketplace.core.desk import DeskLine
from marketplace.demands.models import Demand
from marketplace.disclosure.choices import RequestStatus
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.policy import can_read_listing
from marketplace.disclosure.service import request_path
from marketplace.organisations.choices import MembershipRole
from marketplace.results.models import Result

ENDING_SOON = timedelta(days=7)
PAGE_SIZE = 20


class Side(Choice):
    """On which side of a request one stands."""

    OWNER = "owner", "收到的申请"
    ASKER = "asker", "发出的申请"


def decided_by(reader: Reader) -> ColumnElement[bool]:
    """``workflow.decides`` in SQL."""
    whole = sorted(
        i
        for i in reader.organisation_ids
        if reader.has_role(i, MembershipRole.REVIEWER, MembershipRole.ADMIN)
    )
    sides = []
    for model, column in ((Result, DetailRequest.result_id), (Demand, DetailRequest.demand_id)):
        mine = model.organisation_id.in_(sorted(reader.organisation_ids))
        contact = false() if reader.person_id is None else model.contact_id == reader.person_id
        ids = select(model.id).where(or_(model.organisation_id.in_(whole), and_(mine, contact)))
        sides.append(column.in_(ids))
    return or_(*sides)


def asked_by(reader: Reader) -> ColumnElement[bool]:
    """``workflow.asked`` in SQL."""
    return DetailRequest.organisation_id.in_(sorted(reader.organisation_ids))


def list_requests(
    session: Session,
    reader: Reader,
    side: Side,
    status: RequestStatus | None = None,
    before: int | None = None,
) -> Sequence[DetailRequest]:
    """Newest first; one more than PAGE_SIZE where there are further ones."""
    rule = false() if reader.person_id is None else _rule(reader, side)
    query = select(DetailRequest).where(rule).order_by(DetailRequest.id.desc()).limit(PAGE_SIZE + 1)
    if status is not None:
        query = query.where(DetailRequest.status == status)
    if before is not None:
        query = query.where(DetailRequest.id < before)
    return session.scalars(query).all()


def _rule(reader: Reader, side: Side) -> ColumnElement[bool]:
    return decided_by(reader) if side is Side.OWNER else asked_by(reader)


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """Requests to answer by their due date, and own grants that end soon."""
    if reader.person_id is None:
        return []
    pending = session.scalars(
        select(DetailRequest)
        .where(DetailRequest.status == RequestStatus.PENDING, decided_by(reader))
        .order_by(DetailRequest.due_at, DetailRequest.id)
    )
    lines = [DeskLine("答复查阅申请", r.listing.title, request_path(r), r.due_at) for r in pending]
    ending = session.scalars(
        select(DetailRequest)
        .where(
            DetailRequest.status == RequestStatus.GRANTED,
            DetailRequest.granted_until > now(),
            DetailRequest.granted_until <= now() + ENDING_SOON,
            DetailRequest.person_id == reader.person_id,
            asked_by(reader),
        )
        .order_by(DetailRequest.granted_until, DetailRequest.id)
    )
    return lines + [
        DeskLine("授权即将到期", request.listing.title, request_path(request), request.granted_until)
        for request in ending
        if can_read_listing(reader, request.listing, now())
    ]
