"""Speed of the embedded engine beside its floor, in one run on one machine.

The floor of a query is what any such engine must at least do, in one process: the 200 best of
tantivy for the same terms under the same filter, without counting, and one float32 product of the
vector matrix with the query, of which the 200 greatest are parted off. Engine and floor take turns
on each query, so that noise meets both. Documents are real texts; audiences and facets are drawn.
"""

import gzip
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]  # ships no types

from search.documents import Document, Filter, FloatArray, IndexedDocument, Query, QueryTerms
from search.encoder import Encoder, SentenceTransformerEncoder
from search.engine import CANDIDATES
from search.engines.embedded import EmbeddedEngine
from search.engines.embedded.lexical import score_terms
from search.engines.embedded.postings import BIGRAM, WORD
from search.engines.embedded.results import ResultSet, Scores, count_facets, near_rows, score_vectors
from search.engines.embedded.selection import select
from search.engines.embedded.terms import document_terms
from search.evaluate import report
from search.fusion import BIGRAM_WEIGHT, WORD_WEIGHT
from search.model_store import prepare_model
from search.segment import analyse

BATCH = 1000  # documents of one write
TITLE_CHARACTERS = 30
NOW = 1_700_000_000.0
SEED = 20261122
NEEDS = 183  # queries taken from the library where no needs lie beside it


class BenchError(Exception):
    """The library or the vectors do not fit; the message is one line."""


ORGANISATIONS = 40
PUBLIC_SHARE = 0.9
FACETS = {"field": 30, "cluster": 12, "trl": 9, "region": 31, "stage": 5, "mode": 6}  # values of each
NARROWED_EVERY = 3  # every third query is narrowed to three of the fields


class Clock:
    """Durations by name."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._seconds[name].append(time.perf_counter() - start)

    def milliseconds(self) -> dict[str, dict[str, float]]:
        """Return p50 and p95 in milliseconds of each name."""
        return {
            name: {f"p{share}": round(float(np.percentile(seconds, share)) * 1000, 3) for share in (50, 95)}
            for name, seconds in self._seconds.items()
        }


def read_library(path: Path, count: int) -> list[str]:
    """Return the first ``count`` texts of a .jsonl.gz library; raises BenchError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in islice(lines, count)]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{path} is no .jsonl.gz library of texts: {error}") from error
    if len(texts) < count:
        raise BenchError(f"{path} has only {len(texts)} of the {count} documents asked for")
    return texts


def unit(vectors: np.ndarray[Any, Any]) -> FloatArray:
    """Return rows as float32 of unit length."""
    rows = vectors.astype(np.float32)
    scaled: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def draw_document(number: int, text: str, random: np.random.Generator) -> Document:
    """Return a document of a real text with drawn audience, facets and sort values."""
    facets: dict[str, tuple[str, ...]]
    facets = {name: (f"{name}{int(values * random.random() ** 2)}",) for name, values in FACETS.items()}
    facets["mode"] += (f"mode{random.integers(FACETS['mode'])}",)
    public = random.random() < PUBLIC_SHARE
    return Document(
        id=f"result:{number}",
        kind="result",
        title=text[:TITLE_CHARACTERS],
        text=text,
        audience=frozenset({"public" if public else f"org:{random.integers(ORGANISATIONS)}"}),
        facets=facets,
        sort={"published": NOW - float(random.integers(10**8)), "trl": float(random.integers(1, 10))},
    )


def build_index(
    path: Path, documents: Sequence[Document], vectors: FloatArray, progress: Callable[[str], None]
) -> None:
    """Write all documents to a new index, BATCH at a time."""
    engine = EmbeddedEngine(path, vectors.shape[1], writer=True)
    try:
        for start in range(0, len(documents), BATCH):
            part = zip(documents[start : start + BATCH], vectors[start : start + BATCH], strict=True)
            engine.write([IndexedDocument(document, vector) for document, vector in part])
            progress(f"{min(start + BATCH, len(documents))} of {len(documents)} documents indexed")
    finally:
        engine.close()


def make_queries(texts: Sequence[str], vectors: FloatArray) -> list[Query]:
    """Return one search for each need, as a member of one organisation sees it."""
    queries = []
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        fields = frozenset(f"field{number % 7 + i}" for i in range(3))
        narrowed = {"field": fields} if number % NARROWED_EVERY == 0 else {}
        filter = Filter(frozenset({"public", "org:3"}), NOW, facets=narrowed)
        queries.append(Query(filter, analyse(text), vector, facets=tuple(FACETS)))
    return queries


