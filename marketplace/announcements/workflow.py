"""The life of an announcement: 草稿 → 已发布 → 已撤下, and back to a draft."""

from sqlalchemy.orm import Session

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import Reader
from marketplace.announcements.choices import AnnouncementStatus
from marketplace.announcements.models import Announcement
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine


class AnnouncementAction(Choice):
    PUBLISH = "publish", "发布"
    WITHDRAW = "withdraw", "撤下"
    REOPEN = "reopen", "重新编辑"


def _district(actor: Reader, announcement: Announcement) -> bool:
    return actor.officer_level is OfficerLevel.DISTRICT


def _incomplete(session: Session, announcement: Announcement) -> str | None:
    missing = [
        name
        for name, value in (("正文", announcement.body), ("发文单位", announcement.issuer))
        if not value.strip()
    ]
    return f"发布前请填写{'、'.join(missing)}。" if missing else None


def _publish(announcement: Announcement, reason: str) -> None:
    announcement.published_at = clock.now()


TRANSITIONS: tuple[Transition[Reader, Announcement], ...] = (
    Transition(
        AnnouncementAction.PUBLISH,
        frozenset({AnnouncementStatus.DRAFT}),
        AnnouncementStatus.PUBLISHED,
        _district,
        guard=_incomplete,
        guard_text="正文和发文单位已填写",
        effect=_publish,
        actor="区局",
    ),
    Transition(
        AnnouncementAction.WITHDRAW,
        frozenset({AnnouncementStatus.PUBLISHED}),
        AnnouncementStatus.WITHDRAWN,
        _district,
        needs_reason=True,
        actor="区局",
    ),
    Transition(
        AnnouncementAction.REOPEN,
        frozenset({AnnouncementStatus.WITHDRAWN}),
        AnnouncementStatus.DRAFT,
        _district,
        actor="区局",
    ),
)
declare_machine(
    "announcement", Machine("公告与政策", AnnouncementStatus, AnnouncementStatus.DRAFT, TRANSITIONS)
)
