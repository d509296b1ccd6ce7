"""Closed vocabularies (枚举): a stored code with its Chinese title beside it."""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A StrEnum whose members carry a Chinese ``title``: ``PILOT = "pilot", "中试"``."""

    title: str  # type: ignore[assignment]  # StrEnum inherits str.title(); ours is data

    def __new__(cls, value: str, title: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title  # type: ignore[method-assign]  # see the class attribute
        return member

    @classmethod
    def from_title(cls, title: str) -> Self:
        """Return the member with this Chinese title; ValueError names the known titles."""
        for member in cls:
            if member.title == title:
                return member
        known = "、".join(str(member.title) for member in cls)
        raise ValueError(f"{title!r} is not one of {known}")
