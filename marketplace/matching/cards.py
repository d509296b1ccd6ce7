"""Rows → cards: what a reader sees of a listing in any list."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.accounts.profiles import organisations_of
from marketplace.core.clock import now
from marketplace.core.formatting import wan
from marketplace.core.markdown import plain_text
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.listings.policy import belongs_to, is_live
from marketplace.matching.feedback import earlier_feedback
from marketplace.matching.marks import make_mark
from marketplace.matching.models import MatchFeedback
from marketplace.matching.presenters import (
    ClosestPair,
    Fact,
    GivenFeedback,
    Level,
    ListingCard,
    MatchAnswer,
    MatchCard,
    SpeakingResult,
    TeamRow,
    TeamsView,
)
from marketplace.matching.service import Listing, Match, MatchOutcome
from marketplace.matching.teams import Suited, teams_for
from marketplace.matching.verdict_rows import read_rows, verdict_table
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result, TransferOffer
from marketplace.taxonomy.models import FIELD, TRL, ZONE
from marketplace.taxonomy.service import title
from search.documents import QueryTerms
from search.explain import highlight_spans, snippet
from search.ranking import MatchLevel
from search.segment import analyse

MASKED_NAME = "企业名称已脱敏"
SNIPPET_WIDTH = 90  # characters
QUOTE_WIDTH = 220  # of a sentence without an end, the part that tells most

LEVELS = {
    MatchLevel.STRONG: Level("strong", "强相关"),
    MatchLevel.GOOD: Level("good", "较强相关"),
    MatchLevel.WEAK: Level("weak", "弱相关"),
    MatchLevel.NONE: Level("none", "无相关"),
}


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Escape a text and put <mark> around its spans."""
    parts, position = [], 0
    for start, end in spans:
        parts += [escape(text[position:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        position = end
    parts.append(escape(text[position:]))
    return Markup("").join(parts)


def offer_price(offer: TransferOffer) -> str:
    """The price of one way of transfer, as people say it."""
    parts = []
    if offer.price is not None:
        parts.append(wan(offer.price))
    if offer.entry_fee is not None:
        parts.append(f"入门费 {wan(offer.entry_fee)}")
    if offer.royalty_percent is not None:
        parts.append(f"提成 {offer.royalty_percent:g}%")
    return " + ".join(parts) or "面议"


def result_facts(result: Result) -> list[Fact]:
    prices = [offer.price for offer in result.transfers if offer.price is not None]
    price = f"{wan(min(prices))}{' 起' if len(result.transfers) > 1 else ''}" if prices else "面议"
    return [
        Fact("领域", title(FIELD, result.field)),
        Fact("TRL", f"{result.trl} {title(TRL, str(result.trl))}"),
        Fact("阶段", result.stage.title),
        Fact("价格", price),
        Fact("转化方式", "、".join(offer.mode.title for offer in result.transfers)),
        Fact("功能区", title(ZONE, result.organisation.zone)),
    ]


def demand_facts(demand: Demand) -> list[Fact]:
    return [
        Fact("领域", title(FIELD, demand.field)),
        Fact("预期投入", wan(demand.budget) if demand.budget is not None else "面议"),
        Fact("期望时限", f"{demand.months} 个月"),
        Fact("最低 TRL", f"{demand.min_trl} {title(TRL, str(demand.min_trl))}"),
        Fact("合作方式", "、".join(row.mode.title for row in demand.cooperation)),
        Fact("功能区", title(ZONE, demand.zone)),
    ]


def listing_marks(listing: Listing) -> list[str]:
    marks = []
    if isinstance(listing, Result):
        if listing.pay_after_use:
            marks.append("先使用后付费")
    else:
        marks.append(listing.kind.title)
        if listing.disclosure is not Disclosure.OPEN:
            marks.append(listing.disclosure.title)
        if listing.wants_challenge:
            marks.append("申请进入榜单")
    return marks


def owner_name(reader: Reader, listing: Listing) -> tuple[str, str | None]:
    """Name and address of the owner's page; of a masked need neither."""
    if isinstance(listing, Demand) and not demand_policy.can_know_owner(reader, listing):
        return MASKED_NAME, None
    organisation = listing.organisation
    return organisation.short_name, url_for("organisations.detail", public_id=organisation.public_id)


def listing_url(listing: Listing) -> str:
    endpoint = "results.detail" if isinstance(listing, Result) else "demands.detail"
    return url_for(endpoint, public_id=listing.public_id)


def listing_card(reader: Reader, listing: Listing, terms: QueryTerms | None = None) -> ListingCard:
    terms = terms or QueryTerms()
    body = listing.summary if isinstance(listing, Result) else listing.difficulty
    text, spans = snippet(plain_text(body), terms, SNIPPET_WIDTH)
    name, url = owner_name(reader, listing)
    return ListingCard(
        kind="result" if isinstance(listing, Result) else "demand",
        url=listing_url(listing),
        title=marked(listing.title, highlight_spans(listing.title, terms)),
        organisation=name,
        organisation_url=url,
        snippet=marked(text, spans),
        facts=result_facts(listing) if isinstance(listing, Result) else demand_facts(listing),
        published_at=listing.published_at,
        sample=listing.sample,
        marks=listing_marks(listing),
    )


def contact_of(reader: Reader, listing: Listing) -> str:
    """Whom to ask: the office, never a person's data."""
    name, url = owner_name(reader, listing)
    if url is None:
        return "区科技局代为转达（企业名称已脱敏）"
    return f"{name} {'成果转化联系人' if isinstance(listing, Result) else '需求联系人'}"


def ask_url(reader: Reader, listing: Listing, asked: Listing | None = None, mark: str = "") -> str:
    """Where to ask for an introduction to a listing; the question goes along where it is the reader's."""
    if belongs_to(reader, listing) or not is_live(listing, now()):
        return ""
    if asked is None:
        return _introduction_url([listing], mark)
    own = belongs_to(reader, asked)
    return _introduction_url([listing, asked], mark) if own else _introduction_url([listing], "")


def pair_url(reader: Reader, listing: Listing, asked: Listing | None, mark: str) -> str:
    """Where a broker or officer brings the owners of two listings together; "" for anybody else."""
    stranger = asked is not None and not (belongs_to(reader, listing) or belongs_to(reader, asked))
    if asked is None or not stranger or not (reader.is_broker or reader.is_officer):
        return ""
    pair = [listing, asked]
    if not all(is_live(row, now()) for row in pair):
        return ""
    if any(isinstance(row, Demand) and not demand_policy.can_know_owner(reader, row) for row in pair):
        return ""
    return _introduction_url(pair, mark)


def _introduction_url(pair: Sequence[Listing], mark: str) -> str:
    values: dict[str, Any] = {
        "result" if isinstance(row, Result) else "demand": row.public_id for row in pair
    }
    if mark:
        values["mark"] = mark
    return url_for("introductions.new", **values)


def given_feedback_view(row: MatchFeedback | None) -> GivenFeedback | None:
    if row is None:
        return None
    of_text = row.result_id is None or row.demand_id is None
    return GivenFeedback(row.verdict.title, [r.reason.title for r in row.reasons], row.note, of_text)


def match_cards(
    session: Session,
    reader: Reader,
    matches: Sequence[Match],
    terms: QueryTerms,
    asked: Listing | None = None,
) -> list[MatchCard]:
    """``asked`` is the listing that was matched; None for a pasted text."""
    given = earlier_feedback(session, reader, asked, [match.listing for match in matches])
    return [_match_card(reader, match, terms, asked, given.get(match.listing)) for match in matches]


def _match_card(
    reader: Reader, match: Match, terms: QueryTerms, asked: Listing | None, given: MatchFeedback | None
) -> MatchCard:
    mark = make_mark(asked, match.listing, match.level, match.probability)
    pair = None
    if match.pair is not None:
        question, answer = match.pair
        pair = ClosestPair(
            asked=marked(*snippet(question, analyse(answer), QUOTE_WIDTH)),
            offered=marked(*snippet(answer, analyse(question), QUOTE_WIDTH)),
        )
    return MatchCard(
        card=listing_card(reader, match.listing, terms),
        level=replace(LEVELS[match.level], probability=match.probability),
        pair=pair,
        matched_terms=match.shared,
        against=match.against,
        contact=contact_of(reader, match.listing),
        mark=mark if reader.person_id is not None else "",
        given=given_feedback_view(given),
        ask_url=ask_url(reader, match.listing, asked, mark),
        pair_url=pair_url(reader, match.listing, asked, mark),
        verdicts=verdict_table(match.judgements),
    )


def match_answer(
    session: Session, reader: Reader, outcome: MatchOutcome, direction: str, text: str, truncated: bool
) -> MatchAnswer:
    terms = analyse(text)
    return MatchAnswer(
        direction=direction,
        understood_field=title(FIELD, outcome.field) or None,
        keywords=outcome.keywords,
        cards=match_cards(session, reader, outcome.matches, terms),
        truncated=truncated,
        notice=outcome.notice,
        indicators=read_rows(outcome.indicators),
        teams=teams_view(session, outcome.matches) if direction == "need" else None,
    )


def teams_view(session: Session, matches: Sequence[Match]) -> TeamsView:
    """Teams and experts behind the results that match a need."""
    teams = teams_for(session, matches)
    return TeamsView(
        [_team_row(suited, "organisations.detail") for suited in teams.organisations],
        [_team_row(suited, "accounts.person") for suited in teams.experts],
    )


def _team_row(suited: Suited[Organisation] | Suited[Person], endpoint: str) -> TeamRow:
    party, note = suited.party, ""
    if isinstance(party, Person):
        employers = "、".join(organisation.short_name for organisation in organisations_of(party))
        note = " · ".join(filter(None, (party.professional_title, employers)))
    return TeamRow(
        name=party.name,
        url=url_for(endpoint, public_id=party.public_id),
        note=note,
        level=LEVELS[suited.level],
        results=[
            SpeakingResult(match.listing.title, listing_url(match.listing), LEVELS[match.level].title)
            for match in suited.matches
        ],
    )
