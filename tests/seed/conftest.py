"""The sample data loaded once, without a model: loading encodes nothing."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.core.db import db
from tests.conftest import make_settings


@dataclass(frozen=True)
class Load:
    """The first ``flask seed``; ``output`` is all that it printed and logged."""

    app: Flask
    output: str

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        found = re.findall(r"(\w+): (\d+) added, (\d+) in all", self.output)
        return {name: (int(added), int(total)) for name, added, total in found}


@pytest.fixture(scope="package")
def first_load(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Load]:
    folder = tmp_path_factory.mktemp("seeded")
    shutil.copy(migrated_database, folder / "site.db")
    app = create_app(make_settings(folder, log_level="DEBUG"))
    done = app.test_cli_runner().invoke(args=["seed"])
    assert done.exit_code == 0, done.output
    yield Load(app, done.output)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def seeded(first_load: Load) -> Iterator[Flask]:
    app = first_load.app
    with app.app_context():
        yield app
        db.session.remove()