def time_stages(engine: EmbeddedEngine, text: str, query: Query, clock: Clock) -> None:
    """Time the parts of one search one by one, as the engine runs them."""
    snapshot = engine.snapshot()
    with clock.time("segment"):
        analyse(text)
    with clock.time("filter"):
        selection = select(snapshot, query.filter)
        passing = selection.passing()
    with clock.time("lexical"):
        lexical = score_terms(snapshot, query.terms)
    with clock.time("dense"):
        dense = score_vectors(snapshot, query, selection.readable)
        scores = Scores(lexical, dense, float(lexical.scores.max(initial=0.0)))
    with clock.time("fusion"):
        near = near_rows(snapshot, query, scores, selection)
        results = ResultSet.of(snapshot, query, scores, near, passing)
        results.page(snapshot, query, scores)
    with clock.time("facets"):
        count_facets(snapshot, query, scores, near, selection, results)
    everything = replace(query, terms=QueryTerms(), vector=None)
    results = ResultSet.of(snapshot, everything, scores, near[:0], passing)
    with clock.time("facets_of_all"):  # the largest R there is: all that may be read
        count_facets(snapshot, everything, scores, near[:0], selection, results)


def memory_megabytes() -> float:
    """Return this process's proportional memory (PSS), or where that is not known its peak RSS."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        unit_bytes = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes / 1e6
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def _measure_reader(path: Path, queries: Sequence[Query], answer: Connection) -> None:
    assert queries[0].vector is not None
    before = memory_megabytes()
    engine = EmbeddedEngine(path, queries[0].vector.size)
    for query in queries:
        engine.search(query)
    answer.send({"program": round(before, 1), "with_index": round(memory_megabytes(), 1)})


def measure_memory(path: Path, queries: Sequence[Query]) -> dict[str, float]:
    """Return megabytes of a new process before it opens the index and after all queries."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure_reader, args=(path, queries, sender))
    process.start()
    sender.close()
    measured: dict[str, float] = receiver.recv()
    process.join()
    return measured


