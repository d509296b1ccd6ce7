"""The site's vector cache: table ``embedding``."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.indexing.models import Embedding
from search.documents import FloatArray
from search.encoder import VectorKey, pack_vector, unpack_vector

SLICE = 500  # keys of one SELECT; SQLite takes at least 999 parameters


class DatabaseVectorCache:
    """Reads and writes in short transactions of its own, never around an encoding."""

    def get_many(self, keys: Sequence[VectorKey]) -> dict[VectorKey, FloatArray]:
        found: dict[VectorKey, FloatArray] = {}
        groups: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            groups.setdefault((key.model, key.dtype), []).append(key.sha256)
        for (model, dtype), hashes in groups.items():
            for start in range(0, len(hashes), SLICE):
                rows = db.session.execute(
                    select(Embedding.text_hash, Embedding.vector).where(
                        Embedding.model == model,
                        Embedding.dtype == dtype,
                        Embedding.text_hash.in_(hashes[start : start + SLICE]),
                    )
                )
                found.update((VectorKey(model, dtype, sha), unpack_vector(data)) for sha, data in rows)
        db.session.rollback()
        return found

    def put_many(self, vectors: Mapping[VectorKey, FloatArray]) -> None:
        known = self.get_many(list(vectors))
        with transaction() as session:
            session.add_all(
                Embedding(model=key.model, dtype=key.dtype, text_hash=key.sha256, vector=pack_vector(row))
                for key, row in vectors.items()
                if key not in known
            )
