"""Reading and loading dictionaries."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import g, has_request_context
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.db import db
from marketplace.core.errors import InvalidInput
from marketplace.taxonomy.models import Term


@dataclass(frozen=True, slots=True)
class TermRow:
    code: str
    title: str
    parent_code: str | None = None


def titles(vocabulary: str) -> dict[str, str]:
    """Code → title of what can be chosen, in the vocabulary's order; read once in a request."""
    return {code: title for code, (title, active) in _entries(vocabulary).items() if active}


def _entries(vocabulary: str) -> dict[str, tuple[str, bool]]:
    cache: dict[str, dict[str, tuple[str, bool]]] = {}
    if has_request_context():
        cache = g.setdefault("taxonomy_titles", cache)
    if vocabulary not in cache:
        rows = db.session.execute(
            select(Term.code, Term.title, Term.active)
            .where(Term.vocabulary == vocabulary)
            .order_by(Term.position, Term.code)
        )
        cache[vocabulary] = {row[0]: (row[1], row[2]) for row in rows}
    return cache[vocabulary]


def title(vocabulary: str, code: str | None) -> str:
    """The title of a code, also of one that can no longer be chosen; the code where it is unknown."""
    return _entries(vocabulary).get(code, (code, False))[0] if code else ""


def require_term(session: Session, vocabulary: str, code: str, field: str) -> str:
    """Return ``code`` when it is an active term; InvalidInput beside ``field`` otherwise."""
    known = session.scalar(
        select(Term.id).where(Term.vocabulary == vocabulary, Term.code == code, Term.active)
    )
    if known is None:
        raise InvalidInput(f"“{code}”不在字典中，请从列表中选择。", field=field)
    return code


def load_vocabulary(session: Session, vocabulary: str, rows: Iterable[TermRow]) -> int:
    """Add what is missing, never overwrite what officers edited; return how many were added."""
    known = set(session.scalars(select(Term.code).where(Term.vocabulary == vocabulary)))
    added = 0
    for position, row in enumerate(rows):
        if row.code in known:
            continue
        session.add(
            Term(
                vocabulary=vocabulary,
                code=row.code,
                title=row.title,
                parent_code=row.parent_code,
                position=position,
            )
        )
        added += 1
    return added
