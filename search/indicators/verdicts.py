"""What a comparison of two 指标 rows comes to."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    MET = "满足"
    GAP = "差距"
    UNSTATED = "未说明"
    INCOMPARABLE = "不可比"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``note`` says how much is missing, or why nothing can be said."""

    verdict: Verdict
    note: str = ""
