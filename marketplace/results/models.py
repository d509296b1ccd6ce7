"""科技成果: a research result with its indicators, rights and ways of transfer."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.choices import Choice
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import Base, ChoiceType, Fen, PrimaryKey, one_of
from marketplace.listings.choices import AttachmentVisibility, Stage
from marketplace.listings.models import (
    AttachmentLink,
    IndicatorColumns,
    Keyword,
    ListingColumns,
    indicator_constraints,
    listing_constraints,
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


class ValueDimension(Choice):
    """五元价值."""

    SCIENTIFIC = "scientific", "科学价值"
    TECHNICAL = "technical", "技术价值"
    ECONOMIC = "economic", "经济价值"
    SOCIAL = "social", "社会价值"
    CULTURAL = "cultural", "文化价值"


class Result(ListingColumns, Base):
    __tablename__ = "result"
    __table_args__ = (
        *listing_constraints(),
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl"),
        CheckConstraint(
            "level = 'unrated' OR (evaluator <> '' AND evaluation_report <> ''"
            " AND evaluation_date IS NOT NULL)",
            name="level_has_its_report",
        ),
        CheckConstraint("research_end >= research_start", name="research_period"),
        CheckConstraint("(financing = 'none') = (financing_amount IS NULL)", name="financing_amount"),
        *(
            CheckConstraint(one_of(column, choice), name=column)
            for column, choice in (
                ("source", ResultSource),
                ("form", ResultForm),
                ("origin", ResultOrigin),
                ("stage", Stage),
                ("level", ResultLevel),
                ("evaluation_method", EvaluationMethod),
                ("application_status", ApplicationStatus),
                ("empowerment", Empowerment),
                ("financing", FinancingKind),
            )
        ),
    )

    region: Mapped[str] = mapped_column(String(10))  # 所在省市, administrative division
    research_start: Mapped[date] = mapped_column(Date)
    research_end: Mapped[date] = mapped_column(Date)
    summary: Mapped[str] = mapped_column(Text)  # 公开简介, already free of secrets
    details: Mapped[str] = mapped_column(Text)  # 受控详情, only after a granted request
    innovation: Mapped[str] = mapped_column(Text)  # 创新点
    applications: Mapped[str] = mapped_column(Text)  # 应用领域
    cases: Mapped[str] = mapped_column(Text, default="")  # 应用案例
    benefits: Mapped[str] = mapped_column(Text, default="")  # 预期效益
    source: Mapped[ResultSource] = mapped_column(ChoiceType(ResultSource))
    form: Mapped[ResultForm] = mapped_column(ChoiceType(ResultForm))
    origin: Mapped[ResultOrigin] = mapped_column(ChoiceType(ResultOrigin))
    stage: Mapped[Stage] = mapped_column(ChoiceType(Stage))
    level: Mapped[ResultLevel] = mapped_column(ChoiceType(ResultLevel), default=ResultLevel.UNRATED)
    evaluator: Mapped[str] = mapped_column(String(120), default="")
    evaluation_report: Mapped[str] = mapped_column(String(60), default="")
    evaluation_date: Mapped[date | None] = mapped_column(Date)
    evaluation_method: Mapped[EvaluationMethod | None] = mapped_column(ChoiceType(EvaluationMethod))
    application_status: Mapped[ApplicationStatus] = mapped_column(ChoiceType(ApplicationStatus))
    trl: Mapped[int]
    trl_scale: Mapped[str] = mapped_column(String(40), default="trl")  # vocabulary of the levels
    trl_evidence: Mapped[str] = mapped_column(String(400))
    pay_after_use: Mapped[bool] = mapped_column(default=False)  # 先使用后付费
    empowerment: Mapped[Empowerment] = mapped_column(ChoiceType(Empowerment), default=Empowerment.NONE)
    financing: Mapped[FinancingKind] = mapped_column(ChoiceType(FinancingKind), default=FinancingKind.NONE)
    financing_amount: Mapped[Fen | None]

    keywords: Mapped[list["ResultKeyword"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="ResultKeyword.position"
    )
    team: Mapped[list["ResultAuthor"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="ResultAuthor.position"
    )
    indicators: Mapped[list["ResultIndicator"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="ResultIndicator.position"
    )
    ip_rights: Mapped[list["IPRight"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="IPRight.position"
    )
    transfers: Mapped[list["TransferOffer"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="TransferOffer.position"
    )
    values: Mapped[list["ResultValue"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="ResultValue.dimension"
    )
    attachments: Mapped[list["ResultAttachment"]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="ResultAttachment.position"
    )

    @property
    def number(self) -> str:
        return f"CG-{self.created_at.astimezone(SHANGHAI).year}-{self.id:06d}"


class ResultChild:
    """Rows that live and die with their result."""

    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)


class ResultKeyword(Keyword, ResultChild, Base):
    __tablename__ = "result_keyword"
    __table_args__ = (UniqueConstraint("result_id", "text"),)

    result: Mapped[Result] = relationship(back_populates="keywords")


class ResultAuthor(ResultChild, Base):
    """完成人, in order of signature; linked to a person where the site knows them."""

    __tablename__ = "result_author"

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    result: Mapped[Result] = relationship(back_populates="team")


class ResultIndicator(IndicatorColumns, ResultChild, Base):
    __tablename__ = "result_indicator"
    __table_args__ = indicator_constraints()

    result: Mapped[Result] = relationship(back_populates="indicators")


class IPRight(ResultChild, Base):
    """知识产权 row."""

    __tablename__ = "ip_right"
    __table_args__ = (
        CheckConstraint(one_of("kind", IPKind), name="kind"),
        CheckConstraint(one_of("legal_status", IPLegalStatus), name="legal_status"),
        CheckConstraint(one_of("encumbrance", IPEncumbrance), name="encumbrance"),
        CheckConstraint("(kind = 'secret') = (number = '')", name="only_secrets_have_no_number"),
        CheckConstraint("(co_owner = '') = (co_owner_consents IS NULL)", name="co_owner_consent"),
    )

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    kind: Mapped[IPKind] = mapped_column(ChoiceType(IPKind), index=True)
    title: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(40), default="")
    legal_status: Mapped[IPLegalStatus] = mapped_column(ChoiceType(IPLegalStatus))
    holder: Mapped[str] = mapped_column(String(120))
    co_owner: Mapped[str] = mapped_column(String(120), default="")
    co_owner_consents: Mapped[bool | None]
    encumbrance: Mapped[IPEncumbrance] = mapped_column(ChoiceType(IPEncumbrance), default=IPEncumbrance.NONE)
    result: Mapped[Result] = relationship(back_populates="ip_rights")


class TransferOffer(ResultChild, Base):
    """转化方式 with its price; no price means 面议."""

    __tablename__ = "transfer_offer"
    __table_args__ = (
        UniqueConstraint("result_id", "mode"),
        CheckConstraint(one_of("mode", TransferMode), name="mode"),
        CheckConstraint("price IS NULL OR price > 0", name="price"),
        CheckConstraint(
            "royalty_percent IS NULL OR (royalty_percent > 0 AND royalty_percent <= 50)", name="royalty"
        ),
    )

    id: Mapped[PrimaryKey]
    position: Mapped[int]
    mode: Mapped[TransferMode] = mapped_column(ChoiceType(TransferMode), index=True)
    price: Mapped[Fen | None]
    entry_fee: Mapped[Fen | None]  # 入门费
    royalty_percent: Mapped[float | None] = mapped_column(Numeric(5, 2, asdecimal=False))  # 提成
    result: Mapped[Result] = relationship(back_populates="transfers")


class ResultValue(ResultChild, Base):
    """One of the 五元价值 of an evaluation, score 0 to 100."""

    __tablename__ = "result_value"
    __table_args__ = (
        UniqueConstraint("result_id", "dimension"),
        CheckConstraint(one_of("dimension", ValueDimension), name="dimension"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )

    id: Mapped[PrimaryKey]
    dimension: Mapped[ValueDimension] = mapped_column(ChoiceType(ValueDimension))
    text: Mapped[str] = mapped_column(Text)
    score: Mapped[int]
    result: Mapped[Result] = relationship(back_populates="values")


class ResultAttachment(AttachmentLink, ResultChild, Base):
    __tablename__ = "result_attachment"
    __table_args__ = (CheckConstraint(one_of("visibility", AttachmentVisibility), name="visibility"),)

    result: Mapped[Result] = relationship(back_populates="attachments")
