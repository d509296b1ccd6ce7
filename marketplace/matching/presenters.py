"""View models of search and matching pages: plain values, already allowed for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the fact strip, for example ("TRL", "6 正样级")."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ListingCard:
    kind: str  # "result" or "demand"
    url: str
    title: Markup  # highlighted with <mark>
    organisation: str  # already masked where the need is
    organisation_url: str | None
    snippet: Markup
    facts: Sequence[Fact]
    published_at: datetime | None
    sample: bool  # shows 示例
    marks: Sequence[str] = ()  # short labels such as 先使用后付费, 企业名称脱敏, 定向可见


@dataclass(frozen=True, slots=True)
class Level:
    key: str  # strong, good, weak, none
    title: str  # 强相关, 较强相关, 弱相关, 无相关
    probability: float | None = None  # of 较强相关 or better


@dataclass(frozen=True, slots=True)
class ClosestPair:
    """The two sentences nearest in meaning, shared words in <mark>."""

    asked: Markup
    offered: Markup


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """What the reader said of this match before."""

    verdict: str  # 合适 or 不合适
    reasons: Sequence[str]
    note: str
    of_text: bool  # given where some text was pasted, perhaps another one


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One 指标 the need asks for and what the result says of it."""

    name: str
    necessity: str  # 必须 / 期望
    asked: str
    offered: str  # "" where the result says nothing
    verdict: str  # 满足, 差距, 未说明, 不可比
    difference: str  # how much, or why nothing can be said
    condition: str = ""


@dataclass(frozen=True, slots=True)
class VerdictTable:
    rows: Sequence[VerdictRow]
    met: int
    gap: int
    unstated: int
    incomparable: int
    complete: bool  # every 必须 row is met, and there is one


@dataclass(frozen=True, slots=True)
class MatchCard:
    card: ListingCard
    level: Level
    pair: ClosestPair | None
    matched_terms: Sequence[str]
    against: Sequence[str]  # whole Chinese sentences; empty: nothing found
    contact: str  # whom to ask, for example 津轨交通装备研究院 成果转化办
    mark: str = ""  # the match as it is shown, signed; "" where nobody can act on it
    given: GivenFeedback | None = None
    ask_url: str = ""  # 申请对接; "" for the reader's own listing
    pair_url: str = ""  # 促成对接, for brokers and officers who see both listings
    verdicts: VerdictTable | None = None  # None where the need asks for no 指标


@dataclass(frozen=True, slots=True)
class SpeakingResult:
    title: str
    url: str
    level: str


@dataclass(frozen=True, slots=True)
class TeamRow:
    """An organisation or a person, with the matched results that speak for them."""

    name: str
    url: str
    note: str  # a person's title and organisations
    level: Level
    results: Sequence[SpeakingResult]


@dataclass(frozen=True, slots=True)
class TeamsView:
    organisations: Sequence[TeamRow]
    experts: Sequence[TeamRow]


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    direction: str  # "need" (answered by results) or "result" (answered by needs)
    understood_field: str | None  # the field most of the best matches share
    keywords: Sequence[str]
    cards: Sequence[MatchCard]
    truncated: bool = False  # only the first 20,000 characters were read
    notice: str | None = None  # engine trouble, said plainly
    indicators: Sequence["IndicatorRow"] = ()  # read from the text
    teams: TeamsView | None = None  # of a need


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    title: str
    count: int
    selected: bool
    url: str  # the same search with this value toggled


@dataclass(frozen=True, slots=True)
class KindTab:
    title: str
    count: int | None  # None: not known
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class FacetGroup:
    name: str
    title: str
    values: Sequence[FacetValue]
    clear_url: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class SortOption:
    value: str
    title: str
    url: str
    selected: bool


@dataclass(frozen=True, slots=True)
class PagerLink:
    number: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Pager:
    links: Sequence[PagerLink]
    previous_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class QueryNote:
    """How a query was understood, with the ways to ask otherwise."""

    added: Sequence[str] = ()  # other names that were asked for as well
    typed: str = ""
    as_typed_url: str | None = None
    with_names_url: str | None = None
    meant: str = ""
    meant_url: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    q: str
    kind: str  # "", "result", "demand"
    kind_tabs: Sequence[KindTab]
    cards: Sequence[ListingCard]
    total_text: str  # "128" or "1000+"
    groups: Sequence[FacetGroup]
    chips: Sequence[Chip]
    clear_url: str
    sorts: Sequence[SortOption]
    pager: Pager
    hidden: Sequence[tuple[str, str]]  # parameters the search box must carry along
    notice: str | None = None
    suggestions: Sequence[tuple[str, str]] = ()  # (text, url) shown in the empty state
    note: QueryNote = QueryNote()


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    name: str
    role: str  # 要求 / 现状
    necessity: str  # 必须 / 期望
    value: str  # as the author wrote it
    unit: str
    condition: str
    direction: str


@dataclass(frozen=True, slots=True)
class IPRow:
    kind: str
    title: str
    number: str
    legal_status: str
    holder: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TransferRow:
    mode: str
    price: str  # "120 万元", "面议", "入门费 30 万元 + 提成 3%"


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    title: str
    url: str | None  # None: controlled, and this reader may not have it
    size: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Section:
    """A titled block of a listing page: a body, or fields, or both."""

    anchor: str
    title: str
    body: Markup | None = None  # sanitised HTML of what the author wrote
    fields: Sequence[Fact] = ()
    hidden_note: str | None = None  # what is withheld, why, and how to ask for it
    action: tuple[str, str] | None = None  # label and address of what can be done about it


@dataclass(frozen=True, slots=True)
class ListingView:
    """A result or a need as one reader may see it."""

    kind: str
    number: str  # CG-2026-000123 / XQ-2026-000045
    title: str
    organisation: str
    organisation_url: str | None
    sample: bool
    status: str  # Chinese title of the state
    marks: Sequence[str]
    published_at: datetime | None
    valid_until: datetime | None
    keywords: Sequence[str]
    facts: Sequence[Fact]
    sections: Sequence[Section]
    indicators: Sequence[IndicatorRow]
    attachments: Sequence[AttachmentRow]
    contact: str  # whom to ask; never personal data of a masked need
    contact_note: str  # how contact works now: shown in the side column
    matches: Sequence[MatchCard] = field(default_factory=tuple)  # the other direction
    similar: Sequence[ListingCard] = field(default_factory=tuple)
    matches_url: str = ""  # /search or /match with this listing as the question
    ip: Sequence[IPRow] = ()  # results only
    transfers: Sequence[TransferRow] = ()  # results only
    match_notice: str | None = None
    ask_url: str = ""  # 申请对接; "" for the reader's own listing and for what is not live
    teams: TeamsView | None = None  # of a need whose matches could be found


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    title: str
    roles: Sequence[str]
    introduction: str


@dataclass(frozen=True, slots=True)
class OrganisationView:
    name: str
    short_name: str
    kind: str
    sample: bool
    verified: bool
    facts: Sequence[Fact]
    introduction: str
    people: Sequence[PersonRow]
    results: Sequence[ListingCard]
    demands: Sequence[ListingCard]
    results_url: str
    demands_url: str
