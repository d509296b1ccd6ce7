"""What a seed YAML file may say. Chinese titles stand for closed vocabularies; codes for dictionaries."""

from datetime import date
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from marketplace.accounts.choices import Appointment, OfficerLevel
from marketplace.announcements.choices import AnnouncementKind, AnnouncementStatus
from marketplace.core.choices import Choice
from marketplace.demands.choices import CooperationMode, DemandKind, Disclosure, SourcingStatus
from marketplace.listings.choices import (
    IndicatorDirection,
    IndicatorNecessity,
    IndicatorOperator,
    IndicatorRole,
    IndicatorType,
    ListingStatus,
    Stage,
)
from marketplace.organisations.choices import (
    MembershipRole,
    OrganisationKind,
    OrganisationSize,
    Verification,
)
from marketplace.results.choices import (
    ApplicationStatus,
    Empowerment,
    EvaluationMethod,
    FinancingKind,
    IPEncumbrance,
    IPKind,
    IPLegalStatus,
    ResultForm,
    ResultLevel,
    ResultOrigin,
    ResultSource,
    TransferMode,
)

C = TypeVar("C", bound=Choice)


class _ByTitle:
    """Makes pydantic read a member of a Choice from its Chinese title."""

    def __get_pydantic_core_schema__(self, choice: type[Choice], handler: GetCoreSchemaHandler) -> CoreSchema:
        def parse(value: object) -> object:
            return choice.from_title(value) if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(parse, handler(choice))


Titled = Annotated[C, _ByTitle()]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SeedIndicator(Strict):
    name: str = Field(min_length=2, max_length=60)
    role: Titled[IndicatorRole] = IndicatorRole.TARGET
    necessity: Titled[IndicatorNecessity] = IndicatorNecessity.MUST
    type: Titled[IndicatorType] = IndicatorType.NUMERIC
    operator: Titled[IndicatorOperator] | None = None
    low: float | None = None
    high: float | None = None
    value_text: str = Field(min_length=1, max_length=80)  # as the author wrote it
    approximate: bool = False
    unit: str = Field(default="", max_length=30)
    condition: str = Field(default="", max_length=120)
    direction: Titled[IndicatorDirection] = IndicatorDirection.HIGHER

    @model_validator(mode="after")
    def bounds_match_operator(self) -> Self:
        if self.type is not IndicatorType.NUMERIC:
            if (self.operator, self.low, self.high) != (None, None, None):
                raise ValueError("only 数值 rows have operator and bounds")
            return self
        needed = {
            IndicatorOperator.GE: (True, False),
            IndicatorOperator.GT: (True, False),
            IndicatorOperator.LE: (False, True),
            IndicatorOperator.LT: (False, True),
            IndicatorOperator.EQ: (True, True),
            IndicatorOperator.RANGE: (True, True),
        }
        if self.operator is None:
            raise ValueError("a 数值 row needs an operator")
        if (self.low is not None, self.high is not None) != needed[self.operator]:
            raise ValueError(f"{self.operator.title} needs low/high {needed[self.operator]}")
        if self.low is not None and self.high is not None:
            if self.operator is IndicatorOperator.EQ and self.low != self.high:
                raise ValueError("= needs low equal to high")
            if self.low > self.high:
                raise ValueError("low is above high")
        return self


class SeedIP(Strict):
    kind: Titled[IPKind]
    title: str = Field(min_length=4, max_length=120)
    number: str = ""  # checked against the kind when loaded
    legal_status: Titled[IPLegalStatus]
    holder: str = ""  # empty: the organisation itself
    co_owner: str = ""
    co_owner_consents: bool | None = None
    encumbrance: Titled[IPEncumbrance] = IPEncumbrance.NONE


class SeedTransfer(Strict):
    """One 转化方式 with its price in 万元; ``price`` empty means 面议."""

    mode: Titled[TransferMode]
    price: float | None = Field(default=None, gt=0)
    entry_fee: float | None = Field(default=None, gt=0)
    royalty_percent: float | None = Field(default=None, gt=0, le=50)


class SeedValues(Strict):
    """五元价值: text and score 0-100 of an evaluation."""

    scientific: tuple[str, int] | None = None
    technical: tuple[str, int] | None = None
    economic: tuple[str, int] | None = None
    social: tuple[str, int] | None = None
    cultural: tuple[str, int] | None = None


class SeedListing(Strict):
    key: str = Field(pattern=r"^[rn]-[a-z]+-\d{2,3}$")
    title: str = Field(min_length=8, max_length=60)
    organisation: str
    contact: str = ""  # a person's key; empty: the organisation's first suitable member
    field: str
    cluster: str = ""
    keywords: list[str] = Field(min_length=3, max_length=8)
    industry: str = ""  # GB/T 4754 code
    status: Titled[ListingStatus] = ListingStatus.PUBLISHED
    published_days_ago: int = Field(default=10, ge=0, le=300)
    valid_days: int = Field(default=365, ge=60, le=730)
    reason: str = Field(default="", max_length=200)  # of a return, a withdrawal or a closed need
    indicators: list[SeedIndicator] = []


