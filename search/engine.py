"""The contract every search engine keeps.

A hybrid result set R is defined once. It holds the documents that pass the filter and

- match at least ``MINIMUM_MATCH`` of the query's distinct words, or
- are near: of the ``CANDIDATES`` nearest by vector among all that the reader may read (the filter
  without its facets), those in the upper half of these candidates' range of cosines. In a small
  library the others of the nearest have nothing to do with the question.

What is near does not depend on the facets, so a facet narrows what was found and never adds to it,
and its count is what choosing it gives. Count and facets are over R. For a facet that the filter
narrows, its own restriction is lifted while counting it, so that a reader can widen a choice.
Relevance order is: the fused best ``CANDIDATES`` of each part first, the rest of R by BM25; ties by
id. Other sorts order the whole of R.

A ranked list (``Query.ranked``: pasted texts, measurements) is asked for without a count: every
document that passes the filter and matches any term is a candidate, since a whole page of text
never finds ``MINIMUM_MATCH`` of its words in one document.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.documents import Filter, FloatArray, Hit, IndexedDocument, Page, Passages, Query

MINIMUM_MATCH = 0.6
CANDIDATES = 200
COUNT_CAP = 1000
MAX_PAGES = 50
ROUNDING = 1e-6  # of a cosine, so that equals are treated alike


def required_matches(words: int) -> int:
    """How many of ``words`` distinct query words a document of R must hold."""
    return max(1, math.ceil(MINIMUM_MATCH * words))


def near_enough(cosines: FloatArray) -> NDArray[np.bool_]:
    """Which of the nearest, given by their cosines in any order, belong to R; shapes (n,)."""
    if not cosines.size:
        return np.empty(0, np.bool_)
    middle = (float(cosines.max()) + float(cosines.min())) / 2
    near: NDArray[np.bool_] = cosines >= middle - ROUNDING
    return near


class EngineUnavailable(Exception):
    """The engine cannot answer now; the caller falls back and says so."""


class SearchEngine(Protocol):
    """Reading and writing one index. Readers see a written batch within 0.2 seconds."""

    def search(self, query: Query) -> Page:
        """Return one page of R; an offset past the last page gives an empty page."""
        ...

    def score(self, query: Query, ids: Sequence[str]) -> tuple[Hit, ...]:
        """Score exactly these ids (those that pass the filter), best first, ties by id."""
        ...

    def sample(self, filter: Filter, size: int) -> tuple[str, ...]:
        """Return up to ``size`` ids of documents that pass the filter, chosen without regard to content."""
        ...

    def suggest(self, prefix: str, filter: Filter, limit: int = 8) -> tuple[str, ...]:
        """Titles and keywords of documents that pass the filter and contain a word starting so."""
        ...

    def passages(self, ids: Sequence[str]) -> dict[str, Passages]:
        """Stored sentences and vectors of documents that a filtered search just returned."""
        ...

    def versions(self) -> dict[str, int]:
        """Every id in the index with its version (for reindexing and consistency checks)."""
        ...

    def write(self, upserts: Sequence[IndexedDocument], deletes: Sequence[str] = ()) -> None:
        """Durably replace and remove documents; on return a crash loses nothing of it."""
        ...

    def close(self) -> None: ...
