"""Learning from what people said of matches: new weights near the fitted ones, or a reason for none.

A word on a pair says whether its grade is at least 2 (较强相关), no more. The shown probability of that is
σ(slope₂ · score − cutpoint₂); its weights and cutpoint are the parameters θ. The prior is normal: the
shipped θ, with the covariance of the fit on experts' grades (``fit`` in ``levels/MODEL.json``), so that few
words change little. What is learned always starts from the shipped file, never from what was learned before.
"""

import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from search.ordinal import Graded, Normal, Vector, fit, log_loss
from search.ranking import DEFAULT, FEATURES, MODELS, RankingModel, learned_path

HELD_BACK = 5  # one need in so many is never learned from
LEAST_PAIRS, LEAST_HELD_BACK = 50, 10
LEAST_NEEDS = 10
LEAST_OF_EACH = 10  # 合适, and 不合适
SURPRISE = 0.01  # weights farther from the prior than this share of its draws are refused
GOOD = 1  # index of grade 2 among the cutpoints
ABOUT = (
    "Ranking weights learned from feedback (flask search learn); flask search learn --reset goes back to "
    "those of the program. Read together with search/levels: features, slopes and prior are the same."
)


class Refused(Exception):
    """Why nothing is learned, in one line."""


@dataclass(frozen=True, slots=True)
class Words:
    """Pairs of which somebody said whether they suit; those of one need belong together."""

    features: Vector  # (pairs, features)
    suits: NDArray[np.bool_]  # (pairs,): the grade is at least 2
    needs: tuple[str, ...]  # (pairs,), names that stay the same from one time to the next

    def graded(self, slope: float, rows: NDArray[np.bool_]) -> Graded:
        numbers = np.unique(self.needs, return_inverse=True)[1]
        return Graded(slope * self.features[rows], self.suits[rows].astype(np.int64), numbers[rows])


@dataclass(frozen=True, slots=True)
class Learned:
    model: RankingModel
    pairs: int
    held_back: int
    loss_before: float  # of the held-back pairs, under the weights in use
    loss_after: float
    distance: float  # squared Mahalanobis distance to the shipped parameters
    bound: float


def prior_of(shipped: RankingModel, fitted: dict[str, Any]) -> Normal:
    """The normal distribution of (weights, cutpoint₂); ``fitted`` is ``fit`` of the model's file.

    There the cutpoints stand as (c₁, ln(c₂ − c₁), …): c₂ moves by Δc₁ + (c₂ − c₁)·Δln(c₂ − c₁).
    """
    size = len(FEATURES)
    deviations = np.array(fitted["deviations"])
    spread = np.array(fitted["correlations"]) * np.outer(deviations, deviations)
    slope = float(shipped.slopes[GOOD])
    moves = np.zeros((size + 1, len(deviations)))
    moves[:size, :size] = np.eye(size)
    moves[size, size : size + 2] = slope, slope * (fitted["cutpoints"][1] - fitted["cutpoints"][0])
    mean = np.append(shipped.weights, shipped.cutpoints[GOOD]).astype(np.float64)
    return Normal(mean, np.linalg.inv(moves @ spread @ moves.T))


def shipped_prior(shipped: RankingModel, name: str) -> Normal:
    """The prior of the encoder; one without a file of its own has that of the packaged encoder."""
    path = MODELS / f"{name}.json"
    if "/" in name or not path.exists():
        path = MODELS / f"{DEFAULT}.json"
    return prior_of(shipped, json.loads(path.read_text("utf-8"))["fit"])


def held_back(need: str) -> bool:
    """The same answer for one need at all times."""
    return hashlib.sha256(need.encode()).digest()[0] % HELD_BACK == 0


def learn(words: Words, shipped: RankingModel, in_use: RankingModel, prior: Normal) -> Learned:
    """The most probable weights after these words; raises Refused where they should not be used."""
    slope = float(shipped.slopes[GOOD])
    kept = np.array([held_back(need) for need in words.needs], np.bool_)
    _require_enough(words, kept)
    taught, checked = words.graded(slope, ~kept), words.graded(slope, kept)
    theta = fit(taught, prior)
    away = theta - prior.mean
    distance, bound = float(away @ prior.precision @ away), float(chdtri(len(theta), SURPRISE))
    if distance > bound:
        raise Refused(
            f"the feedback contradicts the experts' grades: the new weights lie {distance:.1f} from the "
            f"shipped ones (squared Mahalanobis distance), the bound is {bound:.1f}"
        )
    before, after = log_loss(_parameters(in_use, slope), checked), log_loss(theta, checked)
    if after > before:
        raise Refused(
            f"held-back feedback gets a worse log-loss, {after:.4f} after {before:.4f}: "
            "the weights in use stay"
        )
    share = np.clip(taught.grades.mean(), 1e-6, 1 - 1e-6)
    constant = float(-np.log(np.where(checked.grades == 1, share, 1 - share)).mean())
    if after > constant:
        raise Refused(
            f"the feedback does not follow the content: one probability for all pairs gives held-back "
            f"feedback a log-loss of {constant:.4f}, the new weights {after:.4f}"
        )
    return Learned(_moved(shipped, theta), len(kept), int(kept.sum()), before, after, distance, bound)


def _require_enough(words: Words, kept: NDArray[np.bool_]) -> None:
    suits = int(words.suits.sum())
    found = (
        (len(words.suits), LEAST_PAIRS, "judged pairs"),
        (len(set(words.needs)), LEAST_NEEDS, "needs"),
        (suits, LEAST_OF_EACH, "pairs that suit"),
        (len(words.suits) - suits, LEAST_OF_EACH, "pairs that do not suit"),
        (int(kept.sum()), LEAST_HELD_BACK, "held-back pairs"),
    )
    for number, least, what in found:
        if number < least:
            raise Refused(f"too little feedback: {number} {what}, at least {least} are needed")


def _parameters(model: RankingModel, slope: float) -> Vector:
    """(weights, cutpoint) of P(grade ≥ 2) over features that are multiplied by ``slope``."""
    scale = float(model.slopes[GOOD]) / slope
    return np.append(model.weights * scale, model.cutpoints[GOOD]).astype(np.float64)


def _moved(shipped: RankingModel, theta: Vector) -> RankingModel:
    """All cutpoints move by the same distance of the score as that of grade 2."""
    step = (theta[-1] - shipped.cutpoints[GOOD]) / shipped.slopes[GOOD]
    points = (shipped.cutpoints + shipped.slopes * step).astype(np.float32)
    return replace(shipped, weights=theta[:-1].astype(np.float32), cutpoints=points)


def write_learned(
    learned: Learned, shipped: RankingModel, name: str, instance_path: Path, at: datetime
) -> Path:
    """Put the readable file in place at once."""
    data = {
        "about": ABOUT,
        "model": name,
        "shipped": shipped.fingerprint,  # the learned weights belong to these, and to no later ones
        "learned_at": at.isoformat(timespec="seconds"),
        "pairs": learned.pairs,
        "held_back": learned.held_back,
        "held_back_log_loss": {
            "before": round(learned.loss_before, 4),
            "after": round(learned.loss_after, 4),
        },
        "distance": {"squared": round(learned.distance, 2), "bound": round(learned.bound, 2)},
        "weights": {f: round(float(w), 4) for f, w in zip(FEATURES, learned.model.weights, strict=True)},
        "cutpoints": [round(float(point), 4) for point in learned.model.cutpoints],
    }
    path = learned_path(instance_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    os.replace(beside, path)
    return path
