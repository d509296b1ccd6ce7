"""Fitting the ranking of one encoder on judged needs.

Two files are written (see ``RankingModel.load``): ``MODEL.npz`` with centre and projection, from vectors
of many unlabelled texts, and the readable ``MODEL.json`` with weights and cutpoints, from experts'
grades. Vectors are encoded in float32 and figures rounded, so that fitting again gives the same files.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.documents import FloatArray
from search.encoder import CachedEncoder, FileVectorCache, SentenceTransformerEncoder, unit_length
from search.evaluate import (
    ENGINES,
    READER,
    Dataset,
    EvaluationError,
    asked_passages_of,
    first_stage_hits,
    read_dataset,
    report,
    temporary_index,
    write_corpus,
)
from search.model_store import prepare_model
from search.ordinal import covariance, cutpoints, fit
from search.query import Mode
from search.ranked import MAX_GRADE, all_candidates, graded_pairs, refitted, weak_prior
from search.ranking import FEATURES, MODELS, SAMPLE, Answers, RankingModel

WHITENING = 0.2  # each direction is scaled by its variance^-0.2; from 0.1 to 0.3 nDCG@10 moves by 0.003
SMALLEST_VARIANCE = 2e-5  # of a direction: below it there is only the rounding of int8
SAMPLED_VECTORS = 40_000
DECIMALS = 4

# What no labelled data can fit: a stated penalty, in units of the score, for each thing that speaks
# against a pair. It orders pairs of one level among themselves and never changes a level.
PRIOR = {
    "indicators": 1.0,
    "trl": 0.6,
    "stage": 0.4,
    "budget": 0.4,
    "cooperation": 0.3,
    "field": 0.3,
    "region": 0.1,
}

ABOUT = (
    "score = sum of weight x feature; P(grade >= k) = 1 / (1 + exp(cutpoint k - slope k x score)) for the "
    "levels. whole, title and passage are cosines in standard deviations of the library, lexical is a share. "
    "usual: mean and deviation of these cosines with random documents. prior: penalties that order pairs of "
    "one level. fit: proportional odds of experts' grades, with deviations and correlations (over needs) of "
    "the weights, the first cutpoint and the logarithms of the steps to the next. By flask search fit."
)


def whitening(vectors: NDArray[np.int8], english: FloatArray) -> tuple[FloatArray, NDArray[np.float16]]:
    """Return centre (dimensions,) and projection (dimensions, dimensions) of Chinese passage vectors.

    The projection is (1 − ℓℓᵀ)·V·diag(w^-WHITENING)·Vᵀ, with ℓ the direction from the Chinese texts'
    mean to that of ``english`` ones (query vectors), so that the language of a text has no say, and
    with eigenvalues w and eigenvectors V of the covariance: symmetric, so that signs do not matter.
    """
    exact = unit_length(vectors[:SAMPLED_VECTORS].astype(np.float32)).astype(np.float64)
    values, directions = np.linalg.eigh(np.cov(exact, rowvar=False))
    scales = np.maximum(values, SMALLEST_VARIANCE) ** -WHITENING
    centre = exact.mean(axis=0).round(DECIMALS)
    language = english.mean(axis=0, dtype=np.float64) - centre
    language /= np.linalg.norm(language)
    projection = (np.eye(len(centre)) - np.outer(language, language)) @ (directions * scales) @ directions.T
    return centre.astype(np.float32), projection.round(DECIMALS).astype(np.float16)


def run_fit(
    folder: Path,
    vectors: Path,
    english: Path,
    *,
    instance_path: Path,
    target: Path = MODELS,
    model: str = "",
    progress: Callable[[str], None] = report,
) -> Path:
    """Fit on the judged pairs of ``folder`` and write the files of the encoder into ``target``.

    ``vectors``: int8 passage vectors of unlabelled Chinese texts (.npy), made by the same encoder.
    ``english``: a folder whose queries are English. Raises EvaluationError and ModelUnavailable.
    """
    dataset, foreign = read_dataset(folder), read_dataset(english)
    try:
        unlabelled = np.load(vectors, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{vectors}: {error}") from error
    info = replace(prepare_model(model, instance_path, progress), dtype="float32")
    if unlabelled.ndim != 2 or unlabelled.shape[1] != info.dimensions:
        raise EvaluationError(f"{vectors}: expected {info.dimensions} columns, not {unlabelled.shape}")
    cache = FileVectorCache(instance_path / "cache" / "vectors.sqlite")
    try:
        encoder = CachedEncoder(SentenceTransformerEncoder(info), cache)
        centre, projection = whitening(unlabelled, encoder.encode_queries(list(foreign.queries.values())))
        start = RankingModel(
            weights=np.zeros(len(FEATURES), np.float32),
            slopes=np.ones(MAX_GRADE, np.float32),
            cutpoints=np.zeros(MAX_GRADE, np.float32),
            dimensions=info.dimensions,
            centre=centre,
            projection=projection.astype(np.float32),
        )
        data = {"about": ABOUT, **_fitted(dataset, start, encoder, progress)}
    finally:
        cache.close()
    np.savez(target / f"{info.name}.npz", centre=centre, projection=projection)
    path = target / f"{info.name}.json"
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def _fitted(
    dataset: Dataset, start: RankingModel, encoder: CachedEncoder, progress: Callable[[str], None]
) -> dict[str, Any]:
    with temporary_index(ENGINES["embedded"], start.dimensions) as engine:
        write_corpus(dataset, engine, encoder, progress)
        asked = asked_passages_of(dataset, encoder)
        vectors = {query: row.whole for query, row in asked.items() if row.whole is not None}
        found = first_stage_hits(dataset, engine, vectors, Mode.HYBRID, judged=True)
        library = Answers(start, list(engine.passages(engine.sample(READER, SAMPLE)).values()))
        cosines = [library.cosines(start.question(row)) for row in asked.values()]
        usual = [(np.mean(c), np.std(c)) for c in _by_feature(cosines)]
        model = replace(start, usual=np.array(usual, np.float32).round(DECIMALS).T)
        pairs = graded_pairs(all_candidates(model, engine, READER, asked, found), dataset.grades)
    prior = weak_prior(pairs)
    theta = fit(pairs, prior)
    spread = covariance(theta, pairs, prior)
    deviations = np.sqrt(np.diag(spread))
    final = refitted(model, theta, pairs)
    return {
        "needs": len(dataset.queries),
        "pairs": len(pairs.grades),
        "weights": dict(zip(FEATURES, _rounded(final.weights), strict=True)),
        "levels": {"slopes": _rounded(final.slopes), "cutpoints": _rounded(final.cutpoints)},
        "usual": {name: _rounded(row) for name, row in zip(FEATURES[:3], np.array(usual), strict=True)},
        "prior": PRIOR,
        "fit": {
            "cutpoints": _rounded(cutpoints(theta, len(FEATURES))),
            "deviations": _rounded(deviations),
            "correlations": [_rounded(row) for row in spread / np.outer(deviations, deviations)],
        },
    }


def _by_feature(cosines: list[FloatArray]) -> list[FloatArray]:
    """Cosines with random documents of all questions: of their wholes, their titles, their passages."""
    return [
        np.concatenate([c[:, 0] for c in cosines]),
        np.concatenate([c[:, 1] for c in cosines]),
        np.concatenate([c[:, 2:].ravel() for c in cosines]),
    ]


def _rounded(values: Any) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
