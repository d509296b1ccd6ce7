"""The site of a test as other processes see it."""

from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture
def instance(app: Flask, instance_path: Path) -> Path:
    """The test's own folder, with the prepared model in it."""
    folder = Path(app.extensions["settings"].instance_path)
    (folder / "model").symlink_to(instance_path / "model")
    return folder
