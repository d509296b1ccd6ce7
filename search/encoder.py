"""Turning texts into unit vectors, and never the same text twice.

Encoders nest: ``BoundedEncoder(CachedEncoder(SentenceTransformerEncoder(info), cache))``.
"""

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from search.documents import FloatArray
from search.model_store import ModelInfo

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32  # texts of one forward pass; larger ones gain nothing on a CPU and hold the lock longer
_MAX_THREADS = 8  # matrices of 384 columns do not feed more

Progress = Callable[[int, int], None]  # (texts done, texts in all)


class EncoderBusy(Exception):
    """Too many texts wait to be encoded; try again later."""


class EncoderForked(RuntimeError):
    """The process was forked after the model had been loaded; torch's threads did not survive."""


class Encoder(Protocol):
    """Encodes texts with one model. Vectors are float32 of unit length; texts may be empty."""

    name: str
    dtype: str
    dimensions: int
    query_prompt: str  # what the model wants before a query, for cache keys
    passage_prompt: str

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of search queries, shape (len(texts), dimensions)."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return the vectors of texts to be found, shape (len(texts), dimensions)."""
        ...


def passage_text(title: str, text: str) -> str:
    """Return what is encoded of a document: its title, then its text."""
    return "\n".join(part for part in (title.strip(), text.strip()) if part)


class SentenceTransformerEncoder:
    """A sentence-transformers model on the CPU, loaded at the first text; safe between threads.

    Servers that fork must do so before the first text: after it, a child process gets
    EncoderForked, because a copied thread pool would make it wait for ever.
    """

    def __init__(self, info: ModelInfo, threads: int | None = None) -> None:
        """``threads``: how many torch may use; None means the processors of this process, up to 8."""
        self.name = info.name
        self.dtype = info.dtype
        self.dimensions = info.dimensions
        self.query_prompt, self.passage_prompt = info.query_prompt, info.passage_prompt
        self._path = info.path
        self._threads = threads or min(_available_processors(), _MAX_THREADS)
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._pid: int | None = None  # of the process that loads or has loaded the model

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return self._encode(texts, self.query_prompt, None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        return self._encode(texts, self.passage_prompt, progress)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> FloatArray:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        # Texts of like length share a batch, so that little is padding; the longest come first, so
        # that memory runs out at once or never and the time left is not underestimated.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._forward([texts[row].strip() for row in rows], prompt)
            if progress:
                progress(start + len(rows), len(texts))
        return vectors

    def _forward(self, texts: list[str], prompt: str) -> FloatArray:
        # Held for one batch, so that a long list does not shut out a single query.
        with self._exclusive() as model:
            tensor = model.encode(
                texts, prompt=prompt, batch_size=len(texts), convert_to_tensor=True, show_progress_bar=False
            )
        vectors = tensor.float().cpu().numpy()
        return unit_length(vectors)

    @contextmanager
    def _exclusive(self) -> "Iterator[SentenceTransformer]":
        # Checked before the lock: a fork may have copied it locked.
        if self._pid not in (None, os.getpid()):
            raise EncoderForked("the model was loaded before this process was forked; fork first")
        with self._lock:
            if self._model is None:
                self._pid = os.getpid()
                self._model = self._load()
            yield self._model

    def _load(self) -> "SentenceTransformer":
        import torch  # costs seconds and memory: only who encodes pays
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]  # a server's log is no terminal
        torch.set_num_threads(self._threads)
        return SentenceTransformer(self._path, device="cpu", model_kwargs={"dtype": self.dtype})


