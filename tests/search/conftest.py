"""The real model for the search tests, prepared once in the repository's instance folder."""

from pathlib import Path

import pytest

from search.encoder import SentenceTransformerEncoder
from search.model_store import ModelInfo, prepare_model

INSTANCE = Path(__file__).resolve().parents[2] / "instance"


@pytest.fixture(scope="session")
def instance_path() -> Path:
    """A folder that outlives the test run: it holds the prepared model and nothing else of tests."""
    INSTANCE.mkdir(exist_ok=True)
    return INSTANCE


@pytest.fixture(scope="session")
def model_info(instance_path: Path) -> ModelInfo:
    return prepare_model("", instance_path)


@pytest.fixture(scope="session")
def encoder(model_info: ModelInfo) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(model_info)
