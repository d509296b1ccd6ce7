"""Suggestions: titles and keywords in which a word begins (or sounds) as typed, of readable documents."""

from collections import Counter

import numpy as np

from search.documents import Filter
from search.engines.embedded.postings import hash_keys
from search.engines.embedded.selection import select
from search.engines.embedded.snapshot import Snapshot
from search.engines.embedded.terms import begins, fold, prefix_keys

EXAMINED = 500  # of very many candidates only the latest are looked at, to answer while one types


def suggest(snapshot: Snapshot, prefix: str, filter: Filter, limit: int) -> tuple[str, ...]:
    """Return distinct titles and keywords: first those that begin so as a whole, then the commonest."""
    folded = fold(prefix)
    if not folded or limit <= 0:
        return ()
    passing = select(snapshot, filter).passing()
    keys = hash_keys(prefix_keys(folded))
    found = [
        segment.rows[start:end]
        for segment in snapshot.segments.values()
        for start, end in segment.slices(keys)
    ]
    rows = np.unique(np.concatenate([np.empty(0, np.int32), *found]))
    rows = rows[passing[rows]][-EXAMINED:]
    counts: Counter[str] = Counter()
    for row in rows.tolist():
        counts.update({text for text in snapshot.titles(row) if begins(fold(text), folded)})
    ranked = sorted(counts, key=lambda text: (not fold(text).startswith(folded), -counts[text], text))
    return tuple(ranked[:limit])
