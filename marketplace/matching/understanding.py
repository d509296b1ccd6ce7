"""What a typed query was understood as: synonyms that were added, and what may have been meant."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from marketplace.accounts.policy import Reader
from marketplace.indexing.runtime import SearchRuntime
from marketplace.matching.service import SearchOutcome, SearchRequest, question_of, reader_filter
from search.documents import QueryTerms
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable
from search.segment import analyse
from search.spelling import correct
from search.synonyms import find_synonyms, is_quoted, unquoted, variants

NAMES_SHOWN = 4
SUGGESTED = 200  # titles and keywords looked at for a slip of typing


@dataclass(frozen=True, slots=True)
class Understanding:
    added: Sequence[str] = ()  # other names that were asked for as well
    as_typed: SearchRequest | None = None  # the same search without them
    with_names: SearchRequest | None = None  # where the reader asked for the words as typed
    meant: SearchRequest | None = None  # with a slip of typing mended
    terms: QueryTerms = field(default_factory=QueryTerms)  # words to mark in what was found


def understand(
    runtime: SearchRuntime, reader: Reader, request: SearchRequest, outcome: SearchOutcome
) -> Understanding:
    """The search as the page explains it; nothing for a blank query."""
    typed = request.q
    if not typed:
        return Understanding()
    found = find_synonyms(typed)
    names = dict.fromkeys(name for term in found for name in term.others)
    plain = unquoted(typed)
    meant = None if is_quoted(typed) else _meant(runtime, reader, typed, outcome)
    return Understanding(
        added=tuple(names)[:NAMES_SHOWN],
        as_typed=replace(request, q=f"“{typed}”", page=1) if found else None,
        with_names=replace(request, q=plain, page=1) if is_quoted(typed) and find_synonyms(plain) else None,
        meant=replace(request, q=meant, page=1) if meant else None,
        terms=_joined(outcome.terms, *(analyse(text) for text in variants(typed))),
    )


def _joined(*terms: QueryTerms) -> QueryTerms:
    words = dict.fromkeys(word for part in terms for word in part.words)
    bigrams = dict.fromkeys(bigram for part in terms for bigram in part.bigrams)
    return QueryTerms(tuple(words), tuple(bigrams))


def _meant(runtime: SearchRuntime, reader: Reader, typed: str, outcome: SearchOutcome) -> str | None:
    """The query with its slips mended, from what this reader may find; None while the engine is down."""
    allowed = reader_filter(reader)
    found = [
        "\n".join((question_of(listing), *(keyword.text for keyword in listing.keywords)))
        for listing in outcome.listings
    ]
    try:
        return correct(typed, lambda start: runtime.engine.suggest(start, allowed, SUGGESTED), found)
    except (EngineUnavailable, ModelUnavailable):
        return None
