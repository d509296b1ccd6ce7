"""Slow work of matching, done by the worker."""

from sqlalchemy.orm import Session

from marketplace.core.jobs import Change, prepares
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import AFTER_INDEXING
from marketplace.matching.suggestions import find_counterparts, keep_counterparts


@prepares(AFTER_INDEXING)
def suggest(session: Session, identifier: str) -> Change:
    """The counterparts of a listing whose text is new in the index, or that left it."""
    found = find_counterparts(session, runtime(), identifier)
    return lambda session: keep_counterparts(session, identifier, found)
