"""Retrieval quality over folders in BEIR form, through a real engine.

A folder holds ``corpus.jsonl`` (_id, title, text), ``queries.jsonl`` (_id, text) and
``qrels/test.tsv`` (query-id, corpus-id, score after one heading line). Metrics are means over the
queries that have a positive label: nDCG@10 with gain 2^grade − 1 and discount log2(rank + 1)
(Järvelin and Kekäläinen 2002; Burges et al. 2005), recall@100 and MRR@10 with every positive
grade as relevant.
"""

import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.documents import Document, Filter, FloatArray, Hit, IndexedDocument, Passages
from search.encoder import CachedEncoder, Encoder, FileVectorCache, SentenceTransformerEncoder, passage_text
from search.engine import SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.model_store import prepare_model
from search.query import Mode, build_query
from search.ranked import FOLDS, all_candidates, cross_validated, level_quality
from search.ranking import MatchLevel, RankingModel, asked_passages

EngineFactory = Callable[[Path, int], SearchEngine]  # (empty folder, dimensions) -> writable engine
ENGINES: Mapping[str, EngineFactory] = {
    "embedded": lambda folder, dimensions: EmbeddedEngine(folder, dimensions, writer=True)
}

DEPTH = 100  # ranks looked at
METRICS = ("ndcg@10", "recall@100", "mrr@10")
_WRITE_BATCH = 1000
READER = Filter(audience=frozenset({"public"}), now=0.0)


class EvaluationError(Exception):
    """The folder or the request is wrong; the message is one line."""


@dataclass(frozen=True, slots=True)
class Dataset:
    name: str
    documents: tuple[Document, ...]
    queries: dict[str, str]  # id -> text, those with a positive label only
    grades: dict[str, dict[str, int]]  # query id -> document id -> grade, unknown documents left out


