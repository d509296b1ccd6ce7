"""纠错/举报 in the officer's queue: what was said, about what, by whom."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.matching.presenters import Fact
from marketplace.reports import service
from marketplace.reports.models import Report


def load(session: Session, report_id: int) -> Report | None:
    return session.get(Report, report_id)


def state(report: Report) -> str:
    return report.status.title


def show(session: Session, reader: Reader, report: Report) -> Mapping[str, Any]:
    subject = service.subject_of(session, report)
    return {"report": report, "subject": subject, "reporter": reporter_facts(session, report)}


def reporter_facts(session: Session, report: Report) -> list[Fact]:
    """Officers only; nobody else learns who asked."""
    person = session.get(Person, report.reporter_id) if report.reporter_id else None
    rows = (
        ("反映人", person.name if person else "未登录的访客"),
        ("账号邮箱", person.email if person else ""),
        ("答复邮箱", report.email),
    )
    return [Fact(label, value) for label, value in rows if value]


def answer(session: Session, reader: Reader, report: Report, text: str) -> None:
    service.answer_report(session, reader, report, text)


def dismiss(session: Session, reader: Reader, report: Report, text: str) -> None:
    service.dismiss_report(session, reader, report, text)
