"""Edits of published listings in the officer's queue: what they change in what is live."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.admin.listings import organisation_facts, secrecy_facts
from marketplace.catalogue.history import compare_with_live
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import decide_revision
from marketplace.matching.cards import listing_url
from marketplace.matching.presenters import Fact


def load(session: Session, revision_id: int) -> Revision | None:
    return session.get(Revision, revision_id)


def state(revision: Revision) -> str:
    return revision.status.title


def version(session: Session, revision: Revision) -> str:
    """A price or validity that changed meanwhile is carried into the edit that waits."""
    return hashlib.sha256(revision.payload.encode()).hexdigest()[:16]


def show(session: Session, reader: Reader, revision: Revision) -> Mapping[str, Any]:
    listing = revision.listing
    author = session.get(Person, revision.author_id) if revision.author_id else None
    return {
        "revision": revision,
        "listing": listing,
        "page_url": listing_url(listing),
        "changes": compare_with_live(session, revision),
        "author": [Fact("修改人", author.name)] if author else [],
        "secrecy": secrecy_facts(session, revision),
        "organisation": organisation_facts(listing.organisation),
    }


def apply(session: Session, reader: Reader, revision: Revision, text: str) -> None:
    decide_revision(session, reader, revision, RevisionAction.APPLY)


def send_back(session: Session, reader: Reader, revision: Revision, text: str) -> None:
    decide_revision(session, reader, revision, RevisionAction.RETURN, text)
