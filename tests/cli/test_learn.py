"""``flask search learn``: what counts as a word, and what the command writes, refuses and takes back."""

from datetime import UTC, datetime

import numpy as np
import pytest
from flask import Flask

from marketplace.cli.learning import judged_pairs, read_words, suits
from marketplace.core.db import db, transaction
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict
from marketplace.matching.feedback import FeedbackRow
from marketplace.matching.models import MatchFeedback, MatchFeedbackReason
from search.learn import Words
from search.ranking import FEATURES
from tests.factories import Factory
from tests.search.test_learn import TRUE, of_model, pairs, said

MOMENT = datetime(2026, 3, 4, tzinfo=UTC)
FIT, UNFIT = Verdict.FIT, Verdict.UNFIT


@pytest.mark.parametrize(
    ("verdict", "reasons", "expected"),
    [
        (FIT, (), True),
        (FIT, (FeedbackReason.PRICE,), True),
        (UNFIT, (FeedbackReason.TOPIC,), False),
        (UNFIT, (FeedbackReason.PRICE, FeedbackReason.INDICATORS), False),
        (UNFIT, (FeedbackReason.PRICE, FeedbackReason.REGION), None),
        (UNFIT, (), None),
    ],
)
def test_a_word_says_what_it_can(
    verdict: Verdict, reasons: tuple[FeedbackReason, ...], expected: bool | None
) -> None:
    row = FeedbackRow(1, 1, verdict, reasons, ShownLevel.GOOD, 0.6, None, MOMENT)
    assert suits(row) is expected


def say(
    make: Factory, result_id: int, demand_id: int | None, verdict: Verdict, *reasons: FeedbackReason
) -> None:
    person = make.person()
    with transaction() as session:
        row = MatchFeedback(
            person_id=person.id,
            result_id=result_id,
            demand_id=demand_id,
            pair=f"result:{result_id} demand:{demand_id}",
            verdict=verdict,
            level=ShownLevel.GOOD,
            probability=0.6,
        )
        row.reasons = [MatchFeedbackReason(reason=reason) for reason in reasons]
        session.add(row)


def test_a_pair_counts_once_by_the_majority(app: Flask, make: Factory) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person).id
    needs = [make.demand(organisation, person).id for _ in range(3)]
    for verdict in (FIT, FIT, UNFIT):
        say(make, result, needs[0], verdict, FeedbackReason.TOPIC)
    for verdict in (FIT, UNFIT):
        say(make, result, needs[1], verdict, FeedbackReason.TOPIC)
    say(make, result, needs[2], UNFIT, FeedbackReason.PRICE)
    say(make, result, None, FIT)  # of a pasted text
    assert judged_pairs(db.session) == {(needs[0], result): True}


def test_features_come_from_the_index_and_what_left_it_is_not_counted(
    app: Flask, make: Factory, runtime: SearchRuntime
) -> None:
    organisation, person = make.staffed()
    result, gone = make.result(organisation, person), make.result(organisation, person)
    need = make.demand(organisation, person)
    for row in (result, gone):
        say(make, row.id, need.id, FIT)
    make.withdraw(gone, person)
    app.test_cli_runner().invoke(args=["worker", "--once"])
    runtime.__dict__.pop("engine", None)
    words = read_words(db.session, runtime)
    assert words.needs == (f"demand:{need.id}",) and words.suits.tolist() == [True]
    assert words.features.shape == (1, len(FEATURES)) and words.features[0, 3] > 0


def test_no_feedback_is_refused_and_nothing_is_written(app: Flask, runtime: SearchRuntime) -> None:
    app.test_cli_runner().invoke(args=["worker", "--once"])
    done = app.test_cli_runner().invoke(args=["search", "learn"])
    assert done.exit_code == 1 and "Error: too little feedback: 0 judged pairs" in done.stderr
    assert not runtime.learned_weights.exists()


def test_what_is_learned_ranks_until_it_is_reset(
    app: Flask, runtime: SearchRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = pairs(300)
    words = said(features, of_model(TRUE, features))

    def simulated(*_: object) -> Words:
        return words

    monkeypatch.setattr("marketplace.cli.learning.read_words", simulated)
    shipped, runner = runtime.shipped_ranking, app.test_cli_runner()
    dry = runner.invoke(args=["search", "learn", "--dry-run"])
    assert dry.exit_code == 0 and not runtime.learned_weights.exists()
    done = runner.invoke(args=["search", "learn"])
    assert done.exit_code == 0, done.output
    assert "log-loss of held-back pairs" in done.output and "after a restart" in done.output
    runtime.__dict__.pop("ranking", None)  # as after a restart
    assert not np.allclose(runtime.ranking.weights, shipped.weights)
    again = runner.invoke(args=["search", "learn", "--dry-run"])
    assert "weights learned from feedback" in again.stderr
    assert runner.invoke(args=["search", "learn", "--reset"]).output.startswith("the weights of the program")
    runtime.__dict__.pop("ranking", None)
    assert runtime.ranking is shipped
    assert runner.invoke(args=["search", "learn", "--reset"]).output == "nothing was learned\n"


def test_a_damaged_file_leaves_the_weights_of_the_program(app: Flask, runtime: SearchRuntime) -> None:
    runtime.learned_weights.parent.mkdir()
    runtime.learned_weights.write_text("{")
    assert runtime.ranking is runtime.shipped_ranking
