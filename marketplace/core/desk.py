"""A line of "等我处理": what waits for a person, in every feature's own words."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeskLine:
    """``verb`` and ``title`` read as one short phrase: 回复 对接申请“…”; ``path`` is where it is done."""

    verb: str
    title: str
    path: str
    due_at: datetime | None = None
    act: tuple[str, str] | None = None  # label and address of what can be done at once, by POST
