"""Declared answers of 对接 and of feedback on matches, in the form of ``routes_life``.

The object is a request of "other" for a result of "own" that nobody has answered; forms come empty.
"""

from tests.guards.roles import EVERYBODY

REST = EVERYBODY - {"visitor"}
BROKERS = frozenset({"own broker", "other broker"})
DECIDING = frozenset({"district officer", "own zone officer", "other zone officer"})
MEMBERS = frozenset(
    f"{side} {role}"
    for side in ("own", "other")
    for role in ("enterprise", "researcher", "reviewer", "admin", "broker")
)
READERS = MEMBERS | DECIDING | {"supervisor"}

INTRODUCTIONS: dict[tuple[str, str], list[tuple[str, list[tuple[int, frozenset[str]]]]]] = {
    ("introductions.inbox", "GET"): [("/introductions", [(200, REST)])],
    ("introductions.new", "GET"): [
        ("/introductions/new", [(404, REST)]),  # of which listing?
        ("{asking}", [(200, REST)]),
    ],
    ("introductions.ask", "POST"): [("/introductions/new", [(404, REST)])],
    ("introductions.assist", "GET"): [("/introductions/assist", [(200, REST)])],
    ("introductions.assist", "POST"): [("/introductions/assist", [(422, BROKERS | DECIDING), (403, REST)])],
    ("introductions.detail", "GET"): [("{introduction}", [(200, READERS), (404, REST)])],
    ("introductions.move", "POST"): [("{introduction}/moves", [(422, READERS), (404, REST)])],
    ("introductions.outcome", "POST"): [("{introduction}/outcome", [(422, READERS), (404, REST)])],
    ("introductions.write", "POST"): [("{introduction}/messages", [(403, READERS), (404, REST)])],
    ("introductions.decide_assistance", "POST"): [
        ("{introduction}/assistance", [(409, MEMBERS), (403, READERS), (404, REST)])
    ],
    ("matching.feedback", "GET"): [("{feedback}", [(200, REST)]), ("/match/feedback", [(404, REST)])],
    ("matching.give", "POST"): [("/match/feedback", [(404, REST)])],  # of which match?
    ("matching.undo_feedback", "POST"): [("/match/feedback/undo", [(404, REST)])],
}
