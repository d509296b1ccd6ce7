"""Asking for an introduction (申请对接), for oneself or for both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock
from marketplace.core.checks import require
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.core.formatting import zh_deadline
from marketplace.core.jobs import schedule
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.introductions import policy
from marketplace.introductions.choices import OPEN_STATES, IntroductionTarget
from marketplace.introductions.models import Introduction
from marketplace.introductions.names import refuse_names
from marketplace.listings.policy import is_live
from marketplace.matching.choices import ShownLevel
from marketplace.notifications.service import notify
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import members_with
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from marketplace.taxonomy.rules import Rule, number_of
from marketplace.taxonomy.workdays import working_day_before, working_days_after

Listing = Result | Demand

REMIND, LAPSE, ASK_OUTCOME = "introduction.remind", "introduction.lapse", "introduction.ask_outcome"
MIN_MESSAGE, MAX_MESSAGE = 10, 500
REMINDER_HOUR = 9  # Shanghai, of the working day before the reply is due
MASKED_NAME = "企业名称已脱敏"

NO_ORGANISATION = "申请对接须以单位名义提出。请先登记或加入单位，单位核验通过后即可申请。"
OFFICER_ASKS = (
    "申请对接须以单位名义提出。科技主管部门不申请对接：请打开一项成果或需求，在相配的条目上选“促成对接”，"
    "为双方发起。"
)
UNVERIFIED = "您的单位尚未通过核验，核验通过后即可申请对接。请由单位管理员上传证照并等待工作人员核验。"
OWN_LISTING = "这是您自己单位的条目，无需申请对接。"
NOT_LIVE = "该条目已下架、过期或不再寻找合作方，不能申请对接。"
MASKED_PAIR = "该需求已选择企业名称脱敏，只能由所属区域的科技主管部门为双方发起对接。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How sure the match was said to be that led here."""

    level: ShownLevel | None = None
    probability: float | None = None


def obstacle(session: Session, reader: Reader, listing: Listing) -> str | None:
    """Why this reader cannot ask for this listing now, as a sentence that says what to do."""
    if reader.acting_for is None:
        officer = reader.officer_level is not None and policy.may_assist(reader)
        return OFFICER_ASKS if officer else NO_ORGANISATION
    if listing.organisation_id == reader.acting_for:
        return OWN_LISTING
    if not _is_verified(session, reader.acting_for):
        return UNVERIFIED
    return None if is_live(listing, clock.now()) else NOT_LIVE


def _is_verified(session: Session, organisation_id: int) -> bool:
    verification = session.scalar(select(Organisation.verification).where(Organisation.id == organisation_id))
    return verification is Verification.VERIFIED


def offerable(session: Session, reader: Reader, asked_for: Listing) -> list[Listing]:
    """Own live listings of the other kind that the owner of ``asked_for`` may read."""
    if reader.acting_for is None:
        return []
    model: Any = Demand if isinstance(asked_for, Result) else Result
    rows: Iterable[Listing] = session.scalars(
        select(model).where(model.organisation_id == reader.acting_for).order_by(model.id.desc())
    )
    moment = clock.now()
    return [
        row for row in rows if is_live(row, moment) and _readable_for(asked_for.organisation_id, row, moment)
    ]


def _readable_for(organisation_id: int, listing: Listing, moment: datetime) -> bool:
    """Whether this organisation, as such, may read the listing."""
    reader = Reader(organisation_ids=frozenset({organisation_id}))
    if isinstance(listing, Result):
        return result_policy.can_read(reader, listing, moment)
    return demand_policy.can_read(reader, listing, moment)


def open_one(
    session: Session, from_organisation_id: int, asked_for: Listing, offered: Listing | None
) -> Introduction | None:
    """The open introduction there is already: by this asker on this listing, or of this very pair."""
    same: ColumnElement[bool] = and_(
        Introduction.from_organisation_id == from_organisation_id,
        Introduction.target == _target(asked_for),
        _column(asked_for) == asked_for.id,
    )
    if offered is not None:
        same = or_(same, and_(_column(asked_for) == asked_for.id, _column(offered) == offered.id))
    return session.scalar(
        select(Introduction)
        .where(same, Introduction.status.in_(OPEN_STATES))
        .order_by(Introduction.id)
        .limit(1)
    )