class SeedResult(SeedListing):
    team: list[str] = Field(min_length=1, max_length=8)
    region: str = "12"  # administrative division of the completing organisation
    research_start: date
    research_end: date
    summary: str = Field(min_length=150, max_length=600)  # 公开简介
    details: str = Field(min_length=30, max_length=600)  # 受控详情
    innovation: str = Field(min_length=20, max_length=400)
    applications: str = Field(min_length=8, max_length=300)
    cases: str = Field(default="", max_length=300)
    benefits: str = Field(default="", max_length=300)
    source: Titled[ResultSource]
    form: Titled[ResultForm]
    origin: Titled[ResultOrigin]
    stage: Titled[Stage]
    level: Titled[ResultLevel] = ResultLevel.UNRATED
    evaluator: str = ""
    evaluation_report: str = ""
    evaluation_date: date | None = None
    evaluation_method: Titled[EvaluationMethod] | None = None
    application_status: Titled[ApplicationStatus]
    trl: int = Field(ge=1, le=9)
    trl_evidence: str = Field(min_length=10, max_length=200)
    ip: list[SeedIP] = []
    transfers: list[SeedTransfer] = Field(min_length=1)
    pay_after_use: bool = False
    values: SeedValues = SeedValues()
    empowerment: Titled[Empowerment] = Empowerment.NONE
    financing: Titled[FinancingKind] = FinancingKind.NONE
    financing_amount: float | None = Field(default=None, gt=0)  # 万元
    export_restricted: bool = False
    human_genetic: bool = False
    ethics_review: bool = False

    @model_validator(mode="after")
    def agrees_with_itself(self) -> Self:
        rated = self.level is not ResultLevel.UNRATED
        if rated and not (self.evaluator and self.evaluation_report and self.evaluation_date):
            raise ValueError("水平 needs evaluator, report number and date")
        if self.research_end < self.research_start:
            raise ValueError("research ends before it starts")
        if (self.financing is FinancingKind.NONE) != (self.financing_amount is None):
            raise ValueError("financing and its amount go together")
        return self


class SeedDemand(SeedListing):
    kind: Titled[DemandKind]
    difficulty: str = Field(min_length=90, max_length=500)  # 技术难点
    research: str = Field(min_length=40, max_length=400)  # 研究内容
    basis: str = Field(min_length=20, max_length=300)  # 现有基础
    budget: float | None = Field(default=None, gt=0)  # 万元; empty: 面议
    months: int = Field(ge=1, le=60)  # 期望时限
    min_trl: int = Field(ge=1, le=9)
    stages: list[Titled[Stage]] = []
    zone: str
    cooperation: list[Titled[CooperationMode]] = Field(min_length=1)
    disclosure: Titled[Disclosure] = Disclosure.OPEN
    directed_to: list[str] = []  # organisation keys, for 定向可见
    intended_experts: str = ""
    wants_challenge: bool = False
    funds_declared: bool = False
    sourcing: Titled[SourcingStatus] = SourcingStatus.SEEKING
    entered_by: str = ""  # 代填: a broker's or officer's key; the enterprise has not confirmed it yet
    confirmation_email: str = Field(default="", pattern=r"^$|\.example$")

    @model_validator(mode="after")
    def agrees_with_itself(self) -> Self:
        if (self.disclosure is Disclosure.DIRECTED) != bool(self.directed_to):
            raise ValueError("定向可见 and directed_to go together")
        if len(self.difficulty) + len(self.research) + len(self.basis) < 150:
            raise ValueError("a need says at least 150 characters of substance")
        numeric_must = any(
            i.type is IndicatorType.NUMERIC
            and i.necessity is IndicatorNecessity.MUST
            and i.role is IndicatorRole.TARGET
            for i in self.indicators
        )
        if self.wants_challenge and not (numeric_must and self.funds_declared):
            raise ValueError("申请进入榜单 needs a numeric 必须 indicator and declared funds")
        return self


class SeedOrganisation(Strict):
    key: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    short_name: str
    kind: Titled[OrganisationKind]
    sample: bool = True  # False: a public body named in the plan; it has no people and no listings
    credit_code: str = ""  # 18 characters, division 000000 for invented ones
    legal_person: str = ""
    shareholders: list[tuple[str, float]] = []  # name, percent
    address: str
    zone: str
    industry: str = ""  # GB/T 4754 code
    size: Titled[OrganisationSize] | None = None
    honours: list[str] = []
    website: str = ""
    introduction: str = Field(min_length=30, max_length=400)
    verification: Titled[Verification] = Verification.VERIFIED


class SeedMembership(Strict):
    organisation: str
    role: Titled[MembershipRole]


class SeedAppointment(Strict):
    role: Titled[Appointment]
    level: Titled[OfficerLevel] | None = None
    zone: str = ""
    fields: list[str] = []

    @model_validator(mode="after")
    def officers_have_a_level(self) -> Self:
        if (self.role is Appointment.OFFICER) != (self.level is not None):
            raise ValueError("officers, and only they, have a level")
        if (self.level is OfficerLevel.ZONE) != bool(self.zone):
            raise ValueError("a 开发区 officer has a zone")
        return self


class SeedPerson(Strict):
    key: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    email: str = Field(pattern=r"^[a-z0-9.-]+@[a-z0-9.-]+\.example$")
    phone: str = ""
    professional_title: str = ""  # 职称/职务
    introduction: str = Field(default="", max_length=300)
    memberships: list[SeedMembership] = []
    appointments: list[SeedAppointment] = []


class SeedAnnouncement(Strict):
    """通知公告 or 政策; the issuer is invented and says so."""

    key: str = Field(pattern=r"^[a-z0-9-]{4,60}$")
    kind: Titled[AnnouncementKind]
    title: str = Field(min_length=6, max_length=120)
    body: str = Field(min_length=100, max_length=5000)
    issuer: str = Field(pattern="^示例")
    document_number: str = Field(default="", max_length=60)
    pinned: bool = False
    status: Titled[AnnouncementStatus] = AnnouncementStatus.PUBLISHED
    published_days_ago: int = Field(default=0, ge=0, le=900)
    effective_days: int | None = Field(default=None, ge=-900, le=3000)  # from the load; empty: no end
