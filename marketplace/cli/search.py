"""``flask search ask | reindex | gap | evaluate | classify | fit | learn | indicators | bench``."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.accounts.policy import VISITOR
from marketplace.cli.errors import plain_errors
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.indexing.runtime import SearchRuntime, runtime
from marketplace.indexing.service import indexed_batches
from marketplace.matching.classification import keep_name_vectors, measure_accuracy
from marketplace.matching.gap import gap_report
from marketplace.matching.service import match_text
from marketplace.matching.suggestions import EVERYTHING
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import title
from search.engine import EngineUnavailable
from search.evaluate import METRICS, EvaluationError, Mode, format_table, report, run_evaluation
from search.indicators.measure import FileError, measure, printed, read_needs, rows_of
from search.model_store import ModelUnavailable
from search.ranking import FEATURES


def tell_weights(found: SearchRuntime) -> None:
    """Say on stderr which weights rank, where they are not the program's own."""
    if found.ranking is not found.shipped_ranking:
        click.echo(f"ranking: weights learned from feedback, {found.learned_weights}", err=True)


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
    tell_weights(runtime())
    with current_app.test_request_context():
        outcome = match_text(db.session, runtime(), VISITOR, text, kind, limit)
        for position, match in enumerate(outcome.matches, 1):
            click.echo(f"{position:2}. [{match.level.name}] {match.listing.title}")
            if match.pair:
                asked, offered = match.pair
                click.echo(f"      {asked}\n      → {offered}")
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
@with_appcontext
@plain_errors()
def gap() -> None:
    """供给缺口: live needs without a result at 较强相关 or better, by field, with the nearest one."""
    report = gap_report(db.session(), runtime(), EVERYTHING, most=None)
    for row in (*report.fields, report.total):
        name = title(FIELD, row.field) or "合计"
        click.echo(f"{row.unanswered:5} / {row.needs:<5} {row.share:4.0%}  {name}")
    for need in report.needs:
        level = need.level.name if need.level is not None else "-"
        result = need.nearest.title if need.nearest is not None else ""
        click.echo(f"{need.demand.number}  {need.demand.title}\n    [{level}] {result}")


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


@search.command("learn")
@click.option("--dry-run", is_flag=True, help="Say what would be learned and write nothing.")
@click.option("--reset", is_flag=True, help="Go back to the weights of the program.")
@with_appcontext
@plain_errors()
def learn_ranking(dry_run: bool, reset: bool) -> None:
    """Learn ranking weights from feedback (合适 / 不合适) and signed introductions (对接).

    Ends with 1 and says why where the feedback should not be trusted; then the weights in use stay.
    """
    from marketplace.cli.learning import read_words
    from search.learn import Refused, learn, shipped_prior, write_learned  # SciPy is slow to import

    found = runtime()
    if reset:
        there = found.learned_weights.exists()
        found.learned_weights.unlink(missing_ok=True)
        click.echo("the weights of the program rank after a restart" if there else "nothing was learned")
        return
    tell_weights(found)
    shipped, name = found.shipped_ranking, found.model.name
    try:
        learned = learn(read_words(db.session, found), shipped, found.ranking, shipped_prior(shipped, name))
    except (Refused, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{learned.pairs} judged pairs, {learned.held_back} of them held back\n"
        f"log-loss of held-back pairs: {learned.loss_before:.4f} → {learned.loss_after:.4f}\n"
        f"distance from the shipped weights: {learned.distance:.2f} (at most {learned.bound:.2f})"
    )
    for feature, old, new in zip(FEATURES, shipped.weights, learned.model.weights, strict=True):
        click.echo(f"  {feature:8} {old:.4f} → {new:.4f}")
    if dry_run:
        click.echo("nothing is written (--dry-run)")
        return
    path = write_learned(
        learned, shipped, name, current_app.extensions["settings"].instance_path, clock.now()
    )
    click.echo(f"{path} is written; site and worker use it after a restart")


@search.command()
@with_appcontext
@plain_errors()
def classify() -> None:
    """How often 领域 and industry suggested for a listing hold what its author chose (top 1, top 3).

    Over the published listings that a visitor may read, each judged without itself.
    """
    with current_app.test_request_context():
        keep_name_vectors(runtime())
        for row in measure_accuracy(db.session, runtime(), VISITOR):
            click.echo(
                f"{row.vocabulary:10} {row.listings:5} listings  "
                f"top 1 {row.first:.3f}  top 3 {row.among_shown:.3f}"
            )


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
