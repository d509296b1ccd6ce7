"""The life of a listing: every role × state × action has its declared outcome."""

from datetime import timedelta

import pytest
from flask import Flask

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import SITE, VISITOR, Reader
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from marketplace.demands.models import Demand
from marketplace.demands.service import move_demand
from marketplace.demands.workflow import TRANSITIONS as DEMAND_TRANSITIONS
from marketplace.listings.choices import ListingStatus as Status
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.workflow import ListingAction as Action
from marketplace.organisations.choices import MembershipRole as Role
from marketplace.organisations.choices import OrganisationKind, Verification
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.results.service import move_result
from marketplace.results.workflow import TRANSITIONS as RESULT_TRANSITIONS
from tests.factories import Factory

OWN_ZONE, OTHER_ZONE = "teda", "thip"

# (state, action) → who may, and the state that follows. All else is refused.
MOVES = {
    (Status.DRAFT, Action.SUBMIT): ({"member", "reviewer"}, Status.ORGANISATION_REVIEW),
    # Not of this organisation, which has a reviewer, and not without the link; see below.
    **{
        (s, a): (set(), Status.SUBMITTED)
        for s in (Status.DRAFT, Status.RETURNED)
        for a in (Action.FILE, Action.CONFIRM)
    },
    (Status.RETURNED, Action.SUBMIT): ({"member", "reviewer"}, Status.ORGANISATION_REVIEW),
    (Status.ORGANISATION_REVIEW, Action.APPROVE): ({"reviewer"}, Status.SUBMITTED),
    (Status.ORGANISATION_REVIEW, Action.RETURN): ({"reviewer"}, Status.RETURNED),
    (Status.ORGANISATION_REVIEW, Action.RECALL): ({"member", "reviewer"}, Status.DRAFT),
    (Status.SUBMITTED, Action.RECALL): ({"member", "reviewer"}, Status.DRAFT),
    (Status.SUBMITTED, Action.RETURN): ({"district", "own zone"}, Status.RETURNED),
    (Status.SUBMITTED, Action.PUBLISH): ({"district", "own zone"}, Status.PUBLISHED),
    (Status.PUBLISHED, Action.WITHDRAW): ({"member", "reviewer", "district", "own zone"}, Status.WITHDRAWN),
    (Status.PUBLISHED, Action.TRANSFER): ({"member", "reviewer"}, Status.TRANSFERRED),
    (Status.PUBLISHED, Action.EXPIRE): ({"site"}, Status.EXPIRED),
    (Status.PUBLISHED, Action.RENEW): ({"member", "reviewer"}, Status.PUBLISHED),
    (Status.EXPIRED, Action.RENEW): ({"member", "reviewer"}, Status.PUBLISHED),
    (Status.EXPIRED, Action.REOPEN): ({"member", "reviewer"}, Status.DRAFT),
    (Status.WITHDRAWN, Action.REOPEN): ({"member", "reviewer"}, Status.DRAFT),
}
KINDS = [(Result, move_result), (Demand, move_demand)]


def actors(organisation_id: int) -> dict[str, Reader]:
    def member(identifier: int, *roles: Role) -> Reader:
        return Reader(None, frozenset({identifier}), frozenset((identifier, role) for role in roles))

    return {
        "visitor": VISITOR,
        "site": SITE,
        "member": member(organisation_id, Role.RESEARCHER, Role.ENTERPRISE, Role.ADMIN, Role.BROKER),
        "reviewer": member(organisation_id, Role.REVIEWER),
        "other reviewer": member(organisation_id + 1000, Role.REVIEWER),
        "district": Reader(officer_level=OfficerLevel.DISTRICT),
        "supervisor": Reader(officer_level=OfficerLevel.SUPERVISOR),
        "own zone": Reader(officer_level=OfficerLevel.ZONE, officer_zone=OWN_ZONE),
        "other zone": Reader(officer_level=OfficerLevel.ZONE, officer_zone=OTHER_ZONE),
    }


