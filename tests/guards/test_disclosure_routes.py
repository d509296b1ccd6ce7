"""Every route of detail requests × every role × own and foreign objects."""

import pytest

from tests.guards.conftest import World
from tests.guards.roles import ROLES
from tests.guards.routes_disclosure import DISCLOSURE, REST


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answer(world: World, role: str) -> None:
    found, declared = {}, {}
    for (endpoint, method), objects in DISCLOSURE.items():
        for pattern, answers in objects.items():
            key = f"{method} {endpoint} {pattern}"
            declared[key] = answers.get(role, answers[REST])
            path = pattern.format_map(world.urls)
            with world.client(role).open(path, method=method) as response:
                found[key] = response.status_code
    assert found == declared
