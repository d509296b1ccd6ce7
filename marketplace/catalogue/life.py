"""What may be done with a listing now, by this reader: state, whose turn, buttons. For its insiders."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.choices import Choice
from marketplace.core.workflow import possible
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.demands.workflow import SOURCING_TRANSITIONS, SourcingAction
from marketplace.demands.workflow import TRANSITIONS as DEMAND_TRANSITIONS
from marketplace.listings.choices import ListingStatus, RevisionStatus
from marketplace.listings.content import kind_of
from marketplace.listings.models import Revision
from marketplace.listings.policy import is_live
from marketplace.listings.revisions import of_listing, open_revision, review_path
from marketplace.listings.service import listing_path
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import waiting_item
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from marketplace.results.workflow import TRANSITIONS as RESULT_TRANSITIONS
from marketplace.taxonomy.rules import Rule, days_of, number_of

Listing = Result | Demand


@dataclass(frozen=True, slots=True)
class ActText:
    question: str
    consequences: Sequence[str]
    grave: bool = False


# Done on this page; the others have pages of their own (单位审核, 企业确认) or are the site's.
OFF, FINAL = "立即不再公开展示和参与匹配。", "此操作不能撤销。"
FROZEN = "审核期间内容不能修改，可随时撤回。"
TEXTS: dict[Choice, ActText] = {
    ListingAction.SUBMIT: ActText("提交单位审核吗？", ("本单位审核人员会收到提醒。", FROZEN)),
    ListingAction.FILE: ActText("提交审核吗？", ("由主管部门审核后发布。", FROZEN)),
    ListingAction.PUBLISH: ActText("发布这个条目吗？", ("内容立即展示并参与匹配。", "联系人会收到通知。")),
    ListingAction.RETURN: ActText("退回修改吗？", ("理由发给联系人，修改后可重新提交。",)),
    ListingAction.RECALL: ActText("撤回提交吗？", ("回到草稿，可继续修改。", "再次提交时须重新作保密审查。")),
    ListingAction.WITHDRAW: ActText("确定下架吗？", (OFF, "以后可以重新编辑并再次提交审核。"), grave=True),
    ListingAction.TRANSFER: ActText("标记为已转化吗？", (OFF, FINAL), grave=True),
    ListingAction.RENEW: ActText("续期 {days} 天吗？", ("内容和编号不变，立即生效。", "到期前会再提醒。")),
    ListingAction.REOPEN: ActText("重新编辑吗？", ("回到草稿，修改后须重新审核。",)),
    SourcingAction.INTRODUCE: ActText("开始对接吗？", ("寻源状态改为“对接中”，仍可被找到。",)),
    SourcingAction.RESUME: ActText("恢复寻源吗？", ("寻源状态回到“寻源中”。",)),
    SourcingAction.SIGN: ActText("标记为已签约吗？", (OFF,), grave=True),
    SourcingAction.SOLVE: ActText("标记为已解决吗？", (FINAL,), grave=True),
    SourcingAction.CLOSE: ActText("确定关闭需求吗？", (OFF, FINAL), grave=True),
}
TURNS = {
    ListingStatus.DRAFT: "本单位",
    ListingStatus.RETURNED: "本单位",
    ListingStatus.ORGANISATION_REVIEW: "本单位审核人员",
    ListingStatus.SUBMITTED: "主管部门",
}
EDITABLE = (ListingStatus.DRAFT, ListingStatus.RETURNED, ListingStatus.PUBLISHED)
# With an organisation's reviewer these two are the same step of the same person.
NEXT_STEPS = (ListingAction.SUBMIT, ListingAction.FILE, ListingAction.RENEW)


@dataclass(frozen=True, slots=True)
class Act:
    name: str
    label: str
    question: str
    consequences: Sequence[str]
    url: str
    reason_label: str
    grave: bool
    main: bool  # the step that leads on
    asks_secrecy: bool = False
    reason: str = ""
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Life:
    state: str
    turn: str
    since: datetime | None
    due: datetime | None
    due_label: str
    acts: Sequence[Act]
    history_url: str
    edit_url: str = ""
    review_url: str = ""
    returned: str = ""  # why it came back
    waiting_edit: str = ""  # the state of an edit that waits


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was tried with a wrong value: its form comes back open and filled."""

    action: str
    reason: str
    message: str


def is_insider(reader: Reader, listing: Listing) -> bool:
    """Who may see history and state in detail: the own organisation, officers who may read."""
    if isinstance(listing, Result):
        return result_policy.can_read_details(reader, listing)
    return demand_policy.can_read_controlled(reader, listing)


