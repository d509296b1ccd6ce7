"""The second stage of matching: four features of a pair, one fitted formula, four levels.

``RankingModel.score`` = Σ weight · feature, fitted as proportional odds (McCullagh 1980) of experts'
grades 0 to 3, and P(grade ≥ k) = σ(slope k · score − cutpoint k). One score gives order and
probabilities, so a pair never stands above another of a higher level. The features:

- ``whole``: the question's vector with the answer's;
- ``title``: the vector of the question's first passage (its title) with the answer's;
- ``passage``: the best pair of passages, one of the question, one of the answer;
- ``lexical``: BM25 as a share of the best in the library (``fusion.lexical_share``), 0 to 1.

The first three are cosines of vectors without what all texts share (Arora et al. 2017) and without
the direction in which English texts differ from Chinese ones, partly whitened; each is counted in
standard deviations from what a random document of the library has with that same question or
passage. So a long or a vague text, another field or another kind of document does not shift the levels.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.documents import FloatArray, Hit, Passages
from search.encoder import Encoder, unit_length
from search.engine import SearchEngine
from search.segment import sentences

MODELS = Path(__file__).parent / "levels"
DEFAULT = "e5-small-packaged"
FEATURES = ("whole", "title", "passage", "lexical")
SAMPLE = 500  # documents of the library that show what a random one looks like
ASKED_PASSAGES = 24  # of a question
RERANKED = 100  # candidates of the first stage that are ranked again
USUAL_COUNTS = 50  # random documents that ``RankingModel.usual`` counts for
LEAST_DEVIATION = 0.01  # of cosines, so that a library of copies divides by something


class MatchLevel(IntEnum):
    """The grade that is reached with a probability of one half."""

    NONE = 0
    WEAK = 1
    GOOD = 2
    STRONG = 3


class Judged(NamedTuple):
    """What the model says of one pair."""

    score: float
    level: MatchLevel
    probability: float  # of GOOD or better
    pair: tuple[int, int] | None  # passage of the question, passage of the answer


class StaleWeights(ValueError):
    """Learned weights that do not fit the program's; the message says why."""


def learned_path(instance_path: Path) -> Path:
    """Where weights learned from feedback stand (``search.learn``)."""
    return instance_path / "ranking" / "weights.json"


def asked_passages(text: str, encoder: Encoder) -> Passages:
    """A question as the second stage wants it: whole, and in passages of which the first is its title."""
    asked = sentences(text, ASKED_PASSAGES)
    vectors = encoder.encode_queries([text, *asked])
    return Passages(tuple(asked), vectors[1:], vectors[0])


def found_passages(engine: SearchEngine, hits: Sequence[Hit]) -> tuple[dict[str, Passages], list[float]]:
    """Stored passages by id and lexical shares of what the first stage found, in one order.

    What left the index since, or has no vector, is left out.
    """
    shares = {hit.id: hit.lexical_share for hit in hits}
    stored = engine.passages(list(shares))
    documents = {id: passages for id, passages in stored.items() if passages.whole is not None}
    return documents, [shares[id] for id in documents]


class Answers:
    """Projected vectors of several documents, their passages one after the other.

    Made of a sample of the library it is the *background* that cosines are counted against.
    """

    def __init__(self, model: "RankingModel", documents: Sequence[Passages]) -> None:
        """Raises ValueError for a document without a vector."""
        empty = np.empty((0, model.dimensions), np.float32)
        wholes = [document.whole for document in documents if document.whole is not None]
        if len(wholes) < len(documents):
            raise ValueError("a document without a vector cannot be ranked")
        passages = [
            document.vectors if len(document.vectors) else whole[None]
            for document, whole in zip(documents, wholes, strict=True)
        ]
        self.whole = model.project(np.stack(wholes) if wholes else empty)  # (documents, dimensions)
        self.passages = model.project(np.concatenate(passages) if passages else empty)
        self.starts = np.cumsum([0, *(len(vectors) for vectors in passages)])  # (documents + 1,)

    def __len__(self) -> int:
        return len(self.whole)

    def cosines(self, asked: FloatArray) -> FloatArray:
        """Cosines with projected vectors of a question, shapes (2 + n, dimensions) → (documents, 2 + n).

        The first two, its whole and its title, with each whole document; each of its n passages
        with the best passage of each document.
        """
        if not len(self):
            return np.empty((0, len(asked)), np.float32)
        every: FloatArray = self.passages @ asked[2:].T
        best = np.maximum.reduceat(every, self.starts[:-1], axis=0)
        return np.concatenate([self.whole @ asked[:2].T, best], axis=1)


