"""A real worker process over a fresh seed: it does its work and leaves every state as the files tell it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.indexing.service import pending
from search.documents import FloatArray
from search.encoder import Progress
from search.model_store import ModelInfo
from tests.conftest import make_settings, use_encoder
from tests.indexing.processes import keep_vectors, run_command
from tests.seed.conftest import Load

# What the worker derives from the rest; all other tables hold what people have done.
DERIVED = {"embedding", "indexed_text", "job", "match_suggestion", "outbox_entry"}
Rows = dict[str, list[tuple[object, ...]]]


class AnyVectors:
    """Stands in for the model, which would take minutes: no state depends on what a text means."""

    def __init__(self, info: ModelInfo) -> None:
        self.name, self.dtype, self.dimensions = info.name, info.dtype, info.dimensions
        self.query_prompt, self.passage_prompt = info.query_prompt, info.passage_prompt
        self._random = np.random.default_rng(7)

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        rows = self._random.standard_normal((len(texts), self.dimensions)).astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        return self.encode_queries(texts)


@pytest.fixture
def fresh(first_load: Load, tmp_path: Path, model_info: ModelInfo, instance_path: Path) -> Path:
    """The folder of a site just seeded, with a vector for each of its texts."""
    source = first_load.app.extensions["settings"].instance_path / "site.db"
    with closing(sqlite3.connect(source)) as seeded, closing(sqlite3.connect(tmp_path / "site.db")) as copy:
        seeded.backup(copy)
    (tmp_path / "model").symlink_to(instance_path / "model")
    app = create_app(make_settings(tmp_path))
    runtime = use_encoder(app, model_info, AnyVectors(model_info))
    with app.app_context():
        assert pending()
        keep_vectors(runtime)
        db.session.remove()
        db.engine.dispose()
    return tmp_path


def rows(folder: Path, tables: Sequence[str]) -> Rows:
    with closing(sqlite3.connect(folder / "site.db")) as database:
        return {t: sorted(database.execute(f"SELECT * FROM {t}"), key=repr) for t in tables}  # noqa: S608  # names of ours


def changed(before: Rows, after: Rows) -> dict[str, list[tuple[object, ...]]]:
    return {t: [row for row in after[t] if row not in before[t]] for t in after if after[t] != before[t]}


def test_the_worker_keeps_every_state_of_the_seed_and_then_has_nothing_to_do(
    fresh: Path, first_load: Load
) -> None:
    with first_load.app.app_context():
        everything = inspect(db.engine).get_table_names()
    told = [t for t in everything if t not in DERIVED]
    assert {"result", "demand", "introduction", "notice", "mail", "audit_record", "queue_item"} <= set(told)
    seeded = rows(fresh, told)
    first = run_command(fresh, "worker", "--once")
    assert first.returncode == 0, first.stderr
    listings = len(seeded["result"]) + len(seeded["demand"])
    assert first.stdout.startswith(f"{listings} listings indexed, ") and first.stdout.endswith(
        " 0 mails sent\n"
    )
    assert " 0 jobs done" not in first.stdout  # matches were looked for
    assert changed(seeded, rows(fresh, told)) == {}
    left = rows(fresh, everything)
    second = run_command(fresh, "worker", "--once")
    assert (second.returncode, second.stdout) == (0, "0 listings indexed, 0 jobs done, 0 mails sent\n")
    assert changed(left, rows(fresh, everything)) == {}
