"""Word to the officers before a line of the queue is due, once."""

from sqlalchemy.orm import Session

from marketplace.admin.service import item_path, officers_for
from marketplace.core import clock
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import handles
from marketplace.notifications.service import notify
from marketplace.queue.models import QueueItem
from marketplace.queue.service import REMIND


@handles(REMIND)
def remind(session: Session, obj: str) -> None:
    """To whom the line is given, else to all who may decide it; nothing once it is closed."""
    item = session.get(QueueItem, int(obj.partition(":")[2]))
    if item is None or item.closed_at is not None:
        return
    people = [item.assigned_to_id]
    if item.assigned_to_id is None:
        people = [person.id for person in officers_for(session, item)]
    late = item.due_at <= clock.now()
    title = f"{'已逾期' if late else '即将到期'}：{item.title}"
    text = f"{item.kind.title}，办理期限 {zh_deadline(item.due_at)}。"
    notify(session, people, title, text, item_path(item), urgent=True)
