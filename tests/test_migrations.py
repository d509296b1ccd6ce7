"""The migrations: up, down and up again with rows in the tables, and the same schema as the models."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.choices import ProfileKind
from marketplace.accounts.models import Person
from marketplace.accounts.profiles import ProfileData, save_profile
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.db import Base, db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.organisations.service import add_member
from marketplace.results.models import Result
from seed_data.loader import load_vocabularies
from tests.conftest import make_settings
from tests.factories import Factory


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(make_settings(tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def names(kind: str = "table") -> set[str]:
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type = :kind"), {"kind": kind})
        return {str(name) for (name,) in rows if not str(name).startswith("sqlite_")}


def fill() -> None:
    with transaction() as session:
        load_vocabularies(session)
    make = Factory()
    organisation, person = make.staffed(shareholders=(("甲", 50.0),), honours=("gazelle",))

    with transaction() as session:  # left and came back
        back = session.merge(person).memberships[0]
        back.ended_at = clock.now()
        session.flush()
        add_member(session, back.organisation, back.person, back.role)
    expert = make.expert("ai")
    with transaction() as session:
        profile = ProfileData(direction="方向", fields=("ai",))
        save_profile(session, session.merge(expert), ProfileKind.EXPERT, profile)
    result = make.result(organisation, person)
    make.withdraw(result, person)
    make.demand(organisation, person, disclosure=Disclosure.DIRECTED, directed_to=(make.organisation(),))
    db.session.remove()


def test_up_down_and_up_again_with_rows(empty_site: Flask) -> None:
    for _ in range(2):
        upgrade()
        assert names() == {*Base.metadata.tables, "alembic_version"}
        fill()
        downgrade(revision="base")
        assert names() == {"alembic_version"}
        assert not names("index")
    upgrade()
    assert db.session.query(Result).count() == 0


def test_each_step_down_and_up_keeps_rows_of_earlier_tables(empty_site: Flask) -> None:
    upgrade()
    fill()
    steps = 0
    while names() != {"alembic_version"}:
        downgrade(revision="-1")
        if names() != {"alembic_version"}:
            upgrade(revision="+1")  # over the rows that are left
            downgrade(revision="-1")
        steps += 1
    assert steps == len(list((Path(__file__).parents[1] / "migrations" / "versions").glob("*.py")))


def test_people_of_before_count_as_confirmed(empty_site: Flask) -> None:
    upgrade()
    fill()
    downgrade(revision="0008")
    upgrade()
    people = db.session.query(Person).all()
    assert people and all(p.email_confirmed_at == p.created_at and p.terms_version == "" for p in people)


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_every_check_of_the_models(app: Flask) -> None:
    # compare_metadata does not look at CHECK constraints.
    with db.engine.connect() as connection:
        made = dict(
            connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
        )
    checks = 0
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                checks += 1
                expected = f"CONSTRAINT {constraint.name} CHECK ({constraint.sqltext})"
                assert " ".join(expected.split()) in " ".join(made[table.name].split())
    made_checks = sum(sql.count(" CHECK (") for sql in made.values() if sql)
    assert made_checks == checks > 50


def test_constraints_hold_in_a_database_that_went_down_and_up(empty_site: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    upgrade()
    fill()
    with pytest.raises(IntegrityError, match="ck_result_trl"), transaction() as session:
        session.execute(text("UPDATE result SET trl = 10"))
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), transaction() as session:
        session.execute(text("UPDATE result SET organisation_id = 999"))


def test_foreign_keys_are_on_again_after_a_migration(empty_site: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_rows_that_break_foreign_keys_stop_a_migration(
    empty_site: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade()
    fill()
    db.engine.dispose()
    connection = sqlite3.connect(empty_site.extensions["settings"].instance_path / "site.db")
    connection.execute("UPDATE membership SET person_id = 999")  # as a tool without the pragma would
    connection.commit()
    connection.close()
    with pytest.raises(SystemExit):
        upgrade()
    assert "breaks foreign keys" in caplog.text
