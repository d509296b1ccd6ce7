"""The pages that people read: start, results, needs, organisations. One blueprint for each noun."""

from collections.abc import Sequence

import structlog
from flask import Blueprint, render_template, url_for

from marketplace.accounts.current import current_reader
from marketplace.announcements.service import newest
from marketplace.catalogue import service
from marketplace.catalogue.life import Refused, life_of, updated_at
from marketplace.catalogue.listing_views import demand_view, result_view
from marketplace.catalogue.organisation_view import organisation_view
from marketplace.core.db import db
from marketplace.core.permissions import Access, access
from marketplace.demands.service import get_demand
from marketplace.indexing.runtime import runtime
from marketplace.listings.view_counts import count_view
from marketplace.matching.cards import listing_card, match_cards, teams_view
from marketplace.matching.forms import MatchForm
from marketplace.matching.presenters import ListingCard, MatchCard, TeamsView
from marketplace.matching.service import Listing, match_listing, question_of
from marketplace.matching.teams import CONSIDERED
from marketplace.organisations.views import blueprint as organisations
from marketplace.results.models import Result
from marketplace.results.service import get_result
from search.encoder import EncoderBusy
from search.engine import EngineUnavailable
from search.model_store import ModelUnavailable
from search.segment import analyse

home = Blueprint("home", __name__)
results = Blueprint("results", __name__)
demands = Blueprint("demands", __name__)

log = structlog.get_logger()

MATCHES, SIMILAR = 5, 4
NO_MATCHES_NOTICE = "匹配服务暂时繁忙，稍后刷新即可看到匹配结果。"


@home.get("/")
@access(Access.PUBLIC)
def start() -> str:
    reader = current_reader()
    page = service.start_page(db.session, reader)
    return render_template(
        "home/start.html",
        form=MatchForm(),
        fields=[
            (code, title, counts["result"], counts["demand"], url_for("matching.search", field=code))
            for code, title, counts in page.fields
        ],
        newest_results=[listing_card(reader, listing) for listing in page.newest_results],
        newest_demands=[listing_card(reader, listing) for listing in page.newest_demands],
        examples=page.examples,
        totals=page.totals,
        announcements=newest(db.session),
    )


def _both_directions(
    listing: Listing, answers: str, same: str
) -> tuple[Sequence[MatchCard], Sequence[ListingCard], TeamsView | None, str | None]:
    """Matches from the other library, similar ones from this, and of a need the teams; a page stands
    without them."""
    reader, search = current_reader(), runtime()
    try:
        found = match_listing(db.session, search, reader, listing, answers, CONSIDERED)
        alike = match_listing(db.session, search, reader, listing, same, SIMILAR)
    except (EncoderBusy, EngineUnavailable, ModelUnavailable) as error:
        log.warning("listing.without_matches", reason=type(error).__name__)
        return (), (), None, NO_MATCHES_NOTICE
    terms = analyse(question_of(listing))
    return (
        match_cards(db.session, reader, found.matches[:MATCHES], terms, listing),
        [listing_card(reader, match.listing) for match in alike.matches],
        teams_view(db.session, found.matches) if answers == "result" else None,
        None,
    )


def _count_view(listing: Listing) -> None:
    """By anybody outside: its own people and officers look at it for work."""
    reader = current_reader()
    if listing.organisation_id not in reader.organisation_ids and not reader.is_officer:
        count_view(listing.__tablename__, listing.id)


def listing_page(listing: Listing, refused: Refused | None = None) -> str:
    """A result or a need with its matches; ``refused`` is an act whose form comes back filled."""
    reader = current_reader()
    same, other = ("result", "demand") if isinstance(listing, Result) else ("demand", "result")
    matches, similar, teams, notice = _both_directions(listing, other, same)
    url = url_for("matching.search", kind=other, q=listing.title)
    if isinstance(listing, Result):
        view = result_view(reader, listing, matches, similar, url, notice)
    else:
        view = demand_view(reader, listing, matches, similar, url, notice, teams)
    return render_template(
        f"{same}s/detail.html",
        listing=view,
        life=life_of(db.session, reader, listing, refused),
        updated_at=updated_at(db.session, listing),
    )


@results.get("/results/<public_id>")
@access(Access.PUBLIC)
def detail(public_id: str) -> str:
    result = get_result(db.session, current_reader(), public_id)
    _count_view(result)
    return listing_page(result)


@demands.get("/demands/<public_id>", endpoint="detail")
@access(Access.PUBLIC)
def demand_detail(public_id: str) -> str:
    demand = get_demand(db.session, current_reader(), public_id)
    _count_view(demand)
    return listing_page(demand)


@organisations.get("/organisations/<public_id>", endpoint="detail")
@access(Access.PUBLIC)
def organisation_detail(public_id: str) -> str:
    organisation = service.get_organisation(db.session, public_id)
    reader = current_reader()
    listings = service.listings_of(db.session, reader, organisation)
    return render_template(
        "organisations/detail.html", organisation=organisation_view(reader, organisation, *listings)
    )
