"""Numbers that differ from place to place (期限、间隔、门槛): rows that officers change, with defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.core import audit
from marketplace.core.checks import require
from marketplace.core.choices import Choice
from marketplace.core.db import Base, ChoiceType, db, one_of

LARGEST = 1825  # of any rule: five years of days


class Rule(Choice):
    QUEUE_DECISION = "queue_decision", "待办办理期限"
    DEMAND_CONFIRMATION = "demand_confirmation", "代填确认链接的有效期"
    LISTING_VALIDITY = "listing_validity", "条目有效期"
    LISTING_REMIND_EARLY = "listing_remind_early", "到期第一次提醒"
    LISTING_REMIND_LATE = "listing_remind_late", "到期第二次提醒"
    LISTING_RENEWABLE = "listing_renewable", "过期后可续期"
    MASKED_GROUP = "masked_group", "脱敏需求的最小范围"
    DETAIL_REPLY = "detail_reply", "查阅申请的答复期限"
    DETAIL_GRANT = "detail_grant", "查阅授权最长期限"
    DETAIL_ENDING = "detail_ending", "授权到期提醒"
    INTRODUCTION_REPLY = "introduction_reply", "对接申请的答复期限"
    INTRODUCTION_OUTCOME = "introduction_outcome", "询问对接结果的间隔"
    INVITATION = "invitation", "成员邀请的有效期"
    JOIN_REQUEST = "join_request", "加入申请的有效期"


class Unit(Choice):
    WORKING_DAYS = "working_days", "个工作日"
    DAYS = "days", "天"
    ENTERPRISES = "enterprises", "家企业"


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What a rule means, its default and the numbers that make sense for it."""

    unit: Unit
    default: int
    lowest: int
    highest: int
    explanation: str


WORKING, DAYS = Unit.WORKING_DAYS, Unit.DAYS
TERMS: Mapping[Rule, RuleTerms] = {
    Rule.QUEUE_DECISION: RuleTerms(WORKING, 5, 1, 30, "审核、核验、举报进入待办队列后，应在此期限内办理。"),
    Rule.DEMAND_CONFIRMATION: RuleTerms(DAYS, 14, 1, 90, "代企业填写的需求，企业须在此期限内凭链接确认。"),
    Rule.LISTING_VALIDITY: RuleTerms(
        DAYS, 365, 30, LARGEST, "新登记的成果和需求默认填写的有效期，也是一键续期延长的天数。"
    ),
    Rule.LISTING_REMIND_EARLY: RuleTerms(DAYS, 30, 2, 180, "有效期结束前多少天第一次提醒联系人续期。"),
    Rule.LISTING_REMIND_LATE: RuleTerms(DAYS, 7, 1, 90, "有效期结束前多少天再次提醒，须晚于第一次提醒。"),
    Rule.LISTING_RENEWABLE: RuleTerms(
        DAYS, 180, 1, 730, "过期不超过此天数可直接续期；更久的须重新编辑并审核。"
    ),
    Rule.MASKED_GROUP: RuleTerms(
        Unit.ENTERPRISES, 5, 2, 50, "功能区、行业和荣誉同时符合的企业少于此数时，提醒企业名称容易被猜出。"
    ),
    Rule.DETAIL_REPLY: RuleTerms(WORKING, 5, 1, 30, "归属单位应在此期限内答复受控详情的查阅申请。"),
    Rule.DETAIL_GRANT: RuleTerms(DAYS, 365, 1, LARGEST, "一次授权最多可查阅的天数，从授权次日算起。"),
    Rule.DETAIL_ENDING: RuleTerms(DAYS, 3, 1, 30, "查阅授权结束前多少天提醒申请人。"),
    Rule.INTRODUCTION_REPLY: RuleTerms(WORKING, 5, 1, 30, "被申请方应在此期限内答复，逾期记为超期未回应。"),
    Rule.INTRODUCTION_OUTCOME: RuleTerms(
        DAYS, 30, 1, 365, "对接开始后，每隔多少天询问双方结果，直到登记为止。"
    ),
    Rule.INVITATION: RuleTerms(DAYS, 14, 1, 90, "单位管理员发出的成员邀请在此期限内可以接受。"),
    Rule.JOIN_REQUEST: RuleTerms(DAYS, 30, 1, 180, "加入单位或指定管理员的申请，超过此期限未答复即失效。"),
}


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
    return TERMS[rule].default if row is None else row.number


def days_of(session: Session, rule: Rule) -> timedelta:
    return timedelta(days=number_of(session, rule))


def rule_number(name: str) -> int:
    """For templates: ``{{ rule_number("queue_decision") }}``."""
    return number_of(db.session(), Rule.of(name))


def set_number(session: Session, actor_id: int | None, rule: Rule, number: int) -> None:
    """Change a rule for what happens from now on; dates that were told already stand."""
    terms, before = TERMS[rule], number_of(session, rule)
    fits = terms.lowest <= number <= terms.highest
    require(fits, f"请填写 {terms.lowest} 至 {terms.highest} 之间的整数。", rule.value)
    _check_order(session, rule, number)
    if number == before:
        return
    if number == terms.default:
        session.delete(session.get_one(SiteRule, rule))
    else:
        session.merge(SiteRule(rule=rule, number=number))
    detail = {"from": before, "to": number}
    audit.record(session, actor_id, "site_rule.change", rule_object(rule), detail)


def _check_order(session: Session, rule: Rule, number: int) -> None:
    """The second reminder comes later, so nearer to the end, than the first."""
    if rule is Rule.LISTING_REMIND_EARLY:
        late = number_of(session, Rule.LISTING_REMIND_LATE)
        require(number > late, f"第一次提醒须早于第二次（到期前 {late} 天）。", rule.value)
    if rule is Rule.LISTING_REMIND_LATE:
        early = number_of(session, Rule.LISTING_REMIND_EARLY)
        require(number < early, f"第二次提醒须晚于第一次（到期前 {early} 天）。", rule.value)


def rule_object(rule: Rule) -> str:
    """As audit records name it."""
    return f"site_rule:{rule.value}"
