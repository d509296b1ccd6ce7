"""Reading files of needs, and measuring the reader of 指标 against annotated ones.

A row is right when ``low``, ``high`` and ``unit`` are those of a gold row of the same text (multisets);
optional gold rows neither reward nor penalise.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from search.indicators.model import Indicator
from search.indicators.reading import read_indicators


class FileError(Exception):
    """A file is not as it should be; the message is one line that names file and line."""


class Need(NamedTuple):
    id: str
    title: str
    content: str


def read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("file:line", object) of each line that is not blank."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                where = f"{path}:{number}"
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise FileError(f"{where}: not JSON") from error
                if not isinstance(row, dict):
                    raise FileError(f"{where}: not a JSON object")
                yield where, row
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: not UTF-8") from error


def read_needs(path: Path) -> Iterator[Need]:
    """Lines {id, title, content}; other keys are passed over."""
    for where, row in read_lines(path):
        for key in Need._fields:
            if key not in row:
                raise FileError(f"{where}: no {key!r}")
            if not isinstance(row[key], str):
                raise FileError(f"{where}: {key!r} is not a text")
        yield Need(*(row[key] for key in Need._fields))


def rows_of(need: Need) -> list[Indicator]:
    return [*read_indicators(need.title), *read_indicators(need.content)]


def printed(row: Indicator) -> dict[str, Any]:
    """One row as ``flask search indicators`` prints it."""
    return {
        "name": row.name,
        "operator": row.operator,
        "low": row.low,
        "high": row.high,
        "unit": row.unit,
        "condition": row.condition,
        "text": row.text,
    }


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over all needs, and which rows were too many or missing."""

    right: int
    extra: tuple[tuple[str, Any], ...]
    missing: tuple[tuple[str, Any], ...]

    @property
    def precision(self) -> float:
        found = self.right + len(self.extra)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        wanted = self.right + len(self.missing)
        return self.right / wanted if wanted else 1.0


def _key(row: Mapping[str, Any], *, operator: bool) -> tuple[Any, ...]:
    unit = "".join(row["unit"].split())
    return (row["low"], row["high"], unit, row["operator"]) if operator else (row["low"], row["high"], unit)


def _check_gold(where: str, line: Mapping[str, Any]) -> None:
    rows = line.get("rows")
    keys = {"low", "high", "unit", "operator", "optional"}
    if not isinstance(rows, list) or not all(isinstance(row, dict) and keys <= row.keys() for row in rows):
        raise FileError(f"{where}: each of 'rows' needs {', '.join(sorted(keys))}")


def measure(gold: Path, texts: Path, *, operator: bool = False) -> Agreement:
    """Compare with ``gold``, whose lines {id, rows} name needs of ``texts``."""
    needs = {need.id: need for need in read_needs(texts)}
    right = 0
    extra: list[tuple[str, Any]] = []
    missing: list[tuple[str, Any]] = []
    for where, line in read_lines(gold):
        need = needs.get(line.get("id", ""))
        if need is None:
            raise FileError(f"{where}: no such need in {texts}")
        _check_gold(where, line)
        wanted = Counter(_key(row, operator=operator) for row in line["rows"] if not row["optional"])
        spare = Counter(_key(row, operator=operator) for row in line["rows"] if row["optional"])
        for row in rows_of(need):
            key = _key(printed(row), operator=operator)
            if wanted[key]:
                wanted[key] -= 1
                right += 1
            elif spare[key]:
                spare[key] -= 1
            else:
                extra.append((need.id, key))
        missing += [(need.id, key) for key, left in wanted.items() for _ in range(left)]
    return Agreement(right, tuple(extra), tuple(missing))
