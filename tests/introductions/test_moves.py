"""Every state × action × actor, and what each move brings with it."""

import pytest

from marketplace.accounts.policy import SITE
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed
from marketplace.demands.choices import SourcingStatus
from marketplace.demands.models import Demand
from marketplace.introductions.choices import IntroductionStatus, OutcomeKind
from marketplace.introductions.models import Introduction
from marketplace.introductions.moves import conclude_introduction, move_introduction
from marketplace.introductions.workflow import TRANSITIONS, IntroductionAction
from tests.introductions.conftest import Parties

Status, Act = IntroductionStatus, IntroductionAction
ACTORS = ("seeker", "colleague", "owner", "partner", "broker", "stranger", "district", "supervisor", "teda")
ASKING, ASKED = {"seeker", "colleague"}, {"owner", "partner"}

# (how it was opened, state) → action → who may; everything else is refused.
ALLOWED: dict[tuple[str, Status], dict[Act, set[str]]] = {
    ("ask", Status.PENDING): {Act.ACCEPT: ASKED, Act.DECLINE: ASKED, Act.WITHDRAW: ASKING},
    ("ask", Status.LAPSED): {Act.ACCEPT: ASKED, Act.WITHDRAW: ASKING},
    ("ask", Status.ACTIVE): {Act.CONCLUDE: ASKING | ASKED, Act.FAIL: ASKING | ASKED},
    ("ask", Status.AGREED): {},
    ("ask", Status.FAILED): {},
    ("pair", Status.PENDING): {
        Act.CONSENT_FROM: ASKING,
        Act.CONSENT_TO: ASKED,
        Act.DECLINE: ASKING | ASKED,
        Act.WITHDRAW: {"broker"},
    },
    ("pair", Status.LAPSED): {Act.WITHDRAW: {"broker"}},
}


def put(parties: Parties, opened: str, status: Status) -> Introduction:
    introduction = parties.ask(offered=True) if opened == "ask" else parties.pair()
    if status is Status.LAPSED:
        with clock.frozen(introduction.reply_due_at), transaction() as session:
            move_introduction(session, SITE, session.merge(introduction), Act.LAPSE)
    elif status is Status.FAILED:
        parties.move("owner", introduction, Act.DECLINE, "方向不符")
    elif status is not Status.PENDING:
        parties.move("owner", introduction, Act.ACCEPT)
    if status is Status.AGREED:
        conclude(parties, "owner", introduction)
    return parties.again(introduction)


def conclude(parties: Parties, who: str, introduction: Introduction) -> Introduction:
    with transaction() as session:
        return conclude_introduction(
            session, parties.reader(who), session.merge(introduction), OutcomeKind.LICENSE, "许可合同", 100
        )


def attempt(parties: Parties, who: str, introduction: Introduction, action: Act) -> bool:
    """Whether it may be done; nothing is kept."""

    class Undo(Exception):
        pass

    try:
        with transaction() as session:
            row, reader = session.merge(introduction), parties.reader(who)
            if action is Act.CONCLUDE:
                conclude_introduction(session, reader, row, OutcomeKind.OTHER)
            else:
                move_introduction(session, reader, row, action, "试一试的理由")
            raise Undo
    except Undo:
        return True
    except (NotAllowed, Conflict):
        return False


@pytest.mark.parametrize(("opened", "status"), list(ALLOWED))
def test_who_may_do_what_in_which_state(parties: Parties, opened: str, status: Status) -> None:
    introduction = put(parties, opened, status)
    assert introduction.status is status
    rights = ALLOWED[(opened, status)]
    for action in Act:
        may = {who for who in ACTORS if attempt(parties, who, introduction, action)}
        assert may == rights.get(action, set()), action


def test_every_transition_says_who_may() -> None:
    assert all(t.actor for t in TRANSITIONS)
    assert {t.action for t in TRANSITIONS} == set(Act)


def test_only_the_site_lets_a_request_lapse_and_only_when_it_is_due(parties: Parties) -> None:
    introduction = parties.ask()
    with pytest.raises(InvalidInput, match="期限未到"), transaction() as session:
        move_introduction(session, SITE, session.merge(introduction), Act.LAPSE)


