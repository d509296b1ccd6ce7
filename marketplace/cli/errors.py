"""What can go wrong on a newcomer's machine, as one line that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError

from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

DISK_FULL = "the disk is full: free some space and start again"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the errors of a machine, not of the program, into a ClickException; also a decorator."""
    try:
        yield
    except (EngineUnavailable, ModelUnavailable) as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        reason = str(error.orig)
        if "full" in reason:
            raise click.ClickException(DISK_FULL) from error
        advice = " (run `flask db upgrade` first)" if "no such table" in reason else ""
        raise click.ClickException(f"the database does not answer: {reason}{advice}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise click.ClickException(DISK_FULL) from error
        raise click.ClickException(f"{error.strerror}: {error.filename or ''}".strip(": ")) from error
