"""Static files by content: the URL changes when the bytes do, so browsers may keep them for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import current_app, url_for


@lru_cache(maxsize=256)
def _digest(path: Path, modified_ns: int, size: int) -> str:
    """SHA-256 of the file, 16 hex digits; the stat values are in the key so that an edit is noticed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def asset_url(name: str) -> str:
    """URL of ``static/<name>`` with its content hash: ``/static/css/site.css?v=0123456789abcdef``.

    Raises FileNotFoundError for a name that is no file, so that a misspelt asset fails the page's test
    instead of answering 404 in a browser.
    """
    path = Path(current_app.static_folder or "") / name
    stat = path.stat()
    return url_for("static", filename=name, v=_digest(path, stat.st_mtime_ns, stat.st_size))
