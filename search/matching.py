"""How sure a match is: three provisional levels between two thresholds.

Cosines of sentence encoders lie in a narrow band, since all vectors share one large component. The
*centred* cosine takes that component away first: 0 means no more alike than any two texts of
science and technology. Centre and thresholds belong to a model and stand in ``levels/MODEL.json``.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

from search.documents import FloatArray
from search.encoder import unit_length

LEVELS = Path(__file__).parent / "levels"


class MatchLevel(IntEnum):
    WEAK = 1
    GOOD = 2
    STRONG = 3


@dataclass(frozen=True, slots=True)
class LevelScale:
    """What makes levels of one model's vectors."""

    strong: float
    good: float
    centre: FloatArray | None = None  # (dimensions,), mean of many passage vectors

    def centred(self, vectors: FloatArray) -> FloatArray:
        """Unit vectors without the component that all texts share, shape (…, dimensions)."""
        return vectors if self.centre is None else unit_length(vectors - self.centre)

    def similarity(self, asked: FloatArray, offered: FloatArray) -> float:
        """The centred cosine of two unit vectors, shapes (dimensions,)."""
        return float(self.centred(asked) @ self.centred(offered))

    def level(self, similarity: float) -> MatchLevel:
        if similarity >= self.strong:
            return MatchLevel.STRONG
        return MatchLevel.GOOD if similarity >= self.good else MatchLevel.WEAK


@lru_cache
def level_scale(model: str) -> LevelScale:
    """The scale of a model; one without a file of its own gets plain cosines and usual thresholds."""
    path = LEVELS / f"{model}.json"
    if "/" in model or not path.exists():
        return LevelScale(strong=0.6, good=0.45)
    data = json.loads(path.read_text("utf-8"))
    return LevelScale(data["strong"], data["good"], np.asarray(data["centre"], np.float32))
