"""Numbers of 知识产权: real forms pass, one changed digit or another kind does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.results.choices import IPKind
from marketplace.results.ip_numbers import patent_check, problem

VALID = [
    (IPKind.INVENTION, "ZL201310586887.2"),
    (IPKind.INVENTION, "201310586887.2"),
    (IPKind.INVENTION, "CN2013105868872"),
    (IPKind.INVENTION, "ZL02131396." + patent_check("02131396")),  # until 2003
    (IPKind.INVENTION, "ZL00804567." + patent_check("00804567")),  # of a PCT application
    (IPKind.UTILITY, "ZL202120000001." + patent_check("202120000001")),
    (IPKind.UTILITY, "ZL202190000001." + patent_check("202190000001")),  # of a PCT application
    (IPKind.DESIGN, "ZL202130000001." + patent_check("202130000001")),
    (IPKind.SOFTWARE, "2021SR0123456"),
    (IPKind.SOFTWARE, "2009SR012345"),
    (IPKind.LAYOUT, "BS.205012345"),
    (IPKind.PLANT, "CNA20201000123"),
    (IPKind.PLANT, "CNA20080123.4"),
    (IPKind.SECRET, ""),
]
REFUSED = [
    (IPKind.INVENTION, ""),
    (IPKind.INVENTION, "专利申请中"),
    (IPKind.INVENTION, "ZL201310586887.2\n"),
    (IPKind.INVENTION, "ZL２０１３１０５８６８８７.２"),
    (IPKind.INVENTION, "zl201310586887.2"),
    (IPKind.INVENTION, "ZL20131058688.7"),
    (IPKind.UTILITY, "ZL201310586887.2"),  # the digit says 发明
    (IPKind.DESIGN, "ZL201310586887.2"),
    (IPKind.INVENTION, "ZL202130000001." + patent_check("202130000001")),
    (IPKind.SOFTWARE, "2021SR012"),
    (IPKind.SOFTWARE, "软著登字第0123456号"),
    (IPKind.LAYOUT, "BS.20501234"),
    (IPKind.PLANT, "2020CNA"),
    (IPKind.SECRET, "2021SR0123456"),
]


@pytest.mark.parametrize(("kind", "number"), VALID)
def test_real_forms_pass(kind: IPKind, number: str) -> None:
    assert problem(kind, number) is None


@pytest.mark.parametrize(("kind", "number"), REFUSED)
def test_anything_else_is_refused_in_chinese(kind: IPKind, number: str) -> None:
    message = problem(kind, number)
    assert message and message.endswith("。")


def test_the_message_tells_a_wrong_digit_from_a_wrong_kind() -> None:
    assert "校验位" in (problem(IPKind.INVENTION, "ZL201310586887.3") or "")
    assert "类型“外观设计”不符" in (problem(IPKind.DESIGN, "ZL201310586887.2") or "")


@pytest.mark.parametrize("length", [12, 8])
def test_the_weights_are_those_of_the_standard(length: int) -> None:
    weights = [patent_check("0" * place + "1" + "0" * (length - place - 1)) for place in range(length)]
    assert "".join(weights) == "234567892345"[:length]
    assert patent_check("5" + "0" * (length - 1)) == "X"


@given(
    year=st.integers(1985, 2026),
    kind=st.sampled_from([(IPKind.INVENTION, "1"), (IPKind.UTILITY, "2"), (IPKind.DESIGN, "3")]),
    serial=st.integers(0, 9_999_999),
    place=st.integers(0, 11),
    step=st.integers(1, 9),
)
def test_one_changed_digit_is_always_refused(
    year: int, kind: tuple[IPKind, str], serial: int, place: int, step: int
) -> None:
    digits = f"{year}{kind[1]}{serial:07d}"
    check = patent_check(digits)
    assert problem(kind[0], f"ZL{digits}.{check}") is None
    changed = digits[:place] + str((int(digits[place]) + step) % 10) + digits[place + 1 :]
    assert problem(kind[0], f"ZL{changed}.{check}") is not None
