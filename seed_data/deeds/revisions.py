"""Edits of live listings (修改): sent, reviewed inside, decided by an officer."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select

from marketplace.listings.choices import RevisionStatus, SecrecyVerdict
from marketplace.listings.content import content_of
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import decide_revision, review_revision, send_revision
from marketplace.listings.service import FLAGS, Review
from seed_data.activity_schema import SeedRevision
from seed_data.timeline import Event, Loading

WORDS = select(Revision.note)
DECISIONS = {
    RevisionStatus.APPLIED: RevisionAction.APPLY,
    RevisionStatus.RETURNED: RevisionAction.RETURN,
    RevisionStatus.WITHDRAWN: RevisionAction.WITHDRAW,
}


def plan(loading: Loading, item: SeedRevision) -> Iterator[Event]:
    sent: list[Revision] = []
    session = loading.session

    def send() -> None:
        listing = loading.listing(item.listing)
        data = content_of(listing).data_of(listing)
        data = replace(data, columns=replace(data.columns, **item.values))
        actor = loading.reader(item.by, listing.organisation)
        sent.append(send_revision(session, actor, listing, data, item.note))

    def review() -> None:
        revision = sent[0]
        actor = loading.reader(item.reviewed_by, revision.listing.organisation)
        flags = {name: getattr(revision.listing, name) for name in FLAGS}
        review_revision(session, actor, revision, Review(verdict=SecrecyVerdict.PUBLIC, **flags))
        decide_revision(session, actor, revision, RevisionAction.APPROVE)

    def decide() -> None:
        action, actor = DECISIONS[item.ends], loading.officer
        if action is RevisionAction.WITHDRAW:
            actor = loading.reader(item.by, sent[0].listing.organisation)
        decide_revision(session, actor, sent[0], action, item.reason)

    name = f"revision {item.listing}"
    yield Event(item.days_ago, name, send)
    if item.reviewed_by:
        yield Event(item.reviewed_days_ago, name, review)
    if item.decided_days_ago is not None:
        yield Event(item.decided_days_ago, name, decide)
