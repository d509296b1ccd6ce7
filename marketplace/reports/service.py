"""Reports: file one, answer it, ask once more. Who asked is known to officers only."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import workflow
from marketplace.core.checks import require
from marketplace.core.errors import NotFound
from marketplace.demands.models import Demand
from marketplace.demands.service import get_demand
from marketplace.listings.service import listing_path
from marketplace.notifications.service import absolute, notify, send_mail
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import members_with
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item, open_item
from marketplace.reports.choices import ReportKind
from marketplace.reports.models import Report
from marketplace.reports.workflow import TRANSITIONS, ReportAction, ReportActor
from marketplace.results.models import Result
from marketplace.results.service import get_result

MIN_TEXT, MAX_TEXT = 10, 1000
NOUNS = ("result", "demand", "organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    kind: ReportKind
    text: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about, as officers see it."""

    noun: str
    row: Result | Demand | Organisation
    number: str
    title: str
    zone: str
    path: str


def find_subject(session: Session, reader: Reader, noun: str, public_id: str) -> Subject:
    """What this reader may report on: what he may read; NotFound otherwise."""
    if noun == "result":
        return _subject(get_result(session, reader, public_id))
    if noun == "demand":
        return _subject(get_demand(session, reader, public_id))
    row = session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if noun != "organisation" or row is None:
        raise NotFound("没有找到要反映的内容。")
    return _subject(row)


def subject_of(session: Session, report: Report) -> Subject:
    """The subject itself, without regard to who reads: for officers and for rules."""
    if report.result_id is not None:
        return _subject(session.get_one(Result, report.result_id))
    if report.demand_id is not None:
        return _subject(session.get_one(Demand, report.demand_id))
    return _subject(session.get_one(Organisation, report.organisation_id))


def _subject(row: Result | Demand | Organisation) -> Subject:
    if isinstance(row, Organisation):
        return Subject("organisation", row, "", row.name, row.zone, f"/organisations/{row.public_id}")
    noun, zone = ("result", row.organisation.zone) if isinstance(row, Result) else ("demand", row.zone)
    return Subject(noun, row, row.number, row.title, zone, listing_path(row))


def file_report(session: Session, reader: Reader, subject: Subject, data: ReportData) -> Report:
    """Take a report, put it into the queue of the subject's zone and tell its owner that one came."""
    text = data.text.strip()
    require(len(text) >= MIN_TEXT, f"请至少写 {MIN_TEXT} 个字，说明哪里不对、依据是什么。", "text")
    require(len(text) <= MAX_TEXT, f"最多 {MAX_TEXT} 个字。", "text")
    report = Report(
        kind=data.kind,
        text=text,
        email=data.email.strip().lower(),
        reporter_id=reader.person_id,
        **{f"{subject.noun}_id": subject.row.id},
    )
    session.add(report)
    session.flush()
    _queue(session, report, subject)
    _tell_owner(session, report, subject)
    return report


def _queue(session: Session, report: Report, subject: Subject) -> None:
    title = f"{report.kind.title}：{subject.title}"
    open_item(session, QueueKind.REPORT, report.id, title, subject.zone)


def _tell_owner(session: Session, report: Report, subject: Subject) -> None:
    """That a correction was asked for; neither by whom nor in which words, which could tell it."""
    if isinstance(subject.row, Organisation):
        people = members_with(session, subject.row.id, MembershipRole.ADMIN)
        organisation_id = subject.row.id
    else:
        people, organisation_id = [subject.row.contact_id], subject.row.organisation_id
    notify(
        session,
        [person for person in people if person != report.reporter_id],
        f"有人反映“{report.kind.title}”：{subject.title}"[:160],
        "科技局将核实并答复。请核对内容，如有不准确之处可自行修改。",
        subject.path,
        organisation_id=organisation_id,
    )


def get_report(session: Session, public_id: str) -> Report:
    """By its link alone: who has it may follow the report."""
    report = session.scalar(select(Report).where(Report.public_id == public_id))
    if report is None:
        raise NotFound("没有找到这条反映，请核对查询链接。")
    return report


def answer_report(session: Session, reader: Reader, report: Report, text: str) -> Report:
    return _decide(session, reader, report, ReportAction.ANSWER, text)


def dismiss_report(session: Session, reader: Reader, report: Report, text: str) -> Report:
    return _decide(session, reader, report, ReportAction.DISMISS, text)


def _decide(session: Session, reader: Reader, report: Report, action: ReportAction, text: str) -> Report:
    require(len(text.strip()) <= 2 * MAX_TEXT, f"最多 {2 * MAX_TEXT} 个字。", "reason")
    actor = ReportActor(reader, zone=subject_of(session, report).zone)
    moved = _move(session, actor, report, action, text)
    close_item(session, QueueKind.REPORT, moved.id, reader.person_id)
    _tell_reporter(session, moved)
    return moved


def _move(session: Session, actor: ReportActor, report: Report, action: ReportAction, text: str) -> Report:
    return workflow.apply(session, TRANSITIONS, report, action, actor, text)


def _tell_reporter(session: Session, report: Report) -> None:
    title, path = f"您的反映 {report.number} {report.status.title}", report_path(report)
    notify(session, [report.reporter_id], title, report.answer, path, mail=not report.email)
    if report.email:
        body = f"{report.answer}\n\n查看：{absolute(path)}\n"
        send_mail(session, report.email, f"【滨海科创对接】{title}", body)


def reopen_report(session: Session, reader: Reader, report: Report, text: str) -> Report:
    """Ask once more; the caller has shown that the reader holds the link."""
    text = text.strip()
    require(len(text) >= MIN_TEXT, f"请至少写 {MIN_TEXT} 个字，说明还有什么问题。", "reason")
    require(len(text) <= MAX_TEXT, f"最多 {MAX_TEXT} 个字。", "reason")
    actor = ReportActor(reader, holds_link_of=report.id)
    moved = _move(session, actor, report, ReportAction.REOPEN, text)
    _queue(session, moved, subject_of(session, moved))
    return moved


def can_reopen(report: Report) -> bool:
    return report.answered_at is not None and report.reopened_at is None


def report_path(report: Report) -> str:
    return f"/reports/{report.public_id}"
