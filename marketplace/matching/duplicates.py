"""Near-duplicates of a text in its own library, told only of what the reader may read."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.service import Listing, nearest, read_listings

# Projected cosine from which two listings of one library are shown as maybe the same. In the sample
# data no two results come above 0.68 and no two needs above 0.50; half of a text has 0.80 with the whole.
ALIKE = 0.7
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
    found = []
    for identifier, listing in rows.items():
        passages = stored.get(identifier)
        if passages is None or passages.whole is None:
            continue  # withdrawn since the search
        similarity = runtime.ranking.similarity(vector, passages.whole)
        if similarity >= ALIKE:
            found.append((listing, similarity))
    return sorted(found, key=lambda row: -row[1])[:SHOWN]
