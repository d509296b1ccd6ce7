"""Who may read an announcement: each rule once as Python, once as SQL, with the same answer."""

from sqlalchemy import ColumnElement, true

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.announcements.choices import AnnouncementStatus
from marketplace.announcements.models import Announcement


def can_read(reader: Reader, announcement: Announcement) -> bool:
    """Everybody what is published; the district's officers and 监督 also drafts and what was withdrawn."""
    return reader.reads_everything or announcement.status is AnnouncementStatus.PUBLISHED


def readable(reader: Reader) -> ColumnElement[bool]:
    """``can_read`` in SQL."""
    return true() if reader.reads_everything else Announcement.status == AnnouncementStatus.PUBLISHED


def can_write(reader: Reader) -> bool:
    return reader.officer_level is OfficerLevel.DISTRICT
