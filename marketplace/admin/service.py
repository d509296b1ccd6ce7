"""The officer's queue: read it, take a line, keep a note, decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import Person, RoleAppointment
from marketplace.accounts.policy import Reader, reader_of
from marketplace.admin import policy
from marketplace.admin.choices import Act, Holder
from marketplace.admin.decisions import DECISIONS, KINDS
from marketplace.core import audit, clock
from marketplace.core.desk import DeskLine
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.core.formatting import zh_datetime
from marketplace.core.pagination import follows, key_moment, moment_key, read_cursor, write_cursor
from marketplace.notifications.service import notify
from marketplace.queue.choices import QueueKind
from marketplace.queue.models import QueueItem
from marketplace.queue.service import item_object

PAGE = 20
NOTE_LENGTH = 2000
DESK = 8  # lines of one kind on the desk


@dataclass(frozen=True, slots=True)
class QueueFilter:
    kind: QueueKind | None = None
    zone: str = ""
    holder: Holder = Holder.ANYONE


@dataclass(frozen=True, slots=True)
class QueuePage:
    items: Sequence[QueueItem]
    cursor: str | None  # of the next page


def check_officer(reader: Reader) -> None:
    if not reader.is_officer:
        raise NotAllowed("待办队列仅供科技局和开发区工作人员使用。")


def list_items(session: Session, reader: Reader, wanted: QueueFilter, after: str = "") -> QueuePage:
    """What waits in this officer's scope, the earliest due first."""
    check_officer(reader)
    rule = _waiting(reader, wanted)
    if (keys := read_cursor(after, 2)) is not None:
        rule = and_(rule, _behind(key_moment(keys[0]), keys[1]))
    rows = session.scalars(_ordered(rule).limit(PAGE + 1)).all()
    items, more = rows[:PAGE], len(rows) > PAGE
    cursor = write_cursor(moment_key(items[-1].due_at), items[-1].id) if more else None
    return QueuePage(items, cursor)


def _waiting(reader: Reader, wanted: QueueFilter) -> ColumnElement[bool]:
    rules = [policy.readable(reader, KINDS), QueueItem.closed_at.is_(None)]
    if wanted.kind is not None:
        rules.append(QueueItem.kind == wanted.kind)
    if wanted.zone:
        rules.append(QueueItem.zone == wanted.zone)
    if wanted.holder is Holder.MINE:
        rules.append(QueueItem.assigned_to_id == reader.person_id)
    elif wanted.holder is Holder.NOBODY:
        rules.append(QueueItem.assigned_to_id.is_(None))
    return and_(*rules)


def _behind(due_at: datetime, item_id: int) -> ColumnElement[bool]:
    return follows(((QueueItem.due_at, due_at, False), (QueueItem.id, item_id, False)))


def _ordered(rule: ColumnElement[bool]) -> Select[QueueItem]:
    return select(QueueItem).where(rule).order_by(QueueItem.due_at, QueueItem.id)


def neighbours(
    session: Session, reader: Reader, wanted: QueueFilter, item: QueueItem
) -> tuple[QueueItem | None, QueueItem | None]:
    """The lines before and after this one in the same list; after the last one comes none."""
    rule = _waiting(reader, wanted)
    later = session.scalar(_ordered(and_(rule, _behind(item.due_at, item.id))).limit(1))
    before = or_(
        QueueItem.due_at < item.due_at, and_(QueueItem.due_at == item.due_at, QueueItem.id < item.id)
    )
    earlier = session.scalar(
        select(QueueItem).where(rule, before).order_by(QueueItem.due_at.desc(), QueueItem.id.desc()).limit(1)
    )
    return earlier, later