def _available_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def unit_length(vectors: FloatArray) -> FloatArray:
    """Scale rows to unit length; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


class BoundedEncoder:
    """Lets one caller encode at a time and only a few wait, each for a limited time."""

    def __init__(self, encoder: Encoder, queue: int = 8, timeout: float = 5.0) -> None:
        """``queue``: callers at once, the encoding one included; ``timeout``: seconds to wait."""
        self.name = encoder.name
        self.dtype = encoder.dtype
        self.dimensions = encoder.dimensions
        self.query_prompt, self.passage_prompt = encoder.query_prompt, encoder.passage_prompt
        self._encoder = encoder
        self._places = threading.BoundedSemaphore(queue)
        self._turn = threading.Lock()
        self._timeout = timeout

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """As in Encoder; raises EncoderBusy when the queue is full or the wait too long."""
        with self._admitted():
            return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """As in Encoder; raises EncoderBusy when the queue is full or the wait too long."""
        with self._admitted():
            return self._encoder.encode_passages(texts, progress)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise EncoderBusy("too many texts wait to be encoded")
        try:
            if not self._turn.acquire(timeout=self._timeout):
                raise EncoderBusy(f"the encoder was not free within {self._timeout:g} seconds")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()


class VectorKey(NamedTuple):
    """What a stored vector depends on."""

    model: str
    dtype: str
    sha256: str  # of the model's prompt and the text


def text_key(text: str) -> str:
    """Return the SHA-256 of a text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def pack_vector(vector: FloatArray) -> bytes:
    """Return a vector as little-endian float16, 2 bytes a dimension.

    Cosines move by up to 3e-5 (measured on scientific abstracts); the index's int8 moves them by
    up to 1.5e-3.
    """
    return vector.astype("<f2").tobytes()


def unpack_vector(data: bytes) -> FloatArray:
    """Return the unit vector that ``pack_vector`` stored, shape (dimensions,)."""
    return unit_length(np.frombuffer(data, "<f2").astype(np.float32))


class VectorCache(Protocol):
    """A store of vectors; a vector read back is one that ``pack_vector`` wrote."""

    def get_many(self, keys: Sequence[VectorKey]) -> dict[VectorKey, FloatArray]:
        """Return those that are there."""
        ...

    def put_many(self, vectors: Mapping[VectorKey, FloatArray]) -> None: ...


class CachedEncoder:
    """Encodes only what the cache does not hold, and saves as it goes."""

    SAVE_EVERY = 16 * BATCH  # texts; what an interrupted run loses at most

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self.name = encoder.name
        self.dtype = encoder.dtype
        self.dimensions = encoder.dimensions
        self.query_prompt, self.passage_prompt = encoder.query_prompt, encoder.passage_prompt
        self._encoder = encoder
        self._cache = cache

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return self._encode(texts, self.query_prompt, self._encoder.encode_queries, None)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        return self._encode(texts, self.passage_prompt, self._encoder.encode_passages, progress)

    def _encode(
        self,
        texts: Sequence[str],
        prompt: str,
        encode: Callable[[Sequence[str]], FloatArray],
        progress: Progress | None,
    ) -> FloatArray:
        keys = [VectorKey(self.name, self.dtype, text_key(prompt + text.strip())) for text in texts]
        known = self._cache.get_many(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        # Like lengths together again, over all that is missing and not only within one batch.
        todo = sorted(missing, key=lambda key: len(missing[key]), reverse=True)
        for start in range(0, len(todo), self.SAVE_EVERY):
            part = todo[start : start + self.SAVE_EVERY]
            # As it will be read back, so that the first run and the next agree to the bit.
            rounded = [unpack_vector(pack_vector(row)) for row in encode([missing[key] for key in part])]
            fresh = dict(zip(part, rounded, strict=True))
            self._cache.put_many(fresh)
            known |= fresh
            if progress:
                progress(len(texts) - len(todo) + start + len(part), len(texts))
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, key in enumerate(keys):
            vectors[row] = known[key]
        return vectors


class FileVectorCache:
    """Vectors in an SQLite file, for commands that run without the site's database."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
        with self._connection as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS embedding (model TEXT NOT NULL, dtype TEXT NOT NULL, sha256 TEXT "
                "NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, dtype, sha256)) WITHOUT ROWID"
            )

    def get_many(self, keys: Sequence[VectorKey]) -> dict[VectorKey, FloatArray]:
        found: dict[VectorKey, FloatArray] = {}
        groups: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            groups.setdefault((key.model, key.dtype), []).append(key.sha256)
        with self._lock:
            for (model, dtype), hashes in groups.items():
                rows = self._connection.execute(
                    "SELECT sha256, vector FROM embedding WHERE model = ? AND dtype = ? "
                    "AND sha256 IN (SELECT value FROM json_each(?))",
                    (model, dtype, json.dumps(hashes)),
                )
                found.update((VectorKey(model, dtype, sha), unpack_vector(data)) for sha, data in rows)
        return found

    def put_many(self, vectors: Mapping[VectorKey, FloatArray]) -> None:
        rows = [(*key, pack_vector(vector)) for key, vector in vectors.items()]
        with self._lock, self._connection as connection:
            connection.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        self._connection.close()
