"""Profiles, drafts that are being written, and what people say of matches."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select

from marketplace.accounts.models import Profile
from marketplace.accounts.profiles import ProfileData, apply_as_expert, save_profile
from marketplace.demands.models import Demand
from marketplace.drafting.service import content_of, create_draft, save_draft
from marketplace.listings.models import Draft
from marketplace.matching.feedback import give_feedback
from marketplace.matching.marks import Mark
from marketplace.matching.models import MatchFeedback
from marketplace.results.models import Result
from seed_data.activity_schema import SeedDraft, SeedFeedback, SeedProfile
from seed_data.timeline import Event, Loading

NOTES = select(MatchFeedback.note)
DIRECTIONS = select(Profile.direction)
DRAFTS = select(Draft.title)


def plan_profile(loading: Loading, item: SeedProfile) -> Iterator[Event]:
    yield Event(item.days_ago, f"profile {item.person}", partial(_show, loading, item))


def _show(loading: Loading, item: SeedProfile) -> None:
    person = loading.person(item.person)
    data = ProfileData(
        direction=item.direction,
        achievements=item.achievements,
        certificate=item.certificate,
        fields=tuple(item.fields),
        visible=True,
    )
    save_profile(loading.session, person, item.kind, data)
    if item.applies:
        apply_as_expert(loading.session, person, loading.reader(item.person).acting_for)


def plan_draft(loading: Loading, item: SeedDraft) -> Iterator[Event]:
    yield Event(item.days_ago, f"draft of {item.by}", partial(_write, loading, item))


def _write(loading: Loading, item: SeedDraft) -> None:
    actor = loading.reader(item.by, loading.organisation(item.organisation))
    draft = create_draft(loading.session, actor, item.kind)
    save_draft(loading.session, draft, content_of(draft).values | item.values, draft.version)


def plan_feedback(loading: Loading, item: SeedFeedback) -> Iterator[Event]:
    yield Event(item.days_ago, f"feedback {item.result} {item.demand}", partial(_judge, loading, item))


def _judge(loading: Loading, item: SeedFeedback) -> None:
    result, demand = loading.listing(item.result), loading.listing(item.demand)
    assert isinstance(result, Result) and isinstance(demand, Demand)
    mark = Mark(result.public_id, demand.public_id, item.level, item.probability)
    actor = loading.reader(item.by, result.organisation, demand.organisation)
    give_feedback(loading.session, actor, mark, item.verdict, item.reasons, item.note)
