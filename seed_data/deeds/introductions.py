"""Introductions (对接): asked for, answered, talked about and ended as the file says."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select

from marketplace.accounts.policy import SITE, Reader
from marketplace.demands.models import Demand
from marketplace.introductions.assistance import decide_assistance, offer_assistance
from marketplace.introductions.models import Introduction
from marketplace.introductions.moves import conclude_introduction, move_introduction
from marketplace.introductions.service import Shown, open_for_both, open_introduction
from marketplace.introductions.thread import write_message
from marketplace.introductions.workflow import IntroductionAction, is_asking
from marketplace.results.models import Result
from seed_data.activity_schema import Deed, SeedDeed, SeedIntroduction
from seed_data.timeline import Event, Loading, SeedError, fen

WORDS = select(Introduction.message)
MOVES = {
    Deed.ACCEPT: IntroductionAction.ACCEPT,
    Deed.DECLINE: IntroductionAction.DECLINE,
    Deed.WITHDRAW: IntroductionAction.WITHDRAW,
    Deed.LAPSE: IntroductionAction.LAPSE,
    Deed.FAIL: IntroductionAction.FAIL,
}


def plan(loading: Loading, item: SeedIntroduction) -> Iterator[Event]:
    opened: list[Introduction] = []
    name = f"introduction {item.asks_for}"
    yield Event(item.days_ago, name, lambda: opened.append(_open(loading, item)))
    for deed in item.deeds:
        yield Event(deed.days_ago, name, partial(_do, loading, opened, deed))


def _open(loading: Loading, item: SeedIntroduction) -> Introduction:
    session, asked_for = loading.session, loading.listing(item.asks_for)
    offered = loading.listing(item.offers) if item.offers else None
    shown = Shown(level=item.level, probability=item.probability)
    if not item.for_both:
        organisations = [offered.organisation] if offered else []
        actor = loading.reader(item.by, *organisations)
        return open_introduction(session, actor, asked_for, offered, item.message, shown)
    if not (isinstance(asked_for, Result) and isinstance(offered, Demand)):
        raise SeedError("an introduction for both sides asks for a result and offers a need")
    return open_for_both(session, loading.reader(item.by), asked_for, offered, item.message, shown)


def _do(loading: Loading, opened: list[Introduction], deed: SeedDeed) -> None:
    session, introduction = loading.session, opened[0]
    actor = SITE
    if deed.by:
        actor = loading.reader(deed.by, introduction.from_organisation, introduction.to_organisation)
    if deed.deed is Deed.WRITE:
        write_message(session, actor, introduction, deed.text)
    elif deed.deed is Deed.OFFER:
        offer_assistance(session, actor, introduction.number)
    elif deed.deed is Deed.LET_ASSIST:
        session.refresh(introduction)
        decide_assistance(session, actor, introduction, introduction.assistance[-1].public_id, True)
    elif deed.deed is Deed.CONCLUDE:
        if deed.outcome is None:
            raise SeedError("达成 needs its outcome")
        conclude_introduction(session, actor, introduction, deed.outcome, deed.text, fen(deed.amount))
    else:
        move_introduction(session, actor, introduction, _move(actor, introduction, deed), deed.text)


def _move(actor: Reader, introduction: Introduction, deed: SeedDeed) -> IntroductionAction:
    if deed.deed is not Deed.CONSENT:
        return MOVES[deed.deed]
    asking = is_asking(actor, introduction)
    return IntroductionAction.CONSENT_FROM if asking else IntroductionAction.CONSENT_TO
