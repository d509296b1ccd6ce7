"""Checks of entered values that every feature needs, each refusal beside its field."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marketplace.core.errors import InvalidInput


def require(condition: bool, message: str, field: str) -> None:
    """Raise InvalidInput beside ``field`` unless the condition holds."""
    if not condition:
        raise InvalidInput(message, field=field)


def check_texts(model: type[Any], values: Mapping[str, Any], field: str = "") -> None:
    """Refuse blank texts in a model's columns without a default, and texts longer than their column.

    ``field`` names the group where the values are one row of several.
    """
    for column in model.__table__.columns:
        value = values.get(column.name)
        if not isinstance(value, str):
            continue
        required = not column.nullable and column.default is None
        require(bool(value.strip()) or not required, "请填写此项。", field or column.name)
        length = getattr(column.type, "length", None)
        require(length is None or len(value) <= length, f"最多 {length} 个字。", field or column.name)


def problems_of(checks: Iterable[Callable[[], object]]) -> list[InvalidInput]:
    """What each of these checks refuses: a form shows all of it at once."""
    problems = []
    for check in checks:
        try:
            check()
        except InvalidInput as problem:
            problems.append(problem)
    return problems


def raise_first(problems: Iterable[InvalidInput]) -> None:
    for problem in problems:
        raise problem
