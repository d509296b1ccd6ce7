"""The sample data loaded once, without a model: loading encodes nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.core.db import db, transaction
from seed_data.loader import load_seed
from tests.conftest import make_settings

Counts = dict[str, tuple[int, int]]


@pytest.fixture(scope="package")
def first_load(
    tmp_path_factory: pytest.TempPathFactory, migrated_database: Path
) -> Iterator[tuple[Flask, Counts]]:
    folder = tmp_path_factory.mktemp("seeded")
    shutil.copy(migrated_database, folder / "site.db")
    app = create_app(make_settings(folder))
    with app.app_context(), transaction() as session:
        counts = load_seed(session, "binhai-2026")
    yield app, counts
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def seeded(first_load: tuple[Flask, Counts]) -> Iterator[Flask]:
    app = first_load[0]
    with app.app_context():
        yield app
        db.session.remove()