def test_ends_need_their_reason_and_keep_it(parties: Parties) -> None:
    introduction = parties.ask()
    with pytest.raises(InvalidInput) as refused:
        parties.move("owner", introduction, Act.DECLINE, "  ")
    assert refused.value.field == "reason"
    with pytest.raises(InvalidInput) as refused:
        parties.move("owner", introduction, Act.DECLINE, "长" * 401)
    assert refused.value.field == "reason"
    parties.move("owner", introduction, Act.DECLINE, "已独占许可他人")
    row = parties.again(introduction)
    assert (row.status, row.end_reason) == (Status.FAILED, "已独占许可他人")
    assert row.answered_at is not None and row.ended_at is not None and not row.accepted


def test_the_need_follows_acceptance_and_end(parties: Parties) -> None:
    first = parties.ask(offered=True)
    assert sourcing(parties) is SourcingStatus.SEEKING
    parties.move("owner", first, Act.ACCEPT)
    assert sourcing(parties) is SourcingStatus.INTRODUCING
    parties.move("seeker", first, Act.FAIL, "样品未达标")
    assert sourcing(parties) is SourcingStatus.SEEKING


def test_a_need_with_another_talk_stays_where_it_is(parties: Parties) -> None:
    first = parties.ask(offered=True)
    parties.move("owner", first, Act.ACCEPT)
    _, other_owner = parties.make.staffed()
    parties.people["owner"] = other_owner
    second = parties.ask_back()
    parties.move("seeker", second, Act.ACCEPT)
    parties.move("seeker", first, Act.FAIL, "样品未达标")
    assert sourcing(parties) is SourcingStatus.INTRODUCING
    parties.move("seeker", second, Act.FAIL, "报价过高")
    assert sourcing(parties) is SourcingStatus.SEEKING


def test_a_declined_request_does_not_touch_a_need_its_owner_has_moved(parties: Parties) -> None:
    introduction = parties.ask(offered=True)
    parties.move("owner", introduction, Act.DECLINE, "方向不符")
    assert sourcing(parties) is SourcingStatus.SEEKING


def test_agreeing_signs_the_need_and_keeps_the_outcome(parties: Parties) -> None:
    introduction = parties.ask_back(offered=True)
    parties.move("seeker", introduction, Act.ACCEPT)
    conclude(parties, "owner", introduction)
    row = parties.again(introduction)
    assert (row.status, row.outcome_kind, row.contract_amount) == (Status.AGREED, OutcomeKind.LICENSE, 100)
    assert sourcing(parties) is SourcingStatus.SIGNED


def test_two_sides_brought_together_both_have_to_agree(parties: Parties) -> None:
    introduction = parties.pair()
    assert introduction.from_organisation_id == parties.organisations["enterprise"].id
    parties.move("colleague", introduction, Act.CONSENT_FROM)
    row = parties.again(introduction)
    assert row.status is Status.PENDING and not row.accepted
    with pytest.raises(NotAllowed):
        parties.move("seeker", introduction, Act.ACCEPT)
    parties.move("partner", introduction, Act.ACCEPT)
    row = parties.again(introduction)
    assert row.status is Status.ACTIVE and row.accepted
    # Nobody's address is given away by somebody else: who agreed is the contact.
    assert (row.from_person_id, row.to_person_id) == (
        parties.people["colleague"].id,
        parties.people["partner"].id,
    )


def test_a_late_answer_is_refused_while_a_newer_request_is_open(parties: Parties) -> None:
    late = put(parties, "ask", Status.LAPSED)
    newer = parties.ask()
    with pytest.raises(InvalidInput, match="已有新的对接"):
        parties.move("owner", late, Act.ACCEPT)
    parties.move("owner", newer, Act.DECLINE, "不再许可")
    parties.move("owner", late, Act.ACCEPT)
    assert parties.again(late).status is Status.ACTIVE


def sourcing(parties: Parties) -> SourcingStatus:
    db.session.rollback()
    return db.session.get_one(Demand, parties.demand.id).sourcing
