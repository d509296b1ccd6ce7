"""What the reading pages show, for one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.policy import VISITOR, Reader
from marketplace.core.clock import now
from marketplace.core.errors import NotFound
from marketplace.core.markdown import plain_text
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.listings.policy import live
from marketplace.organisations.models import Membership, Organisation
from marketplace.results import policy as result_policy
from marketplace.results.models import Result
from marketplace.taxonomy.models import FIELD
from marketplace.taxonomy.service import titles

NEWEST = 6
OF_ORGANISATION = 20
EXAMPLES = 3
EXAMPLE_LENGTH = 320  # characters of an example text


@dataclass(frozen=True, slots=True)
class StartPage:
    fields: Sequence[tuple[str, str, Mapping[str, int]]]
    newest_results: Sequence[Result]
    newest_demands: Sequence[Demand]
    examples: Sequence[tuple[str, str, str]]  # label, direction, text
    totals: Mapping[str, int]


def start_page(session: Session, reader: Reader) -> StartPage:
    moment = now()
    result_rule = live(Result, moment) & result_policy.readable(reader, moment)
    demand_rule = live(Demand, moment) & demand_policy.readable(reader, moment)
    counts = {
        "result": _by_field(session, Result, result_rule),
        "demand": _by_field(session, Demand, demand_rule),
    }
    results = session.scalars(
        select(Result)
        .where(result_rule)
        .options(selectinload(Result.transfers))
        .order_by(Result.published_at.desc(), Result.id.desc())
        .limit(NEWEST)
    ).all()
    demands = session.scalars(
        select(Demand)
        .where(demand_rule)
        .options(selectinload(Demand.cooperation))
        .order_by(Demand.published_at.desc(), Demand.id.desc())
        .limit(NEWEST)
    ).all()
    return StartPage(
        fields=[
            (code, title, {kind: counts[kind].get(code, 0) for kind in counts})
            for code, title in titles(FIELD).items()
        ],
        newest_results=results,
        newest_demands=demands,
        examples=_examples(session),
        totals={
            "results": sum(counts["result"].values()),
            "demands": sum(counts["demand"].values()),
            "organisations": session.scalar(select(func.count()).select_from(Organisation)) or 0,
        },
    )


def _by_field(
    session: Session, model: type[Result] | type[Demand], rule: ColumnElement[bool]
) -> dict[str, int]:
    rows = session.execute(select(model.field, func.count()).where(rule).group_by(model.field))
    return {row[0]: row[1] for row in rows}


def _examples(session: Session) -> list[tuple[str, str, str]]:
    """Texts of the sample data to try the match with: two needs and a result, open to everybody."""
    moment = now()
    needs = session.scalars(
        select(Demand)
        .where(
            live(Demand, moment),
            demand_policy.readable(VISITOR, moment),
            Demand.sample,
            Demand.disclosure == Disclosure.OPEN,
        )
        .order_by(Demand.seed_key)
        .limit(40)
    ).all()
    results = session.scalars(
        select(Result)
        .where(live(Result, moment), result_policy.readable(VISITOR, moment), Result.sample)
        .order_by(Result.seed_key)
        .limit(1)
    ).all()
    picked = needs[:: max(1, len(needs) // (EXAMPLES - 1))][: EXAMPLES - 1]
    examples = [(n.title, "need", f"{n.title}\n{plain_text(n.difficulty)}"[:EXAMPLE_LENGTH]) for n in picked]
    return examples + [
        (r.title, "result", f"{r.title}\n{plain_text(r.summary)}"[:EXAMPLE_LENGTH]) for r in results
    ]


def get_organisation(session: Session, public_id: str) -> Organisation:
    organisation = session.scalar(
        select(Organisation)
        .where(Organisation.public_id == public_id)
        .options(
            selectinload(Organisation.memberships).joinedload(Membership.person),
            selectinload(Organisation.honours),
        )
    )
    if organisation is None:
        raise NotFound("没有找到这家单位。")
    return organisation


def listings_of(
    session: Session, reader: Reader, organisation: Organisation
) -> tuple[Sequence[Result], Sequence[Demand]]:
    """Newest live listings of an organisation. A masked need is left out for those who may not
    know whose it is: standing on this page would say it."""
    moment = now()
    results = session.scalars(
        select(Result)
        .where(
            Result.organisation_id == organisation.id,
            live(Result, moment),
            result_policy.readable(reader, moment),
        )
        .order_by(Result.published_at.desc())
        .limit(OF_ORGANISATION)
    ).all()
    demands = session.scalars(
        select(Demand)
        .where(
            Demand.organisation_id == organisation.id,
            live(Demand, moment),
            demand_policy.readable(reader, moment),
        )
        .order_by(Demand.published_at.desc())
        .limit(OF_ORGANISATION)
    ).all()
    return results, [d for d in demands if demand_policy.can_know_owner(reader, d)]
