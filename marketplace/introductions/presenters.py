"""View models of introductions: plain values, already allowed for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListingLine:
    kind: str  # 成果 or 需求
    number: str
    title: str
    url: str | None  # None where the reader may not read the listing now
    organisation: str  # already masked
    organisation_url: str | None


@dataclass(frozen=True, slots=True)
class ContactCard:
    side: str
    organisation: str
    name: str
    title: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Action:
    code: str
    title: str
    question: str
    consequences: Sequence[str]
    needs_reason: bool
    grave: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the timeline (components/timeline.html)."""

    title: str
    when: str
    state: str
    note: str = ""
    documents: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ThreadLine:
    who: str
    own: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferLine:
    public_id: str
    who: str


@dataclass(frozen=True, slots=True)
class IntroductionView:
    public_id: str
    number: str
    status: str
    turn: str  # who acts next; "" where nobody has to
    since: datetime
    due_at: datetime | None  # of the reply
    overdue: bool
    asked_for: ListingLine
    offered: ListingLine | None
    from_name: str
    from_url: str | None
    to_name: str
    assistant: str
    message: str
    level: str
    end_reason: str
    outcome: Sequence[tuple[str, str]]
    contacts: Sequence[ContactCard]
    shown_on_acceptance: Sequence[str]  # what the other side gets to see of the reader
    actions: Sequence[Action]
    can_conclude: bool
    steps: Sequence[Step]
    thread: Sequence[ThreadLine] | None  # None: not open to this reader (yet)
    can_write: bool
    offers: Sequence[OfferLine]


@dataclass(frozen=True, slots=True)
class InboxRow:
    url: str
    number: str
    title: str
    kind: str
    partner: str
    status: str
    status_code: str
    created_at: datetime
    due_at: datetime | None
    my_turn: bool
