"""What was purged leaves no bytes behind: SQLite overwrites deleted rows, and its log is emptied after.

``secure_delete`` (core.db) clears the pages themselves; older versions of them stand in the write-ahead
log until a checkpoint has truncated it. PostgreSQL looks after its pages by itself (VACUUM).
"""

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.jobs import prepares, schedule

EMPTY_LOG, SITE = "database.empty_log", "site"


def erase_soon(session: Session) -> None:
    """Call in the transaction that purges: the log is emptied right after it."""
    schedule(session, EMPTY_LOG, SITE, clock.now())


class LogInUse(RuntimeError):
    """Somebody is still reading an older state; the job comes again."""


@prepares(EMPTY_LOG)
def _empty_log(session: Session, _site: str) -> Any:
    """Works before the job's transaction: a checkpoint cannot run inside one."""
    session.rollback()
    if db.engine.dialect.name == "sqlite":
        connection = db.engine.raw_connection()
        try:
            busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        if busy:
            raise LogInUse
    return lambda session: None
