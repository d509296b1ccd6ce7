"""Documents → the bytes and postings that a write appends."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.documents import IndexedDocument
from search.engines.embedded.columns import MAX_ID_BYTES, RECORD, sort_values
from search.engines.embedded.postings import BIGRAM, WORD, Segment, build_segment, term_key
from search.engines.embedded.snapshot import Snapshot
from search.engines.embedded.terms import document_terms, suggestion_keys
from search.engines.embedded.vectors import quantise


def check(item: IndexedDocument, dimensions: int) -> None:
    """Raise ValueError for what an index cannot hold."""
    id = item.document.id
    if not 0 < len(id.encode()) <= MAX_ID_BYTES or "\0" in id:
        raise ValueError(f"id {id!r} must have 1 to {MAX_ID_BYTES} bytes and no NUL")
    vectors = item.sentence_vectors
    if vectors is None:
        vectors = np.empty((0, dimensions), np.float32)
    if item.vector.shape != (dimensions,) or vectors.shape != (len(item.sentences), dimensions):
        raise ValueError(f"{id}: vectors must have {dimensions} dimensions, one for each sentence")
    if not (np.isfinite(item.vector).all() and np.isfinite(vectors).all()):
        raise ValueError(f"{id}: vectors must be finite")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one write adds: bytes for each append-only file, and the postings of the new rows."""

    files: dict[str, bytes]
    segment: Segment


def _sentences(item: IndexedDocument) -> bytes:
    """Pack sentences as one line of JSON followed by their int8 vectors."""
    if item.sentence_vectors is None or not item.sentences:
        return b""
    codes, _ = quantise(item.sentence_vectors)
    return json.dumps(item.sentences, ensure_ascii=False).encode() + b"\n" + codes.tobytes()


def encode(items: Sequence[IndexedDocument], state: Snapshot) -> Batch:
    """Return the batch of ``items`` (distinct ids), to follow ``state``."""
    documents = [item.document for item in items]
    codes, dictionary = state.dictionary.copy().encode(documents)
    terms = [document_terms(document) for document in documents]
    titles = [(document.title, *document.keywords) for document in documents]
    texts = [json.dumps(title, ensure_ascii=False).encode() for title in titles]
    sentences = [_sentences(item) for item in items]
    matrix = np.array([item.vector for item in items], np.float32)
    vectors, lengths = quantise(matrix.reshape(len(items), state.manifest.dimensions))

    records = np.zeros(len(items), RECORD)
    for record, document, (kind, audience, _) in zip(records, documents, codes, strict=True):
        record["id"], record["version"] = document.id.encode(), document.version
        record["kind"], record["audience"], record["valid_until"] = kind, audience, document.valid_until
        record["published"], record["trl"], record["price"] = sort_values(document.sort)
    records["length"] = lengths
    records["words"] = [len(words) for words, _ in terms]
    records["bigrams"] = [len(bigrams) for _, bigrams in terms]
    records["facets_end"] = state.facet_codes.size + np.cumsum([len(facets) for _, _, facets in codes])
    records["text_end"] = state.texts.size + np.cumsum([len(text) for text in texts])
    records["sentences_end"] = state.sentences.size + np.cumsum([len(packed) for packed in sentences])

    keys = [
        [
            *(term_key(WORD, word) for word in words),
            *(term_key(BIGRAM, bigram) for bigram in bigrams),
            *suggestion_keys(title),
        ]
        for (words, bigrams), title in zip(terms, titles, strict=True)
    ]
    files = {
        "vectors": vectors.tobytes(),
        "facets": np.array([code for _, _, facets in codes for code in facets], np.int32).tobytes(),
        "texts": b"".join(texts),
        "sentences": b"".join(sentences),
        "dictionary": dictionary,
        "records": records.tobytes(),
    }
    return Batch(files, build_segment(keys, state.size))
