"""What officers decide on, by kind: how it is loaded, shown, agreed to and sent back.

A kind without a row here is in nobody's queue.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.admin import experts, listings, organisations, reports, revisions
from marketplace.matching.service import Listing
from marketplace.queue.choices import QueueKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``approve`` and ``send_back`` get the officer's text; ``show`` gives the template its values.

    ``controlled`` names the listing whose controlled part is shown, ``answers`` says that agreeing needs
    the officer's words, so that it cannot be done in a batch. ``version`` changes with what is shown: a
    decision on an older state is refused. ``may_stay``: another matter of it may still wait afterwards.
    """

    template: str
    load: Callable[[Session, int], Any]
    show: Callable[[Session, Reader, Any], Mapping[str, Any]]
    state: Callable[[Any], str]
    approve: Callable[[Session, Reader, Any, str], object]
    send_back: Callable[[Session, Reader, Any, str], object]
    approve_label: str
    approved: str  # what was done, after the title
    return_label: str = "退回修改"
    returned: str = "已退回修改"
    text_label: str = "退回理由"
    version: Callable[[Session, Any], str] = lambda session, subject: ""
    may_stay: bool = False
    controlled: Callable[[Any], Listing] | None = None
    answers: bool = False


def _listing(kind: str) -> Decision:
    side = listings.SIDES[kind]
    return Decision(
        template="admin/_listing.html",
        load=side.load,
        show=listings.show,
        state=listings.state,
        approve=side.publish,
        send_back=side.send_back,
        approve_label="发布",
        approved="已发布",
        controlled=lambda listing: listing,
    )


DECISIONS: dict[QueueKind, Decision] = {
    QueueKind.RESULT: _listing("result"),
    QueueKind.DEMAND: _listing("demand"),
    QueueKind.REVISION: Decision(
        template="admin/_revision.html",
        load=revisions.load,
        show=revisions.show,
        state=revisions.state,
        approve=revisions.apply,
        send_back=revisions.send_back,
        approve_label="通过并生效",
        approved="的修改已生效",
        returned="的修改已退回",
        controlled=lambda revision: revision.listing,
        version=revisions.version,
    ),
    QueueKind.ORGANISATION: Decision(
        template="admin/_organisation.html",
        load=organisations.load,
        show=organisations.show,
        state=organisations.state,
        version=organisations.version,
        approve=organisations.approve,
        send_back=organisations.send_back,
        approve_label="通过",
        approved="已通过",
        return_label="不予通过",
        returned="已答复未通过",
        text_label="不通过的理由",
        may_stay=True,
    ),
    QueueKind.EXPERT: Decision(
        template="admin/_expert.html",
        load=experts.load,
        show=experts.show,
        state=experts.state,
        version=experts.version,
        approve=experts.approve,
        send_back=experts.refuse,
        approve_label="认定为专家",
        approved="已通过",
        return_label="不予通过",
        returned="已答复未通过",
        text_label="不通过的理由",
    ),
    QueueKind.REPORT: Decision(
        template="admin/_report.html",
        load=reports.load,
        show=reports.show,
        state=reports.state,
        approve=reports.answer,
        send_back=reports.dismiss,
        approve_label="答复",
        approved="已答复",
        return_label="不予受理",
        returned="已答复不予受理",
        text_label="答复内容或不予受理的理由",
        answers=True,
    ),
}
KINDS = frozenset(DECISIONS)
