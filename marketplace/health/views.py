"""For machines that watch the site."""

from typing import Any

from flask import Blueprint, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core.db import db
from marketplace.core.jobs import due_count
from marketplace.core.permissions import Access, access
from marketplace.indexing.runtime import runtime
from marketplace.indexing.service import pending
from marketplace.notifications.delivery import waiting_count
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(Access.PUBLIC)
def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@access(Access.PUBLIC)
def readyz() -> tuple[dict[str, Any], int]:
    """The database answers. Trouble with the engine is named and is no reason to take the site out.

    ``outbox``, ``jobs`` and ``mail`` count what waits for the worker; ``mail_goes_to`` is ``folder``
    where no mail server is set, in production as well.
    """
    try:
        db.session.execute(text("SELECT 1"))
        waiting = {"outbox": pending(), "jobs": due_count(), "mail": waiting_count()}
    except SQLAlchemyError as error:
        return {"status": "database unavailable", "error": type(error).__name__}, 503
    engine = "ok"
    try:
        runtime().engine.passages([])
    except (EngineUnavailable, ModelUnavailable) as error:
        engine = f"unavailable: {type(error).__name__}"
    goes_to = "smtp" if current_app.extensions["settings"].smtp_host else "folder"
    return {"status": "ok", "engine": engine, **waiting, "mail_goes_to": goes_to}, 200
