"""Requests for controlled details (查阅申请), their answers, and what was read under a grant."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from marketplace.accounts.policy import SITE
from marketplace.core import clock
from marketplace.disclosure.choices import RequestAction
from marketplace.disclosure.models import DetailRequest
from marketplace.disclosure.reading import read_controlled
from marketplace.disclosure.service import (
    grant_request,
    move_request,
    refuse_request,
    request_details,
    revoke_request,
    withdraw_request,
)
from marketplace.results.models import Result
from seed_data.activity_schema import SeedDetailRequest, SeedReading
from seed_data.timeline import Event, Loading

WORDS = select(DetailRequest.purpose)
JUST_AFTER = 0.001  # days


def plan(loading: Loading, item: SeedDetailRequest) -> Iterator[Event]:
    asked: list[DetailRequest] = []
    session = loading.session

    def ask() -> None:
        listing = loading.listing(item.listing)
        asked.append(request_details(session, loading.reader(item.by), listing, item.purpose))

    def answer() -> None:
        actor = loading.reader(item.answered_by, asked[0].listing.organisation)
        if item.granted_days is None:
            refuse_request(session, actor, asked[0], item.reason)
        else:
            grant_request(session, actor, asked[0], clock.now() + timedelta(days=item.granted_days))

    def revoke() -> None:
        actor = loading.reader(item.answered_by, asked[0].listing.organisation)
        revoke_request(session, actor, asked[0], item.reason)

    def read(reading: SeedReading) -> None:
        listing = asked[0].listing
        kind = "results" if isinstance(listing, Result) else "demands"
        read_controlled(session, loading.reader(reading.by, asked[0].organisation), kind, listing.public_id)

    name = f"detail request {item.listing}"
    yield Event(item.days_ago, name, ask)
    if item.answered_by:
        yield Event(item.answered_days_ago, name, answer)
    for reading in item.readings:
        yield Event(reading.days_ago, name, partial(read, reading))
    if item.revoked_days_ago is not None:
        yield Event(item.revoked_days_ago, name, revoke)
    elif item.granted_days is not None and item.granted_days < item.answered_days_ago:
        over = item.answered_days_ago - item.granted_days - JUST_AFTER
        yield Event(over, name, lambda: move_request(session, SITE, asked[0], RequestAction.EXPIRE))
    if item.withdrawn_days_ago is not None:
        withdrawn = item.withdrawn_days_ago
        yield Event(withdrawn, name, lambda: withdraw_request(session, loading.reader(item.by), asked[0]))
