"""What an officer types into the form of an announcement is kept until it is saved: for them alone."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.announcements import policy
from marketplace.announcements.models import Announcement, AnnouncementEdit
from marketplace.core import clock
from marketplace.core.errors import Conflict, NotAllowed


def find_edit(
    session: Session, reader: Reader, announcement: Announcement | None, *, lock: bool = False
) -> AnnouncementEdit | None:
    """Of this announcement, or of a new one."""
    query = select(AnnouncementEdit).where(
        AnnouncementEdit.person_id == reader.person_id,
        AnnouncementEdit.announcement_id == (announcement.id if announcement is not None else None),
    )
    return session.scalar(query.with_for_update() if lock else query)


def keep_edit(
    session: Session,
    reader: Reader,
    announcement: Announcement | None,
    fields: Mapping[str, str],
    version: int | None,
) -> AnnouncementEdit:
    """Put what stands in the form; Conflict where another tab did since ``version`` (None: all the same)."""
    if not policy.can_write(reader) or reader.person_id is None:
        raise NotAllowed("公告与政策由区科技局发布。")
    edit = find_edit(session, reader, announcement, lock=True)
    if edit is None:
        edit = AnnouncementEdit(
            person_id=reader.person_id,
            announcement_id=announcement.id if announcement is not None else None,
            version=0,
        )
        session.add(edit)
    elif version is not None and edit.version != version:
        raise Conflict("您在另一个窗口写过这份公告。为免覆盖，本页的文字没有存上，仍在本页。")
    edit.fields, edit.version, edit.updated_at = dict(fields), edit.version + 1, clock.now()
    session.flush()
    return edit


def drop_edit(session: Session, reader: Reader, announcement: Announcement | None) -> None:
    edit = find_edit(session, reader, announcement, lock=True)
    if edit is not None:
        session.delete(edit)
        session.flush()
