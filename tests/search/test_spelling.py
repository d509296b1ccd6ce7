"""Slips of typing, mended out of what a reader may find."""

import pytest

from search.engines.embedded.terms import begins, fold
from search.spelling import correct

TITLES = ("海水淡化反渗透膜", "石墨烯导热膜", "锂离子电池", "membrane distillation 装置", "catalyst 再生")


def suggest(start: str) -> list[str]:
    return [title for title in TITLES if begins(fold(title), fold(start))]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("反渗头膜", "反渗透膜"),  # of like sound
        ("石墨希", "石墨烯"),
        ("石墨西导热膜", "石墨烯导热膜"),
        ("返渗透膜", "反渗透膜"),
        ("membrnae", "membrane"),  # letters that changed places
        ("distilation 海水淡化", "distillation 海水淡化"),
        ("catelyst", "catalyst"),
        ("memrbane distilation", "membrane distillation"),
    ],
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    assert correct(typed, suggest, ()) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "反渗透膜",
        "石墨烯",
        "钠离子电池",
        "membrane",
        "mem",
        "quantum",
        "量子密钥分发",
        "",
        "海水",
        "人参皂苷",
    ],
)
def test_what_may_be_right_is_left_alone(typed: str) -> None:
    assert correct(typed, suggest, ()) is None


def test_what_stands_in_a_text_that_was_found_is_right() -> None:
    assert correct("反渗头膜", suggest, ["一种反渗头膜"]) is None


def test_only_what_may_be_suggested_is_offered() -> None:
    assert correct("反渗头膜", lambda start: [], ()) is None