def life_of(
    session: Session, reader: Reader, listing: Listing, refused: Refused | None = None
) -> Life | None:
    """None for those whom only the public side concerns."""
    if not is_insider(reader, listing):
        return None
    own = listing.organisation_id in reader.organisation_ids
    last = _last_move(session, listing)
    due, due_label = _deadline(session, listing)
    path, edit = listing_path(listing), open_revision(session, listing) if own else None
    reviews = reader.has_role(listing.organisation_id, MembershipRole.REVIEWER)
    inside = ListingStatus.ORGANISATION_REVIEW
    edit_inside = edit is not None and edit.status is RevisionStatus.ORGANISATION_REVIEW
    expired = listing.status is ListingStatus.PUBLISHED and not _in_time(listing)
    return Life(
        state=ListingStatus.EXPIRED.title if expired else listing.status.title,
        turn="企业（确认）" if _waits_for_enterprise(listing) else TURNS.get(listing.status, ""),
        since=last.at if last else listing.created_at,
        due=due,
        due_label=due_label,
        acts=[_refill(act, refused) for act in acts_of(session, reader, listing)],
        history_url=f"{path}/history",
        edit_url=f"{path}/edit" if own and listing.status in EDITABLE else "",
        review_url=review_path(listing) if reviews and (listing.status is inside or edit_inside) else "",
        returned=return_reason(session, listing),
        waiting_edit=edit.status.title if edit is not None else "",
    )


def _in_time(listing: Listing) -> bool:
    return listing.valid_until is not None and listing.valid_until > clock.now()


def ends_soon(session: Session, listing: Listing) -> bool:
    ahead = days_of(session, Rule.LISTING_REMIND_EARLY)
    return listing.valid_until is not None and listing.valid_until - clock.now() <= ahead


def acts_of(session: Session, reader: Reader, listing: Listing) -> list[Act]:
    """The buttons: each a transition that leads on from here and that this reader may take."""
    path = listing_path(listing)
    rows: Sequence[Any] = RESULT_TRANSITIONS if isinstance(listing, Result) else DEMAND_TRANSITIONS
    days = number_of(session, Rule.LISTING_VALIDITY)
    acts = [_act(row, f"{path}/{row.action.value}", days) for row in possible(rows, listing, reader)
            if row.action in TEXTS]  # fmt: skip
    if isinstance(listing, Demand) and listing.status is ListingStatus.PUBLISHED:
        sourcing = possible(SOURCING_TRANSITIONS, listing, reader, column="sourcing")
        acts += [_act(row, f"{path}/sourcing/{row.action.value}", days) for row in sourcing
                 if row.action in TEXTS]  # fmt: skip
    if not ends_soon(session, listing):  # a renewal is offered, but nothing that waits
        acts = [replace(a, main=a.main and a.name != ListingAction.RENEW.value) for a in acts]
    return sorted(acts, key=lambda act: not act.main)


def _act(row: Any, url: str, days: int) -> Act:
    text = TEXTS[row.action]
    return Act(
        name=row.action.value,
        label=row.action.title,
        question=text.question.format(days=days),
        consequences=text.consequences,
        url=url,
        reason_label="理由" if row.needs_reason else "",
        grave=text.grave,
        main=row.action in NEXT_STEPS,
        asks_secrecy=row.action is ListingAction.FILE,
    )


def _refill(act: Act, refused: Refused | None) -> Act:
    if refused is None or refused.action != act.name:
        return act
    return replace(act, reason=refused.reason, errors=[refused.message])


def _last_move(session: Session, listing: Listing) -> AuditRecord | None:
    kind = kind_of(listing)
    return session.scalar(
        select(AuditRecord)
        .where(
            AuditRecord.object == f"{kind}:{listing.id}",
            AuditRecord.action.in_([f"{kind}.{action.value}" for action in ListingAction]),
        )
        .order_by(AuditRecord.seq.desc())
        .limit(1)
    )


def return_reason(session: Session, listing: Listing) -> str:
    """Why it came back, from its reviewers or the enterprise it was entered for; "" where it did not."""
    if listing.status is ListingStatus.RETURNED:
        return _reason(_last_move(session, listing))
    if isinstance(listing, Demand) and listing.status is ListingStatus.DRAFT:
        return listing.confirmation_reply
    return ""


def _waits_for_enterprise(listing: Listing) -> bool:
    """代填: the link is out and not answered."""
    return (
        isinstance(listing, Demand)
        and listing.confirmation_sent_at is not None
        and listing.confirmed_at is None
    )


def _reason(record: AuditRecord | None) -> str:
    return str(json.loads(record.detail).get("reason", "")) if record is not None else ""


def _deadline(session: Session, listing: Listing) -> tuple[datetime | None, str]:
    if listing.status is ListingStatus.SUBMITTED:
        item = waiting_item(session, QueueKind.of(kind_of(listing)), listing.id)
        return (item.due_at if item else None), "应于此前审核"
    if is_live(listing, clock.now()) and ends_soon(session, listing):
        return listing.valid_until, "有效期至"
    return None, ""


def updated_at(session: Session, listing: Listing) -> datetime | None:
    """When what is live last changed after its publication; all that the public learns of edits."""
    return session.scalar(select(func.max(Revision.applied_at)).where(of_listing(listing), Revision.of_live))
