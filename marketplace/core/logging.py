"""Structured logs to stderr; never a pasted text, a query string or a form."""

import logging
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from config import Settings

log = structlog.get_logger("web")


def configure_logging(settings: Settings) -> None:
    level = logging.getLevelName(settings.log_level)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def shown_path() -> str:
    """The path without its query (what people search for is theirs), and without a mailed link's secret."""
    if request.view_args and "token" in request.view_args and request.url_rule is not None:
        return str(request.url_rule.rule)
    return request.path


def log_requests(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def write(response: Response) -> Response:
        if request.endpoint != "static":
            log.info(
                "request",
                method=request.method,
                path=shown_path(),
                status=response.status_code,
                milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response

    def log_exception(exc_info: Any) -> None:
        log.error("exception", method=request.method, path=shown_path(), exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]  # Flask's hook: with the request's id
