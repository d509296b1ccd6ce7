"""A process that publishes, edits, withdraws and deletes listings until it is killed.

``writer_child INSTANCE OWNER CONTACT SEED``. Each of ``SLOTS`` slots holds at most one live result; its
title is one of ``VERSIONS`` fixed ones, so that every vector can be kept beforehand.
"""

import random
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db, transaction
from marketplace.listings.choices import ListingStatus
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from tests.factories import Factory

SLOTS, VERSIONS = 6, 3


def title(slot: int, version: int) -> str:
    """The first word is of this version of this slot alone."""
    return f"k{slot}v{version}z 号槽的电解质膜"


def change_something(make: Factory, owner: Organisation, contact: Person, choose: random.Random) -> None:
    slot, version = choose.randrange(SLOTS), choose.randrange(VERSIONS)
    found = db.session.scalars(
        select(Result).where(Result.title.startswith(f"k{slot}v")).order_by(Result.id.desc()).limit(1)
    ).first()
    db.session.rollback()
    if found is None or found.status is ListingStatus.WITHDRAWN:
        make.result(owner, contact, title=title(slot, version))
    elif found.status is not ListingStatus.PUBLISHED:  # killed before it was published
        with transaction() as session:
            session.delete(session.merge(found))
    elif choose.random() < 0.6:
        with transaction() as session:
            session.merge(found).title = title(slot, version)
            session.merge(found).keywords[0].text = f"词{version}"
    else:
        make.withdraw(found, contact)


def write(app: Flask, owner_id: int, contact_id: int, seed: int) -> None:
    choose, make = random.Random(seed), Factory()  # noqa: S311  # a test's dice
    with app.app_context():
        while True:
            owner, contact = (
                db.session.get_one(Organisation, owner_id),
                db.session.get_one(Person, contact_id),
            )
            change_something(make, owner, contact, choose)
            print("changed", flush=True)


def main() -> None:
    from marketplace.app import create_app
    from tests.conftest import make_settings

    instance, owner, contact, seed = sys.argv[1:]
    write(create_app(make_settings(Path(instance))), int(owner), int(contact), int(seed))


if __name__ == "__main__":
    main()
