"""Two states of a listing's content → what changed, in words. Pure: no database, no page."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from marketplace.core.choices import Choice
from marketplace.core.formatting import zh_date, zh_deadline

EMPTY = "（空）"
SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")
WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.S)  # a Chinese character each, a Latin word whole
MOST_PIECES = 1500  # of one sentence pair; beyond, the whole is shown as replaced
SHORTEST_KEPT = 2  # pieces; a shorter run between two changes would read as confetti

Names = Mapping[tuple[str, Any], str]  # (rows, stored value) → what people call it, such as a file's title


@dataclass(frozen=True, slots=True)
class Label:
    """How one field is called and its value written."""

    label: str
    show: Callable[[Any], str] | None = None
    long: bool = False  # a text whose changes are marked inside


@dataclass(frozen=True, slots=True)
class RowLabel:
    """How the rows of one part are called, told apart and written."""

    label: str
    key: Callable[[Any], Any]
    show: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Labels:
    columns: Mapping[str, Label]
    rows: Mapping[str, RowLabel]


@dataclass(frozen=True, slots=True)
class Segment:
    kind: str  # same, added, removed
    text: str


@dataclass(frozen=True, slots=True)
class RowChange:
    kind: str  # added, removed, changed, moved
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: a text with its marks, or rows."""

    name: str
    label: str
    segments: Sequence[Segment] = ()
    rows: Sequence[RowChange] = field(default=())


def text_of(value: Any) -> str:
    """A value as pages write it."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, Choice):
        return value.title
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return zh_deadline(value)
    if isinstance(value, date):
        return zh_date(value)
    return str(value)


def changes(labels: Labels, old: Any, new: Any, names: Names | None = None) -> list[Change]:
    """What differs between two contents (ResultData or DemandData), in the form's order."""
    found = []
    for name, label in labels.columns.items():
        before, after = getattr(old.columns, name), getattr(new.columns, name)
        if before != after:
            show = label.show or text_of
            marks = segments(before, after) if label.long else replaced(show(before), show(after))
            found.append(Change(name, label.label, marks))
    for name, rows in labels.rows.items():
        differing = _row_changes(name, rows, getattr(old, name), getattr(new, name), names or {})
        if differing:
            found.append(Change(name, rows.label, rows=differing))
    return found


def changed_names(labels: Labels, old: Any, new: Any) -> set[str]:
    """The fields and parts that differ."""
    columns = {n for n in labels.columns if getattr(old.columns, n) != getattr(new.columns, n)}
    return columns | {n for n in labels.rows if getattr(old, n) != getattr(new, n)}


def _row_changes(
    name: str, label: RowLabel, old: Sequence[Any], new: Sequence[Any], names: Names
) -> list[RowChange]:
    def keyed(rows: Sequence[Any]) -> dict[tuple[Any, int], str]:
        """Text by key; equal keys are told apart by their order."""
        texts: dict[tuple[Any, int], str] = {}
        seen: Counter[Any] = Counter()
        for row in rows:
            key = label.key(row)
            texts[key, seen[key]] = names.get((name, key), "") + label.show(row)
            seen[key] += 1
        return texts

    before, after = keyed(old), keyed(new)
    found = [RowChange("removed", [Segment("removed", before[k])]) for k in before if k not in after]
    for key, text in after.items():
        if key not in before:
            found.append(RowChange("added", [Segment("added", text)]))
        elif before[key] != text:
            found.append(RowChange("changed", segments(before[key], text)))
    if not found and list(before) != list(after):
        found.append(RowChange("moved", [Segment("same", "、".join(after.values()))]))
    return found


def replaced(old: str, new: str) -> list[Segment]:
    """The old value struck out, the new one after it."""
    return [Segment(kind, text) for kind, text in (("removed", old), ("added", new)) if text]


def segments(old: str, new: str) -> list[Segment]:
    """The changes inside a text: sentences first, then words where one sentence became another."""
    found: list[Segment] = []
    before, after = SENTENCE.findall(old), SENTENCE.findall(new)
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed, added = "".join(before[i:j]), "".join(after[k:m])
        if tag == "equal":
            found.append(Segment("same", removed))
        else:
            found.extend(_words(removed, added))
    return _joined(found)


def _words(old: str, new: str) -> Iterator[Segment]:
    before, after = WORD.findall(old), WORD.findall(new)
    if not before or not after or len(before) + len(after) > MOST_PIECES:
        yield from replaced(old, new)
        return
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (tag, i, j, k, m) in enumerate(codes):
        inner = 0 < number < len(codes) - 1
        if tag == "equal" and not (inner and j - i < SHORTEST_KEPT):
            yield Segment("same", "".join(before[i:j]))
        else:
            yield from replaced("".join(before[i:j]), "".join(after[k:m]))


def _joined(found: Sequence[Segment]) -> list[Segment]:
    """Neighbours of one kind as one, with what was removed before what was added."""
    joined: list[Segment] = []
    removed, added = "", ""
    for segment in (*found, Segment("same", "")):
        if segment.kind == "removed":
            removed += segment.text
        elif segment.kind == "added":
            added += segment.text
        else:
            joined += replaced(removed, added)
            removed, added = "", ""
            if joined and joined[-1].kind == "same":
                joined[-1] = Segment("same", joined[-1].text + segment.text)
            elif segment.text:
                joined.append(segment)
    return joined
