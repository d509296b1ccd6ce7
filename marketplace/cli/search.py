"""``flask search ask | reindex | evaluate | fit | indicators | bench``."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.accounts.policy import VISITOR
from marketplace.cli.errors import plain_errors
from marketplace.core.db import db
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import indexed_batches
from marketplace.matching.service import match_text
from search.engine import EngineUnavailable
from search.evaluate import METRICS, EvaluationError, Mode, format_table, report, run_evaluation
from search.indicators.measure import FileError, measure, printed, read_needs, rows_of
from search.model_store import ModelUnavailable


@click.group()
def search() -> None:
    """Ask, rebuild and measure the search."""


@search.command()
@click.argument("text")
@click.option("--kind", type=click.Choice(["result", "demand"]), default="result", show_default=True)
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True)
@with_appcontext
@plain_errors()
def ask(text: str, kind: str, limit: int) -> None:
    """Rank listings for TEXT as a visitor sees them, with reasons."""
    with current_app.test_request_context():
        outcome = match_text(db.session, runtime(), VISITOR, text, kind, limit)
        for position, match in enumerate(outcome.matches, 1):
            click.echo(f"{position:2}. [{match.level.name}] {match.listing.title}")
            if match.pair:
                asked, offered, cosine = match.pair
                click.echo(f"      {cosine:.3f}  {asked}\n             {offered}")
            if match.shared:
                click.echo(f"      共有：{'、'.join(match.shared)}")
            for reason in match.against:
                click.echo(f"      注意：{reason}")


@search.command()
@with_appcontext
@plain_errors()
def reindex() -> None:
    """Build the index anew from the database and the kept vectors, and put it in place at once.

    Stop the worker first: only one process writes.
    """
    found = runtime()

    def tell(done: int) -> None:
        click.echo(f"{done} listings", err=True)

    try:
        total = found.rebuild(indexed_batches(found.indexing_encoder, tell))
    except EngineUnavailable as error:
        raise click.ClickException(f"{error} (stop the worker first)") from error
    click.echo(f"{total} listings indexed")


@search.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--judged", is_flag=True, help="Rank exactly the judged documents of each query.")
@click.option("--modes", default=",".join(Mode), show_default=True)
@click.option("--cross-validate", is_flag=True, help="Ranked: weights fitted on the folds a need is not in.")
@click.option("--engine", type=click.Choice(["embedded"]), default="embedded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to stderr.")
@with_appcontext
def evaluate(
    folder: Path, judged: bool, modes: str, cross_validate: bool, engine: str, as_json: bool
) -> None:
    """nDCG@10, recall@100 and MRR@10 over a FOLDER in BEIR form. Needs no database."""
    settings = current_app.extensions["settings"]
    try:
        result = run_evaluation(
            folder,
            instance_path=settings.instance_path,
            modes=modes,
            judged=judged,
            cross_validate=cross_validate,
            engine=engine,
            model=settings.model,
        )
    except (EvaluationError, ModelUnavailable) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({mode: {m: row[m] for m in METRICS} for mode, row in result["modes"].items()}))
    else:
        click.echo(format_table(result))


@search.command("fit")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--vectors", type=click.Path(path_type=Path), required=True, help="int8 vectors of many texts (.npy)."
)
@click.option(
    "--english", type=click.Path(path_type=Path), required=True, help="A folder whose queries are English."
)
@with_appcontext
def fit_ranking(folder: Path, vectors: Path, english: Path) -> None:
    """Fit ranking and levels on the judged needs of a FOLDER in BEIR form. Needs no database."""
    from search.fit import run_fit  # SciPy is slow to import

    settings = current_app.extensions["settings"]
    try:
        path = run_fit(folder, vectors, english, instance_path=settings.instance_path, model=settings.model)
    except (EvaluationError, ModelUnavailable) as error:
        raise click.ClickException(str(error)) from error
    click.echo(path.read_text("utf-8"), nl=False)


@search.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--gold", type=click.Path(path_type=Path), help="Compare with these annotated rows instead.")
def indicators(file: Path, gold: Path | None) -> None:
    """Read 指标 from the lines {id, title, content} of FILE; prints lines {id, rows}. Needs no database."""
    try:
        if gold is None:
            for need in read_needs(file):
                rows = [printed(row) for row in rows_of(need)]
                click.echo(json.dumps({"id": need.id, "rows": rows}, ensure_ascii=False))
            return
        for name, with_operator in (("low, high, unit", False), ("and operator", True)):
            found = measure(gold, file, operator=with_operator)
            click.echo(
                f"{name:16} precision {found.precision:.3f}  recall {found.recall:.3f}"
                f"  ({found.right} right, {len(found.extra)} extra, {len(found.missing)} missing)"
            )
    except FileError as error:
        raise click.ClickException(str(error)) from error


@search.command()
@click.option("--library", type=click.Path(path_type=Path), required=True)
@click.option("--vectors", type=click.Path(path_type=Path), help="Passage vectors of the first texts (.npy).")
@click.option("--docs", type=click.IntRange(100), required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to stderr.")
@with_appcontext
def bench(library: Path, vectors: Path | None, docs: int, as_json: bool) -> None:
    """Speed of the embedded engine beside a floor measured in the same run."""
    try:
        from search.bench import BenchError, format_bench, run_bench
    except ModuleNotFoundError as error:  # the floor's engine is needed for nothing else
        raise click.ClickException(f"{error.name} is missing: install requirements-dev.txt") from error
    settings = current_app.extensions["settings"]
    try:
        result: dict[str, Any] = run_bench(
            library=library,
            vectors=vectors,
            docs=docs,
            instance_path=settings.instance_path,
            model=settings.model,
            progress=report,
        )
    except (BenchError, ModelUnavailable) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result) if as_json else format_bench(result))
    sys.stdout.flush()
