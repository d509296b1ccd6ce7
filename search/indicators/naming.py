"""What a quantity is called: the noun before it in its clause, else the one after it."""

import re

from search.indicators.lexicon import any_of
from search.indicators.quantities import Quantity
from search.segment import is_word

LONGEST = 12
_PIECES = re.compile(r"[,、:(){}\[\]“”\"'《》|\0]+")
_LEADING = re.compile(rf"(?:[\s\d.)①-⑳×/~-]|{any_of('wish')}|{any_of('leading')})+")
_TRAILING = re.compile(
    r"(?:[\s=:约~φΦ(×/-]|(?:提升|提高|增加|增长|上升|降低|下降|减少|缩短|延长|扩大|降|升|减|缩)[至到为成]"
    rf"|{any_of('trailing')})+$"
)
_CHANGE_ONLY = re.compile(
    r"(?:提升|提高|增加|增长|上升|降低|下降|减少|缩短|延长|扩大|改进|优化|减薄|提|降|升|减|缩)*"
)
_VALUES = re.compile(r"(?<![A-Za-z\d.])[\d.]+\s?(?:[A-Za-z%℃°μΩ/·]{1,6}|吨|米|万)?")


def clean_name(piece: str) -> str:
    """A piece of a clause without values and without the words around a name."""
    piece = _TRAILING.sub("", _VALUES.sub("", piece[-40:])).strip(" -~/.")
    while match := _LEADING.match(piece):
        kept = piece[match.end() :]
        # 使用温度, 有效载荷: the first character belongs to a word
        if match.end() == 1 and len(piece) > 1 and is_word(piece[:2]):
            break
        if match.end() > 1 and kept and is_word(piece[match.end() - 1] + kept[0]) and not is_word(kept[:2]):
            return piece[match.end() - 1 :]
        piece = kept
    return piece


def name_of(folded: str, quantity: Quantity, start: int, end: int, previous: str) -> str:
    """At most ``LONGEST`` characters; ``start`` to ``end`` may be read, ``previous`` is the row before."""
    before = folded[max(start, quantity.start - 60) : quantity.start]
    pieces = _PIECES.split(before)
    cleaned = [name for piece in pieces if (name := clean_name(piece))]
    if previous and not any(name for name in cleaned if not _CHANGE_ONLY.fullmatch(name)):
        if len(before.strip()) <= 6:  # 提升到, ×, 或
            return previous
        cleaned = []
    if cleaned and (pieces[-1].strip() or before.rstrip().endswith((":", "(", ")"))):
        return cleaned[-1][-LONGEST:]
    rest = folded[quantity.end : min(end, quantity.end + 16)]
    after = re.match(r"\s?(?:的)?([\u4e00-\u9fffA-Za-z]{2,12})", rest)
    if after and (following := clean_name(after[1])):
        return following[:LONGEST]
    return cleaned[-1][-LONGEST:] if cleaned else previous
