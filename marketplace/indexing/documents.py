"""Row → search.Document: what the whole audience of a listing may read, and nothing else.

Left out on purpose: 受控详情, the owner of a masked need, 意向专家, people's names and contacts.
"""

from collections.abc import Iterable
from datetime import datetime

from marketplace.accounts.policy import (
    OFFICER_TOKEN,
    PUBLIC_TOKEN,
    organisation_token,
    zone_officer_token,
)
from marketplace.core.markdown import plain_text
from marketplace.demands.choices import CooperationMode, Disclosure
from marketplace.demands.models import Demand
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.models import IndicatorColumns
from marketplace.listings.policy import is_live
from marketplace.results.choices import TransferMode
from marketplace.results.models import Result
from search.documents import Document

# Upper bounds in 万元 of the price and budget bands, with their titles in ``matching.facets``.
PRICE_BANDS = ((50, "0-50"), (200, "50-200"), (500, "200-500"), (float("inf"), "500+"))
NEGOTIABLE = "negotiable"
FEN_PER_WAN = 1_000_000

# One facet for both libraries: how a result is offered, in the words in which needs ask for it.
COOPERATION_OF_TRANSFER = {
    TransferMode.ASSIGNMENT: CooperationMode.ASSIGNMENT,
    TransferMode.EXCLUSIVE: CooperationMode.LICENSE,
    TransferMode.SOLE: CooperationMode.LICENSE,
    TransferMode.NON_EXCLUSIVE: CooperationMode.LICENSE,
    TransferMode.EQUITY: CooperationMode.EQUITY,
    TransferMode.CO_DEVELOPMENT: CooperationMode.JOINT,
    TransferMode.SERVICE: CooperationMode.SERVICE,
}


def document_id(kind: str, listing_id: int) -> str:
    return f"{kind}:{listing_id}"


def split_document_id(identifier: str) -> tuple[str, int]:
    kind, _, listing_id = identifier.partition(":")
    return kind, int(listing_id)


def price_band(fen: int | None) -> str:
    if fen is None:
        return NEGOTIABLE
    return next(band for bound, band in PRICE_BANDS if fen / FEN_PER_WAN <= bound)


def offered_cooperation(result: Result) -> set[CooperationMode]:
    """自行实施 is no offer to anybody and has no counterpart."""
    return {COOPERATION_OF_TRANSFER[t.mode] for t in result.transfers if t.mode in COOPERATION_OF_TRANSFER}


def listing_document(listing: Result | Demand, now: datetime, version: int) -> Document | None:
    """The document of a live listing; None where nothing may be indexed."""
    if not is_live(listing, now):
        return None
    if isinstance(listing, Result):
        return _result(listing, version)
    return _demand(listing, version)


def _controlled_audience(organisation_id: int, zone: str) -> set[str]:
    """The own organisation and the officers who may read it (as in the features' policies)."""
    return {organisation_token(organisation_id), OFFICER_TOKEN, zone_officer_token(zone)}


def _indicator_lines(rows: Iterable[IndicatorColumns]) -> list[str]:
    return [" ".join(filter(None, (r.name, r.value_text, r.condition))) for r in rows]


def _names(listing: Result | Demand) -> tuple[str, ...]:
    """So that a listing is found by its owner; never called for a masked need."""
    return tuple(dict.fromkeys((listing.organisation.name, listing.organisation.short_name)))


def _words(parts: Iterable[str]) -> str:
    """Several Markdown texts as the plain text that is searched and quoted."""
    return "\n".join(filter(None, map(plain_text, parts)))


def _seconds(moment: datetime | None) -> float:
    assert moment is not None  # a live listing has its times (CHECK constraint)
    return moment.timestamp()


def _result(result: Result, version: int) -> Document:
    zone = result.organisation.zone
    audience = {PUBLIC_TOKEN}
    if result.secrecy is not SecrecyVerdict.PUBLIC:
        audience = _controlled_audience(result.organisation_id, zone)
    prices = [t.price for t in result.transfers if t.price is not None]
    sort = {"published": _seconds(result.published_at), "trl": float(result.trl)}
    if prices:
        sort["price"] = float(min(prices))
    parts = [result.summary, result.innovation, result.applications, result.cases, result.benefits]
    return Document(
        id=document_id("result", result.id),
        kind="result",
        title=result.title,
        text=_words(parts),
        annex="\n".join(_indicator_lines(result.indicators)),
        keywords=(*(k.text for k in result.keywords), *_names(result)),
        audience=frozenset(audience),
        valid_until=_seconds(result.valid_until),
        facets={
            "kind": ("result",),
            "field": (result.field,),
            "cluster": (result.cluster,) if result.cluster else (),
            "trl": (str(result.trl),),
            "stage": (result.stage.value,),
            "cooperation": tuple(sorted(offered_cooperation(result))),
            "zone": (zone,),
            "price": tuple({price_band(t.price) for t in result.transfers}),
            "ip": tuple({right.kind.value for right in result.ip_rights}),
            "organisation": (result.organisation.kind.value,),
        },
        sort=sort,
        version=version,
    )


def _demand(demand: Demand, version: int) -> Document:
    audience = {PUBLIC_TOKEN}
    controlled = _controlled_audience(demand.organisation_id, demand.zone)
    if demand.secrecy is not SecrecyVerdict.PUBLIC:
        audience = controlled
    elif demand.disclosure is Disclosure.DIRECTED:
        invited = {organisation_token(row.organisation_id) for row in demand.directed_to}
        audience = controlled | invited
    sort = {"published": _seconds(demand.published_at), "trl": float(demand.min_trl)}
    if demand.budget is not None:
        sort["price"] = float(demand.budget)
    parts = [demand.difficulty, demand.research, demand.basis]
    masked = demand.disclosure is Disclosure.MASKED  # kind and zone together may name the owner
    names = () if masked else _names(demand)
    return Document(
        id=document_id("demand", demand.id),
        kind="demand",
        title=demand.title,
        text=_words(parts),
        annex="\n".join(_indicator_lines(demand.indicators)),
        keywords=(*(k.text for k in demand.keywords), *names),
        audience=frozenset(audience),
        valid_until=_seconds(demand.valid_until),
        facets={
            "kind": ("demand",),
            "field": (demand.field,),
            "cluster": (demand.cluster,) if demand.cluster else (),
            "trl": (str(demand.min_trl),),
            "stage": tuple(row.stage.value for row in demand.stages),
            "cooperation": tuple(row.mode.value for row in demand.cooperation),
            "zone": (demand.zone,),
            "price": (price_band(demand.budget),),
            "ip": (),
            "organisation": () if masked else (demand.organisation.kind.value,),
        },
        sort=sort,
        version=version,
    )
