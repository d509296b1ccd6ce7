"""Deny by default: a route without a declared rule answers 403, and a test fails it.

Object-level rights are the features' policies; a rule here only says who may call the route at all.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user

from marketplace.core.choices import Choice

F = TypeVar("F", bound=Callable[..., Any])


class Access(Choice):
    PUBLIC = "public", "任何人"
    LOGGED_IN = "logged_in", "已登录"
    DEVELOPMENT = "development", "仅开发环境"


def access(rule: Access) -> Callable[[F], F]:
    """Declare who may call a view; put it directly above the function."""

    def declare(view: F) -> F:
        view.access_rule = rule  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> Access | None:
    if endpoint == "static":
        return Access.PUBLIC
    return getattr(app.view_functions.get(endpoint), "access_rule", None)


def enforce_access() -> None:
    if request.endpoint is None:  # no route: the router's 404 or 405 follows
        return
    match rule_of(current_app, request.endpoint):
        case Access.PUBLIC:
            return
        case Access.LOGGED_IN if current_user.is_authenticated:
            return
        case Access.LOGGED_IN:
            abort(current_app.login_manager.unauthorized())  # type: ignore[attr-defined]  # Flask-Login
        case Access.DEVELOPMENT if not current_app.extensions["settings"].production:
            return
        case Access.DEVELOPMENT:
            abort(404)
    abort(403)
