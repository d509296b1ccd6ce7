"""What a filter lets through, and counting facet values over any set of rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.documents import Filter
from search.engines.embedded.postings import ranges
from search.engines.embedded.snapshot import Snapshot

RowMask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that pass a filter, its facets kept apart so that each can be lifted; shapes (rows,)."""

    readable: RowMask  # all but the facets
    narrowed: Mapping[str, RowMask]  # for each facet of the filter, the rows that have a value of it

    def passing(self, lifted: str | None = None) -> RowMask:
        """Return the rows that pass the whole filter, or all of it but the facet ``lifted``."""
        passing = self.readable
        for name, mask in self.narrowed.items():
            if name != lifted:
                passing = passing & mask
        return passing


def select(snapshot: Snapshot, filter: Filter) -> Selection:
    """Apply a filter to every row; nobody sees a dead row."""
    readable = snapshot.alive & (filter.now < snapshot.valid_until)
    if snapshot.size:
        readable &= snapshot.dictionary.readable(filter.audience)[snapshot.audiences]
        if filter.kinds:
            readable &= snapshot.dictionary.of_kinds(filter.kinds)[snapshot.kinds]
    readable[snapshot.find(filter.excluded)] = False
    narrowed = {name: _having(snapshot, name, values) for name, values in filter.facets.items()}
    return Selection(readable, narrowed)


def _having(snapshot: Snapshot, name: str, values: frozenset[str]) -> RowMask:
    """Return the rows that have one of ``values`` of a facet, shape (rows,)."""
    mask = np.zeros(snapshot.size, np.bool_)
    if snapshot.facet_codes.size:
        places = np.flatnonzero(snapshot.dictionary.of_facet(name, values)[snapshot.facet_codes])
        mask[np.searchsorted(snapshot.facet_ends, places, side="right")] = True
    return mask


def count_facet_codes(snapshot: Snapshot, members: RowMask) -> NDArray[np.int64]:
    """Return how many of the rows in ``members`` have each facet code, shape (codes,)."""
    rows = np.flatnonzero(members)
    counts = snapshot.facet_counts[rows]
    places = ranges(snapshot.facet_ends[rows] - counts, counts)
    return np.bincount(snapshot.facet_codes[places], minlength=len(snapshot.dictionary.facets))
