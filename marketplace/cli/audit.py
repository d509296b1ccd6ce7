"""``flask audit verify``."""

import sys

import click
from flask.cli import with_appcontext

from marketplace.cli.errors import plain_errors
from marketplace.core.audit import first_break
from marketplace.core.db import db


@click.group()
def audit() -> None:
    """The append-only record of grave acts."""


@audit.command()
@with_appcontext
@plain_errors()
def verify() -> None:
    """Check the whole chain; exit 1 and print the seq where it breaks."""
    broken = first_break(db.session)
    if broken is not None:
        click.echo(f"the audit chain breaks at seq {broken}")
        sys.exit(1)
    click.echo("the audit chain is whole")
