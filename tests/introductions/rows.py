"""For tests/test_constraints.py: a row in each table of 对接 and matches, and how each rule breaks."""

from typing import Any

from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.introductions.choices import Side
from marketplace.introductions.models import IntroductionAssistance, IntroductionMessage
from marketplace.introductions.service import open_introduction
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict
from marketplace.matching.models import MatchFeedback, MatchFeedbackReason, MatchSuggestion
from marketplace.results.models import Result
from marketplace.taxonomy.rules import LARGEST, Rule, SiteRule
from tests.factories import Factory

MOMENT = "2026-01-01 00:00:00"
WITHOUT_OUTCOME = {"status": "agreed", "ended_at": MOMENT, "to_agreed_at": MOMENT, "answered_at": MOMENT}
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("introduction", {"target": "result", "result_id": None}, "target_is_there"),
    ("introduction", {"target": "demand", "demand_id": None}, "target_is_there"),
    ("introduction", {"to_organisation_id": 1, "from_organisation_id": 1}, "two_organisations"),
    ("introduction", {"status": "active"}, "both_have_agreed"),
    ("introduction", {"answered_at": MOMENT}, "unanswered_until_both_agree"),
    ("introduction", {"to_agreed_at": MOMENT}, "unanswered_until_both_agree"),
    ("introduction", {"ended_at": MOMENT}, "end_has_its_time"),
    ("introduction", {"end_reason": "方向不符"}, "failure_has_its_reason"),
    ("introduction", WITHOUT_OUTCOME, "agreed_has_its_outcome"),
    ("introduction", {"contract_amount": 100}, "contract_amount"),
    ("introduction", {"contract_amount": 0, "outcome_kind": "other"}, "contract_amount"),
    ("introduction_assistance", {"decided_at": MOMENT}, "decision_has_its_time"),
    ("introduction_assistance", {"status": "agreed"}, "decision_has_its_time"),
    ("match_feedback", {"result_id": None, "demand_id": None}, "a_listing"),
    ("site_rule", {"number": 0}, "number"),
    ("site_rule", {"number": LARGEST + 1}, "number"),
]


def add_introduction(make: Factory, result_id: int, demand_id: int) -> None:
    """An unanswered introduction with an offer of assistance, feedback, a suggestion, a changed rule."""
    _, asker = make.staffed()
    with transaction() as session:
        reader, result = reader_of(session.merge(asker)), session.get_one(Result, result_id)
        introduction = open_introduction(session, reader, result, None, "想了解中试情况，盼复。")
        session.add(IntroductionAssistance(introduction=introduction, person_id=asker.id))
        session.add(
            IntroductionMessage(introduction=introduction, author_id=asker.id, side=Side.FROM, text="您好")
        )
        pair = {"result_id": result_id, "demand_id": demand_id}
        level = {"level": ShownLevel.GOOD, "probability": 0.5}
        feedback = MatchFeedback(person_id=asker.id, pair="x", verdict=Verdict.UNFIT, **pair, **level)
        feedback.reasons = [MatchFeedbackReason(reason=FeedbackReason.PRICE)]
        session.add_all((feedback, MatchSuggestion(found_at=clock.now(), **pair, **level)))
        session.add(SiteRule(rule=Rule.INTRODUCTION_REPLY, number=3))
