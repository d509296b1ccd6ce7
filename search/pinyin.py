"""Chinese names typed as pinyin: haihe or hh for 海河."""

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

# Two letters at least: one letter would find every word whose sound begins so.
_TYPED = re.compile(r"[a-z][a-z' ]*[a-z]")


@lru_cache(maxsize=1 << 14)
def syllables(text: str) -> tuple[str, ...]:
    """Return one syllable for each character, read in its phrase (重庆 → chong qing); others as they are."""
    return tuple(lazy_pinyin(text, errors=list))  # type: ignore[arg-type]  # a list is one a character


def spelled(text: str, start: int = 0) -> tuple[str, str]:
    """Return the sound of ``text`` from ``start`` on in full and by first letters; other characters go."""
    sounds = [sound for sound in syllables(text)[start:] if sound.isalnum()]
    return "".join(sounds), "".join(sound[0] for sound in sounds)


def typed_sound(text: str) -> str:
    """Return what may be pinyin in a folded text, its spaces and apostrophes taken out, or nothing."""
    return re.sub("[' ]", "", text) if _TYPED.fullmatch(text) else ""


def sounds_so(text: str, start: int, sound: str) -> bool:
    """Whether ``text`` sounds from ``start`` on as typed, in full or by first letters."""
    return bool(sound) and any(full.startswith(sound) for full in spelled(text, start))
