"""People: create, appoint, log in."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.accounts.models import ExpertField, FailedLogin, Person, RoleAppointment
from marketplace.accounts.passwords import absent_hash, verify_password
from marketplace.core import clock
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import InvalidInput, TooMany
from marketplace.taxonomy.models import FIELD, ZONE
from marketplace.taxonomy.service import require_term


def new_session_token() -> str:
    """In place of a person's present one it ends every session and every link that was mailed."""
    return secrets.token_urlsafe(32)


def create_person(
    session: Session,
    *,
    name: str,
    email: str,
    password_hash: str,
    phone: str = "",
    professional_title: str = "",
    introduction: str = "",
    sample: bool = False,
    seed_key: str | None = None,
    confirmed: bool = True,
) -> Person:
    """A person whose e-mail is known to be theirs, unless ``confirmed`` says otherwise."""
    email = email.strip().lower()
    if session.scalar(select(Person.id).where(Person.email == email)):
        raise InvalidInput("该邮箱已注册。", field="email")
    person = Person(
        name=name,
        email=email,
        password_hash=password_hash,
        session_token=new_session_token(),
        phone=phone,
        professional_title=professional_title,
        introduction=introduction,
        sample=sample,
        seed_key=seed_key,
        email_confirmed_at=clock.now() if confirmed else None,
    )
    session.add(person)
    session.flush()
    return person


def change_person(
    session: Session, person: Person, *, name: str, phone: str, professional_title: str
) -> None:
    """What a person changes of themselves without asking anybody."""
    check_texts(Person, {"name": name, "phone": phone, "professional_title": professional_title})
    person.name, person.phone, person.professional_title = name, phone, professional_title
    session.flush()


def appoint(
    session: Session,
    person: Person,
    role: Appointment,
    *,
    level: OfficerLevel | None = None,
    zone: str | None = None,
    fields: tuple[str, ...] = (),
) -> RoleAppointment:
    """Give a role of the bureau, anew or again; officers need a level, zone officers a zone."""
    officer = role is Appointment.OFFICER
    require((level is not None) == officer, "科技局工作人员须有级别，其他身份没有级别。", "level")
    require((zone is not None) == (level is OfficerLevel.ZONE), "仅开发区工作人员须有功能区。", "zone")
    if zone is not None:
        require_term(session, ZONE, zone, "zone")
    for field in fields:
        require_term(session, FIELD, field, "fields")
    appointment = next((a for a in person.appointments if a.role is role), None)
    if appointment is None:
        appointment = RoleAppointment(person=person, role=role)
        session.add(appointment)
    appointment.level, appointment.zone, appointment.ended_at = level, zone, None
    present = {row.field: row for row in appointment.fields}
    appointment.fields = [present.get(code) or ExpertField(field=code) for code in dict.fromkeys(fields)]
    session.flush()
    return appointment


def end_appointment(session: Session, appointment: RoleAppointment) -> None:
    """Take a role of the bureau back; that it was held is kept."""
    appointment.ended_at = clock.now()
    session.flush()


def check_attempts(
    session: Session, email: str, address: str, *, per_account: int, per_address: int, window: int
) -> None:
    """Raise TooMany when this account or this address has failed too often within ``window`` seconds."""
    since = clock.now() - timedelta(seconds=window)
    for column, value, limit in (
        (FailedLogin.email, email.strip().lower(), per_account),
        (FailedLogin.address, address, per_address),
    ):
        failures, oldest = session.execute(
            select(func.count(), func.min(FailedLogin.at)).where(column == value, FailedLogin.at > since)
        ).one()
        if failures >= limit:
            wait = max(1, int((oldest - since).total_seconds()) + 1)
            minutes = -(-wait // 60)
            raise TooMany(f"登录失败次数过多，请约 {minutes} 分钟后再试。", retry_after=wait)


def find_by_credentials(session: Session, email: str, password: str) -> Person | None:
    """The active person with this e-mail and password; takes the same time whether or not one exists.

    Their e-mail may still wait to be confirmed.
    """
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    valid = verify_password(person.password_hash if person else absent_hash(), password)
    return person if person is not None and valid and person.active else None


def record_failure(session: Session, email: str, address: str, window: int) -> None:
    """Count one failed log-in and forget those older than the window."""
    session.execute(delete(FailedLogin).where(FailedLogin.at <= clock.now() - timedelta(seconds=window)))
    session.add(FailedLogin(email=email.strip().lower()[:254], address=address, at=clock.now()))


def clear_failures(session: Session, email: str) -> None:
    session.execute(delete(FailedLogin).where(FailedLogin.email == email.strip().lower()))
