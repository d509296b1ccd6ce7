"""The life of a need: as a listing, and after its publication (寻源中 → 对接中 → 已签约 → 已解决 / 关闭)."""

from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.choices import Choice
from marketplace.core.workflow import Machine, Transition, declare_machine
from marketplace.demands.choices import SourcingStatus
from marketplace.demands.models import Demand
from marketplace.listings.choices import ListingStatus
from marketplace.listings.workflow import listing_transitions


class SourcingAction(Choice):
    INTRODUCE = "introduce", "开始对接"
    RESUME = "resume", "恢复寻源"
    SIGN = "sign", "标记已签约"
    SOLVE = "solve", "标记已解决"
    CLOSE = "close", "关闭需求"


def zone_of(demand: Demand) -> str:
    return demand.zone


TRANSITIONS = listing_transitions(zone_of)


def _owner(actor: Reader, demand: Demand) -> bool:
    return demand.organisation_id in actor.organisation_ids


def _owner_or_site(actor: Reader, demand: Demand) -> bool:
    return actor.is_site or _owner(actor, demand)


def _unpublished(session: Session, demand: Demand) -> str | None:
    return None if demand.status is ListingStatus.PUBLISHED else "需求尚未发布，或已下架、过期。"


def _keep_reason(demand: Demand, reason: str) -> None:
    demand.closing_reason = reason[:200]


SOURCING_TRANSITIONS: tuple[Transition[Reader, Demand], ...] = (
    Transition(
        SourcingAction.INTRODUCE,
        frozenset({SourcingStatus.SEEKING}),
        SourcingStatus.INTRODUCING,
        _owner_or_site,
        guard=_unpublished,
        guard_text="需求在发布中",
        actor="本单位；对接被接受时由系统",
    ),
    Transition(
        SourcingAction.RESUME,
        frozenset({SourcingStatus.INTRODUCING}),
        SourcingStatus.SEEKING,
        _owner_or_site,
        actor="本单位；对接全部结束时由系统",
    ),
    Transition(
        SourcingAction.SIGN,
        frozenset({SourcingStatus.SEEKING, SourcingStatus.INTRODUCING}),
        SourcingStatus.SIGNED,
        _owner_or_site,
        guard=_unpublished,
        guard_text="需求在发布中",
        actor="本单位；对接达成时由系统",
    ),
    Transition(
        SourcingAction.SOLVE,
        frozenset({SourcingStatus.SIGNED}),
        SourcingStatus.SOLVED,
        _owner,
        actor="本单位",
    ),
    Transition(
        SourcingAction.CLOSE,
        frozenset({SourcingStatus.SEEKING, SourcingStatus.INTRODUCING, SourcingStatus.SIGNED}),
        SourcingStatus.CLOSED,
        _owner,
        effect=_keep_reason,
        needs_reason=True,
        actor="本单位",
    ),
)
declare_machine(
    "sourcing", Machine("寻源（需求发布之后）", SourcingStatus, SourcingStatus.SEEKING, SOURCING_TRANSITIONS)
)
