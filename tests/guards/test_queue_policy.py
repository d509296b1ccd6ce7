"""Whose queue it is: the rule in Python and the rule in SQL give one answer."""

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.admin import policy
from marketplace.announcements import policy as announcement_policy
from marketplace.announcements.models import Announcement
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from tests.factories import Factory
from tests.guards.states import ZONES

readers = st.sampled_from(
    [
        Reader(),
        Reader(person_id=1, organisation_ids=frozenset({1})),
        Reader(person_id=1, officer_level=OfficerLevel.DISTRICT),
        Reader(person_id=1, officer_level=OfficerLevel.SUPERVISOR),
        *(Reader(person_id=1, officer_level=OfficerLevel.ZONE, officer_zone=zone) for zone in ZONES),
    ]
)
lines = st.lists(
    st.tuples(st.sampled_from(list(QueueKind)), st.sampled_from(ZONES), st.booleans()), min_size=1, max_size=8
)
kinds = st.frozensets(st.sampled_from(list(QueueKind)), min_size=1)


@settings(max_examples=60, deadline=None, database=None)
@given(reader=readers, drawn=lines, known=kinds)
def test_the_rules_of_the_queue_agree(site: Flask, reader: Reader, drawn: list, known: frozenset) -> None:
    now = clock.now()
    with site.app_context():
        try:
            items = [
                QueueItem(
                    kind=kind, object_id=number, title="x", zone=zone, opened_at=now, due_at=now,
                    closed_at=now if closed else None,
                )
                for number, (kind, zone, closed) in enumerate(drawn, 10_000)
            ]  # fmt: skip
            db.session.add_all(items)
            db.session.flush()
            for by_python, by_sql in (
                (policy.can_read, policy.readable),
                (policy.can_decide, policy.decidable),
            ):
                allowed = {item.id for item in items if by_python(reader, item, known)}
                found = set(db.session.scalars(select(QueueItem.id).where(by_sql(reader, known))))
                assert allowed == found & {item.id for item in items}
        finally:
            db.session.rollback()


def test_the_rules_of_announcements_agree(site: Flask) -> None:
    with site.app_context():
        make = Factory()
        rows = [make.announcement(), make.announcement(published=False)]
        for reader in (Reader(), Reader(person_id=1, officer_level=OfficerLevel.ZONE, officer_zone=ZONES[0]),
                       Reader(person_id=1, officer_level=OfficerLevel.SUPERVISOR)):  # fmt: skip
            allowed = {row.id for row in rows if announcement_policy.can_read(reader, row)}
            rule = announcement_policy.readable(reader)
            found = set(db.session.scalars(select(Announcement.id).where(rule)))
            assert allowed == found & {row.id for row in rows}