def read_dataset(folder: Path) -> Dataset:
    """Read a BEIR folder; raises EvaluationError that names the file and line at fault."""
    documents = tuple(
        Document(id=row["_id"], kind="result", title=row.get("title", ""), text=row["text"])
        for row in _read_jsonl(folder / "corpus.jsonl")
    )
    texts = {row["_id"]: row["text"] for row in _read_jsonl(folder / "queries.jsonl")}
    known = {document.id for document in documents}
    grades: dict[str, dict[str, int]] = {}
    for query, document, grade in _read_judgements(folder / "qrels" / "test.tsv"):
        if query in texts and document in known:
            grades.setdefault(query, {})[document] = grade
    positive = {query: texts[query] for query in texts if any(g > 0 for g in grades.get(query, {}).values())}
    if not positive:
        raise EvaluationError(f"{folder}: no query has a positive label")
    return Dataset(folder.resolve().name, documents, positive, grades)


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from enumerate(file, start=1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise EvaluationError(f"{path}: {reason}") from error


def _read_jsonl(path: Path) -> Iterator[dict[str, str]]:
    for number, line in _read_lines(path):
        try:
            row = json.loads(line)
            valid = isinstance(row.get("title", ""), str) and isinstance(row["_id"] + row["text"], str)
        except (ValueError, KeyError, TypeError, AttributeError):
            valid = False
        if not valid:
            raise EvaluationError(
                f"{path}:{number}: expected a JSON object with the strings _id, title and text"
            )
        yield row


def _read_judgements(path: Path) -> Iterator[tuple[str, str, int]]:
    for number, line in _read_lines(path):
        if number == 1:
            continue
        try:
            query, document, grade = line.rstrip("\r\n").split("\t")
            yield query, document, int(grade)
        except ValueError as error:
            raise EvaluationError(
                f"{path}:{number}: expected query-id, corpus-id and a whole grade"
            ) from error


def ndcg(grades: Mapping[str, int], ranking: Sequence[str], depth: int = 10) -> float:
    """Return nDCG at ``depth`` of one ranking; documents without a grade count as 0."""
    ideal = sorted(grades.values(), reverse=True)
    best = _discounted_gain(ideal[:depth])
    gained = _discounted_gain([grades.get(document, 0) for document in ranking[:depth]])
    return gained / best if best else 0.0


def _discounted_gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def recall(grades: Mapping[str, int], ranking: Sequence[str], depth: int = DEPTH) -> float:
    """Return the share of documents with a positive grade among the first ``depth``."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(grades: Mapping[str, int], ranking: Sequence[str], depth: int = 10) -> float:
    """Return 1 / rank of the first document with a positive grade among ``depth``, else 0."""
    ranks = (rank for rank, document in enumerate(ranking[:depth], 1) if grades.get(document, 0) > 0)
    return 1 / next(ranks, math.inf)


def measure(
    grades: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return the mean of every metric over the queries of ``rankings``."""
    rows = [
        (ndcg(grades[query], ids), recall(grades[query], ids), reciprocal_rank(grades[query], ids))
        for query, ids in rankings.items()
    ]
    return {name: sum(row[i] for row in rows) / len(rows) for i, name in enumerate(METRICS)}


def parse_modes(text: str) -> tuple[Mode, ...]:
    """Read a list such as "lexical,hybrid"; raises EvaluationError for an unknown or missing mode."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Mode)]
    if unknown or not names:
        known = ", ".join(Mode)
        raise EvaluationError(f"unknown mode {', '.join(unknown)!r}: choose from {known}")
    return tuple(dict.fromkeys(Mode(name) for name in names))


def evaluate(
    dataset: Dataset,
    engine: SearchEngine,
    encoder: Encoder,
    modes: Sequence[Mode] = tuple(Mode),
    judged: bool = False,
    cross_validate: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Write the corpus into the (empty) ``engine``, run every query in every mode and measure.

    ``judged`` ranks exactly the judged documents of each query: the rest is unknown, not wrong.
    Term statistics come from the whole corpus in both cases. Ranked results take the shipped weights
    or, to ``cross_validate``, for each query those fitted on the folds it is not in.
    """
    write_corpus(dataset, engine, encoder, progress)
    vectors = dict(zip(dataset.queries, encoder.encode_queries(list(dataset.queries.values())), strict=True))
    results = {}
    levels = None
    for mode in modes:
        progress(f"{dataset.name}: {len(dataset.queries)} queries, {mode}")
        asked = asked_passages_of(dataset, encoder) if mode is Mode.RANKED else {}
        start = time.perf_counter()
        first_stage = Mode.HYBRID if mode is Mode.RANKED else mode
        found = first_stage_hits(dataset, engine, vectors, first_stage, judged)
        if mode is Mode.RANKED:
            model = RankingModel.load(encoder.name, encoder.dimensions)
            candidates = all_candidates(model, engine, READER, asked, found)
            models = dict.fromkeys(candidates, model)
            if cross_validate:
                models = cross_validated(model, candidates, dataset.grades)
            rankings = {query: row.ranking(models[query]) for query, row in candidates.items()}
            if judged:  # elsewhere what is not labelled is unknown
                levels = level_quality(models, candidates, dataset.grades)
        else:
            rankings = {query: [hit.id for hit in hits] for query, hits in found.items()}
        seconds = (time.perf_counter() - start) / len(rankings)
        results[mode.value] = {**measure(dataset.grades, rankings), "ms_per_query": seconds * 1000}
    return {
        "dataset": dataset.name,
        "documents": len(dataset.documents),
        "queries": len(dataset.queries),
        "judged": judged,
        "model": encoder.name,
        "dtype": encoder.dtype,
        "modes": results,
        "cross_validated": cross_validate,
        "levels": levels,
    }


def write_corpus(
    dataset: Dataset, engine: SearchEngine, encoder: Encoder, progress: Callable[[str], None]
) -> None:
    """Write every document with its vector; none of these texts is cut into passages."""
    vectors = encoder.encode_passages(
        [passage_text(document.title, document.text) for document in dataset.documents],
        lambda done, total: progress(f"{dataset.name}: {done} of {total} documents encoded"),
    )
    for start in range(0, len(dataset.documents), _WRITE_BATCH):
        part = dataset.documents[start : start + _WRITE_BATCH]
        engine.write([IndexedDocument(document, vectors[start + i]) for i, document in enumerate(part)])
        progress(f"{dataset.name}: {start + len(part)} of {len(dataset.documents)} documents indexed")


def asked_passages_of(dataset: Dataset, encoder: Encoder) -> dict[str, Passages]:
    return {query: asked_passages(text, encoder) for query, text in dataset.queries.items()}


def first_stage_hits(
    dataset: Dataset, engine: SearchEngine, vectors: Mapping[str, FloatArray], mode: Mode, judged: bool
) -> dict[str, Sequence[Hit]]:
    """Search with every query; ``judged`` scores exactly the documents that have a grade for it."""
    found: dict[str, Sequence[Hit]] = {}
    for query, text in dataset.queries.items():
        asked = build_query(text, READER, vectors[query], mode=mode, page_size=DEPTH, ranked=True)
        graded = sorted(dataset.grades[query])
        found[query] = engine.score(asked, graded) if judged else engine.search(asked).hits
    return found


@contextmanager
def temporary_index(factory: EngineFactory, dimensions: int) -> Iterator[SearchEngine]:
    with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
        engine = factory(Path(folder), dimensions)
        try:
            yield engine
        finally:
            engine.close()


def report(line: str) -> None:
    """Write one line of progress to stderr."""
    print(line, file=sys.stderr, flush=True)


def run_evaluation(
    folder: Path,
    *,
    instance_path: Path,
    modes: str = ",".join(Mode),
    judged: bool = False,
    cross_validate: bool = False,
    engine: str = "embedded",
    engines: Mapping[str, EngineFactory] = ENGINES,
    model: str = "",
    progress: Callable[[str], None] = report,
) -> dict[str, Any]:
    """Evaluate ``folder`` with an index of its own and return what ``evaluate`` does.

    ``engines``: what ``engine`` may name, for callers that know of more. Vectors are kept in
    ``instance_path``/cache, so a second run encodes nothing. Raises EvaluationError and
    ModelUnavailable.
    """
    wanted = parse_modes(modes)
    if engine not in engines:
        raise EvaluationError(f"unknown engine {engine!r}: choose from {', '.join(engines)}")
    dataset = read_dataset(folder)
    info = prepare_model(model, instance_path, progress)
    cache = FileVectorCache(instance_path / "cache" / "vectors.sqlite")
    try:
        encoder = CachedEncoder(SentenceTransformerEncoder(info), cache)
        with temporary_index(engines[engine], info.dimensions) as opened:
            found = evaluate(dataset, opened, encoder, wanted, judged, cross_validate, progress)
            return {"engine": engine, **found}
    finally:
        cache.close()


def format_table(result: Mapping[str, Any]) -> str:
    """Return a result of ``run_evaluation`` as lines for a terminal."""
    how = "judged documents only" if result["judged"] else "whole corpus"
    lines = [
        f"{result['dataset']}: {result['documents']} documents, {result['queries']} queries, {how}",
        f"{result['engine']}, {result['model']}, {result['dtype']}",
        f"{'mode':10}" + "".join(f"{name:>12}" for name in METRICS) + f"{'ms/query':>12}",
    ]
    for mode, row in result["modes"].items():
        lines.append(
            f"{mode:10}" + "".join(f"{row[name]:12.4f}" for name in METRICS) + f"{row['ms_per_query']:12.1f}"
        )
    if result["levels"]:
        lines += ["", *_level_lines(result)]
    return "\n".join(lines)


def _level_lines(result: Mapping[str, Any]) -> Iterator[str]:
    levels = result["levels"]
    weights = f"{FOLDS} folds by need" if result["cross_validated"] else "the shipped weights"
    yield f"levels of ranked, {weights}, {levels['pairs']} pairs"
    yield f"1/(1+MAE) {levels['accuracy']:.4f}, of the best constant level {levels['constant']:.4f}"
    yield f"{'at least':10}{'base rate':>10}   pairs: mean probability → share that reaches it"
    for step, (base, rows) in enumerate(zip(levels["base_rates"], levels["reliability"], strict=True), 1):
        told = "  ".join(f"{pairs}: {likely:.2f} → {share:.2f}" for pairs, likely, share in rows)
        yield f"{MatchLevel(step).name:10}{base:10.3f}   {told}"
