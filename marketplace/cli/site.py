"""``flask seed`` and ``flask worker``."""

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.cli.errors import plain_errors
from marketplace.core.db import transaction
from marketplace.indexing.runtime import runtime
from marketplace.indexing.worker import Worker, drain


@click.command()
@with_appcontext
@plain_errors()
def seed() -> None:
    """Load dictionaries and sample data (示例); loading again changes nothing."""
    from seed_data.loader import SeedError, load_seed  # only this command reads YAML

    settings = current_app.extensions["settings"]
    if settings.production:
        raise click.ClickException("sample people and their known password do not belong into production")
    try:
        with transaction() as session:
            counts = load_seed(session, settings.seed_password)
    except SeedError as error:
        raise click.ClickException(str(error)) from error
    click.echo("  ".join(f"{name}: {added} added, {total} in all" for name, (added, total) in counts.items()))


@click.command()
@click.option("--once", is_flag=True, help="Drain what is waiting and end.")
@click.option(
    "--parent", type=int, default=0, help="End when the process with this id is no longer the parent."
)
@with_appcontext
@plain_errors()
def worker(once: bool, parent: int) -> None:
    """Bring the index up to date, for as long as this process runs."""
    if once:
        click.echo(f"{drain(runtime())} listings indexed")
    else:
        Worker(runtime(), parent).run()
