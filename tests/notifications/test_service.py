"""Who gets a notice, and who gets it by mail, too."""

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db, transaction
from marketplace.notifications.choices import MailWish
from marketplace.notifications.models import Mail, Notice
from marketplace.notifications.service import choose_mail, mail_wish, notify, send_mail
from marketplace.organisations.choices import OrganisationKind
from tests.factories import Factory


def told(person: Person) -> tuple[int, int]:
    """How many notices and mails this person has."""
    db.session.rollback()
    notices = db.session.query(Notice).filter_by(person_id=person.id).count()
    mails = db.session.query(Mail).filter_by(recipient=person.email).count()
    db.session.rollback()
    return notices, mails


@pytest.mark.parametrize(
    ("wish", "mails"),
    [(None, 2), (MailWish.ALL, 2), (MailWish.URGENT, 1), (MailWish.NONE, 0)],
    ids=["unasked", "all", "urgent", "none"],
)
def test_the_wish_decides_what_also_comes_by_mail(make: Factory, wish: MailWish | None, mails: int) -> None:
    person, other = make.person(), make.person()
    if wish is not None:
        with transaction() as session:
            choose_mail(session, person.id, MailWish.NONE)
            choose_mail(session, person.id, wish)  # the last word counts
    with transaction() as session:
        assert mail_wish(session, person.id) is (wish or MailWish.ALL)
        notify(session, [person.id, other.id], "结果已发布")
        notify(session, [person.id, other.id], "请您审核", urgent=True)
    assert told(person) == (2, mails)
    assert told(other) == (2, 2)


def test_security_mails_go_whatever_is_wished(make: Factory) -> None:
    person = make.person()
    with transaction() as session:
        choose_mail(session, person.id, MailWish.NONE)
        send_mail(session, person.email, "重设密码", "链接")
    assert told(person) == (0, 1)


def test_nobody_is_told_twice_and_who_has_left_not_at_all(make: Factory) -> None:
    person, gone = make.person(), make.person()
    with transaction() as session:
        session.merge(gone).active = False
        notify(session, [person.id, None, person.id, gone.id, 9_999], "一次", mail=True)
        notify(session, [person.id], "只在站内", mail=False, urgent=True)
    assert told(person) == (2, 1)
    assert told(gone) == (0, 0)


def test_a_mail_names_the_address_of_the_page(make: Factory) -> None:
    person = make.person()
    with transaction() as session:
        notify(session, [person.id], "请您审核", "有一项成果待审核。", "/review")
    mail = db.session.query(Mail).one()
    assert mail.subject == "【滨海科创对接】请您审核"
    assert mail.body == "有一项成果待审核。\n\n查看：http://127.0.0.1:5000/review\n"


def test_who_wants_only_what_asks_to_act_hears_of_a_review_by_mail(make: Factory) -> None:
    owner, contact = make.staffed(kind=OrganisationKind.UNIVERSITY)
    with transaction() as session:
        choose_mail(session, contact.id, MailWish.URGENT)
    make.result(owner, contact, title="待审的一项成果")
    db.session.rollback()
    subjects = set(db.session.scalars(select(Mail.subject).where(Mail.recipient == contact.email)))
    assert any("请审核" in subject for subject in subjects)
    assert not any("已发布" in subject for subject in subjects)
    assert told(contact)[0] > len(subjects)
