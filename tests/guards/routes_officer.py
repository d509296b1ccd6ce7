"""Declared answers of the officers' pages, reports and announcements: route → addresses → role → status."""

from collections import defaultdict
from typing import Any

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core.db import transaction
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.service import record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import waiting_item
from marketplace.results.service import move_result
from tests.factories import Factory

ByRole = dict[str, int]


def answers(
    others: int, visitor: int = 302, *, district: int, supervisor: int, own: int, other: int
) -> ByRole:
    """``others``: everybody logged in who is no officer; a visitor is asked to log in."""
    by_role: defaultdict[str, int] = defaultdict(lambda: others)
    by_role.update(
        {
            "visitor": visitor,
            "district officer": district,
            "supervisor": supervisor,
            "own zone officer": own,
            "other zone officer": other,
        }
    )
    return by_role


def public(status: int) -> ByRole:
    return defaultdict(lambda: status)


QUEUE = answers(403, district=200, supervisor=200, own=200, other=200)
ITEM = answers(404, district=200, supervisor=200, own=200, other=404)
NO_ITEM = answers(404, district=404, supervisor=404, own=404, other=404)
NOTHING_TYPED = answers(404, district=422, supervisor=422, own=422, other=404)  # no action is named
NOTE = answers(404, district=302, supervisor=403, own=302, other=404)  # nothing new to keep
ASSIGN = answers(404, district=302, supervisor=403, own=302, other=404)  # to nobody
BATCH = answers(403, district=422, supervisor=422, own=422, other=422)  # nothing is ticked
DICTIONARY = answers(403, district=200, supervisor=200, own=403, other=403)
TERM = answers(403, district=422, supervisor=403, own=403, other=403)
NO_TERM = answers(403, district=404, supervisor=403, own=403, other=403)
WRITER = answers(403, district=200, supervisor=403, own=403, other=403)
WRITER_WRONG = answers(403, district=422, supervisor=403, own=403, other=403)
HIDDEN = answers(404, district=200, supervisor=404, own=404, other=404)
HIDDEN_WRONG = answers(404, district=422, supervisor=404, own=404, other=404)
MOVE = answers(404, district=400, supervisor=404, own=404, other=404)  # no action is named
DRAFT = answers(404, 404, district=200, supervisor=200, own=404, other=404)
ABSENT_REPORT = "/reports/22222222222222222222"

OFFICER_ROUTES: dict[tuple[str, str], list[tuple[str, ByRole]]] = {
    ("queue.index", "GET"): [("/queue", QUEUE)],
    ("queue.batch_result", "GET"): [("/queue/batch", QUEUE)],
    ("queue.batch", "POST"): [("/queue/batch", BATCH)],
    ("queue.item", "GET"): [("{queue item}", ITEM), ("/queue/2222222222", NO_ITEM)],
    ("queue.decide", "POST"): [
        ("{queue item}/decide", NOTHING_TYPED),
        ("/queue/2222222222/decide", NO_ITEM),
    ],
    ("queue.note", "POST"): [("{queue item}/note", NOTE), ("/queue/2222222222/note", NO_ITEM)],
    ("queue.assign", "POST"): [("{queue item}/assign", ASSIGN), ("/queue/2222222222/assign", NO_ITEM)],
    ("dictionaries.terms", "GET"): [("/admin/terms", DICTIONARY)],
    ("dictionaries.vocabulary", "GET"): [
        ("/admin/terms/zone", DICTIONARY),
        ("/admin/terms/industry", answers(403, district=404, supervisor=404, own=403, other=403)),
    ],
    ("dictionaries.add", "POST"): [("/admin/terms/zone", TERM)],
    ("dictionaries.change", "POST"): [("/admin/terms/zone/teda", TERM), ("/admin/terms/zone/none", NO_TERM)],
    ("dictionaries.calendar", "GET"): [("/admin/calendar", DICTIONARY)],
    ("dictionaries.set_day", "POST"): [("/admin/calendar", TERM)],
    ("dictionaries.remove_day", "POST"): [("/admin/calendar/remove", TERM)],
    ("gap.index", "GET"): [("/admin/gap", DICTIONARY)],
    ("gap.download", "GET"): [("/admin/gap.csv", DICTIONARY)],
    ("rules.index", "GET"): [("/admin/rules", DICTIONARY)],
    ("rules.change", "POST"): [("/admin/rules/invitation", TERM), ("/admin/rules/none", NO_TERM)],
    ("reports.new", "GET"): [
        ("{report form}", public(200)),
        ("/reports/new", public(404)),
        ("/reports/new?result=2222222222", public(404)),
    ],
    ("reports.new", "POST"): [("{report form}", public(422))],
    ("reports.track", "GET"): [("{report}", public(200)), (ABSENT_REPORT, public(404))],
    ("reports.reopen", "POST"): [("{report}/reopen", public(422)), (f"{ABSENT_REPORT}/reopen", public(404))],
    ("announcements.notices", "GET"): [("/notices", public(200))],
    ("announcements.policies", "GET"): [("/policies", public(200))],
    ("announcements.detail", "GET"): [
        ("{announcement}", public(200)),
        ("{announcement draft}", DRAFT),
        ("/notices/2222222222", public(404)),
    ],
    ("announcements.file", "GET"): [("{announcement}/files/2222222222", public(404))],
    ("announcements.manage", "GET"): [
        ("/notices/manage", answers(403, district=200, supervisor=200, own=403, other=403))
    ],
    ("announcements.new", "GET"): [("/notices/new", WRITER)],
    ("announcements.new", "POST"): [("/notices/new", WRITER_WRONG)],
    ("announcements.edit", "GET"): [("{announcement draft}/edit", HIDDEN), ("{announcement}/edit", HIDDEN)],
    ("announcements.edit", "POST"): [("{announcement draft}/edit", HIDDEN_WRONG)],
    ("announcements.autosave", "POST"): [
        ("/notices/new/autosave", WRITER),
        ("{announcement}/autosave", HIDDEN),
    ],
    ("announcements.discard", "POST"): [
        ("/notices/new/discard", answers(403, district=302, supervisor=403, own=403, other=403)),
        ("{announcement}/discard", answers(404, district=302, supervisor=404, own=404, other=404)),
    ],
    ("announcements.move", "POST"): [("{announcement draft}/move", MOVE)],
}  # fmt: skip
OFFICER_PAGES = [
    path for (_, method), cases in OFFICER_ROUTES.items() if method == "GET" for path, _ in cases
]


def add_office(make: Factory, urls: dict[str, str], owner: Any, contact: Person) -> None:
    """What officers see: a listing that waits for them, a report, announcements."""
    waiting = make.result(owner, contact, published=False)
    with transaction() as session:
        actor, row = reader_of(session.merge(contact)), session.merge(waiting)
        record_secrecy_review(session, actor, row, SecrecyVerdict.PUBLIC)
        for action in (ListingAction.SUBMIT, ListingAction.APPROVE):
            move_result(session, actor, row, action)
        item = waiting_item(session, QueueKind.RESULT, row.id)
        assert item is not None
        urls["queue item"] = f"/queue/{item.public_id}"
    listed = make.result(owner, contact)
    urls["report form"] = f"/reports/new?result={listed.public_id}"
    report = make.report(listed)
    urls["report"] = f"/reports/{report.public_id}"
    urls["announcement"] = f"/notices/{make.announcement().public_id}"
    urls["announcement draft"] = f"/notices/{make.announcement(published=False).public_id}"
