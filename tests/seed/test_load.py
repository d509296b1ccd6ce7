"""Loading the sample data: complete, repeatable, all or nothing."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.accounts.passwords import verify_password
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.audit import first_break
from marketplace.core.db import Base, db, transaction
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.documents import listing_document
from marketplace.listings.choices import ListingStatus
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.taxonomy.models import Term
from seed_data import check, loader
from seed_data.loader import SeedError, load_seed
from tests.conftest import make_settings
from tests.seed.conftest import Load
from tests.seed.test_files import DEMANDS, ORGANISATIONS, PEOPLE, RESULTS


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, in full."""
    return {
        table.name: [tuple(row) for row in db.session.execute(table.select())]
        for table in Base.metadata.sorted_tables
    }


def test_everything_in_the_files_is_loaded(first_load: Load, seeded: Flask) -> None:
    counts = first_load.counts
    assert counts["results"] == (len(RESULTS), len(RESULTS))
    assert counts["needs"] == (len(DEMANDS), len(DEMANDS))
    assert counts["organisations"] == (len(ORGANISATIONS), len(ORGANISATIONS))
    assert counts["people"] == (len(PEOPLE), len(PEOPLE))
    assert counts["terms"][1] > 4000


def test_loading_again_changes_nothing(seeded: Flask) -> None:
    before = dump()
    db.session.rollback()
    with clock.frozen(clock.now() + timedelta(days=3)), transaction() as session:
        counts = load_seed(session, "another password")
    assert {added for added, _ in counts.values()} == {0}
    assert dump() == before


def test_all_is_marked_as_invented_but_the_public_bodies(seeded: Flask) -> None:
    for model in (Person, Result, Demand):
        assert db.session.scalar(select(func.count()).where(~model.sample).select_from(model)) == 0
    invented = {o.seed_key for o in db.session.scalars(select(Organisation).where(Organisation.sample))}
    assert invented == {key for key, item in ORGANISATIONS.items() if item.sample}


def test_published_listings_are_live_and_dated_back(seeded: Flask) -> None:
    now = clock.now()
    for model, items in ((Result, RESULTS), (Demand, DEMANDS)):
        days = {item.key: item.published_days_ago for item in items}
        for row in db.session.scalars(select(model).where(model.status == ListingStatus.PUBLISHED)):
            assert row.published_at and row.valid_until and row.valid_until > now
            assert now - row.published_at - timedelta(days=days[str(row.seed_key)]) < timedelta(hours=1)
    dates = db.session.scalars(select(func.date(Result.published_at)).distinct()).all()
    assert len(dates) > 30


def test_money_is_stored_in_fen(seeded: Flask) -> None:
    item = next(item for item in DEMANDS if item.budget)
    row = db.session.scalars(select(Demand).where(Demand.seed_key == item.key)).one()
    assert row.budget == round(float(item.budget or 0) * 1_000_000)


def test_the_audit_chain_of_the_load_is_whole(seeded: Flask) -> None:
    assert first_break(db.session) is None


def test_sample_people_have_the_given_password(seeded: Flask) -> None:
    person = db.session.scalars(select(Person).limit(1)).one()
    assert verify_password(person.password_hash, "binhai-2026")
    assert not verify_password(person.password_hash, "another password")


def test_what_officers_edited_stays(seeded: Flask) -> None:
    with transaction() as session:
        term = session.scalars(select(Term).where(Term.vocabulary == "field", Term.code == "ai")).one()
        kept, term.title = term.title, "人工智能与机器人"
    with transaction() as session:
        load_seed(session, "x")
        term = session.scalars(select(Term).where(Term.vocabulary == "field", Term.code == "ai")).one()
        assert term.title == "人工智能与机器人"
        term.title = kept


# Broken files


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that may be broken."""
    folder = tmp_path / "seed_data"
    shutil.copytree(check.ROOT, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(check, "ROOT", folder)
    monkeypatch.setattr(loader, "ROOT", folder)
    return folder


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def _name_the_masked_owner(folder: Path) -> None:
    item = next(item for item in DEMANDS if item.disclosure is Disclosure.MASKED)
    owner = ORGANISATIONS[item.organisation].name
    for path in (folder / "demands").glob("*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(text.replace(item.title, f"{owner}的{item.title}"), "utf-8")


BREAKS = {
    "syntax": (replace("results/ocean.yaml", "- key:", "- key: ["), "ocean.yaml"),
    "field": (replace("results/ocean.yaml", "summary:", "sumary:"), "ocean.yaml"),
    "no list": (lambda folder: (folder / "people.yaml").write_text("a: b"), "people.yaml"),
    "reference": (
        replace("results/ocean.yaml", "organisation: ", "organisation: nobody-"),
        "no organisation 'nobody-",
    ),
    "term": (replace("demands/ocean.yaml", "zone: ", "zone: far-"), "far-"),
    "masked": (_name_the_masked_owner, "脱敏需求中出现了单位名称"),
    "patent": (replace("results/ocean.yaml", "number: ", "number: X"), "专利号"),
    "missing": (lambda folder: (folder / "people.yaml").write_text(""), "no district officer"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_file_gives_one_line_and_changes_nothing(app: Flask, files: Path, name: str) -> None:
    spoil, words = BREAKS[name]
    spoil(files)
    before = dump()
    result = app.test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 1
    assert result.stdout == ""
    line = result.stderr.strip()
    assert line.startswith("Error: ") and words in line and "\n" not in line
    db.session.rollback()
    assert dump() == before


def test_the_error_names_file_entry_and_field(app: Flask, files: Path) -> None:
    BREAKS["field"][0](files)
    expected = r"ocean\.yaml r-ocean-\d+ (summary|sumary): .*and 1 more"
    with pytest.raises(SeedError, match=expected), transaction() as session:
        load_seed(session, "x")


def test_the_command_tells_what_it_did_and_refuses_production(first_load: Load, tmp_path: Path) -> None:
    app = first_load.app
    done = app.test_cli_runner().invoke(args=["seed"])
    assert done.exit_code == 0
    assert f"results: 0 added, {len(RESULTS)} in all" in done.output
    production = create_app(
        make_settings(tmp_path, app_env="production", database_url=app.config["SQLALCHEMY_DATABASE_URI"])
    )
    refused = production.test_cli_runner().invoke(args=["seed"])
    assert refused.exit_code == 1 and "production" in refused.stderr
    assert "Traceback" not in refused.output


def test_the_command_names_no_masked_owner(first_load: Load, seeded: Flask) -> None:
    """Neither in what it prints or logs, nor in what the index will hold of the need."""
    masked = db.session.scalars(select(Demand).where(Demand.disclosure == Disclosure.MASKED)).all()
    assert len(masked) > 5
    for need in masked:
        owner, people = need.organisation, [m.person for m in need.organisation.memberships]
        names = [owner.name, owner.short_name, owner.credit_code, owner.legal_person]
        names += [value for p in people for value in (p.name, p.email, p.phone)]
        document = repr(listing_document(need, clock.now(), 1))
        assert [name for name in names if name and (name in first_load.output or name in document)] == []
