"""The mails about accounts: each is whole text, and each address gets only so many in an hour."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.tokens import Purpose, make_token
from marketplace.core import clock
from marketplace.core.formatting import zh_datetime
from marketplace.notifications.models import Mail
from marketplace.notifications.service import absolute, send_mail

PREFIX = "【滨海科创对接】"
CONFIRM = f"{PREFIX}请确认您的邮箱"
KNOWN = f"{PREFIX}您的邮箱已有账号"
UNKNOWN = f"{PREFIX}您的邮箱还没有账号"
RESET = f"{PREFIX}重设密码"
CHANGE_EMAIL = f"{PREFIX}确认新的邮箱"
TAKEN = f"{PREFIX}这个邮箱已用于另一个账号"
ASKED_FOR = (CONFIRM, KNOWN, UNKNOWN, RESET, CHANGE_EMAIL, TAKEN)  # anybody can cause these
NOT_YOU = "如果不是您本人操作，不必理会本邮件，您的账号不受影响。"


def may_mail(session: Session, email: str) -> bool:
    """Whether this address may get another mail that anybody can cause; counted over an hour."""
    sent = session.scalar(
        select(func.count()).where(
            Mail.recipient == email,
            Mail.created_at > clock.now() - timedelta(hours=1),
            Mail.subject.in_(ASKED_FOR),
        )
    )
    limit: int = current_app.extensions["settings"].account_mails
    return int(sent or 0) < limit


def _send(session: Session, email: str, subject: str, *paragraphs: str) -> bool:
    if not may_mail(session, email):
        return False
    send_mail(session, email, subject, "\n\n".join(paragraphs) + "\n")
    return True


def mail_confirmation(session: Session, person: Person, going_to: str = "") -> bool:
    """The link that confirms a registration and leads on; False where the address has had its share."""
    hours = current_app.extensions["settings"].confirm_link_hours
    path = f"/register/confirm/{make_token(person, Purpose.CONFIRM, person.email)}"
    if going_to:
        path += f"?{urlencode({'next': going_to})}"
    return _send(
        session,
        person.email,
        CONFIRM,
        f"{person.name}，您好！有人用这个邮箱注册了滨海科创对接的账号。",
        f"如果是您本人，请在 {hours} 小时内打开下面的链接，确认邮箱后即可登录：\n{absolute(path)}",
        "如果不是您本人操作，请不要打开链接；没有您的确认，这个账号不能使用，并会在 7 天后删除。",
    )


def mail_known(session: Session, person: Person) -> bool:
    """To the owner of an account whose address somebody registers again."""
    return _send(
        session,
        person.email,
        KNOWN,
        f"{person.name}，您好！有人用这个邮箱申请注册或确认，而它已有账号，可以直接登录：\n{absolute('/login')}",
        f"如果您忘记了密码，可以在这里重设：\n{absolute('/password/forgot')}",
        NOT_YOU,
    )


def mail_unknown(session: Session, email: str) -> bool:
    """To an address without an account for which somebody asked for a link."""
    return _send(
        session,
        email,
        UNKNOWN,
        "您好！有人申请把重设密码或确认邮箱的链接发到这个邮箱，但它在滨海科创对接还没有账号。",
        f"您可能是用另一个邮箱注册的；也可以现在注册：\n{absolute('/register')}",
        "如果不是您本人操作，不必理会本邮件，我们没有保存您的邮箱用于其他用途。",
    )


def mail_reset(session: Session, person: Person) -> bool:
    minutes = current_app.extensions["settings"].reset_link_minutes
    path = f"/password/reset/{make_token(person, Purpose.RESET, person.email)}"
    return _send(
        session,
        person.email,
        RESET,
        f"{person.name}，您好！有人申请重设您的密码。",
        f"如果是您本人，请在 {minutes} 分钟内打开下面的链接，设置新密码：\n{absolute(path)}",
        NOT_YOU,
    )


def mail_new_address(session: Session, person: Person, email: str) -> bool:
    """The link that moves an account to the address which this mail reaches."""
    hours = current_app.extensions["settings"].confirm_link_hours
    path = f"/account/email/confirm/{make_token(person, Purpose.CHANGE_EMAIL, email)}"
    return _send(
        session,
        email,
        CHANGE_EMAIL,
        f"{person.name}，您好！您申请把账号的登录邮箱换成这个邮箱。",
        f"请在 {hours} 小时内打开下面的链接确认；在此之前仍用原来的邮箱登录：\n{absolute(path)}",
        NOT_YOU,
    )


def mail_taken(session: Session, owner: Person) -> bool:
    """To the owner of an account whose address another account asked for."""
    return _send(
        session,
        owner.email,
        TAKEN,
        f"{owner.name}，您好！有人申请把另一个账号的登录邮箱换成这个邮箱，而它已是您这个账号的登录邮箱，所以没有更换。",
        f"一个邮箱只能用于一个账号。如果您忘记了密码，可以在这里重设：\n{absolute('/password/forgot')}",
        NOT_YOU,
    )


def tell_password_changed(session: Session, person: Person) -> None:
    """Always sent: the owner must hear of it."""
    send_mail(
        session,
        person.email,
        f"{PREFIX}您的密码已修改",
        f"{person.name}，您好！您的密码已于 {zh_datetime(clock.now())} 修改，其他设备上的登录已全部退出。\n\n"
        f"如果不是您本人操作，请立即重设密码：\n{absolute('/password/forgot')}\n",
    )


def tell_email_changed(session: Session, person: Person, before: str) -> None:
    """To the address that was left, always sent; it does not name the new one."""
    send_mail(
        session,
        before,
        f"{PREFIX}您的登录邮箱已更换",
        f"{person.name}，您好！您账号的登录邮箱已于 {zh_datetime(clock.now())} 更换，"
        "这个邮箱不能再用于登录。\n\n"
        "如果不是您本人操作，请尽快联系平台工作人员。\n",
    )


def tell_account_closed(session: Session, email: str, name: str) -> None:
    """The last mail to this address."""
    send_mail(
        session,
        email,
        f"{PREFIX}您的账号已注销",
        f"{name}，您好！您的账号已于 {zh_datetime(clock.now())} 注销，个人资料已清除，不能恢复。\n\n"
        "如果不是您本人操作，请尽快联系平台工作人员。今后仍可用这个邮箱重新注册。\n",
    )
