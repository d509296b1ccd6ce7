"""Slow work of matching, done by the worker."""

from sqlalchemy.orm import Session

from marketplace.core.jobs import handles
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import AFTER_INDEXING
from marketplace.matching.suggestions import update_suggestions


@handles(AFTER_INDEXING, slow=True)
def suggest(session: Session, identifier: str) -> None:
    """The counterparts of a listing whose text is new in the index, or that left it."""
    update_suggestions(session, runtime(), identifier)
