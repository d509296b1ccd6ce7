"""Measuring the second stage: features of candidates, folds by need, accuracy of the levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.documents import Filter, FloatArray, Hit, Passages
from search.engine import SearchEngine
from search.ordinal import Graded, Normal, Vector, calibrate, fit
from search.ranking import FEATURES, SAMPLE, Answers, RankingModel, found_passages

FOLDS = 10
FOLD_SEED = 0
PRIOR_PRECISION = 30.0  # of a weight whose feature is counted in its standard deviations
MAX_GRADE = 3
BINS = 5  # of the reliability table


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the first stage found for one query, with the features of the second."""

    ids: tuple[str, ...]
    features: FloatArray  # (candidates, features)

    def ranking(self, model: RankingModel) -> list[str]:
        """Return the ids, best first, ties by id."""
        scores = model.score(self.features)
        return [self.ids[i] for i in np.lexsort((np.array(self.ids), -scores))]


def all_candidates(
    model: RankingModel,
    engine: SearchEngine,
    everything: Filter,
    asked: Mapping[str, Passages],
    found: Mapping[str, Sequence[Hit]],
) -> dict[str, Candidates]:
    """Compute the features of what was found for each query; ``everything`` selects the library."""
    sample = engine.passages(engine.sample(everything, SAMPLE))
    background = Answers(model, list(sample.values()))
    candidates = {}
    for query, hits in found.items():
        stored, lexical = found_passages(engine, hits)
        features, _ = model.features(asked[query], list(stored.values()), lexical, background)
        candidates[query] = Candidates(tuple(stored), features)
    return candidates


def graded_pairs(candidates: Mapping[str, Candidates], grades: Mapping[str, Mapping[str, int]]) -> Graded:
    """Pairs of every query's candidates with their grades, numbered in the order of the queries."""
    tables = [found.features for found in candidates.values()]
    given = [[grades[query].get(id, 0) for id in found.ids] for query, found in candidates.items()]
    return Graded(
        np.concatenate(tables).astype(np.float64),
        np.concatenate([np.clip(row, 0, MAX_GRADE) for row in given]),
        np.repeat(np.arange(len(given)), [len(row) for row in given]),
    )


def weak_prior(pairs: Graded) -> Normal:
    """Weights near 0 unless the pairs say otherwise; nothing is known of the cutpoints."""
    precision = np.zeros(len(FEATURES) + MAX_GRADE)
    precision[: len(FEATURES)] = PRIOR_PRECISION * pairs.features.var(axis=0)
    mean = np.zeros_like(precision)
    return Normal(mean, np.diag(precision))


def refitted(model: RankingModel, theta: Vector, pairs: Graded) -> RankingModel:
    """The model with the weights of θ, its levels calibrated on ``pairs``."""
    size = len(FEATURES)
    slopes, points = calibrate(pairs.features @ theta[:size], pairs.grades, MAX_GRADE)
    return replace(
        model,
        weights=theta[:size].astype(np.float32),
        slopes=slopes.astype(np.float32),
        cutpoints=points.astype(np.float32),
    )


def cross_validated(
    model: RankingModel, candidates: Mapping[str, Candidates], grades: Mapping[str, Mapping[str, int]]
) -> dict[str, RankingModel]:
    """For each query the model fitted on the folds that it is not in."""
    pairs = graded_pairs(candidates, grades)
    shuffled = np.random.default_rng(FOLD_SEED).permutation(len(candidates))
    names = list(candidates)
    models = {}
    for fold in (shuffled[i::FOLDS] for i in range(min(FOLDS, len(shuffled)))):
        others = pairs.of(np.setdiff1d(shuffled, fold))
        theta = fit(others, weak_prior(others))
        models.update({names[number]: refitted(model, theta, others) for number in fold})
    return models


def level_quality(
    models: Mapping[str, RankingModel],
    candidates: Mapping[str, Candidates],
    grades: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """How near the levels come to the grades, and whether the probabilities hold.

    ``accuracy`` is 1 / (1 + mean absolute error of a pair's level); ``constant`` the same of the best
    single level. ``reliability`` has for each step of the scale rows (pairs, mean probability, share
    of pairs that reach it), by increasing probability in BINS bins of its range.
    """
    told, likely = [], []
    for query, found in candidates.items():
        model = models[query]
        likely.append(model.probabilities(model.score(found.features)))
        told.append(model.levels(likely[-1]))
    true, levels = graded_pairs(candidates, grades).grades, np.concatenate(told)
    probabilities = np.concatenate(likely)
    constant = min(np.abs(true - level).mean() for level in range(MAX_GRADE + 1))
    return {
        "accuracy": 1 / (1 + float(np.abs(true - levels).mean())),
        "constant": 1 / (1 + float(constant)),
        "pairs": len(true),
        "base_rates": [float((true > k).mean()) for k in range(MAX_GRADE)],
        "reliability": [_reliability(probabilities[:, k], true > k) for k in range(MAX_GRADE)],
    }


def _reliability(likely: FloatArray, reached: NDArray[np.bool_]) -> list[tuple[int, float, float]]:
    bins = np.minimum((likely * BINS).astype(int), BINS - 1)
    return [
        (int(inside.sum()), float(likely[inside].mean()), float(reached[inside].mean()))
        for inside in (bins == number for number in range(BINS))
        if inside.any()
    ]
