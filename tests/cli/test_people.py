"""Offices are given from the command line: a fresh production site gets its first officer so."""

import pytest
from flask import Flask

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db
from tests.factories import Factory


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["people", *arguments])
    db.session.rollback()
    return result.exit_code, result.output


def office(email: str) -> tuple[OfficerLevel | None, str | None]:
    person = db.session.query(Person).filter_by(email=email).populate_existing().one()
    db.session.refresh(person, ["appointments"])
    reader = reader_of(person)
    return reader.officer_level, reader.officer_zone


def test_an_officer_is_appointed_moved_dismissed_and_appointed_again(app: Flask, make: Factory) -> None:
    email = make.person(name="甲官员").email
    assert run(app, "appoint", email.upper(), "officer", "--level", "district") == (
        0,
        "甲官员: 科技局工作人员\n",
    )
    assert office(email) == (OfficerLevel.DISTRICT, None)
    assert run(app, "appoint", email, "officer", "--level", "zone", "--zone", "teda")[0] == 0
    assert office(email) == (OfficerLevel.ZONE, "teda")
    assert run(app, "dismiss", email, "officer")[0] == 0
    assert office(email) == (None, None)
    assert run(app, "dismiss", email, "officer")[0] == 1
    assert run(app, "appoint", email, "officer", "--level", "supervisor")[0] == 0
    assert office(email) == (OfficerLevel.SUPERVISOR, None)
    actions = [row.action for row in db.session.query(AuditRecord).order_by(AuditRecord.seq)]
    assert actions == [*["person.appoint.officer"] * 2, "person.dismiss.officer", "person.appoint.officer"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("appoint", "nobody@unit.example", "officer", "--level", "district"), "nobody has registered"),
        (("appoint", "EMAIL", "officer"), "须有级别"),
        (("appoint", "EMAIL", "expert", "--level", "district"), "须有级别"),
        (("appoint", "EMAIL", "officer", "--level", "zone"), "功能区"),
        (("appoint", "EMAIL", "officer", "--level", "zone", "--zone", "moon"), "不在字典中"),
        (("appoint", "EMAIL", "expert", "--field", "alchemy"), "不在字典中"),
        (("appoint", "EMAIL", "king"), "Invalid value"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    app: Flask, make: Factory, arguments: tuple[str, ...], words: str
) -> None:
    email = make.person().email
    code, output = run(app, *(email if word == "EMAIL" else word for word in arguments))
    assert code != 0 and words in output
    assert office(email) == (None, None)
    assert db.session.query(AuditRecord).count() == 0