@pytest.fixture(params=KINDS, ids=["result", "demand"])
def draft(request: pytest.FixtureRequest, make: Factory) -> Result | Demand:
    owner, contact = make.staffed(zone=OWN_ZONE)
    maker = make.result if request.param[0] is Result else make.demand
    made = maker(owner, contact, published=False)
    return db.session.get_one(request.param[0], made.id)


def attempt(
    listing: Result | Demand, status: Status, actor: Reader, action: Action, reason: str = "理由",
    secrecy: SecrecyVerdict = SecrecyVerdict.PUBLIC,
) -> Status | type[DomainError]:  # fmt: skip
    """What follows from this state, in a transaction that is not kept."""
    try:
        listing.status, listing.secrecy = status, secrecy
        listing.secrecy_at = None if secrecy is SecrecyVerdict.PENDING else clock.now()
        once_live = status in (Status.PUBLISHED, Status.EXPIRED)
        listing.published_at = clock.now() - timedelta(days=1) if once_live else None
        listing.expired_at = clock.now() if status is Status.EXPIRED else None
        move = move_result if isinstance(listing, Result) else move_demand
        assert listing.valid_until is not None
        moment = listing.valid_until if action is Action.EXPIRE else clock.now()
        with clock.frozen(moment):
            return move(db.session(), actor, listing, action, reason).status  # type: ignore[arg-type]  # its own
    except DomainError as error:
        return type(error)
    finally:
        db.session.rollback()


def test_every_role_state_and_action(draft: Result | Demand) -> None:
    outcomes, declared = {}, {}
    for role, actor in actors(draft.organisation_id).items():
        for status in Status:
            for action in Action:
                allowed, target = MOVES.get((status, action), (set(), None))
                may_somewhere = any(role in who for (_, act), (who, _) in MOVES.items() if act is action)
                key = (role, status, action)
                outcomes[key] = attempt(draft, status, actor, action)
                declared[key] = target if role in allowed else Conflict if may_somewhere else NotAllowed
    wrong = {key for key in outcomes if outcomes[key] != declared[key]}
    # RETURN has two owners, one for each source: the other one is told that he may not.
    assert {key for key in wrong if key[2] is not Action.RETURN} == set()
    for key in wrong:
        assert outcomes[key] is NotAllowed, key


@pytest.mark.parametrize("action", [Action.APPROVE, Action.PUBLISH])
def test_nothing_goes_on_without_the_secrecy_review(draft: Result | Demand, action: Action) -> None:
    source = next(status for status, act in MOVES if act is action)
    actor = actors(draft.organisation_id)["reviewer" if action is Action.APPROVE else "district"]
    assert attempt(draft, source, actor, action, secrecy=SecrecyVerdict.PENDING) is InvalidInput


@pytest.mark.parametrize("action", [Action.RETURN, Action.WITHDRAW])
def test_returning_and_withdrawing_need_a_reason(draft: Result | Demand, action: Action) -> None:
    source = Status.SUBMITTED if action is Action.RETURN else Status.PUBLISHED
    district = actors(draft.organisation_id)["district"]
    assert attempt(draft, source, district, action, reason=" ") is InvalidInput


def test_what_is_no_longer_valid_is_not_published(draft: Result | Demand) -> None:
    district = actors(draft.organisation_id)["district"]
    assert draft.valid_until is not None
    with clock.frozen(draft.valid_until - timedelta(seconds=1)):
        assert attempt(draft, Status.SUBMITTED, district, Action.PUBLISH) is Status.PUBLISHED
    with clock.frozen(draft.valid_until):
        assert attempt(draft, Status.SUBMITTED, district, Action.PUBLISH) is InvalidInput


def test_a_need_is_decided_in_its_own_zone_not_in_that_of_its_organisation(make: Factory) -> None:
    owner, contact = make.staffed(zone=OTHER_ZONE)
    demand = db.session.get_one(Demand, make.demand(owner, contact, zone=OWN_ZONE, published=False).id)
    roles = actors(owner.id)
    assert attempt(demand, Status.SUBMITTED, roles["own zone"], Action.PUBLISH) is Status.PUBLISHED
    assert attempt(demand, Status.SUBMITTED, roles["other zone"], Action.PUBLISH) is NotAllowed


