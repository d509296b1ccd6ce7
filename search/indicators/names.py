"""How alike two names of 指标 are: 抗拉强度 and 拉伸强度 are one, 抗拉强度 and 抗压强度 are two."""

import re
from functools import lru_cache

from search.indicators.lexicon import read_groups
from search.segment import normalise, words

SAME = 0.6  # names at least this alike may speak of one property
_CHANGE = re.compile(
    r"提高|提升|增加|增长|上升|降低|下降|减少|减小|缩短|延长|节约|节省|节能|节水|改善|[降减增]幅"
)
# Names that differ in one of these are two properties, however alike.
_OPPOSITES = tuple(group for _, group in read_groups("indicator_opposites.txt"))
_FILLER = re.compile(r"[\s()（）的]|单个|平均|最终|产品|整体|总体|综合|指标|要求|数值|设计|目标|可达")


@lru_cache(maxsize=1)
def _usual() -> tuple[re.Pattern[str], dict[str, str]]:
    usual = {other: name for name, others in read_groups("indicator_names.txt") for other in (name, *others)}
    ways = sorted(usual, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ways))), usual


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """The name with usual words and without fillers, as names are compared."""
    pattern, usual = _usual()
    return pattern.sub(lambda match: usual[match[0]], _FILLER.sub("", normalise(name)))


def is_change(name: str) -> bool:
    """Whether the value is a change against some base line: 能耗降低, 效率提高."""
    return bool(_CHANGE.search(name))


def _opposed(one: str, two: str) -> bool:
    for group in _OPPOSITES:
        ours, theirs = ({word for word in group if word in name} for name in (one, two))
        if ours and theirs and not ours & theirs:
            return True
    return False


def likeness(one: str, two: str) -> float:
    """0 to 1, by character pairs or words; a name inside the other counts as nearly the same."""
    left, right = plain_name(one), plain_name(two)
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    if _opposed(left, right):
        return 0.0
    short, long = sorted((left, right), key=len)
    if len(short) >= 2 and (long.endswith(short) or long.startswith(short)):
        # 能量密度 of 电池能量密度; 硬度 of 涂层硬度 less surely
        return 0.9 if len(short) >= 3 else 0.5 + 0.4 * len(short) / len(long)
    return max(_pairs_alike(left, right), _words_alike(left, right))


def _words_alike(one: str, two: str) -> float:
    """Dice's coefficient of words; a single character counts half (刀尖热漂移, 刀尖点漂移量)."""
    left, right = ({word: 1.0 if len(word) > 1 else 0.5 for word in words(text)} for text in (one, two))
    shared = sum(weight for word, weight in left.items() if word in right)
    total = sum(left.values()) + sum(right.values())
    return 2 * shared / total if total else 0.0


def _pairs_alike(one: str, two: str) -> float:
    """Dice's coefficient of character pairs."""
    pairs, others = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, two))
    if not pairs or not others:
        return 0.0
    return 2 * len(pairs & others) / (len(pairs) + len(others))
