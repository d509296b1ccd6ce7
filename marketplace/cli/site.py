"""``flask seed`` and ``flask worker``."""

import os
import sys
import time

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.cli.errors import plain_errors
from marketplace.core.db import transaction
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import SETTLED
from marketplace.notifications.delivery import send_waiting
from marketplace.notifications.transports import Unreachable
from marketplace.worker.lanes import Worker, do_due_jobs, drain


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
@click.option("--once", is_flag=True, help="Do what is waiting and end.")
@click.option(
    "--parent", type=int, default=0, help="End when the process with this id is no longer the parent."
)
@with_appcontext
@plain_errors()
def worker(once: bool, parent: int) -> None:
    """Index changes, do what is due and send mail, for as long as this process runs."""
    if once:
        _do_once()
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy
    if not Worker(app, parent).run():
        sys.stderr.flush()
        os._exit(0)  # a lane hangs, as in a slow server; what it held comes back with the next start


def _do_once() -> None:
    listings = drain(runtime())
    if listings:
        time.sleep(SETTLED.total_seconds())  # then the matches of what was indexed are due
    jobs = do_due_jobs()
    try:
        mails = send_waiting()
    except Unreachable as error:
        raise click.ClickException(
            f"the mail server cannot be reached ({error}); the mails stay and are sent later"
        ) from error
    click.echo(f"{listings} listings indexed, {jobs} jobs done, {mails} mails sent")
