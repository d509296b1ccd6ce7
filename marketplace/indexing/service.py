"""Bringing the index up to date with the database."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session, selectinload

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.jobs import schedule
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id, listing_document, split_document_id
from marketplace.indexing.models import IndexedText, OutboxEntry
from marketplace.indexing.outbox import DEMAND, LISTING_MODELS, RESULT
from marketplace.results.models import Result
from search.documents import Document, IndexedDocument
from search.encoder import Encoder, passage_text
from search.engine import SearchEngine
from search.segment import sentences

BATCH = 64  # listings of one round: small enough that a new one waits well under two seconds
SLICE = 500  # ids of one DELETE; SQLite takes at least 999 parameters
AFTER_INDEXING = "matching.suggest"  # the job that looks for counterparts; handled above this feature
SETTLED = timedelta(seconds=1)  # until every reader of the index sees what was written
SENTENCES = 40  # kept of one listing for explanations

LOADED_WITH: dict[str, Sequence[Any]] = {
    RESULT: (
        selectinload(Result.keywords),
        selectinload(Result.indicators),
        selectinload(Result.transfers),
        selectinload(Result.ip_rights),
    ),
    DEMAND: (
        selectinload(Demand.keywords),
        selectinload(Demand.indicators),
        selectinload(Demand.stages),
        selectinload(Demand.cooperation),
        selectinload(Demand.directed_to),
    ),
}


def load_documents(session: Session, kind: str, versions: dict[int, int]) -> dict[int, Document | None]:
    """Read these listings again and return their documents; None for what must not be indexed."""
    model: Any = LISTING_MODELS[kind]
    query = select(model).where(model.id.in_(versions)).options(*LOADED_WITH[kind])
    moment = now()
    documents = {row.id: listing_document(row, moment, versions[row.id]) for row in session.scalars(query)}
    return {listing_id: documents.get(listing_id) for listing_id in versions}


def encode_documents(documents: Sequence[Document], encoder: Encoder) -> list[IndexedDocument]:
    """Add the vectors: one for the document, one for each of its sentences."""
    split = [tuple(sentences(f"{d.title}。\n{d.text}", SENTENCES)) for d in documents]
    # Without the keywords: they hold the owner's name, which says nothing of the matter.
    texts = [passage_text(d.title, d.text) for d in documents]
    vectors = encoder.encode_passages([*texts, *(s for group in split for s in group)])
    indexed, row = [], len(documents)
    for i, (document, group) in enumerate(zip(documents, split, strict=True)):
        indexed.append(IndexedDocument(document, vectors[i], group, vectors[row : row + len(group)]))
        row += len(group)
    return indexed


def drain_once(engine: SearchEngine, encoder: Encoder) -> int:
    """Index one batch of listings from the outbox; return how many there were.

    Order: read the entries, read the rows again, encode outside any transaction, write the index
    durably, and only then remove the entries that were read. A crash at any point repeats work and
    loses none; a change that comes meanwhile has a newer entry, which stays.
    """
    session = db.session()
    waiting, read = _waiting(session)
    if not waiting:
        session.rollback()
        return 0
    upserts, deletes = [], []
    for kind in LISTING_MODELS:
        versions = {listing_id: newest for (k, listing_id), newest in waiting.items() if k == kind}
        for listing_id, document in load_documents(session, kind, versions).items():
            if document is None:
                deletes.append(document_id(kind, listing_id))
            else:
                upserts.append(document)
    session.rollback()
    engine.write(encode_documents(upserts, encoder), deletes)
    with transaction() as session:
        _ask_for_counterparts(session, upserts, deletes)
        for start in range(0, len(read), SLICE):
            session.execute(delete(OutboxEntry).where(OutboxEntry.id.in_(read[start : start + SLICE])))
    return len(waiting)


def _ask_for_counterparts(session: Session, upserts: Sequence[Document], deletes: Sequence[str]) -> None:
    """Let matching look at what has a new text, became live, or left the index; at nothing else."""
    for document in upserts:
        text_hash = hashlib.sha256(passage_text(document.title, document.text).encode()).hexdigest()
        known = session.get(IndexedText, _key(document.id))
        if known is None or known.text_hash != text_hash:
            kind, listing_id = split_document_id(document.id)
            session.merge(IndexedText(kind=kind, listing_id=listing_id, text_hash=text_hash))
            schedule(session, AFTER_INDEXING, document.id, now() + SETTLED)
    for identifier in deletes:
        known = session.get(IndexedText, _key(identifier))
        if known is not None:
            session.delete(known)
            schedule(session, AFTER_INDEXING, identifier, now() + SETTLED)


def _key(identifier: str) -> dict[str, str | int]:
    kind, listing_id = split_document_id(identifier)
    return {"kind": kind, "listing_id": listing_id}


def _waiting(session: Session) -> tuple[dict[tuple[str, int], int], list[int]]:
    """The next BATCH listings with their newest entry, and the ids of all their entries.

    By id and not "up to the newest": on PostgreSQL an entry with a lower id may be committed later.
    """
    first = func.min(OutboxEntry.id).label("first")
    listings = (
        select(OutboxEntry.kind, OutboxEntry.listing_id, first)
        .group_by(OutboxEntry.kind, OutboxEntry.listing_id)
        .order_by(first)
        .limit(BATCH)
        .subquery()
    )
    same = (OutboxEntry.kind == listings.c.kind) & (OutboxEntry.listing_id == listings.c.listing_id)
    entries = session.execute(
        select(OutboxEntry.kind, OutboxEntry.listing_id, OutboxEntry.id)
        .join(listings, same)
        .order_by(listings.c.first, OutboxEntry.id)
    ).all()
    return {(e.kind, e.listing_id): e.id for e in entries}, [e.id for e in entries]


def enqueue_all(session: Session) -> None:
    """Let the worker read every listing again, for an index that was lost."""
    for kind, model in LISTING_MODELS.items():
        listings = select(literal(kind), model.id).order_by(model.id)
        session.execute(insert(OutboxEntry).from_select(["kind", "listing_id"], listings))


def pending() -> int:
    """Listings that wait to be indexed."""
    listings = select(OutboxEntry.kind, OutboxEntry.listing_id).distinct().subquery()
    count = db.session.scalar(select(func.count()).select_from(listings)) or 0
    db.session.rollback()
    return count


def live_documents() -> Iterator[list[Document]]:
    """Every document that belongs in the index now, in batches, for rebuilding it."""
    session = db.session()
    newest = session.scalar(select(func.max(OutboxEntry.id))) or 0
    for kind, model in LISTING_MODELS.items():
        ids = session.scalars(select(model.id).order_by(model.id)).all()
        for start in range(0, len(ids), BATCH):
            versions = dict.fromkeys(ids[start : start + BATCH], newest)
            documents = load_documents(session, kind, versions)
            session.rollback()
            yield [document for document in documents.values() if document is not None]


def indexed_batches(encoder: Encoder, progress: Callable[[int], None]) -> Iterator[list[IndexedDocument]]:
    """The whole index anew, encoded batch by batch; ``progress`` hears how many are done."""
    done = 0
    for batch in live_documents():
        yield encode_documents(batch, encoder)
        done += len(batch)
        progress(done)