def get_item(session: Session, reader: Reader, public_id: str, *, lock: bool = False) -> QueueItem:
    """The line, also a closed one; NotFound where it is out of this reader's scope."""
    query = select(QueueItem).where(QueueItem.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    item = session.scalar(query)
    if item is None or not policy.can_read(reader, item, KINDS):
        raise NotFound("没有找到这项待办，或它不在您的管理范围内。")
    return item


def find_item(session: Session, reader: Reader, public_id: str) -> QueueItem | None:
    try:
        return get_item(session, reader, public_id)
    except NotFound:
        return None


def _item_to_decide(session: Session, reader: Reader, public_id: str, *, lock: bool = False) -> QueueItem:
    item = get_item(session, reader, public_id, lock=lock)
    if item.closed_at is not None:
        raise Conflict(f"{what_happened(session, item)}您的操作没有执行。")
    if not policy.can_decide(reader, item, KINDS):
        raise NotAllowed("监督人员可查看全部待办，不作决定。")
    return item


def what_happened(session: Session, item: QueueItem) -> str:
    """Who closed this line, when, and how its object stands now."""
    assert item.closed_at is not None
    person = session.get(Person, item.closed_by_id) if item.closed_by_id else None
    decision = DECISIONS[item.kind]
    subject = decision.load(session, item.object_id)
    state = f"，现状态为“{decision.state(subject)}”" if subject is not None else ""
    who = person.name if person else "系统"
    return f"“{item.title}”已由{who}于 {zh_datetime(item.closed_at)} 处理{state}。"


def decide(session: Session, reader: Reader, public_id: str, act: Act, text: str, seen: str = "") -> str:
    """Agree to or send back what waits; return what was done. ``seen`` is the version that was shown."""
    # Not locked: who takes it back locks the object first, and so does the decision.
    item, started = _item_to_decide(session, reader, public_id), clock.now()
    decision = DECISIONS[item.kind]
    subject = decision.load(session, item.object_id)
    if subject is None:
        raise Conflict(f"“{item.title}”已不存在。")
    if seen and seen != decision.version(session, subject):
        raise Conflict(f"“{item.title}”在您查看之后有变化，请重新查看。您的操作没有执行。")
    if act is Act.APPROVE:
        decision.approve(session, reader, subject, text.strip())
    else:
        decision.send_back(session, reader, subject, text.strip())
    session.flush()
    session.refresh(item)
    closed = item.closed_at is not None and item.closed_at >= started
    if not closed and not decision.may_stay:  # taken back and sent anew just before
        raise Conflict(f"“{item.title}”的内容刚刚变过，请重新查看。您的操作没有执行。")
    return f"“{item.title}”{decision.approved if act is Act.APPROVE else decision.returned}。"


def decide_in_batch(session: Session, reader: Reader, public_id: str, act: Act, text: str) -> str:
    """One of several; what needs words of its own is decided one by one."""
    item = get_item(session, reader, public_id)
    if DECISIONS[item.kind].answers:
        raise InvalidInput(f"{item.kind.title}须逐条答复，未处理。")
    return decide(session, reader, public_id, act, text)


def save_note(session: Session, reader: Reader, public_id: str, note: str, version: int) -> QueueItem:
    """Keep what the officer has begun to write; Conflict where somebody else wrote since ``version``."""
    item = _item_to_decide(session, reader, public_id, lock=True)
    if version != item.note_version and note != item.note:
        writer = session.get(Person, item.note_by_id) if item.note_by_id else None
        who = writer.name if writer is not None and writer.id != reader.person_id else "您在另一个窗口"
        raise Conflict(f"{who}刚刚修改过这条意见。为免覆盖，您的文字没有存上，仍在本页。")
    if note != item.note:
        if len(note) > NOTE_LENGTH:
            raise InvalidInput(f"最多 {NOTE_LENGTH} 个字。", field="note")
        item.note, item.note_version, item.note_by_id = note, item.note_version + 1, reader.person_id
        session.flush()
    return item


def assign(session: Session, reader: Reader, public_id: str, person_id: int | None) -> str:
    """Give a line to an officer of its scope, or to nobody; return what was done."""
    item = _item_to_decide(session, reader, public_id, lock=True)
    officer = None
    if person_id is not None:
        officer = next((p for p in officers_for(session, item) if p.id == person_id), None)
        if officer is None:
            raise InvalidInput("请从列表中选择有权处理的工作人员。", field="assigned_to")
    if item.assigned_to_id != person_id:
        item.assigned_to_id = person_id
        detail = {"to": person_id}
        audit.record(session, reader.person_id, "queue_item.assign", item_object(item), detail)
        if officer is not None and officer.id != reader.person_id:
            notify(session, [officer.id], f"请处理：{item.title}", "", item_path(item), urgent=True)
    return f"“{item.title}”已分派给{officer.name}。" if officer else f"“{item.title}”已取消分派。"


def officers_for(session: Session, item: QueueItem) -> Sequence[Person]:
    """Who may decide on this line: the officers of its zone and the district's."""
    district = RoleAppointment.level == OfficerLevel.DISTRICT
    zone = and_(RoleAppointment.level == OfficerLevel.ZONE, RoleAppointment.zone == item.zone)
    return session.scalars(
        select(Person)
        .join(RoleAppointment)
        .where(
            Person.active,
            RoleAppointment.role == Appointment.OFFICER,
            RoleAppointment.ended_at.is_(None),
            district if item.kind in policy.DISTRICT_ONLY else or_(district, zone),
        )
        .order_by(Person.name, Person.id)
    ).all()


def officers_of_scope(session: Session, reader: Reader) -> Sequence[Person]:
    """To whom this officer may give lines, whichever zone they are of."""
    officers = session.scalars(
        select(Person)
        .join(RoleAppointment)
        .where(Person.active, RoleAppointment.role == Appointment.OFFICER, RoleAppointment.ended_at.is_(None))
        .order_by(Person.name, Person.id)
    ).all()
    deciding = [(person, reader_of(person)) for person in officers]
    return [
        person
        for person, other in deciding
        if other.officer_level is OfficerLevel.DISTRICT
        or (
            other.officer_level is OfficerLevel.ZONE
            and (reader.officer_level is OfficerLevel.DISTRICT or other.officer_zone == reader.officer_zone)
        )
    ]


def item_path(item: QueueItem) -> str:
    return f"/queue/{item.public_id}"


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """For an officer's desk: what is mine or overdue, line by line, and how much nobody has taken."""
    if reader.officer_level not in (OfficerLevel.DISTRICT, OfficerLevel.ZONE):
        return []
    rule, now = policy.decidable(reader, KINDS), clock.now()
    mine = QueueItem.assigned_to_id == reader.person_id
    late = and_(QueueItem.due_at <= now, QueueItem.assigned_to_id.is_(None))
    rows = session.scalars(_ordered(and_(rule, or_(mine, late))).limit(DESK))
    lines = [DeskLine(f"处理{row.kind.title}", row.title, item_path(row), row.due_at) for row in rows]
    free = session.scalars(_ordered(and_(rule, QueueItem.assigned_to_id.is_(None), QueueItem.due_at > now)))
    waiting = free.all()
    if waiting:
        path = f"/queue?holder={Holder.NOBODY.value}"
        lines.append(DeskLine("领取待办", f"{len(waiting)} 项未分派", path, waiting[0].due_at))
    return lines
