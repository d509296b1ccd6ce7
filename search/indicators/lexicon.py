"""Groups of words that tell what a number is about (``lexicon/indicator_words.txt``), as patterns."""

import re
from functools import lru_cache
from pathlib import Path

LEXICON = Path(__file__).parents[1] / "lexicon"


def read_groups(name: str) -> list[tuple[str, list[str]]]:
    """(key, words) of each line ``key: words``; lines that start with # are remarks."""
    lines = (LEXICON / name).read_text(encoding="utf-8").splitlines()
    parts = [line.partition(": ") for line in lines if not line.startswith("#")]
    return [(key, words.split()) for key, _, words in parts]


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, words in read_groups("indicator_words.txt"):
        groups.setdefault(key, []).extend(words)
    return groups


def any_of(group: str) -> str:
    """An alternation of the group's words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(_words()[group], key=len, reverse=True)) + ")"


@lru_cache
def has(group: str) -> re.Pattern[str]:
    """Finds any word of the group."""
    return re.compile(any_of(group))
