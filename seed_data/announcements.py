"""Load the sample announcements through their services; what is there already is left alone."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from marketplace.announcements.choices import AnnouncementStatus
from marketplace.announcements.models import Announcement
from marketplace.announcements.service import AnnouncementData, create_announcement, move_announcement
from marketplace.announcements.workflow import AnnouncementAction
from marketplace.core import clock
from seed_data.check import read
from seed_data.schema import SeedAnnouncement
from seed_data.timeline import Event, Loading

FILE = Path(__file__).parent / "announcements.yaml"
# The steps that bring a draft to the state the file asks for.
STEPS: dict[AnnouncementStatus, tuple[AnnouncementAction, ...]] = {
    AnnouncementStatus.DRAFT: (),
    AnnouncementStatus.PUBLISHED: (AnnouncementAction.PUBLISH,),
    AnnouncementStatus.WITHDRAWN: (AnnouncementAction.PUBLISH, AnnouncementAction.WITHDRAW),
}


def announcement_events(loading: Loading) -> list[Event]:
    known = set(loading.session.scalars(select(Announcement.seed_key)))
    return [
        Event(item.published_days_ago, item.key, partial(_load, loading, item))
        for item in read(FILE, SeedAnnouncement)
        if item.key not in known
    ]


def _load(loading: Loading, item: SeedAnnouncement) -> None:
    session, officer = loading.session, loading.officer
    until = None
    if item.effective_days is not None:
        last = clock.now() + timedelta(days=item.effective_days + item.published_days_ago)
        until = last.astimezone(clock.SHANGHAI).date()
    data = AnnouncementData(
        kind=item.kind,
        title=item.title,
        body=item.body,
        issuer=item.issuer,
        document_number=item.document_number,
        effective_until=until,
        pinned=item.pinned,
        sample=True,
        seed_key=item.key,
    )
    announcement = create_announcement(session, officer, data)
    for action in STEPS[item.status]:
        reason = "示例：内容有误，另行发布" if action is AnnouncementAction.WITHDRAW else ""
        move_announcement(session, officer, announcement, action, reason)
