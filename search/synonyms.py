"""Synonyms and abbreviations of technical terms: a question asked in other words.

Groups stand in ``lexicon/synonyms.txt``. They work on the query alone, so that a changed list needs no new
index, and a reader can be told what was added and ask for the words as typed (in quotation marks).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from search.segment import lexicon_lines, normalise, words

MAX_CHARACTERS = 200  # what a search box takes
MAX_WORDS = 20  # a longer text says the same thing in many words itself, and finds nothing more by synonyms
MAX_VARIANTS = 6
_QUOTED = re.compile(r'\s*(?:"[^"]*"|“[^“”]*”|「[^「」]*」)\s*', re.DOTALL)
_LATIN = re.compile(r"[a-z0-9]")


class Synonyms(NamedTuple):
    """A term found in a query, as typed, and the other names of the same thing."""

    typed: str
    others: tuple[str, ...]
    start: int  # in the normalised query
    end: int


@lru_cache(maxsize=1)
def synonym_groups() -> tuple[tuple[str, ...], ...]:
    """Return the groups as they are written, the usual name first."""
    return tuple(tuple(name.strip() for name in line.split("|")) for line in lexicon_lines("synonyms.txt"))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, tuple[str, ...]]:
    """Return each normalised name with the others of its group."""
    return {
        normalise(name): tuple(other for other in group if other != name)
        for group in synonym_groups()
        for name in group
    }


@lru_cache(maxsize=1)
def _lengths() -> dict[str, list[int]]:
    """Return by the first two characters of a name how long such names are, the longest first."""
    found: dict[str, set[int]] = {}
    for name in _by_name():
        plural = {len(name) + 1, len(name) + 2} if name.isascii() else set()  # films, batteries
        found.setdefault(name[:2], set()).update({len(name)} | plural)
    return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}


def is_quoted(text: str) -> bool:
    """Whether the whole query stands in quotation marks and so is meant as typed."""
    return bool(_QUOTED.fullmatch(text))


def unquoted(text: str) -> str:
    """Return the query without the quotation marks around it."""
    return text.strip()[1:-1].strip() if is_quoted(text) else text


def _named(text: str, start: int, end: int) -> tuple[str, ...]:
    """The other names of ``text[start:end]``, where that is a whole term; English plurals as singulars."""
    name = text[start:end]
    known = _by_name()
    singular = name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
    others = known.get(name) or known.get(singular, ())
    if others and _LATIN.match(name[0]) and start and _LATIN.match(text[start - 1]):
        return ()
    if others and _LATIN.match(name[-1]) and end < len(text) and _LATIN.match(text[end]):
        return ()
    return others


def find_synonyms(text: str) -> tuple[Synonyms, ...]:
    """Return the terms of a query that have other names, the longest at each place.

    None for a text in quotation marks or longer than MAX_CHARACTERS or MAX_WORDS. Names that the text
    holds already are left out.
    """
    if is_quoted(text) or len(text) > MAX_CHARACTERS or len(set(words(text))) > MAX_WORDS:
        return ()
    return tuple(_find(normalise(text)))


def _find(text: str) -> Iterator[Synonyms]:
    start = 0
    while start < len(text):
        for end in (start + length for length in _lengths().get(text[start : start + 2], ())):
            if end <= len(text) and (others := _named(text, start, end)):
                fresh = tuple(other for other in others if normalise(other) not in text)
                if fresh:
                    yield Synonyms(text[start:end], fresh, start, end)
                start = end
                break
        else:
            start += 1


def variants(text: str) -> tuple[str, ...]:
    """Return the query in other words: all terms replaced at once, then each by each of its names."""
    found = find_synonyms(text)
    text = normalise(text)
    whole = _replaced(text, [(term, term.others[0]) for term in found])
    single = [_replaced(text, [(term, other)]) for term in found for other in term.others]
    return tuple(dict.fromkeys([whole, *single]))[:MAX_VARIANTS] if found else ()


def _replaced(text: str, names: list[tuple[Synonyms, str]]) -> str:
    for term, name in reversed(names):
        before, after = text[: term.start], text[term.end :]
        # Two Latin words are kept apart; a space between Chinese ones would cost their bigram.
        left = " " if name[0].isascii() and before[-1:].isascii() else ""
        right = " " if name[-1].isascii() and after[:1].isascii() else ""
        text = f"{before}{left}{name}{right}{after}"
    return " ".join(text.split())