@dataclass(frozen=True)
class RankingModel:
    """Weights and cutpoints, and the projection of one encoder's vectors."""

    weights: FloatArray  # (features,)
    slopes: FloatArray  # (3,), positive
    cutpoints: FloatArray  # (3,)
    dimensions: int
    centre: FloatArray | None = None  # (dimensions,)
    projection: FloatArray | None = None  # (dimensions, dimensions)
    prior: Mapping[str, float] = field(default_factory=dict)  # aspect → penalty, inside a level only
    usual: FloatArray | None = None  # (2, 3): mean and deviation of the cosines with random documents

    @classmethod
    def load(cls, name: str, dimensions: int, folder: Path = MODELS) -> "RankingModel":
        """The weights of an encoder in ``folder``, which may leave the shipped projection out.

        An encoder without a file gets the default's weights and plain cosines: sound as far as features
        are counted in standard deviations of the library at hand.
        """
        path = folder / f"{name}.json"
        fitted = "/" not in name and path.exists()
        data = json.loads((path if fitted else MODELS / f"{DEFAULT}.json").read_text("utf-8"))
        weights = np.array([data["weights"][feature] for feature in FEATURES], np.float32)
        slopes = np.array(data["levels"]["slopes"], np.float32)
        cutpoints = np.array(data["levels"]["cutpoints"], np.float32)
        if not fitted:
            return cls(weights, slopes, cutpoints, dimensions, prior=data["prior"])
        matrices = folder / f"{name}.npz"
        with np.load(matrices if matrices.exists() else MODELS / f"{name}.npz") as kept:
            centre, projection = kept["centre"], kept["projection"]
        usual = np.array([data["usual"][feature] for feature in FEATURES[:3]], np.float32).T
        return cls(
            weights,
            slopes,
            cutpoints,
            dimensions,
            centre,
            projection.astype(np.float32),
            data["prior"],
            usual,
        )

    @property
    def fingerprint(self) -> list[float]:
        """What tells these weights and levels from others."""
        values = np.concatenate([self.weights, self.slopes, self.cutpoints])
        return [round(float(value), 4) for value in values]

    def learned(self, name: str, path: Path) -> "RankingModel":
        """These weights replaced by those learned from feedback, this model where there are none.

        Raises StaleWeights for a file that is damaged or belongs to other weights.
        """
        try:
            data = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return self
        except (OSError, ValueError) as error:
            raise StaleWeights(f"{path}: {error}") from error
        try:
            if data["model"] != name or data["shipped"] != self.fingerprint:
                raise StaleWeights(f"{path}: learned for other weights; run flask search learn again")
            weights = np.array([data["weights"][feature] for feature in FEATURES], np.float32)
            cutpoints = np.array(data["cutpoints"], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, StaleWeights):
                raise
            raise StaleWeights(f"{path}: not a file of learned weights ({error!r})") from error
        if cutpoints.shape != self.cutpoints.shape or not np.isfinite([*weights, *cutpoints]).all():
            raise StaleWeights(f"{path}: not a file of learned weights")
        return replace(self, weights=weights, cutpoints=cutpoints)

    def project(self, vectors: FloatArray) -> FloatArray:
        """Return unit vectors without what all texts share, shape as given."""
        if self.centre is None or self.projection is None:
            return vectors
        return unit_length(np.matmul(vectors - self.centre, self.projection, dtype=np.float32))

    def similarity(self, one: FloatArray, other: FloatArray) -> float:
        """The cosine of two projected vectors, shapes (dimensions,)."""
        return float(self.project(one) @ self.project(other))

    def question(self, asked: Passages) -> FloatArray:
        """Return the projected vectors of a whole question, its title and its n passages, shape
        (2 + n, dimensions); ValueError without a vector."""
        if asked.whole is None:
            raise ValueError("a question without a vector cannot be ranked")
        passages = asked.vectors if len(asked.vectors) else asked.whole[None]
        return self.project(np.concatenate([asked.whole[None], passages[:1], passages]))

    def features(
        self, asked: Passages, documents: Sequence[Passages], lexical: Sequence[float], background: Answers
    ) -> tuple[FloatArray, list[tuple[int, int] | None]]:
        """Return the features of each document, shape (documents, features), and its best pair.

        ``asked``: its vector (ValueError without one) and its passages, the title first; a text
        without passages is one passage. ``lexical``: shares, shape (documents,). The best pair
        numbers a passage of each side, or is None where either has none.
        """
        question = self.question(asked)
        answers = Answers(self, documents)
        counted = self._count(answers.cosines(question), background.cosines(question))
        best = counted[:, 2:].argmax(axis=1)
        pairs: list[tuple[int, int] | None] = []
        for document, start, i in zip(documents, answers.starts.tolist(), best.tolist(), strict=False):
            theirs = answers.passages[start : start + len(document.vectors)]
            known = len(theirs) and len(asked.vectors)
            pairs.append((i, int((theirs @ question[2 + i]).argmax())) if known else None)
        passage = counted[np.arange(len(documents)), 2 + best]
        table = np.column_stack([counted[:, :2], passage, np.asarray(lexical, np.float32)])
        return table.astype(np.float32), pairs

    def _count(self, cosines: FloatArray, random: FloatArray) -> FloatArray:
        """Count cosines in standard deviations from those of random documents, column by column.

        Where the library is small, what is usual elsewhere stands in for USUAL_COUNTS documents.
        """
        size, columns = random.shape
        if self.usual is None:
            if size < 2:
                return np.zeros_like(cosines)
            prior, mean, square = 0, np.zeros(columns), np.zeros(columns)
        else:
            kind = np.minimum(np.arange(columns), 2)
            prior, mean = USUAL_COUNTS, self.usual[0].astype(np.float64)[kind]
            square = self.usual[1].astype(np.float64)[kind] ** 2 + mean**2
        exact = random.astype(np.float64)
        mean = (prior * mean + exact.sum(axis=0)) / (prior + size)
        square = (prior * square + (exact**2).sum(axis=0)) / (prior + size)
        deviation = np.sqrt(np.maximum(square - mean**2, LEAST_DEVIATION**2))
        counted: FloatArray = ((cosines - mean) / deviation).astype(np.float32)
        return counted

    def score(self, features: FloatArray) -> FloatArray:
        """Return one score a row, shape (rows,)."""
        scores: FloatArray = features @ self.weights
        return scores

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """Return P(grade ≥ 1), P(≥ 2) and P(≥ 3) of each score, shape (rows, 3)."""
        likely = 1 / (1 + np.exp(self.cutpoints - scores[:, None] * self.slopes, dtype=np.float32))
        return np.minimum.accumulate(likely, axis=1)  # lines of different slopes cross far below

    def levels(self, likely: FloatArray) -> NDArray[np.int64]:
        """Return the level of each row of ``probabilities``, shape (rows,)."""
        reached: NDArray[np.int64] = (likely >= 0.5).sum(axis=1)
        return reached

    def judge(
        self, asked: Passages, documents: Sequence[Passages], lexical: Sequence[float], background: Answers
    ) -> list[Judged]:
        """Judge each document, in the order given."""
        features, pairs = self.features(asked, documents, lexical, background)
        scores = self.score(features)
        likely = self.probabilities(scores)
        levels = [MatchLevel(level) for level in self.levels(likely).tolist()]
        return list(map(Judged, scores.tolist(), levels, likely[:, 1].tolist(), pairs))
