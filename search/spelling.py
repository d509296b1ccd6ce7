"""Slips of typing: what a reader may have meant, out of titles and keywords that the index holds."""

import re
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import OSA

from search.pinyin import syllables
from search.segment import is_word, normalise, tokens

Suggest = Callable[[str], Sequence[str]]  # a beginning -> titles and keywords that a reader may find
_PIECE = re.compile(r"[a-z]{4,30}|[\u4e00-\u9fff]{3,12}")
_LONG_LATIN = 8  # letters from which two slips are forgiven


def correct(text: str, suggest: Suggest, found: Sequence[str]) -> str | None:
    """Return the query with its slips mended, or None where nothing better is known.

    ``found``: texts of what was found; a piece of the query that stands in one of them is right. So is
    one that is a word of the dictionary, or that begins a word of a title: those are never doubted.
    """
    text = normalise(text)
    haystack = "\n".join(map(normalise, found))
    mended = _PIECE.sub(lambda piece: _mend(piece[0], suggest, haystack) or piece[0], text)
    return mended if mended != text else None


def _mend(piece: str, suggest: Suggest, haystack: str) -> str | None:
    if piece in haystack or is_word(piece) or not _doubtful(piece) or suggest(piece):
        return None
    windows = _latin(piece, suggest) if piece.isascii() else _chinese(piece, suggest)
    ranked = sorted(dict.fromkeys(windows), key=lambda window: _distance(piece, window))
    best = next(iter(ranked), None)
    allowed = 2 if piece.isascii() and len(piece) >= _LONG_LATIN else 1
    return best if best and 0 < _distance(piece, best) <= allowed else None


def _doubtful(piece: str) -> bool:
    """A slip leaves characters that belong to no word: 返|渗透|膜, 石墨|希."""
    return piece.isascii() or any(len(token.term) == 1 for token in tokens(piece, whole=True))


def _latin(piece: str, suggest: Suggest) -> Iterator[str]:
    for title in suggest(piece[0]):
        yield from (token.term for token in tokens(normalise(title)) if token.term.isascii())


def _chinese(piece: str, suggest: Suggest) -> Iterator[str]:
    """Yield parts of titles as long as the piece: those of the same sound, of the same end or beginning."""
    for start in ("".join(syllables(piece)), piece[:2], piece[0], piece[1:], piece[2:]):
        for title in map(normalise, suggest(start)):
            for token in tokens(title):
                window = title[token.start : token.start + len(piece)]
                if len(window) == len(piece):
                    yield window


def _distance(piece: str, other: str) -> float:
    """Damerau-Levenshtein (adjacent letters may change places); Chinese of the same sound counts half."""
    if not piece.isascii() and syllables(piece) == syllables(other):
        return 0.5 if piece != other else 0
    return OSA.distance(piece, other)
