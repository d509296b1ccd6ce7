"""Reports (纠错/举报) by members and visitors, answered or not."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.accounts.policy import VISITOR
from marketplace.organisations.models import Organisation
from marketplace.reports.models import Report
from marketplace.reports.service import (
    ReportData,
    answer_report,
    dismiss_report,
    file_report,
    find_subject,
    reopen_report,
)
from seed_data.activity_schema import SeedReport
from seed_data.timeline import Event, Listing, Loading

WORDS = select(Report.text)


def plan(loading: Loading, item: SeedReport) -> Iterator[Event]:
    filed: list[Report] = []
    session = loading.session

    def file() -> None:
        reader = loading.reader(item.by) if item.by else VISITOR
        row: Organisation | Listing | None = loading.organisations.get(item.about)
        row = loading.listing(item.about) if row is None else row
        subject = find_subject(session, reader, row.__tablename__, row.public_id)
        data = ReportData(kind=item.kind, text=item.text, email=item.email)
        filed.append(file_report(session, reader, subject, data))

    def answer() -> None:
        decide = dismiss_report if item.dismissed else answer_report
        decide(session, loading.officer, filed[0], item.answer)

    def reopen() -> None:
        reader = loading.reader(item.by) if item.by else VISITOR
        reopen_report(session, reader, filed[0], item.reopen_text)

    name = f"report on {item.about}"
    yield Event(item.days_ago, name, file)
    if item.answered_days_ago is not None:
        yield Event(item.answered_days_ago, name, answer)
    if item.reopened_days_ago is not None:
        yield Event(item.reopened_days_ago, name, reopen)
