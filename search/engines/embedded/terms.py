"""What of a document is indexed: its words, its bigrams, and the beginnings it is suggested for."""

from collections.abc import Iterable, Iterator

from search.documents import Document
from search.engines.embedded.postings import PREFIX, term_key
from search.pinyin import sounds_so, spelled, typed_sound
from search.segment import bigrams, normalise, tokens, words

TITLE_REPEATS = 2  # a word of the title counts as often as one standing so many times in the text
PREFIX_SIZES = (1, 2, 4)  # characters of a beginning that have a list of their own


def document_terms(document: Document) -> tuple[list[str], list[str]]:
    """Return words and bigrams of title (TITLE_REPEATS times) and all else, repeats kept."""
    titles = (document.title,) * TITLE_REPEATS
    content = "\n".join((*titles, *document.keywords, document.text, document.annex))
    return words(content), bigrams(content)


def fold(text: str) -> str:
    """Return ``text`` normalised for suggestions, runs of white space as one space."""
    return " ".join(normalise(text).split())


def beginnings(folded: str) -> Iterator[int]:
    """Yield where a suggestion may begin to match in a folded text: its start and every word's."""
    yield 0
    for token in tokens(folded):
        yield token.start


def begins(folded: str, prefix: str) -> bool:
    """Tell whether a word of ``folded`` (or the whole) starts with the folded ``prefix``, or sounds so."""
    places = tuple(beginnings(folded))
    if prefix in folded and any(folded.startswith(prefix, at) for at in places):
        return True
    sound = typed_sound(prefix)
    return bool(sound) and not folded.isascii() and any(sounds_so(folded, at, sound) for at in places)


def prefix_key(prefix: str) -> str:
    """Return the key of the shortest list that holds all rows where ``prefix`` (not empty) begins."""
    return term_key(PREFIX, prefix[: max(size for size in PREFIX_SIZES if size <= len(prefix))])


def prefix_keys(prefix: str) -> set[str]:
    """Return the keys of the lists that hold all rows where ``prefix`` begins, as typed or as sound."""
    return {prefix_key(prefix), prefix_key(typed_sound(prefix) or prefix)}


def suggestion_keys(titles: Iterable[str]) -> set[str]:
    """Return the keys under which a document with these titles and keywords is suggested."""
    starts: set[str] = set()
    for folded in map(fold, titles):
        for at in beginnings(folded):
            starts.update(folded[at : at + size] for size in PREFIX_SIZES if at + size <= len(folded))
            if not folded.isascii():
                starts.update(
                    sound[:size]
                    for sound in spelled(folded, at)
                    for size in PREFIX_SIZES[1:]
                    if size <= len(sound)
                )
    return {term_key(PREFIX, start) for start in starts}
