"""保密审查: by the organisation's own reviewer, dated, recorded."""

import pytest

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.policy import VISITOR, Reader, reader_of
from marketplace.core.audit import AuditRecord, first_break
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput, NotAllowed
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.service import MAX_KEYWORDS, MIN_KEYWORDS, keyword_rows, record_secrecy_review
from marketplace.organisations.choices import MembershipRole
from marketplace.results.models import Result, ResultKeyword
from tests.factories import Factory


def review(listing: Result, actor: Reader, verdict: SecrecyVerdict, note: str = "") -> None:
    with transaction() as session:
        record_secrecy_review(session, actor, session.merge(listing), verdict, note)


@pytest.mark.parametrize("verdict", [SecrecyVerdict.PUBLIC, SecrecyVerdict.CONTROLLED])
def test_a_verdict_has_its_time_its_author_and_its_record(make: Factory, verdict: SecrecyVerdict) -> None:
    owner, reviewer = make.staffed()
    result = make.result(owner, reviewer, published=False)
    review(result, reader_of(reviewer), verdict, "已核对")
    row = db.session.get_one(Result, result.id)
    assert (row.secrecy, row.secrecy_by_id, row.secrecy_note) == (verdict, reviewer.id, "已核对")
    assert row.secrecy_at is not None
    record = db.session.query(AuditRecord).order_by(AuditRecord.seq.desc()).first()
    assert record is not None
    assert (record.actor_id, record.action) == (reviewer.id, "result.secrecy_review")
    assert verdict.value in record.detail
    assert first_break(db.session) is None


def test_nobody_else_gives_the_verdict(make: Factory) -> None:
    owner, reviewer = make.staffed()
    result = make.result(owner, reviewer, published=False)
    strangers = [
        VISITOR,
        reader_of(make.person(owner, MembershipRole.ADMIN, MembershipRole.RESEARCHER)),
        reader_of(make.staffed()[1]),
        Reader(officer_level=OfficerLevel.DISTRICT),
    ]
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            review(result, stranger, SecrecyVerdict.PUBLIC)
    assert db.session.get_one(Result, result.id).secrecy is SecrecyVerdict.PENDING


def test_pending_is_no_verdict(make: Factory) -> None:
    owner, reviewer = make.staffed()
    result = make.result(owner, reviewer, published=False)
    with pytest.raises(InvalidInput) as caught:
        review(result, reader_of(reviewer), SecrecyVerdict.PENDING)
    assert caught.value.field == "secrecy"


def test_keywords_are_distinct_trimmed_and_three_to_eight() -> None:
    rows = keyword_rows(ResultKeyword, [" 电池", "电池 ", "", "膜", "压延"])
    assert [(row.position, row.text) for row in rows] == [(0, "电池"), (1, "膜"), (2, "压延")]
    for count in (MIN_KEYWORDS - 1, MAX_KEYWORDS + 1):
        with pytest.raises(InvalidInput) as caught:
            keyword_rows(ResultKeyword, [f"词{number}" for number in range(count)])
        assert caught.value.field == "keywords"
