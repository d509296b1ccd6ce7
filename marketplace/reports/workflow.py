"""The life of a report: 待处理 → 已答复 / 不予受理, and once more by its link."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.reports.choices import ReportStatus
from marketplace.reports.models import Report


class ReportAction(Choice):
    ANSWER = "answer", "答复"
    DISMISS = "dismiss", "不予受理"
    REOPEN = "reopen", "再次反映"


@dataclass(frozen=True, slots=True)
class ReportActor:
    """A reader, in whose zone the subject lies or not, or the holder of the link of one report."""

    reader: Reader
    zone: str = ""
    holds_link_of: int | None = None

    @property
    def person_id(self) -> int | None:
        return self.reader.person_id


def _officer(actor: ReportActor, report: Report) -> bool:
    return bool(actor.zone) and actor.reader.decides_for_zone(actor.zone)


def _link_holder(actor: ReportActor, report: Report) -> bool:
    return actor.holds_link_of == report.id


def _reopened_before(session: Session, report: Report) -> str | None:
    return "这条反映已经再次提交过一次，如有新的问题请另行反映。" if report.reopened_at else None


def _answer(report: Report, text: str) -> None:
    report.answer, report.answered_at = text, clock.now()


def _reopen(report: Report, text: str) -> None:
    report.first_answer, report.answer, report.answered_at = report.answer, "", None
    report.reopen_text, report.reopened_at = text, clock.now()


TRANSITIONS: tuple[Transition[ReportActor, Report], ...] = (
    Transition(
        ReportAction.ANSWER,
        frozenset({ReportStatus.OPEN}),
        ReportStatus.ANSWERED,
        _officer,
        effect=_answer,
        needs_reason=True,
        actor="区局、本区域的开发区",
    ),
    Transition(
        ReportAction.DISMISS,
        frozenset({ReportStatus.OPEN}),
        ReportStatus.DISMISSED,
        _officer,
        effect=_answer,
        needs_reason=True,
        actor="区局、本区域的开发区",
    ),
    Transition(
        ReportAction.REOPEN,
        frozenset({ReportStatus.ANSWERED, ReportStatus.DISMISSED}),
        ReportStatus.OPEN,
        _link_holder,
        guard=_reopened_before,
        guard_text="此前没有再次提交过",
        effect=_reopen,
        needs_reason=True,
        actor="反映人（凭查询链接，一次）",
    ),
)
declare_machine("report", Machine("纠错举报", ReportStatus, ReportStatus.OPEN, TRANSITIONS))
