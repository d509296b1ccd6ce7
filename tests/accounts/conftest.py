"""Registering as a browser does it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from tests.factories import Factory

FORM = {
    "name": "赵新来",
    "email": "zhao@unit.example",
    "phone": "022-66330000",
    "password": "four quiet blue boats",
    "terms": "y",
}


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person(name="张测试")


@pytest.fixture
def register(client: FlaskClient) -> Callable[..., FlaskClient]:
    """Send the form in this test's browser; values replace those of FORM."""

    def send(**values: str) -> FlaskClient:
        response = client.post("/register", data=FORM | values)
        assert response.status_code == 303, response.get_data(as_text=True)
        return client

    return send
