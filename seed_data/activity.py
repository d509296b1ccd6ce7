"""What people did with the sample listings: the events of ``seed_data/activity``, one kind a file.

What is there already is told by its own words (message, purpose, note …), so that loading again adds nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from seed_data import check
from seed_data.activity_schema import (
    SeedDetailRequest,
    SeedDraft,
    SeedFeedback,
    SeedIntroduction,
    SeedOffer,
    SeedPaper,
    SeedProfile,
    SeedReport,
    SeedRevision,
)
from seed_data.deeds import details, introductions, memberships, people, reports, revisions
from seed_data.timeline import Event, Loading

Plan = Callable[[Loading, Any], Iterator[Event]]
# File → schema, the query for the words that are there, where an entry has its own, and its events.
KINDS: dict[str, tuple[type[Any], Any, str, Plan]] = {
    "introductions": (SeedIntroduction, introductions.WORDS, "message", introductions.plan),
    "detail_requests": (SeedDetailRequest, details.WORDS, "purpose", details.plan),
    "revisions": (SeedRevision, revisions.WORDS, "note", revisions.plan),
    "feedback": (SeedFeedback, people.NOTES, "note", people.plan_feedback),
    "offers": (SeedOffer, memberships.WORDS, "message", memberships.plan_offer),
    "papers": (SeedPaper, memberships.PROVEN, "organisation", memberships.plan_papers),
    "profiles": (SeedProfile, people.DIRECTIONS, "direction", people.plan_profile),
    "reports": (SeedReport, reports.WORDS, "text", reports.plan),
    "drafts": (SeedDraft, people.DRAFTS, "title", people.plan_draft),
}


def activity_events(loading: Loading) -> list[Event]:
    events: list[Event] = []
    for name, (model, words, key, plan) in KINDS.items():
        known = set(loading.session.scalars(words))
        for item in check.read(check.ROOT / "activity" / f"{name}.yaml", model):
            own = item.values["title"] if key == "title" else getattr(item, key)
            if own not in known:
                events += plan(loading, item)
    return events
