"""Proportional odds (McCullagh 1980): P(grade ≥ k) = σ(x·weights − cutpoint k), fitted with a prior.

Parameters are one vector θ = (weights…, c₁, ln(c₂ − c₁), ln(c₃ − c₂), …), so that any θ gives increasing
cutpoints and a normal distribution over θ can serve as the prior of the next fit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution over θ; where it knows nothing of a parameter its precision is 0."""

    mean: Vector  # (parameters,)
    precision: Vector  # (parameters, parameters), the inverse of the covariance


@dataclass(frozen=True, slots=True)
class Graded:
    """Pairs with their grades; those of one need belong together."""

    features: Vector  # (pairs, features)
    grades: NDArray[np.int64]  # (pairs,), 0 to 3
    needs: NDArray[np.int64]  # (pairs,), number of the need

    def of(self, needs: NDArray[np.int64]) -> "Graded":
        rows = np.isin(self.needs, needs)
        return Graded(self.features[rows], self.grades[rows], self.needs[rows])


def cutpoints(theta: Vector, features: int) -> Vector:
    """Return the cutpoints of θ, increasing."""
    points: Vector = np.cumsum([theta[features], *np.exp(theta[features + 1 :])])
    return points


def parameters(weights: Vector, points: Vector) -> Vector:
    """Return θ of weights and increasing cutpoints."""
    return np.concatenate([weights, points[:1], np.log(np.diff(points))])


def likelihoods(theta: Vector, pairs: Graded) -> tuple[Vector, Vector]:
    """Return the likelihood of each pair's grade, shape (pairs,), and the gradient of its log,
    shape (pairs, parameters)."""
    size = pairs.features.shape[1]
    points = cutpoints(theta, size)
    above = 1 / (1 + np.exp(points - (pairs.features @ theta[:size])[:, None]))  # P(grade ≥ k)
    slopes = above * (1 - above)
    edge = np.ones((len(above), 1))
    upper, lower = np.hstack([edge, above]), np.hstack([above, 0 * edge])
    rows = np.arange(len(above))
    likelihood = np.maximum((upper - lower)[rows, pairs.grades], 1e-12)
    up = np.hstack([0 * edge, slopes])[rows, pairs.grades] / likelihood
    down = np.hstack([slopes, 0 * edge])[rows, pairs.grades] / likelihood
    by_point = np.zeros((len(above), len(points)))  # of the log-likelihood by each cutpoint
    inner = pairs.grades > 0
    by_point[rows[inner], pairs.grades[inner] - 1] -= up[inner]
    inner = pairs.grades < len(points)
    by_point[rows[inner], pairs.grades[inner]] += down[inner]
    gaps = np.exp(theta[size + 1 :])
    later = by_point[:, ::-1].cumsum(axis=1)[:, ::-1]  # moving cutpoint k moves all that follow
    by_theta = np.hstack([pairs.features * (up - down)[:, None], later[:, :1], later[:, 1:] * gaps])
    return likelihood, by_theta


def fit(pairs: Graded, prior: Normal, start: Vector | None = None) -> Vector:
    """Return θ with the greatest posterior density; raises ValueError where it is not found."""

    def loss(theta: Vector) -> tuple[float, Vector]:
        likelihood, by_theta = likelihoods(theta, pairs)
        away = theta - prior.mean
        pull = prior.precision @ away
        value = away @ pull / 2 - np.log(likelihood).sum()
        return float(value), pull - by_theta.sum(axis=0)

    found = minimize(
        loss,
        prior.mean if start is None else start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-7},
    )
    if not np.isfinite(found.fun):
        raise ValueError(f"the fit did not converge: {found.message}")
    theta: Vector = found.x
    return theta


def covariance(theta: Vector, pairs: Graded, prior: Normal) -> Vector:
    """Return the covariance of θ, robust to the likeness of one need's pairs (Liang and Zeger 1986)."""
    step = 1e-5

    def gradient(at: Vector) -> Vector:
        _, by_theta = likelihoods(at, pairs)
        total: Vector = prior.precision @ (at - prior.mean) - by_theta.sum(axis=0)
        return total

    eye = np.eye(len(theta)) * step
    hessian = np.stack([(gradient(theta + e) - gradient(theta - e)) / (2 * step) for e in eye])
    bread = np.linalg.inv((hessian + hessian.T) / 2)
    _, by_theta = likelihoods(theta, pairs)
    scores = np.stack([by_theta[pairs.needs == need].sum(axis=0) for need in np.unique(pairs.needs)])
    spread: Vector = bread @ (scores.T @ scores) @ bread
    return (spread + spread.T) / 2


def log_loss(theta: Vector, pairs: Graded) -> float:
    """Return the mean −ln likelihood of a grade."""
    likelihood, _ = likelihoods(theta, pairs)
    return float(-np.log(likelihood).mean())


def calibrate(scores: Vector, grades: NDArray[np.int64], levels: int) -> tuple[Vector, Vector]:
    """Return slopes and cutpoints, shapes (levels,), of P(grade ≥ k) = σ(slope k · score − cutpoint k).

    Each step of the scale is fitted by itself (Platt 1999): one slope for all, as proportional odds
    have it, gives the right order and probabilities of the higher grades that are too sure.
    """

    def fitted(reached: NDArray[np.bool_]) -> Vector:
        def loss(line: Vector) -> tuple[float, Vector]:
            log_odds = line[0] * scores - line[1]
            error = 1 / (1 + np.exp(-log_odds)) - reached
            value = np.logaddexp(0, np.where(reached, -log_odds, log_odds)).sum()
            return float(value), np.array([error @ scores, -error.sum()])

        line: Vector = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B").x
        return line

    lines = np.stack([fitted(grades >= level) for level in range(1, levels + 1)])
    return lines[:, 0], lines[:, 1]
