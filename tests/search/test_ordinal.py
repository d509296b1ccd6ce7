"""The fit of ordered grades: its gradient, what it finds again in simulated pairs, how sure it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from search.ordinal import (
    Graded,
    Normal,
    calibrate,
    covariance,
    cutpoints,
    fit,
    likelihoods,
    parameters,
)

TRUE = parameters(np.array([1.0, -0.5]), np.array([0.2, 1.5, 2.4]))


def simulated(needs: int, seed: int = 0, each: int = 20) -> Graded:
    random = np.random.default_rng(seed)
    features = random.normal(size=(needs * each, 2))
    likely = 1 / (1 + np.exp(cutpoints(TRUE, 2) - (features @ TRUE[:2])[:, None]))
    grades = (random.random((len(features), 1)) < likely).sum(axis=1)
    return Graded(features, grades, np.repeat(np.arange(needs), each))


def flat() -> Normal:
    return Normal(np.zeros(5), np.zeros((5, 5)))


def test_likelihoods_of_the_grades_of_one_pair_sum_to_one() -> None:
    pairs = Graded(np.tile([[0.3, -1.2]], (4, 1)), np.arange(4), np.zeros(4, np.int64))
    assert likelihoods(TRUE, pairs)[0].sum() == pytest.approx(1)


@given(st.integers(0, 1000))
def test_gradient_agrees_with_differences(seed: int) -> None:
    pairs = simulated(2, seed)
    theta = np.random.default_rng(seed).normal(size=5)

    def value(at: np.ndarray) -> float:
        return float(np.log(likelihoods(at, pairs)[0]).sum())

    def slope(at: np.ndarray) -> np.ndarray:
        return likelihoods(at, pairs)[1].sum(axis=0)

    assert check_grad(value, slope, theta) < 1e-3 * max(1.0, float(np.linalg.norm(slope(theta))))


def test_fit_finds_what_the_pairs_were_made_of() -> None:
    found = fit(simulated(400), flat())
    assert found[:2] == pytest.approx(TRUE[:2], abs=0.1)
    assert cutpoints(found, 2) == pytest.approx(cutpoints(TRUE, 2), abs=0.15)


def test_covariance_says_how_far_fits_of_other_pairs_lie_apart() -> None:
    fits = np.stack([fit(simulated(40, seed), flat()) for seed in range(60)])
    pairs = simulated(40, 1)
    told = np.sqrt(np.diag(covariance(fit(pairs, flat()), pairs, flat())))
    assert told == pytest.approx(fits.std(axis=0), rel=0.5)


def test_a_strong_prior_outweighs_few_pairs() -> None:
    prior = Normal(TRUE + 1, np.eye(5) * 1e6)
    assert fit(simulated(3), prior) == pytest.approx(TRUE + 1, abs=0.01)


def test_probabilities_after_calibration_are_the_shares_that_reach_the_grade() -> None:
    random = np.random.default_rng(3)
    scores = random.normal(size=20_000)
    told = random.random(20_000)
    true_slopes, true_points = np.array([1.5, 0.6]), np.array([0.1, 1.9])
    likely = 1 / (1 + np.exp(true_points - scores[:, None] * true_slopes))
    grades = (told[:, None] < np.minimum.accumulate(likely, axis=1)).sum(axis=1)
    slopes, points = calibrate(scores, grades, 2)
    assert slopes == pytest.approx(true_slopes, abs=0.1)
    assert points == pytest.approx(true_points, abs=0.1)


def test_cutpoints_increase_whatever_the_parameters() -> None:
    assert (np.diff(cutpoints(np.array([0.0, 0.0, 3.0, -9.0, 2.0]), 2)) > 0).all()