def _target(listing: Listing) -> IntroductionTarget:
    return IntroductionTarget.RESULT if isinstance(listing, Result) else IntroductionTarget.DEMAND


def _column(listing: Listing) -> Any:
    return Introduction.result_id if isinstance(listing, Result) else Introduction.demand_id


def open_introduction(
    session: Session,
    actor: Reader,
    asked_for: Listing,
    offered: Listing | None,
    message: str,
    shown: Shown | None = None,
) -> Introduction:
    """Ask for a listing on behalf of the organisation the actor acts for, perhaps under an own listing.

    Raises NotAllowed with what to do, Conflict where one is open already, InvalidInput by field.
    """
    session.refresh(asked_for, with_for_update=True)  # one after the other: two clicks make one request
    if problem := obstacle(session, actor, asked_for):
        raise NotAllowed(problem)
    assert actor.acting_for is not None and actor.person_id is not None  # obstacle looked
    if offered is not None and offered not in offerable(session, actor, asked_for):
        raise InvalidInput("只能附上本单位已发布、对方也能看到的条目。", field="own")
    message = checked_message(message)
    author = session.get_one(Person, actor.person_id)
    if isinstance(offered, Demand) and offered.disclosure is Disclosure.MASKED:
        refuse_names(message, "message", offered.organisation, author, offered.contact)
    if open_one(session, actor.acting_for, asked_for, offered) is not None:
        raise Conflict("您的单位已就这一条目申请对接，请在原有的对接中继续。")
    introduction = _put(session, actor, asked_for, offered, actor.acting_for, message, shown)
    introduction.from_person_id, introduction.from_agreed_at = actor.person_id, clock.now()
    session.flush()
    _follow_opening(session, introduction)
    _tell_asked(session, introduction)
    return introduction


def pair_obstacle(session: Session, reader: Reader, result: Result, demand: Demand) -> str | None:
    """Why this broker or officer cannot open an introduction for both sides."""
    if not (reader.is_broker or decides(reader, result, demand)):
        return "为双方发起对接由技术经纪人或科技主管部门办理。"
    if not decides(reader, result, demand) and not _is_verified(session, reader.acting_for or 0):
        return UNVERIFIED
    # Before the two organisations are compared: the comparison would tell whose the need is.
    if not demand_policy.can_know_owner(reader, demand):
        return MASKED_PAIR
    if result.organisation_id == demand.organisation_id:
        return "这两个条目属于同一单位，无需对接。"
    moment = clock.now()
    if not (is_live(result, moment) and is_live(demand, moment)):
        return NOT_LIVE
    for listing, other in ((result, demand), (demand, result)):
        if not _readable_for(other.organisation_id, listing, moment):
            return "其中一方看不到对方的条目（定向可见或仅受控），不能为双方发起对接。"
    return None


def decides(reader: Reader, result: Result, demand: Demand) -> bool:
    """An officer of one of the two zones; 监督 reads and opens nothing."""
    return reader.decides_for_zone(demand.zone) or reader.decides_for_zone(result.organisation.zone)


def open_for_both(
    session: Session,
    actor: Reader,
    result: Result,
    demand: Demand,
    message: str,
    shown: Shown | None = None,
) -> Introduction:
    """A broker or officer brings two sides together; both have to agree before they know each other."""
    session.refresh(result, with_for_update=True)
    if problem := pair_obstacle(session, actor, result, demand):
        raise NotAllowed(problem)
    message = checked_message(message)
    if demand.disclosure is Disclosure.MASKED:
        refuse_names(message, "message", demand.organisation, demand.contact)
    if open_one(session, demand.organisation_id, result, demand) is not None:
        raise Conflict("双方就这一条目已有进行中的对接。")
    introduction = _put(session, actor, result, demand, demand.organisation_id, message, shown)
    introduction.from_person_id = contact_of_listing(session, demand)
    introduction.broker_id = actor.person_id
    session.flush()
    _follow_opening(session, introduction)
    _tell_asked(session, introduction)
    _tell_asking(session, introduction)
    return introduction


