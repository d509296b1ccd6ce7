"""Results and needs in the officer's queue: everything there is to see, and the two decisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.catalogue.listing_views import demand_view, result_view
from marketplace.core.formatting import zh_date
from marketplace.core.markdown import render_markdown
from marketplace.demands.models import Demand
from marketplace.demands.service import move_demand
from marketplace.indexing.documents import document_id
from marketplace.indexing.runtime import runtime
from marketplace.listings.models import Revision
from marketplace.listings.policy import UNSENT
from marketplace.listings.workflow import ListingAction
from marketplace.matching import duplicates
from marketplace.matching.cards import listing_card, listing_url
from marketplace.matching.presenters import Fact, ListingCard
from marketplace.matching.service import Listing, question_of
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.results.service import move_result
from marketplace.taxonomy.models import INDUSTRY, ZONE
from marketplace.taxonomy.service import title
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable

log = structlog.get_logger()

ALIKE = 4  # of the same title


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two libraries, as a decision needs it."""

    load: Callable[[Session, int], Any]
    publish: Callable[[Session, Reader, Any, str], object]
    send_back: Callable[[Session, Reader, Any, str], object]


@dataclass(frozen=True, slots=True)
class SameTitle:
    """A listing of the same title that is not live, so that no index knows it."""

    title: str
    url: str
    status: str


def _result(session: Session, result_id: int) -> Result | None:
    return session.get(Result, result_id)


def _demand(session: Session, demand_id: int) -> Demand | None:
    return session.get(Demand, demand_id)


SIDES = {
    "result": Side(
        _result,
        lambda session, reader, row, text: move_result(session, reader, row, ListingAction.PUBLISH),
        lambda session, reader, row, text: move_result(session, reader, row, ListingAction.RETURN, text),
    ),
    "demand": Side(
        _demand,
        lambda session, reader, row, text: move_demand(session, reader, row, ListingAction.PUBLISH),
        lambda session, reader, row, text: move_demand(session, reader, row, ListingAction.RETURN, text),
    ),
}


def state(listing: Listing) -> str:
    return listing.status.title


def show(session: Session, reader: Reader, listing: Listing) -> Mapping[str, Any]:
    view = result_view(reader, listing) if isinstance(listing, Result) else demand_view(reader, listing)
    same = same_titles(session, listing)
    values = {
        "listing": view,
        "page_url": listing_url(listing),
        "secrecy": secrecy_facts(session, listing),
        "organisation": organisation_facts(listing.organisation),
        "entered_by": entered_by(session, listing),
        "same_titles": same,
        "details": render_markdown(listing.details) if isinstance(listing, Result) else "",
    }
    # Last: the encoder works outside of any transaction, and the rows above are read by then.
    alike, notice = near_duplicates(session, reader, listing)
    return {**values, "alike": alike, "alike_notice": notice}


def secrecy_facts(session: Session, listing: Listing | Revision) -> list[Fact]:
    reviewer = session.get(Person, listing.secrecy_by_id) if listing.secrecy_by_id else None
    rows = (
        ("结论", listing.secrecy.title),
        ("审查人", reviewer.name if reviewer else ""),
        ("日期", zh_date(listing.secrecy_at) if listing.secrecy_at else ""),
        ("说明", listing.secrecy_note),
    )
    return [Fact(label, value) for label, value in rows if value]


def organisation_facts(organisation: Organisation) -> list[Fact]:
    verified = organisation.verification.title
    if organisation.verification is Verification.VERIFIED and organisation.verified_at:
        verified = f"{verified}，{zh_date(organisation.verified_at)}"
    holders = "、".join(f"{row.name} {row.percent:g}%" for row in organisation.shareholders)
    rows = (
        ("单位", organisation.name),
        ("核验", verified),
        ("类型", organisation.kind.title),
        ("统一社会信用代码", organisation.credit_code or "未登记"),
        ("法定代表人", organisation.legal_person),
        ("股东", holders),
        ("功能区", title(ZONE, organisation.zone)),
        ("行业", title(INDUSTRY, organisation.industry)),
        ("地址", organisation.address),
    )
    return [Fact(label, value) for label, value in rows if value]


def entered_by(session: Session, listing: Listing) -> list[Fact]:
    """代填: who entered it, and who of the enterprise confirmed it."""
    if not isinstance(listing, Demand) or listing.entered_by_id is None:
        return []
    person = session.get_one(Person, listing.entered_by_id)
    confirmed = "尚未确认"
    if listing.confirmed_at is not None:
        confirmed = f"{listing.confirmed_by}，{zh_date(listing.confirmed_at)}"
    return [Fact("代填人", person.name), Fact("企业确认", confirmed)]


def same_titles(session: Session, listing: Listing) -> list[SameTitle]:
    """Sent in before under the very same title, live or not: officers are told of all."""
    model: type[Any] = type(listing)
    rows = session.scalars(
        select(model)
        .where(model.title == listing.title, model.id != listing.id, model.status.not_in(UNSENT))
        .order_by(model.id.desc())
        .limit(ALIKE)
    )
    return [SameTitle(row.title, listing_url(row), row.status.title) for row in rows]


def near_duplicates(session: Session, reader: Reader, listing: Listing) -> tuple[Sequence[ListingCard], str]:
    """Live listings of the same library that say nearly the same; a page stands without them."""
    kind = "result" if isinstance(listing, Result) else "demand"
    try:
        own = document_id(kind, listing.id)
        found = duplicates.near_duplicates(session, runtime(), reader, kind, question_of(listing), [own])
    except (EncoderBusy, EngineUnavailable, ModelUnavailable) as error:
        log.warning("queue.without_duplicates", reason=type(error).__name__)
        return (), "查重服务暂时繁忙，稍后刷新即可看到相近条目。"
    return [listing_card(reader, row) for row, _ in found], ""
