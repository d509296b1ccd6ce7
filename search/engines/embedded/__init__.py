"""The search engine that needs no server: one folder, one writing process, any number of readers.

Inverted lists, vectors and columns stand in one row order under one manifest. Every query scores
all rows in both parts (array passes over mapped memory: a few milliseconds at 100,000 documents),
so the result set, its count, its facets and its order are exact under any filter, and no row that
the filter hides can take the place of another. Everything is on one host: index and processes.
"""

from search.engines.embedded.engine import EmbeddedEngine
from search.engines.embedded.files import IndexLocked, IndexMismatch, read_manifest

__all__ = ["EmbeddedEngine", "IndexLocked", "IndexMismatch", "read_manifest"]
