"""Applications as an expert in the officer's queue."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.choices import Appointment
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.accounts.profiles import approve_expert, expert_application, refuse_expert
from marketplace.matching.presenters import Fact
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import title


def load(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def state(person: Person) -> str:
    experts = [a for a in person.appointments if a.role is Appointment.EXPERT and a.ended_at is None]
    return "已认定" if experts else "未认定"


def version(session: Session, person: Person) -> str:
    profile = expert_application(session, person.id).profile
    return profile.updated_at.isoformat()


def show(session: Session, reader: Reader, person: Person) -> Mapping[str, Any]:
    application = expert_application(session, person.id)
    rows = (
        ("姓名", person.name),
        ("职称", person.professional_title),
        ("单位", "、".join(row.name for row in application.organisations) or "未加入单位"),
        ("邮箱", person.email),
        ("申请领域", "、".join(title(FIELD, code) for code in application.fields)),
    )
    return {
        "person": person,
        "facts": [Fact(label, value) for label, value in rows if value],
        "profile": application.profile,
    }


def approve(session: Session, reader: Reader, person: Person, text: str) -> None:
    """In all fields the person asked for."""
    approve_expert(session, reader, person, expert_application(session, person.id).fields)


def refuse(session: Session, reader: Reader, person: Person, text: str) -> None:
    refuse_expert(session, reader, person, text)
