"""What this layer needs to know of the kinds of listing that stand above it.

``results`` and ``demands`` enter themselves when they are imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from marketplace.listings.differences import Labels
from marketplace.listings.models import ListingColumns


@dataclass(frozen=True, slots=True)
class Content:
    """How the content of one kind is read, stored as JSON, put back and compared."""

    model: type[Any]
    noun: str  # 成果, 需求
    adapter: TypeAdapter[Any]
    data_of: Callable[[Any], Any]
    check: Callable[..., None]
    # (session, listing, data, contact): an edit as it is kept, with what only this kind works out of it.
    prepare: Callable[..., Any]
    check_decided: Callable[..., None]  # (session, listing, data): asked again after a reviewer's choices
    replace: Callable[..., None]
    move: Callable[..., Any]  # (session, actor, listing, action, reason="")
    zone_of: Callable[[Any], str]
    labels: Labels
    # Only these may differ where a change takes effect at once: plain columns, and rows whose keys stay.
    immediate_columns: frozenset[str]
    immediate_rows: Mapping[str, str]  # rows → the attribute that must stay the same


CONTENT: dict[str, Content] = {}


def kind_of(listing: ListingColumns) -> str:
    """``result`` or ``demand``."""
    return str(listing.__tablename__)  # type: ignore[attr-defined]  # of the mapped class


def content_of(listing: ListingColumns) -> Content:
    return CONTENT[kind_of(listing)]
