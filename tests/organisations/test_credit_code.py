"""统一社会信用代码: the check digit catches every single wrong character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.organisations.credit_code import ALPHABET, check_character, is_valid

REAL = "91110000802100433B"


def test_a_real_code_is_valid() -> None:
    assert is_valid(REAL)


@pytest.mark.parametrize("place", range(len(REAL)))
def test_every_change_of_one_character_is_refused(place: int) -> None:
    for character in {*ALPHABET, "I", "O", "S", "V", "Z", "b", " ", "９"} - {REAL[place]}:
        assert not is_valid(REAL[:place] + character + REAL[place + 1 :])


@pytest.mark.parametrize("code", ["", REAL[:-1], REAL + "0", REAL.lower(), f" {REAL}", REAL + "\n"])
def test_other_shapes_are_refused(code: str) -> None:
    assert not is_valid(code)


@given(
    first17=st.text(ALPHABET, min_size=17, max_size=17),
    place=st.integers(0, 16),
    other=st.sampled_from(ALPHABET),
)
def test_any_code_with_its_check_digit_is_valid_and_loses_it_by_a_change(
    first17: str, place: int, other: str
) -> None:
    code = first17 + check_character(first17)
    assert is_valid(code)
    changed = code[:place] + other + code[place + 1 :]
    assert is_valid(changed) == (changed == code)


@given(first17=st.text(ALPHABET, min_size=17, max_size=17), place=st.integers(0, 16))
def test_two_neighbours_exchanged_are_refused(first17: str, place: int) -> None:
    code = first17 + check_character(first17)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_valid(swapped) == (swapped == code)
