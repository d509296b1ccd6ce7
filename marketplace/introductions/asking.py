"""The page 申请对接: which listings, who asks whom, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core.errors import InvalidInput, NotFound
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.demands.service import get_demand
from marketplace.introductions import service
from marketplace.introductions.forms import AskForm
from marketplace.introductions.models import Introduction
from marketplace.introductions.pages import shown_of
from marketplace.introductions.service import Listing, Shown
from marketplace.matching.cards import listing_card
from marketplace.matching.marks import read_mark
from marketplace.matching.presenters import ListingCard
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.results.service import get_result
from marketplace.taxonomy.rules import Rule, number_of


@dataclass(frozen=True, slots=True)
class AskView:
    """What the template shows; ``problem`` says why there is no form."""

    result_id: str
    demand_id: str
    mark: str
    cards: Sequence[tuple[str, ListingCard]]  # what the listing is to the reader, the listing
    both_sides: bool
    problem: str
    open_path: str | None
    level: str
    sender: str  # how the asker's organisation is named to the other side
    may_be_masked: bool
    shown: Sequence[str]
    reply_days: int
    own_options: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asking:
    """One request before it is sent. ``own`` is what the address names; the form may choose another."""

    reader: Reader
    asked_for: Listing
    other: Listing | None  # the other listing of a pair that a broker or officer brings together
    own: Listing | None
    own_rows: Sequence[Listing]
    problem: str
    open_path: str | None
    shown: Shown
    mark: str
    reply_days: int
    organisation: Organisation | None

    @property
    def both_sides(self) -> bool:
        return self.other is not None

    @property
    def own_id(self) -> str:
        return self.own.public_id if self.own in self.own_rows and self.own is not None else ""

    @property
    def own_options(self) -> list[tuple[str, str]]:
        return [(row.public_id, _option_title(row)) for row in self.own_rows]

    def open(self, session: Session, actor: Reader, form: AskForm) -> Introduction:
        message = form.message.data or ""
        if self.other is not None:
            result, demand = _by_kind(self.asked_for, self.other)
            return service.open_for_both(session, actor, result, demand, message, self.shown)
        offered = next((row for row in self.own_rows if row.public_id == form.own.data), None)
        if form.own.data and offered is None:
            raise InvalidInput("只能附上本单位已发布、对方也能看到的条目。", field="own")
        return service.open_introduction(session, actor, self.asked_for, offered, message, self.shown)

    def view(self, me: Person) -> AskView:
        result, demand = _ids(self.asked_for, self.other or self.own)
        cards = [("对接的条目" if not self.both_sides else "", listing_card(self.reader, self.asked_for))]
        if self.other is not None:
            cards.append(("", listing_card(self.reader, self.other)))
        name = self.organisation.name if self.organisation else ""
        return AskView(
            result_id=result,
            demand_id=demand,
            mark=self.mark,
            cards=cards,
            both_sides=self.both_sides,
            problem=self.problem,
            open_path=self.open_path,
            level=self.shown.level.title if self.shown.level else "",
            sender=name,
            may_be_masked=any(_is_masked(row) for row in self.own_rows),
            shown=[] if self.both_sides else shown_of(me, name),
            reply_days=self.reply_days,
            own_options=[("", "不附"), *self.own_options],
        )


def _is_masked(listing: Listing) -> bool:
    return isinstance(listing, Demand) and listing.disclosure is Disclosure.MASKED


def _option_title(listing: Listing) -> str:
    note = "（以“企业名称已脱敏”发出）" if _is_masked(listing) else ""
    return f"{listing.number} {listing.title}{note}"


def _by_kind(first: Listing, second: Listing) -> tuple[Result, Demand]:
    pair = (first, second) if isinstance(first, Result) else (second, first)
    assert isinstance(pair[0], Result) and isinstance(pair[1], Demand)  # asking_of put them together
    return pair[0], pair[1]


def _ids(*pair: Listing | None) -> tuple[str, str]:
    result = next((row.public_id for row in pair if isinstance(row, Result)), "")
    demand = next((row.public_id for row in pair if isinstance(row, Demand)), "")
    return result, demand


def asking_of(session: Session, reader: Reader, values: Mapping[str, str]) -> Asking:
    """Read ``result``, ``demand`` and ``mark``; NotFound for what this reader may not read.

    The own listing of the two is offered, the other asked for. With two foreign listings a broker or
    officer asks both sides.
    """
    result = get_result(session, reader, values["result"]) if values.get("result") else None
    demand = get_demand(session, reader, values["demand"]) if values.get("demand") else None
    named: list[Listing] = [row for row in (result, demand) if row is not None]
    if not named:
        raise NotFound("请从成果、需求或匹配结果的页面申请对接。")
    foreign = [row for row in named if row.organisation_id not in reader.organisation_ids]
    own = next((row for row in named if row not in foreign), None)
    asked_for = foreign[0] if foreign else named[0]
    other = foreign[1] if len(foreign) == 2 else None
    if not foreign:
        own = None
    return _asking(session, reader, asked_for, other, own, values.get("mark", ""))


def _asking(
    session: Session,
    reader: Reader,
    asked_for: Listing,
    other: Listing | None,
    own: Listing | None,
    mark: str,
) -> Asking:
    existing: Introduction | None = None
    if other is not None:
        result, demand = _by_kind(asked_for, other)
        problem = service.pair_obstacle(session, reader, result, demand)
    else:
        problem = service.obstacle(session, reader, asked_for)
        if reader.acting_for is not None and problem is None:
            existing = service.open_one(session, reader.acting_for, asked_for, own)
    own_rows = service.offerable(session, reader, asked_for) if other is None and problem is None else []
    return Asking(
        reader=reader,
        asked_for=asked_for,
        other=other,
        own=own,
        own_rows=own_rows,
        problem=problem or "",
        open_path=service.path_of(existing) if existing else None,
        shown=_shown(mark, asked_for),
        mark=mark,
        reply_days=number_of(session, Rule.INTRODUCTION_REPLY),
        organisation=session.get(Organisation, reader.acting_for) if reader.acting_for else None,
    )


def _shown(mark: str, asked_for: Listing) -> Shown:
    """What the match was called; a request stands without it, too."""
    if not mark:
        return Shown()
    try:
        found = read_mark(mark)
    except NotFound:
        return Shown()
    if asked_for.public_id not in (found.result, found.demand):
        return Shown()
    return Shown(level=found.level, probability=found.probability)
