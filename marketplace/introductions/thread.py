"""The talk of two sides after acceptance."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.checks import require
from marketplace.core.errors import NotAllowed
from marketplace.introductions import policy
from marketplace.introductions.models import Introduction, IntroductionMessage
from marketplace.introductions.moves import people_of
from marketplace.introductions.service import path_of
from marketplace.notifications.service import notify

MAX_TEXT = 2000


def write_message(
    session: Session, actor: Reader, introduction: Introduction, text: str
) -> IntroductionMessage:
    """Add a line and tell the others that there is one; the text itself stays on the site."""
    side = policy.side_of(actor, introduction)
    if side is None or actor.person_id is None or not policy.can_write(actor, introduction):
        raise NotAllowed("只有对接双方和协助人可以留言，且须在接受对接之后。")
    text = text.strip()
    require(bool(text), "请写下留言。", "text")
    require(len(text) <= MAX_TEXT, f"最多 {MAX_TEXT} 个字（现有 {len(text)} 个字）。", "text")
    message = IntroductionMessage(introduction=introduction, author_id=actor.person_id, side=side, text=text)
    session.add(message)
    session.flush()
    for _, person_id, organisation_id in people_of(introduction):
        if person_id != actor.person_id:
            notify(
                session,
                [person_id],
                f"对接有新留言：{introduction.asked_for.title}",
                f"对接编号 {introduction.number}。请登录查看留言。",
                path_of(introduction),
                organisation_id=organisation_id,
                urgent=True,
            )
    return message
