"""查重 in the queue: the officer sees near-duplicates among all listings, the author those he may read."""

from collections.abc import Callable

from flask import Flask

from marketplace.accounts.policy import reader_of
from marketplace.admin.listings import near_duplicates
from marketplace.core.db import db
from marketplace.listings.choices import SecrecyVerdict
from tests.factories import Factory


def test_the_officer_is_told_of_a_controlled_twin_and_the_author_is_not(
    app: Flask, make: Factory, index: Callable[[], int]
) -> None:
    owner, contact = make.staffed()
    twin = make.result(owner, contact, published=False, title="固态电解质膜的连续化生产")
    make.publish(twin, contact, SecrecyVerdict.CONTROLLED)
    other = {"summary": "两性离子涂层提高反渗透膜在高藻海水中的通量。", "innovation": "常温浸涂即可固化。"}
    make.result(owner, contact, title="海水淡化膜涂层", **other)
    author, writer = make.staffed()
    waiting = make.result(author, writer, published=False)
    officer = make.officer()
    index()
    with app.test_request_context():
        told, notice = near_duplicates(db.session(), reader_of(officer), waiting)
        assert ([card.title for card in told], notice) == ([twin.title], "")
        assert near_duplicates(db.session(), reader_of(writer), waiting) == ([], "")
