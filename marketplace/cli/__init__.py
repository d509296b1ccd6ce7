"""Commands: ``flask seed``, ``worker``, ``search …``, ``people …``, ``audit …``, ``docs …`` and ``serve``."""

from flask import Flask

from marketplace.cli.audit import audit
from marketplace.cli.docs import docs
from marketplace.cli.people import people
from marketplace.cli.search import search
from marketplace.cli.serve import serve
from marketplace.cli.site import seed, worker


def register_commands(app: Flask) -> None:
    for command in (seed, worker, search, people, audit, docs, serve):
        app.cli.add_command(command)
