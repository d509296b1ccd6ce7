"""Numbers that differ from place to place (期限、间隔): rows that officers may change, with defaults."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import audit
from marketplace.core.checks import require
from marketplace.core.choices import Choice
from marketplace.core.db import Base, ChoiceType, one_of

LARGEST = 365


class Rule(Choice):
    INTRODUCTION_REPLY = "introduction_reply", "对接申请的答复期限（工作日）"
    INTRODUCTION_OUTCOME = "introduction_outcome", "对接开始后询问结果的间隔（天）"


DEFAULTS = {Rule.INTRODUCTION_REPLY: 5, Rule.INTRODUCTION_OUTCOME: 30}


class SiteRule(Base):
    """A number that was changed from its default."""

    __tablename__ = "site_rule"
    __table_args__ = (
        CheckConstraint(one_of("rule", Rule), name="rule"),
        CheckConstraint(f"number BETWEEN 1 AND {LARGEST}", name="number"),
    )

    rule: Mapped[Rule] = mapped_column(ChoiceType(Rule), primary_key=True)
    number: Mapped[int]


def number_of(session: Session, rule: Rule) -> int:
    row = session.get(SiteRule, rule)
    return DEFAULTS[rule] if row is None else row.number


def set_number(session: Session, actor_id: int | None, rule: Rule, number: int) -> None:
    """Change a rule for what happens from now on; dates that were told already stand."""
    require(1 <= number <= LARGEST, f"请填写 1 至 {LARGEST} 之间的整数。", rule.value)
    before = number_of(session, rule)
    session.merge(SiteRule(rule=rule, number=number))
    audit.record(
        session, actor_id, "site_rule.change", f"site_rule:{rule.value}", {"from": before, "to": number}
    )
    session.flush()
