"""Near-duplicates of a text in its own library, told only of what the reader may read."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.service import Listing, nearest, read_listings
from search.matching import level_scale

# Centred cosine from which two listings of one library are shown as maybe the same. Well above 强相关
# (0.5): the same subject is no duplicate, nearly the same words are.
ALIKE = 0.75
SHOWN = 3
LOOKED_AT = 10


def near_duplicates(
    session: Session,
    runtime: SearchRuntime,
    reader: Reader,
    kind: str,
    text: str,
    excluded: Sequence[str] = (),
) -> list[tuple[Listing, float]]:
    """Listings with their similarity, the nearest first.

    Raises EncoderBusy, ModelUnavailable or EngineUnavailable.
    """
    session.rollback()  # no transaction stays open while the encoder works
    vector = runtime.query_vector(text)
    if vector is None:
        return []
    hits = nearest(runtime, reader, text, vector, kind, LOOKED_AT, excluded)
    rows = read_listings(session, reader, [hit.id for hit in hits])
    stored = runtime.engine.passages(list(rows))
    scale = level_scale(runtime.model.name)
    found = []
    for identifier, listing in rows.items():
        passages = stored.get(identifier)
        if passages is None or passages.whole is None:
            continue  # withdrawn since the search
        similarity = scale.similarity(vector, passages.whole)
        if similarity >= ALIKE:
            found.append((listing, similarity))
    return sorted(found, key=lambda row: -row[1])[:SHOWN]
