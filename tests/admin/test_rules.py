"""The officers' page of rules, and what a changed number does."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.admin.rules import GROUPS
from marketplace.core import clock
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.jobs import Job
from marketplace.listings import jobs
from marketplace.listings.following import renew_listing
from marketplace.queue.models import QueueItem
from marketplace.results.models import Result
from marketplace.taxonomy.rules import LARGEST, TERMS, Rule, SiteRule, number_of, set_number
from marketplace.taxonomy.workdays import working_days_after
from tests.admin.conftest import Queue
from tests.factories import Factory, OfficerLevel

LogIn = Callable[[str], FlaskClient]
PAGE = "/admin/rules"


@pytest.fixture
def person(make: Factory) -> Person:
    return make.officer()


@pytest.fixture
def officer(person: Person, log_in: LogIn) -> FlaskClient:
    return log_in(person.email)


def number(rule: Rule) -> int:
    db.session.rollback()
    return number_of(db.session(), rule)


def line(page: str, rule: Rule) -> str:
    """The part of the page about one rule."""
    return page.partition(f'id="rule-{rule.value}"')[2].partition("</li>")[0]


def test_every_rule_stands_on_the_page_once_with_terms_that_fit() -> None:
    assert sorted(rule for rules in GROUPS.values() for rule in rules) == sorted(Rule)
    for terms in TERMS.values():
        assert 1 <= terms.lowest <= terms.default <= terms.highest <= LARGEST


def test_a_rule_is_changed_and_set_back(officer: FlaskClient, person: Person) -> None:
    name = db.session.merge(person).name
    before = line(officer.get(PAGE).get_data(as_text=True), Rule.INVITATION)
    assert "默认 14 天，可填 1 至 90" in before and "恢复默认" not in before and "改为" not in before
    answer = officer.post(f"{PAGE}/invitation", data={"number": " ２１ "})  # full-width digits
    assert answer.headers["Location"] == f"{PAGE}#rule-invitation"
    assert number(Rule.INVITATION) == 21
    after = line(officer.get(PAGE).get_data(as_text=True), Rule.INVITATION)
    assert 'value="21"' in after and "恢复默认" in after and "由 14 改为 21" in after and name in after
    officer.post(f"{PAGE}/invitation", data={"number": "30", "action": "reset"})
    assert number(Rule.INVITATION) == 14
    assert db.session.query(SiteRule).count() == 0
    assert "由 21 改为 14" in line(officer.get(PAGE).get_data(as_text=True), Rule.INVITATION)
    records = db.session.query(AuditRecord).filter_by(object="site_rule:invitation").all()
    assert [(r.action, r.actor_id) for r in records] == [("site_rule.change", person.id)] * 2


def test_saving_the_same_number_changes_nothing(officer: FlaskClient) -> None:
    assert officer.post(f"{PAGE}/invitation", data={"number": "14"}).status_code == 302
    assert db.session.query(AuditRecord).filter_by(object="site_rule:invitation").count() == 0


@pytest.mark.parametrize("typed", ["", "0", "91", "-3", "1.5", "十四", "²", "9" * 40, "<b>"])
def test_a_wrong_number_stands_beside_its_field_and_is_kept(officer: FlaskClient, typed: str) -> None:
    answer = officer.post(f"{PAGE}/invitation", data={"number": typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and page.count("之间的整数") == 1
    wrong = line(page, Rule.INVITATION)
    assert "请填写 1 至 90 之间的整数。" in wrong and 'aria-invalid="true"' in wrong
    kept = re.search(r'name="number"[^>]*value="([^"]*)"', wrong)
    assert kept is not None and kept[1] == typed.replace("<b>", "&lt;b&gt;")
    assert number(Rule.INVITATION) == 14


def test_the_second_reminder_stays_behind_the_first(officer: FlaskClient) -> None:
    late = officer.post(f"{PAGE}/listing_remind_late", data={"number": "30"})
    assert late.status_code == 422 and "第二次提醒须晚于第一次" in late.get_data(as_text=True)
    early = officer.post(f"{PAGE}/listing_remind_early", data={"number": "7"})
    assert early.status_code == 422 and "第一次提醒须早于第二次" in early.get_data(as_text=True)


def test_supervisors_look_and_change_nothing(make: Factory, log_in: LogIn) -> None:
    client = log_in(make.officer(OfficerLevel.SUPERVISOR).email)
    page = client.get(PAGE).get_data(as_text=True)
    assert "14 天" in line(page, Rule.INVITATION) and 'name="number"' not in page
    assert client.post(f"{PAGE}/invitation", data={"number": "20"}).status_code == 403


def put(rule: Rule, to: int) -> None:
    with transaction() as session:
        set_number(session, None, rule, to)


def test_a_rule_out_of_its_range_is_refused_wherever_it_comes_from(app: object) -> None:
    with pytest.raises(InvalidInput):
        put(Rule.MASKED_GROUP, 1)


def test_the_queue_follows_its_rule_for_what_comes_later(queue: Queue) -> None:
    first = queue.item(queue.result()).due_at
    put(Rule.QUEUE_DECISION, 1)
    second = queue.item(queue.result())
    assert queue.item(db.session.query(QueueItem).first().public_id).due_at == first  # type: ignore[union-attr]  # there are two
    assert second.due_at == working_days_after(db.session(), second.opened_at, 1) < first


def test_one_click_renews_by_the_rule(make: Factory) -> None:
    organisation, owner = make.staffed()
    result = make.result(organisation, owner)
    put(Rule.LISTING_VALIDITY, 90)
    with transaction() as session:
        row = session.get_one(Result, result.id)
        before = row.valid_until
        renew_listing(session, reader_of(session.merge(owner)), row)
        assert before is not None
        assert row.valid_until == clock.end_of_day(clock.last_day(before) + timedelta(days=90))


def test_a_reminder_that_comes_too_early_by_a_new_rule_waits(make: Factory) -> None:
    organisation, owner = make.staffed()
    row = db.session.merge(make.result(organisation, owner))
    end, name = row.valid_until, f"result:{row.id}"
    assert end is not None
    put(Rule.LISTING_REMIND_EARLY, 20)
    with clock.frozen(end - timedelta(days=30)), transaction() as session:
        jobs.remind_early(session, name)
    waiting = db.session.query(Job).filter_by(action=jobs.REMIND_EARLY, object=name)
    assert end - timedelta(days=20) in {job.due_at for job in waiting}
