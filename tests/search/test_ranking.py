"""The second stage: its features, its order and levels, and the shipped weights."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import FloatArray, Passages
from search.encoder import unit_length
from search.ranking import DEFAULT, FEATURES, MODELS, Answers, MatchLevel, RankingModel

DIMENSIONS = 384


def directions(seed: int, count: int) -> FloatArray:
    return unit_length(np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32))


def text(seed: int, passages: int = 3) -> Passages:
    vectors = directions(seed, passages)
    return Passages(tuple(f"{seed}.{i}" for i in range(passages)), vectors, unit_length(vectors.sum(axis=0)))


def near(asked: Passages, share: float, seed: int) -> Passages:
    """A text whose second passage resembles the question's last one."""
    other = directions(seed, 2)
    other[1] = unit_length(share * asked.vectors[-1] + (1 - share) * other[1])
    return Passages(("elsewhere", "near"), other, unit_length(other.sum(axis=0)))


@pytest.fixture(scope="module")
def model() -> RankingModel:
    """The shipped weights over plain cosines: directions drawn at random are no texts of an encoder."""
    return RankingModel.load("somebody/model", DIMENSIONS)


@pytest.fixture(scope="module")
def library(model: RankingModel) -> Answers:
    return Answers(model, [text(seed) for seed in range(100, 400)])


def test_the_shipped_file_says_all_there_is_to_know() -> None:
    data = json.loads((MODELS / f"{DEFAULT}.json").read_text("utf-8"))
    assert set(data["weights"]) == set(FEATURES) and all(weight > 0 for weight in data["weights"].values())
    assert all(slope > 0 for slope in data["levels"]["slopes"])
    correlations = np.array(data["fit"]["correlations"])
    assert correlations.shape == (7, 7) and np.linalg.eigvalsh(correlations).min() > 0
    assert set(data["prior"]) >= {"trl", "budget", "region", "indicators"}
    numbers = [*data["weights"].values(), *data["levels"]["cutpoints"], *data["fit"]["deviations"]]
    assert all(number == round(number, 4) for number in numbers)


def test_random_texts_stand_at_zero_and_one_deviation(model: RankingModel, library: Answers) -> None:
    features, _ = model.features(text(1), [text(seed) for seed in range(500, 900)], [0.0] * 400, library)
    assert np.abs(features[:, :2].mean(axis=0)).max() < 0.2
    assert features[:, :2].std() == pytest.approx(1, abs=0.2)


def test_the_nearest_passages_are_the_pair(model: RankingModel, library: Answers) -> None:
    asked = text(1)
    judged = model.judge(asked, [text(2), near(asked, 0.9, 3)], [0.0, 0.0], library)
    assert judged[1].pair == (2, 1)
    assert judged[1].score > judged[0].score


def test_texts_without_passages_are_one_passage(model: RankingModel, library: Answers) -> None:
    whole = Passages((), np.empty((0, DIMENSIONS), np.float32), directions(7, 1)[0])
    (judged,) = model.judge(whole, [whole], [1.0], library)
    assert judged.pair is None and judged.level is MatchLevel.STRONG
    with pytest.raises(ValueError, match="without a vector"):
        model.judge(Passages((), whole.vectors), [whole], [0.0], library)
    with pytest.raises(ValueError, match="without a vector"):
        Answers(model, [Passages((), whole.vectors)])


def in_the_plane(vectors: list[list[float]]) -> Passages:
    array = np.array(vectors, np.float32).reshape(len(vectors), 2)
    return Passages(tuple(f"第{i}句" for i in range(len(vectors))), array, np.array([1, 0], np.float32))


def test_closest_pair() -> None:
    model = RankingModel.load("somebody/model", 2)
    every_way = Answers(model, [in_the_plane([way]) for way in ([1, 0], [0, 1], [-1, 0], [0, -1])])
    asked, offered = in_the_plane([[1, 0], [0.6, 0.8]]), in_the_plane([[-1, 0], [0.8, 0.6], [0, 1]])
    (judged,) = model.judge(asked, [offered], [0.0], every_way)
    assert judged.pair == (1, 1)
    for one, other in (([], [[1.0, 0.0]]), ([[1.0, 0.0]], [])):
        (judged,) = model.judge(in_the_plane(one), [in_the_plane(other)], [0.0], every_way)
        assert judged.pair is None


def test_nothing_to_judge(model: RankingModel, library: Answers) -> None:
    assert model.judge(text(1), [], [], library) == []


@given(st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=20))
def test_a_greater_score_never_has_a_lower_level(scores: list[float]) -> None:
    model = RankingModel.load(DEFAULT, DIMENSIONS)
    likely = model.probabilities(np.array(sorted(scores), np.float32))
    assert (np.diff(likely, axis=0) >= 0).all()  # down the list ever more probable
    assert (np.diff(likely, axis=1) <= 0).all()  # a higher grade is never more probable than a lower one


def test_an_empty_library_counts_from_what_is_usual_elsewhere() -> None:
    model, asked = RankingModel.load(DEFAULT, DIMENSIONS), text(1)
    judged = model.judge(asked, [text(2), near(asked, 0.95, 3)], [0.0, 0.3], Answers(model, []))
    assert judged[1].score > judged[0].score and np.isfinite(judged[0].score)


def test_another_encoder_gets_the_weights_and_plain_cosines(model: RankingModel) -> None:
    shipped, asked = RankingModel.load(DEFAULT, DIMENSIONS), text(1)
    assert (model.weights == shipped.weights).all()
    assert (model.project(asked.vectors) == asked.vectors).all()
    (alone,) = model.judge(asked, [text(2)], [0.0], Answers(model, []))  # nothing to compare with
    assert alone.score == 0 and alone.level is MatchLevel.NONE
