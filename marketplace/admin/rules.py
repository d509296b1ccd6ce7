"""The numbers that officers of the bureau set (期限与门槛), each with its last change."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.admin import policy
from marketplace.core.audit import AuditRecord
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.taxonomy.rules import TERMS, Rule, RuleTerms, number_of, rule_object, set_number

GROUPS: Mapping[str, Sequence[Rule]] = {
    "办理": (Rule.QUEUE_DECISION,),
    "成果与需求": (
        Rule.LISTING_VALIDITY,
        Rule.LISTING_REMIND_EARLY,
        Rule.LISTING_REMIND_LATE,
        Rule.LISTING_RENEWABLE,
        Rule.DEMAND_CONFIRMATION,
        Rule.MASKED_GROUP,
    ),
    "受控详情": (Rule.DETAIL_REPLY, Rule.DETAIL_GRANT, Rule.DETAIL_ENDING),
    "对接": (Rule.INTRODUCTION_REPLY, Rule.INTRODUCTION_OUTCOME),
    "单位成员": (Rule.INVITATION, Rule.JOIN_REQUEST),
}
LONGEST_NUMBER = 6  # digits


@dataclass(frozen=True, slots=True)
class RuleChange:
    at: datetime
    who: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    rule: Rule
    terms: RuleTerms
    number: int
    last: RuleChange | None


def list_rules(session: Session, reader: Reader) -> Mapping[str, Sequence[RuleLine]]:
    """Group → its rules; for those who may look at dictionaries."""
    if not policy.can_read_dictionaries(reader):
        raise NotAllowed("期限与门槛由区科技局维护。")
    last = _last_changes(session)
    return {
        group: [
            RuleLine(rule, TERMS[rule], number_of(session, rule), last.get(rule_object(rule)))
            for rule in rules
        ]
        for group, rules in GROUPS.items()
    }


def _last_changes(session: Session) -> dict[str, RuleChange]:
    newest = (
        select(func.max(AuditRecord.seq))
        .where(AuditRecord.object.in_([rule_object(rule) for rule in Rule]))
        .group_by(AuditRecord.object)
    )
    rows = session.execute(
        select(AuditRecord, Person.name)
        .outerjoin(Person, Person.id == AuditRecord.actor_id)
        .where(AuditRecord.seq.in_(newest))
    )
    changes = {}
    for record, name in rows:
        detail = json.loads(record.detail)
        changes[record.object] = RuleChange(record.at, name or "系统", detail["from"], detail["to"])
    return changes


def change_rule(session: Session, reader: Reader, name: str, text: str) -> Rule:
    """Set the number that was typed; what cannot be read as one is refused like one out of range."""
    rule = _rule_to_change(reader, name)
    text = text.strip()
    readable = text.isdecimal() and len(text) <= LONGEST_NUMBER
    set_number(session, reader.person_id, rule, int(text) if readable else 0)
    return rule


def reset_rule(session: Session, reader: Reader, name: str) -> Rule:
    rule = _rule_to_change(reader, name)
    set_number(session, reader.person_id, rule, TERMS[rule].default)
    return rule


def _rule_to_change(reader: Reader, name: str) -> Rule:
    if not policy.can_edit_dictionaries(reader):
        raise NotAllowed("期限与门槛由区科技局维护。")
    rule = next((rule for rule in Rule if rule.value == name), None)
    if rule is None:
        raise NotFound("没有这项规则。")
    return rule
