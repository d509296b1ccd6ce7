"""The site's own jobs: the nightly sweep of what nobody needs any more."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from marketplace.core import clock, files, jobs
from marketplace.core.jobs import handles, schedule
from marketplace.notifications import delivery, service

log = structlog.get_logger()

SWEEP, SITE = "site.sweep", "site"
SWEEP_HOUR = 3  # in Shanghai, when hardly anybody works
NOTICES_KEPT = timedelta(days=365)  # after they were read
MAIL_KEPT = JOBS_KEPT = timedelta(days=90)


def next_night(moment: datetime) -> datetime:
    """The next 03:00 in Shanghai after this moment."""
    local = moment.astimezone(clock.SHANGHAI)
    night = local.replace(hour=SWEEP_HOUR, minute=0, second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)


def schedule_sweep(session: Session) -> None:
    schedule(session, SWEEP, SITE, next_night(clock.now()))


@handles(SWEEP, slow=True)
def sweep(session: Session, _site: str) -> None:
    """Remove orphaned files and old rows, and come again tomorrow."""
    now = clock.now()
    removed = {
        "files": files.sweep_orphans(session),
        "notices": service.forget_read(session, now - NOTICES_KEPT),
        "mails": delivery.forget_sent(session, now - MAIL_KEPT),
        "jobs": jobs.forget_done(session, now - JOBS_KEPT),
    }
    schedule_sweep(session)
    log.info("site.swept", **removed)
