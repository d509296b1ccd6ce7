"""Why a result was found: marked places, the telling excerpt, shared and missing words.

Spans are half-open character ranges of the original text; escaping is the caller's.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from search.documents import QueryTerms
from search.segment import normalise, read_lexicon, tokens, words

Span = tuple[int, int]
MAX_WINDOWS = 200  # excerpts tried by snippet

_CHUNK = re.compile(r"[^。！？；，,\n]{0,200}[。！？；，,\n]?")
_CLUSTER = re.compile(r".[\u0300-\u036f\u1160-\u11ff\u3099\u309a\uff9e\uff9f]*", re.DOTALL)
# Numbers, quantities (指标 are compared elsewhere), long codes such as patent numbers, single characters.
_TELLS_NOTHING = re.compile(r"[\d.,^%x/-]+|\d+(?:\.\d+)?\D{2,}|.*\d{6}.*|.")


class _Aligned(NamedTuple):
    """A normalised text; its character k came from original[starts[k]:ends[k]]."""

    text: str
    starts: list[int]
    ends: list[int]


_normalised_cluster = lru_cache(maxsize=1 << 14)(normalise)


def _align_chunk(chunk: str, offset: int, aligned: _Aligned) -> str:
    """Return the normalised chunk and append where its characters came from.

    Character by character first; where a rule over several characters changed the length (× between
    digits, Taiwan's words for mainland ones), by the longest common parts.
    """
    rough: list[str] = []
    places: list[Span] = []
    for cluster in _CLUSTER.finditer(chunk):
        piece = _normalised_cluster(cluster[0])
        rough.append(piece)
        places.extend([(offset + cluster.start(), offset + cluster.end())] * len(piece))
    before, after = "".join(rough), normalise(chunk)
    if len(before) != len(after):
        moved: list[Span] = []
        left = 0
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
            if block.size == 1:
                continue  # mostly chance: 网 of 网际网路 and 互联网
            changed = places[left : block.a]
            following = places[left][0] if left < len(places) else offset + len(chunk)
            source = (changed[0][0], changed[-1][1]) if changed else (following, following)
            moved.extend([source] * (block.b - len(moved)))
            moved.extend(places[block.a : block.a + block.size])
            left = block.a + block.size
        places = moved
    aligned.starts.extend(start for start, _ in places)
    aligned.ends.extend(end for _, end in places)
    return after


def _align(text: str) -> _Aligned:
    aligned = _Aligned("", [], [])
    normalised = [_align_chunk(chunk[0], chunk.start(), aligned) for chunk in _CHUNK.finditer(text)]
    return aligned._replace(text="".join(normalised))


def _merge(spans: list[Span]) -> list[Span]:
    """Return spans in order, those that overlap or touch joined, empty ones left out."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=1)
def _genre() -> frozenset[str]:
    """Return words that any demand or result may hold, which explain nothing."""
    return frozenset(read_lexicon("genre.txt"))


def _is_weak(term: str) -> bool:
    return term in _genre() or (len(term) == 1 and not term.isascii())


def _bigram_runs(text: str, bigrams: frozenset[str], shortest: int) -> list[Span]:
    hits = [(i, i + 2) for i in range(len(text) - 1) if text[i : i + 2] in bigrams]
    return [(start, end) for start, end in _merge(hits) if end - start >= shortest]


def highlight_spans(text: str, terms: QueryTerms) -> list[Span]:
    """Return the places of the query's words in ``text``: in order, apart from each other.

    Bigrams count only in runs of three characters and more, which words cut otherwise have missed,
    unless no word is found at all. Weak words (single Han characters; 技术, 研究 and the like) are
    marked only where they touch another match, or if the query has no others.
    """
    aligned = _align(text)
    wanted = frozenset(terms.words)
    strong = frozenset(word for word in wanted if not _is_weak(word))
    found = [token for token in tokens(aligned.text) if token.term in wanted]
    two = frozenset(bigram for bigram in terms.bigrams if len(bigram) == 2 and not bigram.isascii())
    runs = _bigram_runs(aligned.text, two, 3 if found else 2)
    spans = _merge([(token.start, token.end) for token in found] + runs)
    if strong:
        firm = sorted(runs + [(token.start, token.end) for token in found if token.term in strong])
        spans = [(a, b) for a, b in spans if (i := bisect_left(firm, (a, 0))) < len(firm) and firm[i][0] < b]
    return _merge([(aligned.starts[a], aligned.ends[b - 1]) for a, b in spans])


def _window_start(text: str, at: int, width: int) -> tuple[int, bool]:
    """Return where an excerpt that shows ``at`` starts, and whether that is a sentence's start."""
    earliest = max(0, at - width // 2)
    for marks in ("。！？；\n", "，、,:： "):
        start = max(text.rfind(mark, earliest, at) for mark in marks) + 1
        if start or not earliest:
            start += len(text[start:at]) - len(text[start:at].lstrip())
            return start, not start or "\n" in marks
    return earliest, False


def snippet(text: str, terms: QueryTerms, width: int = 90) -> tuple[str, list[Span]]:
    """Return the excerpt that shows most of the query, and the spans to mark in it.

    At most ``width`` characters of ``text``, line ends as spaces, and "…" where it goes on; without a
    match its beginning. Most counts different characters of matches; then the start of a sentence wins,
    then the earlier one.
    """
    text = text.strip()
    spans = highlight_spans(text, terms)
    begins = [begin for begin, _ in spans]
    best, best_value = 0, (0, False)
    for begin in begins[:MAX_WINDOWS]:
        start, sentence = _window_start(text, begin, width)
        inside = spans[bisect_left(begins, start) : bisect_left(begins, start + width)]
        different = set().union(*(text[a:b].casefold() for a, b in inside if b <= start + width))
        value = (len(different), sentence)
        if value > best_value:
            best, best_value = start, value
    best = max(0, min(best, len(text) - width))
    end = best + width
    head, tail = "…" if best else "", "…" if end < len(text) else ""
    shift = len(head) - best
    shown = [(max(a, best) + shift, min(b, end) + shift) for a, b in spans if a < end and b > best]
    return head + re.sub(r"\s", " ", text[best:end]) + tail, shown


class _Term(NamedTuple):
    """A word of a text as written, with the indexed words inside it."""

    written: str
    parts: tuple[str, ...]
    occurrences: int


def _tells(term: str) -> bool:
    """Whether a word, or anything it is made of, may explain a match."""
    return not (_TELLS_NOTHING.fullmatch(term) or term in _genre() or _genre().issuperset(words(term)))


def _telling(text: str) -> dict[str, _Term]:
    """Return the content words of a text, long words uncut, by their normalised form."""
    aligned = _align(text)
    places: dict[str, Span] = {}
    counts: Counter[str] = Counter()
    for term, start, end in tokens(aligned.text, whole=True):
        if _tells(term):
            counts[term] += 1
            places.setdefault(term, (aligned.starts[start], aligned.ends[end - 1]))
    return {
        term: _Term(text[places[term][0] : places[term][1]], tuple(words(term)) or (term,), count)
        for term, count in counts.items()
    }


def _weight(term: str, parts: tuple[str, ...], idf: Mapping[str, float] | None, unseen: float) -> float:
    """Return how telling a word is: the idf of what it is made of, else its length up to four."""
    if idf is None:
        return float(min(len(term), 4))
    return idf[term] if term in idf else sum(idf.get(part, unseen) for part in parts)


def _most_telling(terms: Mapping[str, _Term], idf: Mapping[str, float] | None) -> list[str]:
    """Return terms as written, by weight × √occurrences, without those inside earlier ones."""
    unseen = max(idf.values(), default=1.0) if idf else 1.0
    ranked = sorted(  # stable: equals stay in order of first appearance
        terms,
        key=lambda term: -_weight(term, terms[term].parts, idf, unseen) * math.sqrt(terms[term].occurrences),
    )
    kept: list[str] = []
    for term in ranked:
        if not any(term in longer for longer in kept):
            kept.append(term)
    return [terms[term].written for term in kept]


def shared_terms(a: str, b: str, idf: Mapping[str, float] | None = None) -> list[str]:
    """Return content words that both texts hold, as ``a`` writes them, most telling first.

    ``idf`` is over indexed words (those of ``segment.words``), a word it lacks counts as the rarest.
    Where only a part of a long word is shared (电池 of 锂离子电池), the part is named.
    """
    ours, theirs = _telling(a), _telling(b)
    shared = {term: found for term, found in ours.items() if term in theirs}
    pieces = {part for found in theirs.values() for part in found.parts}
    for found in ours.values():
        for part in found.parts:
            if _tells(part) and part in pieces and part not in shared:
                shared[part] = _Term(part, (part,), 1)
    return _most_telling(shared, idf)


def missing_terms(
    asked_text: str, offered_text: str, limit: int = 5, idf: Mapping[str, float] | None = None
) -> list[str]:
    """Return up to ``limit`` telling words of the question that the answer holds in no form."""
    offered, plain = frozenset(words(offered_text)), normalise(offered_text)
    missing = {
        term: found
        for term, found in _telling(asked_text).items()
        if term not in offered and term not in plain and not offered.issuperset(found.parts)
    }
    return _most_telling(missing, idf)[:limit]
