"""Links to pages of features that build on this one, named by endpoint."""

from flask import current_app, url_for


def url_if(endpoint: str, **values: str) -> str | None:
    """The address of a page, where this site has it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
