"""What a form is made of: steps of fields, as data that parsing and pages read alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.core.choices import Choice

# What was typed: a text, the codes of checked boxes, or rows of texts. Nothing of it is lost or changed.
Row = dict[str, str]
Raw = dict[str, Any]


class Kind(StrEnum):
    TEXT = "text"
    EMAIL = "email"
    LONG = "long"  # several lines
    MARKDOWN = "markdown"  # several lines with a preview
    CHOICE = "choice"  # one of a Choice
    TERM = "term"  # one of a small dictionary
    LOOKUP = "lookup"  # one of a large dictionary, searched by typing
    ORGANISATION = "organisation"  # searched by typing
    MEMBER = "member"  # of the draft's organisation
    LEVEL = "level"  # 1 to 9
    CHECKS = "checks"  # several of a Choice
    FLAG = "flag"
    DATE = "date"
    UNTIL = "until"  # a day, to its end
    WAN = "wan"  # 万元, kept in 分
    INTEGER = "integer"
    NUMBER = "number"
    KEYWORDS = "keywords"
    ROWS = "rows"
    FILES = "files"


SINGLE = frozenset(Kind) - {Kind.CHECKS, Kind.ROWS, Kind.FILES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``name`` is that of the column or data class; in a row, of its part."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ""
    required: bool = True
    length: int | None = None
    choices: type[Choice] | None = None
    vocabulary: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    default: str = ""
    columns: tuple["Field", ...] = ()
    add_label: str = "增加一行"
    rows: int = 5
    mark: bool = False  # a flag that the site sets and the author takes away; shown only where it is set


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: str
    fields: tuple[Field, ...]
    about: str = ""


Schema = tuple[Step, ...]


def fields_of(schema: Schema) -> Iterator[Field]:
    for step in schema:
        yield from step.fields


def step_of(schema: Schema, name: str) -> str:
    """The key of the step in which a field stands; of the first where there is none such."""
    return next((s.key for s in schema for f in s.fields if f.name == name), schema[0].key)


def blank(field: Field) -> Any:
    return field.default if field.kind in SINGLE else []


def cell_key(name: str, index: int, column: str) -> str:
    """The name of an input in a row, and the key of its error."""
    return f"{name}-{index}-{column}"
