"""Dictionaries that officers edit (字典) and official classifications."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, PrimaryKey

FIELD, CLUSTER, ZONE, HONOUR, TRL = "field", "cluster", "zone", "honour", "trl"
RETURN_REASON = "return_reason"  # 退回理由; the parent is a kind of the officers' queue
INDUSTRY, DISCIPLINE, DIVISION = "industry", "discipline", "division"


class Term(Base):
    """One entry of a vocabulary; ``code`` is stable, ``title`` is what people read."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("vocabulary", "code"),
        Index("ix_term_vocabulary_parent", "vocabulary", "parent_code"),
    )

    id: Mapped[PrimaryKey]
    vocabulary: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))
    parent_code: Mapped[str | None] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