def checked_message(message: str) -> str:
    message = message.strip()
    require(
        MIN_MESSAGE <= len(message) <= MAX_MESSAGE,
        f"请用 {MIN_MESSAGE} 至 {MAX_MESSAGE} 个字说明来意（现有 {len(message)} 个字）。",
        "message",
    )
    return message


def _put(
    session: Session,
    actor: Reader,
    asked_for: Listing,
    offered: Listing | None,
    from_organisation_id: int,
    message: str,
    shown: Shown | None,
) -> Introduction:
    pair = [asked_for, offered]
    result = next((listing for listing in pair if isinstance(listing, Result)), None)
    demand = next((listing for listing in pair if isinstance(listing, Demand)), None)
    shown = shown or Shown()
    introduction = Introduction(
        target=_target(asked_for),
        result=result,
        demand=demand,
        from_organisation_id=from_organisation_id,
        to_organisation_id=asked_for.organisation_id,
        to_person_id=contact_of_listing(session, asked_for),
        opened_by_id=actor.person_id,
        message=message,
        level=shown.level,
        probability=shown.probability,
        reply_due_at=working_days_after(session, clock.now(), number_of(session, Rule.INTRODUCTION_REPLY)),
    )
    session.add(introduction)
    session.flush()
    return introduction


def contact_of_listing(session: Session, listing: Listing) -> int | None:
    """Who is asked: the listing's contact, or else an administrator or the first member there is."""
    everyone = members_with(session, listing.organisation_id, *MembershipRole)
    if listing.contact_id in everyone:
        return listing.contact_id
    administrators = members_with(session, listing.organisation_id, MembershipRole.ADMIN)
    return next(iter([*administrators, *everyone]), None)


def _follow_opening(session: Session, introduction: Introduction) -> None:
    audit.record(
        session, introduction.opened_by_id, "introduction.open", name_of(introduction),
        {"result": introduction.result_id, "demand": introduction.demand_id},
    )  # fmt: skip
    schedule(session, LAPSE, name_of(introduction), introduction.reply_due_at)
    remind_at = working_day_before(session, introduction.reply_due_at, REMINDER_HOUR)
    if remind_at > clock.now():
        schedule(session, REMIND, name_of(introduction), remind_at)


def name_of(introduction: Introduction) -> str:
    """As jobs and audit records name it."""
    return f"introduction:{introduction.id}"


def path_of(introduction: Introduction) -> str:
    return f"/introductions/{introduction.public_id}"


def _due_text(introduction: Introduction) -> str:
    return f"请在 {zh_deadline(introduction.reply_due_at)} 前答复。"


def _tell_asked(session: Session, introduction: Introduction) -> None:
    notify(
        session,
        [introduction.to_person_id],
        f"收到对接申请：{introduction.asked_for.title}",
        f"对接编号 {introduction.number}。{_due_text(introduction)}",
        path_of(introduction),
        organisation_id=introduction.to_organisation_id,
        urgent=True,
    )


def _tell_asking(session: Session, introduction: Introduction) -> None:
    listing = introduction.offered
    assert listing is not None  # opened for both sides
    notify(
        session,
        [introduction.from_person_id],
        f"收到对接建议：{listing.title}",
        f"对接编号 {introduction.number}。{_due_text(introduction)}",
        path_of(introduction),
        organisation_id=introduction.from_organisation_id,
        urgent=True,
    )


def get_introduction(session: Session, reader: Reader, public_id: str) -> Introduction:
    """The introduction, or NotFound when there is none that this reader may read."""
    introduction = session.scalar(
        select(Introduction)
        .where(Introduction.public_id == public_id)
        .options(joinedload(Introduction.result), joinedload(Introduction.demand))
    )
    if introduction is None or not policy.can_read(reader, introduction):
        raise NotFound("没有找到这项对接，或它不属于您的单位。")
    return introduction
