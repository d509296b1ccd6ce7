"""Which passwords are refused: short ones, the person's own name or address, and those everybody tries."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from marketplace.core.checks import require

MIN_LENGTH, MAX_LENGTH = 10, 200
LEAST_OF_ITS_OWN = 6  # characters that are left without the name and the address
LEAST_DISTINCT = 4


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Well-known passwords of ten characters or more, in lower case."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split()
    return frozenset(line.casefold() for line in lines)


def check_password(password: str, *, name: str, email: str, field: str = "password") -> None:
    """Raise InvalidInput beside ``field`` for a password that is easily guessed."""
    folded = password.casefold()
    require(len(password) >= MIN_LENGTH, f"密码至少 {MIN_LENGTH} 个字符。", field)
    require(len(password) <= MAX_LENGTH, f"密码最多 {MAX_LENGTH} 个字符。", field)
    rest = folded
    for known in (email.casefold(), email.partition("@")[0].casefold(), name.casefold()):
        rest = rest.replace(known, "") if len(known) > 1 else rest
    require(len(rest) >= LEAST_OF_ITS_OWN, "密码不能由姓名或邮箱组成，请换一个。", field)
    guessable = folded in common_passwords() or len(set(folded)) < LEAST_DISTINCT or _is_a_run(folded)
    require(not guessable, "这个密码太常见，容易被猜到，请换一个。", field)


def _is_a_run(text: str) -> bool:
    """Characters that only count up or down: 0123456789, abcdefghij."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
