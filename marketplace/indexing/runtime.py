"""The one place where the site gets its engine and its encoder, each opened when first needed."""

import threading
import time
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import structlog
from flask import Flask, current_app

from config import Settings
from marketplace.indexing.vectors import DatabaseVectorCache
from search.documents import Filter, FloatArray, IndexedDocument
from search.encoder import (
    BoundedEncoder,
    CachedEncoder,
    Encoder,
    SentenceTransformerEncoder,
    VectorKey,
    text_key,
)
from search.engine import SearchEngine
from search.engines.embedded import EmbeddedEngine, IndexMismatch, read_manifest
from search.model_store import ModelInfo, prepare_model
from search.query import query_vector
from search.ranking import SAMPLE, Answers, RankingModel, StaleWeights, learned_path

BACKGROUND_KEPT = 600.0  # seconds: what a random listing looks like changes slowly
log = structlog.get_logger()

QUERIES_KEPT = 256  # vectors of typed queries kept in memory while a reader filters and pages


class SearchRuntime:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self.query_vector = lru_cache(maxsize=QUERIES_KEPT)(self._encode_query)
        self._backgrounds: dict[str, tuple[float, Answers]] = {}

    @property
    def index_path(self) -> Path:
        return self._settings.instance_path / "index"

    @property
    def _model_mark(self) -> Path:
        return self.index_path / "model"

    @cached_property
    def model(self) -> ModelInfo:
        with self._lock:
            return prepare_model(self._settings.model, self._settings.instance_path)

    @cached_property
    def encoder(self) -> Encoder:
        """For readers: few callers wait, none for long; nothing of a reader's text is kept on disk."""
        with self._lock:
            return BoundedEncoder(
                SentenceTransformerEncoder(self.model),
                queue=self._settings.encoder_queue,
                timeout=self._settings.encoder_timeout,
            )

    @cached_property
    def indexing_encoder(self) -> Encoder:
        """For the worker and commands: every vector is kept in the database."""
        with self._lock:
            return CachedEncoder(SentenceTransformerEncoder(self.model), DatabaseVectorCache())

    @cached_property
    def engine(self) -> SearchEngine:
        with self._lock:
            return EmbeddedEngine(self.index_path, self.model.dimensions)

    @cached_property
    def ranking(self) -> RankingModel:
        """The second stage of matching, with weights learned from feedback where there are any."""
        try:
            return self.shipped_ranking.learned(self.model.name, self.learned_weights)
        except StaleWeights as error:
            log.warning("ranking.learned_weights_unused", reason=str(error))
            return self.shipped_ranking

    @cached_property
    def shipped_ranking(self) -> RankingModel:
        return RankingModel.load(self.model.name, self.model.dimensions)

    @property
    def learned_weights(self) -> Path:
        return learned_path(self._settings.instance_path)

    def background(self, kind: str) -> Answers:
        """What random public listings of a kind look like, for the second stage.

        Kept for a while, but not while a small library grows.
        """
        public = Filter(audience=frozenset({"public"}), now=time.time(), kinds=frozenset({kind}))
        ids = self.engine.sample(public, SAMPLE)
        with self._lock:
            made, kept = self._backgrounds.get(kind, (0.0, None))
            if kept is not None and time.monotonic() - made < BACKGROUND_KEPT and len(kept) == len(ids):
                return kept
        found = Answers(self.ranking, list(self.engine.passages(ids).values()))
        with self._lock:
            self._backgrounds[kind] = (time.monotonic(), found)
        return found

    def index_is_lost(self) -> bool:
        """Whether there is no index that fits: none yet, a removed one, another model or schema."""
        try:
            present = read_manifest(self.index_path, self.model.dimensions)
        except IndexMismatch:
            return True
        mark = self._model_mark
        return present is None or not mark.exists() or mark.read_text("utf-8") != self.model.name

    def open_writer(self) -> EmbeddedEngine:
        """The writing engine; only one process may hold it."""
        return EmbeddedEngine(self.index_path, self.model.dimensions, writer=True)

    def rebuild(self, batches: Iterable[Sequence[IndexedDocument]]) -> int:
        """Write a new index and put it in place at once; raises IndexLocked while a worker runs.

        Changes made meanwhile stand in the outbox and reach the new index afterwards.
        """
        total = 0
        with EmbeddedEngine.rebuild(self.index_path, self.model.dimensions) as engine:
            for batch in batches:
                engine.write(batch)
                total += len(batch)
        self._model_mark.write_text(self.model.name, "utf-8")  # vectors of two models may have one length
        return total

    def kept_passages(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of those texts that were encoded as passages before; nothing is encoded now."""
        prompt = self.model.passage_prompt
        keys = {VectorKey(self.model.name, self.model.dtype, text_key(prompt + t.strip())): t for t in texts}
        return {keys[key]: row for key, row in DatabaseVectorCache().get_many(list(keys)).items()}

    def _encode_query(self, text: str) -> FloatArray | None:
        return query_vector(text, self.encoder)


def init_search(app: Flask, settings: Settings) -> None:
    app.extensions["search"] = SearchRuntime(settings)


def runtime() -> SearchRuntime:
    found: SearchRuntime = current_app.extensions["search"]
    return found
