"""Closed vocabularies (枚举): a stored code with its Chinese title beside it."""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A StrEnum whose members carry a Chinese ``title``: ``PILOT = "pilot", "中试"``."""

    title: str  # type: ignore[assignment]  # data, in place of str.title()

    def __new__(cls, value: str, title: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the member with this stored code; ValueError for another text."""
        return cls(value)  # type: ignore[call-arg]  # EnumType's call takes the value alone

    @classmethod
    def from_title(cls, title: str) -> Self:
        """Return the member with this Chinese title; ValueError names the known titles."""
        for member in cls:
            if member.title == title:
                return member
        known = "、".join(str(member.title) for member in cls)
        raise ValueError(f"{title!r} is not one of {known}")
