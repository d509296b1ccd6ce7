"""指标 as values: what a text says (`Indicator`) and the words of its columns."""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    GE = ">="
    LE = "<="
    GT = ">"
    LT = "<"
    EQ = "="
    RANGE = "range"


class Direction(StrEnum):
    HIGHER = "higher"  # 越大越好
    LOWER = "lower"  # 越小越好
    TARGET = "target"  # 目标值
    COVER = "cover"  # 能力覆盖: the whole range must be served
    TOLERANCE = "tolerance"  # 公差: values must stay inside


class Kind(StrEnum):
    NUMERIC = "numeric"  # 数值
    GRADE = "grade"  # 等级: IP67, SIL2
    CRITERION = "criterion"  # 定性判据: 通过××检测


LOWER_BOUND = frozenset({Operator.GE, Operator.GT})
UPPER_BOUND = frozenset({Operator.LE, Operator.LT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One 指标 row. ``text`` is the author's own writing; ``start`` and ``end`` are its place in the text."""

    name: str
    operator: Operator | None = None  # None: a grade or a criterion, which ``text`` holds
    low: float | None = None
    high: float | None = None
    unit: str = ""
    condition: str = ""
    text: str = ""
    kind: Kind = Kind.NUMERIC
    direction: Direction = Direction.TARGET
    must: bool = True  # 必须, else 期望
    present: bool = False  # 现状, else 要求
    approximate: bool = False
    start: int = 0
    end: int = 0
