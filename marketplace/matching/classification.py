"""领域 and GB/T 4754 industry suggested for a text, and how often that is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.clock import now
from marketplace.core.markdown import plain_text
from marketplace.demands.models import Demand
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import SearchRuntime
from marketplace.listings.policy import live
from marketplace.matching.service import Listing, read_listings, reader_filter
from marketplace.results.models import Result
from marketplace.taxonomy.models import FIELD, INDUSTRY
from marketplace.taxonomy.service import titles
from search.classify import NEIGHBOURS, Voting, rank_labels
from search.documents import FloatArray
from search.encoder import Encoder, passage_text, unit_length
from search.query import Mode, build_query

SHOWN = 3
INDUSTRY_DIGITS = 4  # 小类; the broader ones are no answer to 所属行业
# Measured with `flask search classify` on the sample listings (docs/search.md).
VOTING = {FIELD: Voting(power=6, share=100), INDUSTRY: Voting(power=3, share=6)}
MIN_CHARACTERS = 20  # of a text that says what it is about


@dataclass(frozen=True, slots=True)
class Accuracy:
    vocabulary: str
    listings: int
    first: float  # share in which the author's choice is suggested first
    among_shown: float  # … is one of the SHOWN


def classified_text(title: str, keywords: Sequence[str], parts: Sequence[str]) -> str:
    """What of a listing tells its class: public texts only."""
    return passage_text(title, "\n".join(filter(None, ("、".join(keywords), *map(plain_text, parts)))))


def suggest_terms(
    session: Session,
    runtime: SearchRuntime,
    reader: Reader,
    text: str,
    vocabulary: str,
    excluded: Sequence[str] = (),
    encoder: Encoder | None = None,
) -> list[tuple[str, str]]:
    """The SHOWN most fitting (code, title), from names and from listings that this reader may read.

    ``excluded``: document ids that have no say, such as the listing itself. Raises EncoderBusy,
    ModelUnavailable or EngineUnavailable.
    """
    chosen = choices(vocabulary)
    session.rollback()  # no transaction stays open while the encoder works
    vector = (encoder or runtime.encoder).encode_passages([text])[0]
    names = _name_similarities(runtime, chosen, vector)
    neighbours = _neighbours(session, runtime, reader, text, vector, vocabulary, excluded)
    ranked = rank_labels(names, neighbours, VOTING[vocabulary])
    return [(code, chosen[code]) for code in ranked[:SHOWN]]


def choices(vocabulary: str) -> Mapping[str, str]:
    """Code → title of what is suggested."""
    known = titles(vocabulary)
    if vocabulary == INDUSTRY:
        known = {code: title for code, title in known.items() if len(code) == INDUSTRY_DIGITS}
    return known


def keep_name_vectors(runtime: SearchRuntime) -> int:
    """Encode the names that have no vector yet and keep them; return how many names there are."""
    names = [title for vocabulary in VOTING for title in choices(vocabulary).values()]
    if names:
        runtime.indexing_encoder.encode_passages(names)
    return len(names)


def _name_similarities(
    runtime: SearchRuntime, chosen: Mapping[str, str], vector: FloatArray
) -> dict[str, float]:
    """Centred cosines with the names whose vectors are kept, 0 for others (see ``keep_name_vectors``)."""
    kept = runtime.kept_passages(list(chosen.values()))
    similarities = dict.fromkeys(chosen, 0.0)
    if not kept:
        return similarities
    # Names are short and so alike in their form: they have a centre of their own.
    rows = runtime.ranking.project(np.stack(list(kept.values())))
    centred = unit_length(rows - rows.mean(axis=0))
    asked = runtime.ranking.project(vector)
    by_title = dict(zip(kept, (centred @ asked).tolist(), strict=True))
    return {code: by_title.get(title, 0.0) for code, title in chosen.items()}


def _neighbours(
    session: Session,
    runtime: SearchRuntime,
    reader: Reader,
    text: str,
    vector: FloatArray,
    vocabulary: str,
    excluded: Sequence[str],
) -> list[tuple[str, float]]:
    """Label and similarity of the nearest listings; only needs have an industry."""
    kinds = ("demand",) if vocabulary == INDUSTRY else ()
    allowed = reader_filter(reader, kinds, excluded=excluded)
    query = build_query(text, allowed, vector, mode=Mode.DENSE, page_size=NEIGHBOURS, ranked=True)
    rows = read_listings(session, reader, [hit.id for hit in runtime.engine.search(query).hits])
    stored = runtime.engine.passages(list(rows))
    found = []
    for identifier, listing in rows.items():
        label, passages = _label(listing, vocabulary), stored.get(identifier)
        if label and passages is not None and passages.whole is not None:
            found.append((label, runtime.ranking.similarity(vector, passages.whole)))
    return found


def _label(listing: Listing, vocabulary: str) -> str | None:
    if vocabulary == FIELD:
        return listing.field
    return listing.industry if isinstance(listing, Demand) else None


def measure_accuracy(session: Session, runtime: SearchRuntime, reader: Reader) -> list[Accuracy]:
    """How often the suggestions hold what the author chose, each listing judged without itself.

    Over the live listings that ``reader`` may read; their vectors are kept.
    """
    moment = now()
    ids = [
        *(document_id("result", id) for id in session.scalars(select(Result.id).where(live(Result, moment)))),
        *(document_id("demand", id) for id in session.scalars(select(Demand.id).where(live(Demand, moment)))),
    ]
    asked = {
        identifier: (_text_of(listing), {name: _label(listing, name) for name in VOTING})
        for identifier, listing in read_listings(session, reader, ids).items()
    }
    return [_accuracy(session, runtime, reader, asked, vocabulary) for vocabulary in VOTING]


def _text_of(listing: Listing) -> str:
    parts = [listing.summary] if isinstance(listing, Result) else [listing.difficulty, listing.research]
    return classified_text(listing.title, [keyword.text for keyword in listing.keywords], parts)


def _accuracy(
    session: Session,
    runtime: SearchRuntime,
    reader: Reader,
    asked: Mapping[str, tuple[str, Mapping[str, str | None]]],
    vocabulary: str,
) -> Accuracy:
    places = []
    for identifier, (text, labels) in asked.items():
        if label := labels[vocabulary]:
            shown = suggest_terms(
                session, runtime, reader, text, vocabulary, (identifier,), runtime.indexing_encoder
            )
            codes = [code for code, _ in shown]
            places.append(codes.index(label) if label in codes else SHOWN)
    size = max(len(places), 1)
    return Accuracy(
        vocabulary, len(places), places.count(0) / size, sum(place < SHOWN for place in places) / size
    )
