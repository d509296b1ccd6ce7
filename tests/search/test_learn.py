"""Learning from feedback: it follows what people mean, and is refused where it should not be trusted."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from search.learn import (
    GOOD,
    Refused,
    Words,
    held_back,
    learn,
    prior_of,
    shipped_prior,
    write_learned,
)
from search.ordinal import fit, log_loss
from search.ranking import DEFAULT, FEATURES, MODELS, RankingModel, StaleWeights, learned_path

SHIPPED = RankingModel.load(DEFAULT, 384)
PRIOR = shipped_prior(SHIPPED, DEFAULT)
SHIFT = np.array([0.09, -0.05, 0.0, 0.3], np.float32)  # of the weights: about one deviation each
TRUE = replace(SHIPPED, weights=SHIPPED.weights + SHIFT)


def pairs(needs: int, seed: int = 0, each: int = 12) -> np.ndarray:
    """Features spread as those of shown matches: cosines in deviations, and a lexical share."""
    random = np.random.default_rng(seed)
    cosines = random.normal(3.0, 1.6, size=(needs * each, 1)) + random.normal(0, 1, (needs * each, 3))
    return np.hstack([cosines, random.uniform(0, 0.9, (needs * each, 1))])


def said(features: np.ndarray, likely: np.ndarray, seed: int = 0, each: int = 12) -> Words:
    suits = np.random.default_rng(seed + 1).random(len(features)) < likely
    return Words(features, suits, tuple(f"demand:{i // each}" for i in range(len(features))))


def of_model(model: RankingModel, features: np.ndarray) -> np.ndarray:
    return model.probabilities(model.score(features.astype(np.float32)))[:, GOOD]


def test_feedback_of_shifted_weights_is_followed() -> None:
    features = pairs(300)
    learned = learn(said(features, of_model(TRUE, features)), SHIPPED, SHIPPED, PRIOR)
    assert learned.loss_after < learned.loss_before
    assert learned.distance < learned.bound
    fresh = pairs(2000, seed=7)  # needs nobody learned from
    words = said(fresh, of_model(TRUE, fresh), seed=7).graded(
        float(SHIPPED.slopes[GOOD]), np.ones(len(fresh), np.bool_)
    )

    def loss(model: RankingModel) -> float:
        return log_loss(np.append(model.weights, model.cutpoints[GOOD]).astype(np.float64), words)

    assert loss(TRUE) < loss(learned.model) < loss(SHIPPED)
    moved, meant = learned.model.weights - SHIPPED.weights, SHIFT
    assert float(moved @ meant) > 0


def test_feedback_that_agrees_changes_little() -> None:
    features = pairs(40)
    words, everybody = said(features, of_model(SHIPPED, features)), np.ones(len(features), np.bool_)
    theta = fit(words.graded(float(SHIPPED.slopes[GOOD]), everybody), PRIOR)
    away = theta - PRIOR.mean
    assert away @ PRIOR.precision @ away < 3  # of the 15.1 from which it is refused


@pytest.mark.parametrize("needs", [10, 40, 300])
@pytest.mark.parametrize("seed", range(5))
def test_random_feedback_is_refused(needs: int, seed: int) -> None:
    features = pairs(needs, seed)
    with pytest.raises(Refused):
        learn(said(features, np.full(len(features), 0.5), seed), SHIPPED, SHIPPED, PRIOR)


@pytest.mark.parametrize("needs", [10, 40, 300])
@pytest.mark.parametrize("seed", range(5))
def test_hostile_feedback_is_refused(needs: int, seed: int) -> None:
    features = pairs(needs, seed)
    with pytest.raises(Refused):
        learn(said(features, 1 - of_model(SHIPPED, features), seed), SHIPPED, SHIPPED, PRIOR)


@pytest.mark.parametrize(
    ("words", "said_of_it"),
    [
        (said(pairs(4), np.full(48, 0.5)), "48 judged pairs"),
        (said(pairs(9), np.full(108, 0.5)), "9 needs"),
        (said(pairs(40), np.zeros(480)), "0 pairs that suit"),
        (said(pairs(40), np.ones(480)), "0 pairs that do not suit"),
    ],
)
def test_too_little_feedback_is_refused(words: Words, said_of_it: str) -> None:
    with pytest.raises(Refused, match=f"too little feedback: {said_of_it}"):
        learn(words, SHIPPED, SHIPPED, PRIOR)


def test_needs_are_held_back_each_for_ever_and_about_one_in_five() -> None:
    kept = [held_back(f"demand:{number}") for number in range(1000)]
    assert 150 < sum(kept) < 250
    assert kept == [held_back(f"demand:{number}") for number in range(1000)]


def test_the_prior_has_the_deviations_of_the_fit() -> None:
    fitted = json.loads((MODELS / f"{DEFAULT}.json").read_text("utf-8"))["fit"]
    spread = np.linalg.inv(prior_of(SHIPPED, fitted).precision)
    told = np.sqrt(np.diag(spread))
    assert told[: len(FEATURES)] == pytest.approx(fitted["deviations"][: len(FEATURES)], rel=1e-6)
    gap = fitted["cutpoints"][1] - fitted["cutpoints"][0]
    first, second, between = (
        fitted["deviations"][4],
        fitted["deviations"][5] * gap,
        fitted["correlations"][4][5],
    )
    expected = np.sqrt(first**2 + second**2 + 2 * between * first * second) * SHIPPED.slopes[GOOD]
    assert told[-1] == pytest.approx(float(expected), rel=1e-6)


def test_levels_move_together_and_the_file_gives_the_model_back(tmp_path: Path) -> None:
    features = pairs(300)
    learned = learn(said(features, of_model(TRUE, features)), SHIPPED, SHIPPED, PRIOR)
    steps = (learned.model.cutpoints - SHIPPED.cutpoints) / SHIPPED.slopes
    assert steps == pytest.approx(float(steps[GOOD]), abs=1e-5)
    path = write_learned(learned, SHIPPED, DEFAULT, tmp_path, datetime(2026, 3, 4, tzinfo=UTC))
    found = SHIPPED.learned(DEFAULT, path)
    assert found.weights == pytest.approx(learned.model.weights, abs=1e-4)
    assert found.cutpoints == pytest.approx(learned.model.cutpoints, abs=1e-4)
    assert SHIPPED.learned(DEFAULT, learned_path(tmp_path / "elsewhere")) is SHIPPED


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"model": "other"}', '{"model": "e5-small-packaged", "shipped": [1.0]}'],
)
def test_a_file_that_does_not_belong_here_is_not_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text)
    with pytest.raises(StaleWeights, match=r"weights\.json"):
        SHIPPED.learned(DEFAULT, path)