class Floor:
    """tantivy for the terms, one float32 matrix for the vectors; see the top of this file."""

    def __init__(self, path: Path, documents: Sequence[Document], vectors: FloatArray) -> None:
        """Index the same terms of the same documents in ``path``; keep ``vectors`` in memory."""
        self._vectors = np.ascontiguousarray(vectors)
        builder = tantivy.SchemaBuilder()
        for name in (WORD, BIGRAM):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        for name in ("audience", "field"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        path.mkdir()
        index = tantivy.Index(self._schema, str(path))
        writer = index.writer(num_threads=1)
        for document in documents:
            words, bigrams = document_terms(document)
            fields = {WORD: " ".join(words), BIGRAM: " ".join(bigrams)}
            writer.add_document(
                tantivy.Document(**fields, audience=[*document.audience], field=[*document.facets["field"]])
            )
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def lexical(self, query: Query) -> int:
        """Return how many of the 200 best by BM25 there are."""
        rules, must, should = tantivy.Query, tantivy.Occur.Must, tantivy.Occur.Should
        terms = [(WORD, word, WORD_WEIGHT) for word in query.terms.words]
        terms += [(BIGRAM, bigram, BIGRAM_WEIGHT) for bigram in query.terms.bigrams]
        scored = [
            (should, rules.boost_query(rules.term_query(self._schema, name, term, "freq"), weight))
            for name, term, weight in terms
        ]
        allowed = {"audience": query.filter.audience, **query.filter.facets}
        filters = [
            (must, rules.const_score_query(rules.term_set_query(self._schema, name, [*values]), 0.0))
            for name, values in allowed.items()
        ]
        whole = rules.boolean_query([(must, rules.boolean_query(scored)), *filters])
        return len(self._searcher.search(whole, CANDIDATES, count=False).hits)

    def dense(self, vector: FloatArray) -> int:
        """Return how many of the 200 nearest there are (the product is not filtered)."""
        products = self._vectors @ vector
        count = min(CANDIDATES, len(products))
        return len(np.argpartition(products, len(products) - count)[-count:])


def compare(engine: EmbeddedEngine, floor: Floor, queries: Sequence[Query], rounds: int) -> Clock:
    """Time engine and floor in turns, whichever goes first changing with every query."""
    clock = Clock()

    def run_engine(query: Query) -> None:
        with clock.time("hybrid"):
            engine.search(replace(query, facets=()))

    def run_floor(query: Query) -> None:
        assert query.vector is not None
        with clock.time("floor"):
            with clock.time("floor_lexical"):
                floor.lexical(query)
            with clock.time("floor_dense"):
                floor.dense(query.vector)

    for number in range(rounds * len(queries)):
        query = queries[number % len(queries)]
        turns = (run_engine, run_floor) if (number + number // len(queries)) % 2 else (run_floor, run_engine)
        for turn in turns:
            turn(query)
    return clock


def _load_vectors(vectors: Path | None, texts: Sequence[str], encoder: Encoder) -> FloatArray:
    """Return one unit vector a text: stored ones as far as they go, then encoded ones."""
    stored = np.empty((0, encoder.dimensions), np.float32)
    if vectors is not None:
        stored = np.load(vectors, mmap_mode="r")[: len(texts)]
    if stored.ndim != 2 or stored.shape[1] != encoder.dimensions:
        raise BenchError(f"{vectors} has shape {stored.shape}, the model has {encoder.dimensions} dimensions")
    return np.concatenate([unit(stored), encoder.encode_passages(texts[len(stored) :])])


def _read_needs(path: Path, texts: Sequence[str]) -> list[str]:
    """Return the needs in ``path``, or where there is no such file, as many of ``texts``."""
    if not path.exists():
        return list(texts[:NEEDS])
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [f"{line['title']}\n{line['content']}" for line in lines]


def _encode_queries(texts: Sequence[str], encoder: Encoder, clock: Clock) -> FloatArray:
    """Encode the queries one by one, timed."""
    encoder.encode_queries(texts[:1])  # loads the model
    encoded = []
    for text in texts:
        with clock.time("encode"):
            encoded.append(encoder.encode_queries([text])[0])
    return np.array(encoded, np.float32)


def _machine() -> dict[str, Any]:
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {
        "processors": os.cpu_count(),
        "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE"),
        "blas": [f"{library['internal_api']} {library.get('architecture')}" for library in blas],
        "blas_threads": [library["num_threads"] for library in blas],
    }


def run_bench(
    library: Path,
    vectors: Path | None,
    docs: int,
    needs: Path | None = None,
    *,
    instance_path: Path,
    model: str = "",
    rounds: int = 3,
    progress: Callable[[str], None] = report,
) -> dict[str, Any]:
    """Index ``docs`` texts of ``library`` and time every need as a query, engine beside floor.

    ``library``: .jsonl.gz with "text"; ``vectors``: .npy whose rows are the vectors of its first
    texts (any scale; the rest is encoded); ``needs``: .jsonl with title and content, by default
    ``needs_texts.jsonl`` beside the library. Both indexes stand in a temporary folder under
    ``instance_path``/cache. Times are milliseconds, memory megabytes. Raises BenchError and
    ModelUnavailable.
    """
    texts = read_library(library, docs)
    wanted = _read_needs(needs or library.parent / "needs_texts.jsonl", texts)
    encoder = SentenceTransformerEncoder(prepare_model(model, instance_path, progress))
    stages = Clock()
    queries = make_queries(wanted, _encode_queries(wanted, encoder, stages))
    matrix = _load_vectors(vectors, texts, encoder)
    random = np.random.default_rng(SEED)
    documents = [draw_document(number, text, random) for number, text in enumerate(texts)]
    cache = instance_path / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="bench-") as folder:
        path, floor_path = Path(folder) / "engine", Path(folder) / "floor"
        start = time.perf_counter()
        build_index(path, documents, matrix, progress)
        seconds = time.perf_counter() - start
        memory = measure_memory(path, queries)
        progress("indexing for the floor")
        floor = Floor(floor_path, documents, matrix)
        engine = EmbeddedEngine(path, matrix.shape[1])
        progress(f"{len(queries)} queries, {rounds} rounds")
        compare(engine, floor, queries[:20], 1)  # caches of both are warm before anything counts
        turns = compare(engine, floor, queries, rounds)
        for text, query in zip(wanted, queries, strict=True):
            time_stages(engine, text, query, stages)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        engine.close()
    milliseconds = {**stages.milliseconds(), **turns.milliseconds()}
    return {
        "documents": docs,
        "queries": len(queries),
        "terms_per_query": float(np.median([len(q.terms.words) + len(q.terms.bigrams) for q in queries])),
        "model": encoder.name,
        "documents_per_second": round(docs / seconds, 1),
        "index_megabytes": round(size / 1e6, 1),
        "memory_megabytes": memory,
        "milliseconds": milliseconds,
        "p95_to_floor": {
            name: round(milliseconds[name]["p95"] / milliseconds["floor"]["p95"], 2)
            for name in ("hybrid", "facets", "facets_of_all")
        },
        "machine": _machine(),
    }


def format_bench(result: Mapping[str, Any]) -> str:
    """Return a result of ``run_bench`` as lines for a terminal."""
    memory, ratios = result["memory_megabytes"], result["p95_to_floor"]
    terms = f"{result['terms_per_query']:.0f} terms"
    lines = [
        f"{result['documents']} documents, {result['queries']} queries, {terms} in the middle one",
        f"{result['documents_per_second']} documents indexed a second, encoding apart",
        f"{result['index_megabytes']} MB on disk",
        f"{memory['with_index']} MB in a reading process, {memory['program']} MB before it opened the index",
        f"{'ms':16}{'p50':>10}{'p95':>10}",
    ]
    for name, row in result["milliseconds"].items():
        lines.append(f"{name:16}{row['p50']:10.2f}{row['p95']:10.2f}")
    lines.append("p95 to the floor's: " + ", ".join(f"{name} {ratio}" for name, ratio in ratios.items()))
    return "\n".join(lines)
