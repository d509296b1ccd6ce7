"""What each row holds beside its terms and vector: fixed records, coded sets, and two heaps."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from search.documents import Document

MAX_ID_BYTES = 48

# One row. ``*_end``: where the row's part of a file ends (it begins where that of the row before
# ends), in items for facets and in bytes for text and sentences.
RECORD = np.dtype(
    [
        ("id", f"S{MAX_ID_BYTES}"),
        ("kind", "<i4"),
        ("audience", "<i4"),
        ("valid_until", "<f8"),
        ("version", "<i8"),
        ("published", "<f8"),
        ("trl", "<f8"),
        ("price", "<f8"),
        ("words", "<u4"),
        ("bigrams", "<u4"),
        ("length", "<f4"),  # of the int8 vector
        ("facets_end", "<i8"),
        ("text_end", "<i8"),
        ("sentences_end", "<i8"),
    ]
)
SORT_COLUMNS = ("published", "trl", "price")


@dataclass(slots=True)
class Dictionary:
    """Codes of kinds, audiences (sets of tokens) and facet values, numbered as first seen."""

    kinds: dict[str, int] = field(default_factory=dict)
    audiences: dict[frozenset[str], int] = field(default_factory=dict)
    facets: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> "Dictionary":
        dictionary = cls()
        for line in data.splitlines():
            table, *entry = json.loads(line)
            dictionary._add(table, entry)
        return dictionary

    def copy(self) -> "Dictionary":
        """Return a dictionary that can grow without the one that readers use."""
        return Dictionary(dict(self.kinds), dict(self.audiences), dict(self.facets))

    def _add(self, table: str, entry: Sequence[str]) -> int:
        if table == "kind":
            return self.kinds.setdefault(entry[0], len(self.kinds))
        if table == "audience":
            return self.audiences.setdefault(frozenset(entry), len(self.audiences))
        return self.facets.setdefault((entry[0], entry[1]), len(self.facets))

    def _size(self) -> int:
        return len(self.kinds) + len(self.audiences) + len(self.facets)

    def encode(self, documents: Iterable[Document]) -> tuple[list[tuple[int, int, list[int]]], bytes]:
        """Return (kind, audience, facets) codes of each document and the lines of new entries."""
        lines: list[str] = []

        def code(table: str, *entry: str) -> int:
            size = self._size()
            number = self._add(table, entry)
            if self._size() > size:
                lines.append(json.dumps([table, *entry], ensure_ascii=False) + "\n")
            return number

        codes = [
            (
                code("kind", document.kind),
                code("audience", *sorted(document.audience)),
                sorted({code("facet", n, v) for n, values in document.facets.items() for v in values}),
            )
            for document in documents
        ]
        return codes, "".join(lines).encode()

    def readable(self, tokens: frozenset[str]) -> NDArray[np.bool_]:
        """Return which audience codes share a token with ``tokens``, shape (audiences,)."""
        return np.array([not audience.isdisjoint(tokens) for audience in self.audiences], np.bool_)

    def of_kinds(self, kinds: frozenset[str]) -> NDArray[np.bool_]:
        """Return which kind codes are in ``kinds``, shape (kinds,)."""
        return np.array([kind in kinds for kind in self.kinds], np.bool_)

    def of_facet(self, name: str, values: frozenset[str]) -> NDArray[np.bool_]:
        """Return which facet codes are one of ``values`` of facet ``name``, shape (facets,)."""
        return np.array([n == name and v in values for n, v in self.facets], np.bool_)


def sort_values(values: Mapping[str, float]) -> tuple[float, ...]:
    """Return the sort columns of a document, NaN where it has none."""
    return tuple(float(values.get(name, np.nan)) for name in SORT_COLUMNS)
