"""What was said of matches and what came of them, as ``search.learn`` wants it."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.introductions.choices import IntroductionStatus
from marketplace.introductions.models import Introduction
from marketplace.matching.choices import FeedbackReason, Verdict
from marketplace.matching.feedback import FeedbackRow, feedback_rows
from marketplace.matching.service import question_of, reader_filter
from marketplace.matching.suggestions import EVERYTHING
from search.documents import FloatArray
from search.learn import Words
from search.query import build_query
from search.ranking import FEATURES, found_passages

OF_RELEVANCE = frozenset({FeedbackReason.TOPIC, FeedbackReason.INDICATORS})
Pair = tuple[int, int]  # need, result


def suits(row: FeedbackRow) -> bool | None:
    """Whether the word says that the grade is at least 2; None where it says nothing of relevance.

    不合适 counts only for its 技术方向 or 技术指标: a price, a region or 已经了解 leaves the grade open.
    """
    if row.verdict is Verdict.FIT:
        return True
    return False if OF_RELEVANCE.intersection(row.reasons) else None


def judged_pairs(session: Session) -> dict[Pair, bool]:
    """Each pair once: what was signed (已达成) suits, else what most people said; a tie says nothing.

    An introduction that failed says nothing: it fails for many reasons beside relevance.
    """
    votes: dict[Pair, int] = {}
    for row in feedback_rows(session):
        word = suits(row)
        if row.result_id is not None and row.demand_id is not None and word is not None:
            pair = row.demand_id, row.result_id
            votes[pair] = votes.get(pair, 0) + (1 if word else -1)
    found = {pair: vote > 0 for pair, vote in votes.items() if vote}
    signed = session.execute(
        select(Introduction.demand_id, Introduction.result_id).where(
            Introduction.status == IntroductionStatus.AGREED,
            Introduction.demand_id.is_not(None),
            Introduction.result_id.is_not(None),
        )
    )
    return found | {(row.demand_id, row.result_id): True for row in signed}


def read_words(session: Session, runtime: SearchRuntime) -> Words:
    """The judged pairs whose sides are both in the index, with the features they have now."""
    judged = judged_pairs(session)
    by_need: dict[int, dict[str, bool]] = {}
    for (demand_id, result_id), suit in sorted(judged.items()):
        by_need.setdefault(demand_id, {})[document_id("result", result_id)] = suit
    tables, said, needs = [np.empty((0, len(FEATURES)))], [], []
    for demand_id, results in by_need.items():
        demand = session.get(Demand, demand_id)
        features = _features(runtime, demand, list(results)) if demand is not None else {}
        for identifier, row in features.items():
            tables.append(row[None].astype(np.float64))
            said.append(results[identifier])
            needs.append(document_id("demand", demand_id))
    return Words(np.concatenate(tables), np.array(said, np.bool_), tuple(needs))


def _features(runtime: SearchRuntime, demand: Demand, results: Sequence[str]) -> Mapping[str, FloatArray]:
    """Document id → features of the need's pair with it; nothing is encoded."""
    own = document_id("demand", demand.id)
    asked = runtime.engine.passages([own]).get(own)
    if asked is None or asked.whole is None:
        return {}
    everything = reader_filter(EVERYTHING, ("result",))
    query = build_query(question_of(demand), everything, asked.whole, page_size=len(results), ranked=True)
    documents, lexical = found_passages(runtime.engine, runtime.engine.score(query, results))
    if not documents:
        return {}
    table, _ = runtime.ranking.features(
        asked, list(documents.values()), lexical, runtime.background("result")
    )
    return dict(zip(documents, table, strict=True))