def test_both_libraries_share_the_same_life(app: Flask) -> None:
    def rows(transitions: tuple[object, ...]) -> list[tuple[object, ...]]:
        names = ("action", "sources", "target", "needs_reason")
        return [tuple(getattr(row, name) for name in names) for row in transitions]

    assert rows(RESULT_TRANSITIONS) == rows(DEMAND_TRANSITIONS)
    assert {(s, a) for a, sources, *_ in rows(RESULT_TRANSITIONS) for s in sources} == set(MOVES)  # type: ignore[attr-defined]  # frozenset


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RETURNED])
def test_an_enterprise_without_reviewers_files_directly(make: Factory, status: Status) -> None:
    owner = make.organisation(zone=OWN_ZONE)
    person = make.person(owner, Role.ENTERPRISE)
    demand = db.session.get_one(Demand, make.demand(owner, person, published=False).id)
    member = actors(owner.id)["member"]
    assert attempt(demand, status, member, Action.FILE) is Status.SUBMITTED
    assert attempt(demand, status, member, Action.SUBMIT) is NotAllowed
    assert attempt(demand, status, member, Action.FILE, secrecy=SecrecyVerdict.PENDING) is InvalidInput


def test_an_institution_reviews_itself_even_before_it_has_named_a_reviewer(make: Factory) -> None:
    owner = make.organisation(kind=OrganisationKind.UNIVERSITY)
    person = make.person(owner, Role.RESEARCHER)
    result = db.session.get_one(Result, make.result(owner, person, published=False).id)
    member = actors(owner.id)["member"]
    assert attempt(result, Status.DRAFT, member, Action.FILE) is NotAllowed
    assert attempt(result, Status.DRAFT, member, Action.SUBMIT) is Status.ORGANISATION_REVIEW


def test_the_holder_of_a_link_confirms_this_need_and_nothing_else(make: Factory) -> None:
    owner, contact = make.staffed()
    demand = db.session.get_one(Demand, make.demand(owner, contact, published=False).id)
    result = db.session.get_one(Result, make.result(owner, contact, published=False).id)
    holder = Reader(confirms_demand_id=demand.id)
    assert attempt(demand, Status.DRAFT, holder, Action.CONFIRM) is Status.SUBMITTED
    assert (
        attempt(demand, Status.DRAFT, Reader(confirms_demand_id=demand.id + 1), Action.CONFIRM) is NotAllowed
    )
    assert attempt(result, Status.DRAFT, Reader(confirms_demand_id=result.id), Action.CONFIRM) is NotAllowed


def test_nothing_leaves_an_organisation_that_is_not_verified(make: Factory) -> None:
    owner, contact = make.staffed()
    demand = db.session.get_one(Demand, make.demand(owner, contact, published=False).id)
    with transaction() as session:
        organisation = session.get_one(Organisation, owner.id)
        organisation.verification, organisation.verified_at = Verification.PENDING, None
    member = actors(owner.id)["member"]
    assert attempt(demand, Status.DRAFT, member, Action.SUBMIT) is InvalidInput
    assert attempt(demand, Status.SUBMITTED, actors(owner.id)["district"], Action.PUBLISH) is InvalidInput


def test_what_expired_long_ago_is_not_renewed_by_a_click(draft: Result | Demand) -> None:
    member = actors(draft.organisation_id)["member"]
    with clock.frozen(clock.now() - timedelta(days=181)):
        expired_at = clock.now()
    with transaction() as session:
        row = session.merge(draft)
        row.status, row.published_at, row.expired_at = (
            Status.EXPIRED,
            expired_at - timedelta(days=9),
            expired_at,
        )
        row.secrecy, row.secrecy_at = SecrecyVerdict.PUBLIC, expired_at
    move = move_result if isinstance(draft, Result) else move_demand
    with pytest.raises(InvalidInput, match="180"), transaction() as session:
        move(session, member, session.merge(draft), Action.RENEW)  # type: ignore[arg-type]  # its own
