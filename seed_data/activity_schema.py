"""What the files under ``seed_data/activity`` may say: what people did with the listings, and when.

``days_ago`` counts back from the load; a name of a person, an organisation or a listing is its key.
"""

from pydantic import Field

from marketplace.accounts.choices import ProfileKind
from marketplace.core.choices import Choice
from marketplace.introductions.choices import IntroductionStatus, OutcomeKind
from marketplace.listings.choices import RevisionStatus
from marketplace.matching.choices import FeedbackReason, ShownLevel, Verdict
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.reports.choices import ReportKind
from seed_data.schema import Strict, Titled


class Deed(Choice):
    """What somebody does in an introduction."""

    CONSENT = "consent", "同意"
    ACCEPT = "accept", "接受"
    DECLINE = "decline", "婉拒"
    WITHDRAW = "withdraw", "撤回"
    LAPSE = "lapse", "超期"
    OFFER = "offer", "愿意协助"
    LET_ASSIST = "let_assist", "同意协助"
    WRITE = "write", "留言"
    CONCLUDE = "conclude", "达成"
    FAIL = "fail", "未达成"


class SeedDeed(Strict):
    days_ago: float = Field(ge=0)
    by: str = ""  # empty: the site itself
    deed: Titled[Deed]
    text: str = ""
    outcome: Titled[OutcomeKind] | None = None
    amount: float | None = Field(default=None, gt=0)  # 万元


class SeedIntroduction(Strict):
    days_ago: float = Field(ge=0)
    by: str
    asks_for: str  # a listing
    offers: str = ""  # a listing of the other kind; with ``for_both`` the other side's
    for_both: bool = False  # by a broker or officer
    level: Titled[ShownLevel] | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    message: str = Field(min_length=20)
    deeds: list[SeedDeed] = Field(default=[])
    ends: Titled[IntroductionStatus]


class SeedReading(Strict):
    days_ago: float = Field(ge=0)
    by: str


class SeedDetailRequest(Strict):
    days_ago: float = Field(ge=0)
    by: str
    listing: str
    purpose: str = Field(min_length=20)
    answered_by: str = ""
    answered_days_ago: float = 0
    granted_days: int | None = None
    reason: str = ""  # of a refusal or a revocation
    revoked_days_ago: float | None = None
    withdrawn_days_ago: float | None = None
    readings: list[SeedReading] = Field(default=[])


class SeedFeedback(Strict):
    days_ago: float = Field(ge=0)
    by: str
    result: str
    demand: str
    level: Titled[ShownLevel]
    probability: float = Field(ge=0, le=1)
    verdict: Titled[Verdict]
    reasons: list[Titled[FeedbackReason]] = Field(default=[])
    note: str = ""


class SeedRevision(Strict):
    days_ago: float = Field(ge=0)
    by: str
    listing: str
    note: str = Field(min_length=8)
    values: dict[str, str] = Field(alias="set", min_length=1)  # text columns
    reviewed_by: str = ""
    reviewed_days_ago: float = 0
    decided_days_ago: float | None = None
    reason: str = ""
    ends: Titled[RevisionStatus]


class SeedPaper(Strict):
    days_ago: float = Field(ge=0)
    by: str
    organisation: str
    refused_days_ago: float | None = None
    reason: str = ""
    ends: Titled[Verification]


class SeedOffer(Strict):
    """``email`` makes it an invitation, else ``by`` asks to join."""

    days_ago: float = Field(ge=0)
    by: str
    organisation: str
    email: str = Field(default="", pattern=r"^$|\.example$")
    roles: list[Titled[MembershipRole]]
    message: str = Field(min_length=8)
    answered_by: str = ""
    answered_days_ago: float | None = None
    answer: str = Field(default="", pattern="^(|同意|谢绝|撤回|到期)$")
    reason: str = ""


class SeedProfile(Strict):
    days_ago: float = Field(ge=0)
    person: str
    kind: Titled[ProfileKind]
    direction: str = Field(min_length=20)
    achievements: str = ""
    certificate: str = ""
    fields: list[str]
    applies: bool = False  # to be an expert


class SeedReport(Strict):
    days_ago: float = Field(ge=0)
    by: str = ""  # empty: a visitor
    email: str = Field(default="", pattern=r"^$|\.example$")
    about: str  # a listing or an organisation
    kind: Titled[ReportKind]
    text: str = Field(min_length=10)
    answered_days_ago: float | None = None
    answer: str = ""
    dismissed: bool = False
    reopened_days_ago: float | None = None
    reopen_text: str = ""


class SeedDraft(Strict):
    days_ago: float = Field(ge=0)
    by: str
    organisation: str
    kind: str = Field(pattern="^(result|demand)$")
    values: dict[str, str]
