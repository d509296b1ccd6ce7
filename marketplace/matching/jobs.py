"""Slow work of matching, done by the worker."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.core.jobs import Change, cancel, prepares, schedule
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import AFTER_INDEXING
from marketplace.matching.classification import keep_name_vectors
from marketplace.matching.suggestions import find_counterparts, keep_counterparts

log = structlog.get_logger()

NAMES, SITE = "classification.names", "site"
NAMES_AFTER = timedelta(minutes=1)  # what waits at the start of the worker comes first
NAMES_EVERY = timedelta(days=1)  # officers may add to a dictionary


@prepares(AFTER_INDEXING)
def suggest(session: Session, identifier: str) -> Change:
    """The counterparts of a listing whose text is new in the index, or that left it."""
    found = find_counterparts(session, runtime(), identifier)
    return lambda session: keep_counterparts(session, identifier, found)


def schedule_names(session: Session) -> None:
    """Let the names of the classifications be encoded soon; those that were are not encoded again."""
    cancel(session, NAMES, SITE)
    schedule(session, NAMES, SITE, clock.now() + NAMES_AFTER)


@prepares(NAMES)
def encode_names(session: Session, _site: str) -> Change:
    log.info("classification.names", kept=keep_name_vectors(runtime()))
    return lambda session: schedule(session, NAMES, SITE, clock.now() + NAMES_EVERY)
