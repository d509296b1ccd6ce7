"""Shared fixtures: the real model prepared once, a migrated database for each test, a quick client."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from config import Settings
from marketplace.app import create_app
from marketplace.core.db import db, transaction
from marketplace.indexing.runtime import SearchRuntime
from marketplace.indexing.service import drain_once
from search.encoder import CachedEncoder, Encoder, SentenceTransformerEncoder
from search.model_store import ModelInfo, prepare_model
from seed_data.loader import load_vocabularies
from tests.factories import PASSWORD, Factory

INSTANCE = Path(__file__).resolve().parents[1] / "instance"


@pytest.fixture(scope="session")
def instance_path() -> Path:
    """A folder that outlives the test run: it holds the prepared model and kept vectors."""
    INSTANCE.mkdir(exist_ok=True)
    return INSTANCE


@pytest.fixture(scope="session")
def model_info(instance_path: Path) -> ModelInfo:
    return prepare_model("", instance_path)


@pytest.fixture(scope="session")
def encoder(model_info: ModelInfo) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(model_info)


class Client(FlaskClient):
    """Each request in a context of its own, as in a server: the test's context shares nothing."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.rollback()  # see what the request has written, not an older snapshot
        with self.application.app_context():
            return super().open(*args, **kwargs)


def make_settings(instance: Path, **values: Any) -> Settings:
    usual: dict[str, Any] = {
        "app_env": "test", "instance_path": instance, "secret_key": "s" * 40, "audit_key": "a" * 40,
        "match_rate": "1000 per minute", "search_rate": "1000 per minute", "account_rate": "1000 per minute",
        "report_rate": "1000 per minute",
        "log_level": "WARNING",
    }  # fmt: skip
    return Settings(**usual | values)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database brought up by the migrations, with the dictionaries in it."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(make_settings(folder))
    with app.app_context():
        upgrade()
        with transaction() as session:
            load_vocabularies(session)
        db.engine.dispose()
    return folder / "site.db"


@pytest.fixture
def app(
    tmp_path: Path, migrated_database: Path, model_info: ModelInfo, encoder: SentenceTransformerEncoder
) -> Iterator[Flask]:
    """The site on a database, an index and a folder of its own."""
    shutil.copy(migrated_database, tmp_path / "site.db")
    app = create_app(make_settings(tmp_path))
    app.config["WTF_CSRF_ENABLED"] = False  # tests/guards/test_csrf.py turns it on
    app.test_client_class = Client
    use_encoder(app, model_info, encoder)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def use_encoder(app: Flask, model_info: ModelInfo, encoder: Encoder) -> SearchRuntime:
    """Let an application use the model that is loaded already, with its own cache of vectors."""
    from marketplace.indexing.vectors import DatabaseVectorCache

    runtime: SearchRuntime = app.extensions["search"]
    runtime.__dict__.update(
        model=model_info, encoder=encoder, indexing_encoder=CachedEncoder(encoder, DatabaseVectorCache())
    )
    return runtime


@pytest.fixture
def runtime(app: Flask) -> SearchRuntime:
    found: SearchRuntime = app.extensions["search"]
    return found


@pytest.fixture
def make(app: Flask) -> Factory:
    """Rows as the site itself makes them: ``make.person(…)``, ``make.result(…)``."""
    return Factory()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def log_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A fresh client logged in as the person with this e-mail."""

    def enter(email: str) -> FlaskClient:
        client = app.test_client()
        response = client.post("/login", data={"email": email, "password": PASSWORD})
        assert response.status_code == 302, response.get_data(as_text=True)
        return client

    return enter


@pytest.fixture
def index(runtime: SearchRuntime) -> Callable[[], int]:
    """Bring the index up to date, as the worker does."""

    def drain() -> int:
        engine, total = runtime.open_writer(), 0
        try:
            while done := drain_once(engine, runtime.indexing_encoder):
                total += done
        finally:
            engine.close()
        runtime.__dict__.pop("engine", None)  # a reader looks at the manifest every 0.2 s; be exact
        return total

    return drain
