"""代填: an enterprise confirms by a mailed link what a broker or officer entered for it.

The link is signed, and holds how many days it is good for and a hash of the content: an edit kills it.
"""

import hashlib
from datetime import timedelta
from math import ceil

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock
from marketplace.core.checks import require
from marketplace.core.errors import Conflict, NotAllowed, NotFound, TooMany
from marketplace.core.formatting import zh_datetime
from marketplace.demands import policy
from marketplace.demands.models import Demand
from marketplace.demands.service import DEMAND_DATA, data_of_demand, move_demand
from marketplace.listings.choices import ListingStatus
from marketplace.listings.service import Review, listing_path, record_review
from marketplace.listings.workflow import ListingAction
from marketplace.notifications.models import Mail
from marketplace.notifications.service import absolute, notify, send_mail
from marketplace.taxonomy.rules import Rule, number_of

PAUSE = timedelta(minutes=10)  # before the same link is mailed again
PER_HOUR = 5  # confirmation mails to one address that somebody had sent again
SUBJECT = "【滨海科创对接】请确认代填的技术需求"
UNSENT = (ListingStatus.DRAFT, ListingStatus.RETURNED)
NAME_LENGTH, REPLY_LENGTH = 40, 400

MAIL = """您好：

{person}在滨海科创对接平台代“{organisation}”填写了一项技术需求：

  {title}

请打开下面的链接核对全文。核对无误请确认提交，需要修改请写明意见退回；未经贵单位确认，这项需求不会发布。

{link}

链接 {days} 天内有效，内容修改后自动失效。如不知情，请不必理会或退回说明。
"""


def _serializer() -> URLSafeTimedSerializer:
    key = current_app.secret_key
    assert key is not None  # create_app sets it
    return URLSafeTimedSerializer(key, salt="demand-confirmation")


def _content_hash(demand: Demand) -> str:
    return hashlib.sha256(DEMAND_DATA.dump_json(data_of_demand(demand))).hexdigest()[:32]


def confirmation_token(demand: Demand, days: int) -> str:
    return str(_serializer().dumps([demand.id, _content_hash(demand), days]))


def send_confirmation(session: Session, actor: Reader, demand: Demand) -> None:
    """Mail the link to the enterprise; an earlier answer is forgotten."""
    if not policy.has_entered(actor, demand):
        raise NotAllowed("只有填写人可以寄送确认链接。")
    if demand.status not in UNSENT or demand.confirmed_at is not None:
        raise Conflict("这项需求已确认或已提交，不需要再寄送链接。")
    demand.confirmation_sent_at, demand.confirmation_reply = clock.now(), ""
    session.flush()
    assert demand.entered_by is not None  # has_entered
    days = number_of(session, Rule.DEMAND_CONFIRMATION)
    body = MAIL.format(
        person=demand.entered_by.name,
        organisation=demand.organisation.name,
        title=demand.title,
        link=absolute(f"/confirm/{confirmation_token(demand, days)}"),
        days=days,
    )
    send_mail(session, demand.confirmation_email, SUBJECT, body)
    audit.record(session, actor.person_id, "demand.confirmation_sent", f"demand:{demand.id}")


def resend_confirmation(session: Session, actor: Reader, demand: Demand) -> None:
    """Mail the link once more; TooMany where the enterprise has just had it, or has had many."""
    session.refresh(demand, with_for_update=True)
    sent_at = demand.confirmation_sent_at
    if sent_at is not None and (left := sent_at + PAUSE - clock.now()) > timedelta(0):
        minutes = int(PAUSE.total_seconds()) // 60
        raise TooMany(
            f"确认链接刚在 {zh_datetime(sent_at)} 寄到 {demand.confirmation_email}，"
            f"{minutes} 分钟内不重复寄送。请企业先查看垃圾邮件；邮箱写错了，可在“草稿”里修改后再送。",
            ceil(left.total_seconds()),
        )
    if _mailed_lately(session, demand.confirmation_email) >= PER_HOUR:
        raise TooMany(
            f"一小时内已向 {demand.confirmation_email} 寄出 {PER_HOUR} 封确认邮件，请稍后再寄。", 3600
        )
    send_confirmation(session, actor, demand)


def _mailed_lately(session: Session, email: str) -> int:
    number = session.scalar(
        select(func.count()).where(
            Mail.recipient == email.strip().lower(),
            Mail.subject == SUBJECT,
            Mail.created_at > clock.now() - timedelta(hours=1),
        )
    )
    return int(number or 0)


def demand_of_token(session: Session, token: str, *, lock: bool = False) -> Demand:
    """The need that a link is about; NotFound for a forged, old or outdated one says what to do."""
    try:
        (demand_id, content, days), sent_at = _serializer().loads(token, return_timestamp=True)
    except (BadSignature, ValueError, TypeError):
        raise NotFound("确认链接不正确，请从邮件中完整复制。") from None
    if clock.now() >= sent_at + timedelta(days=days):
        raise NotFound("确认链接已过期，请联系填写人重新寄送。")
    query = select(Demand).where(Demand.id == demand_id)
    demand = session.scalar(query.with_for_update(of=Demand) if lock else query)
    if demand is None or demand.entered_by_id is None:
        raise NotFound("这项需求已不存在。")
    if _content_hash(demand) != content:
        raise NotFound("需求内容已修改，这个链接不再有效，请使用最新邮件中的链接。")
    return demand


def _check_open(demand: Demand) -> None:
    if demand.confirmation_sent_at is None or demand.status not in UNSENT:
        raise Conflict("这项需求已退回或正在处理，修改后会寄来新的确认链接。")


def require_name(name: str) -> str:
    """The name of who confirms, tidied; InvalidInput where it is missing or too long."""
    name = name.strip()
    require(bool(name), "请填写确认人姓名。", "name")
    require(len(name) <= NAME_LENGTH, f"最多 {NAME_LENGTH} 个字。", "name")
    return name


def confirm_demand(session: Session, demand: Demand, name: str, review: Review) -> bool:
    """File the need in the enterprise's name; False where that was done before."""
    if demand.confirmed_at is not None:
        return False
    _check_open(demand)
    name = require_name(name)
    holder = Reader(confirms_demand_id=demand.id)
    record_review(session, holder, demand, review)
    moved = move_demand(session, holder, demand, ListingAction.CONFIRM)
    moved.confirmed_at, moved.confirmed_by = clock.now(), name
    session.flush()
    _tell(session, moved, f"企业已确认：{moved.title}", "需求已提交审核。")
    return True


def decline_demand(session: Session, demand: Demand, reply: str) -> None:
    """Send the need back to who entered it; the link ends with it."""
    if demand.confirmed_at is not None:
        raise Conflict("这项需求已经确认提交，不能再退回；需要修改请联系填写人。")
    _check_open(demand)
    reply = reply.strip()
    require(bool(reply), "请写明需要修改什么。", "reply")
    require(len(reply) <= REPLY_LENGTH, f"最多 {REPLY_LENGTH} 个字。", "reply")
    demand.confirmation_reply, demand.confirmation_sent_at = reply, None
    audit.record(session, None, "demand.confirmation_declined", f"demand:{demand.id}")
    _tell(session, demand, f"企业退回修改：{demand.title}", f"意见：{reply}")


def _tell(session: Session, demand: Demand, title: str, body: str) -> None:
    notify(session, [demand.entered_by_id], title[:160], body, listing_path(demand), urgent=True)
