"""After a load: no mail to people who do not exist, no reminder of what is long past."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from marketplace.core.jobs import Job
from marketplace.notifications.models import Mail, Notice
from seed_data.timeline import Loading

READ_AFTER = timedelta(days=14)


def last_ids(session: Session) -> dict[str, int]:
    """The last mail, notice and job there were before the load."""
    return {m.__tablename__: session.scalar(select(func.max(m.id))) or 0 for m in (Mail, Notice, Job)}


def end_quietly(loading: Loading, before: dict[str, int]) -> None:
    """Put away the mail this load queued and the jobs whose time was over; old notices count as read."""
    session = loading.session
    session.flush()
    session.execute(delete(Mail).where(Mail.id > before["mail"]))
    session.execute(delete(Job).where(Job.id > before["job"], Job.due_at <= loading.started))
    session.execute(
        update(Notice)
        .where(
            Notice.id > before["notice"],
            Notice.read_at.is_(None),
            Notice.created_at <= loading.started - READ_AFTER,
        )
        .values(read_at=Notice.created_at)
    )
    session.expire_all()
