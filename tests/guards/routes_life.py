"""Declared answers of the life of listings: 302 for visitors; else by role, `REST` for all others."""

from tests.guards.roles import EVERYBODY, OFFICERS, OWN

REST = EVERYBODY - {"visitor"}
DECIDING = OFFICERS - {"supervisor"}
REVIEWERS = frozenset({"own reviewer", "other reviewer"})

# (endpoint, method) → addresses with the answers of roles, the first that names a role counts.
# No act here succeeds: each lacks its reason, or comes from where it cannot start.
LIFE: dict[tuple[str, str], list[tuple[str, list[tuple[int, frozenset[str]]]]]] = {
    ("lifecycle.act", "POST"): [
        *(
            (f"{{{noun} public}}/withdraw", [(422, OWN | DECIDING), (403, REST)])
            for noun in ("results", "demands")
        ),
        ("{results public}/recall", [(409, OWN), (403, REST)]),
        ("{results public}/return", [(409, DECIDING | {"own reviewer"}), (403, REST)]),
        ("{results public}/publish", [(409, DECIDING), (403, REST)]),
        ("{results draft}/recall", [(409, OWN), (404, REST)]),
        ("{results draft}/publish", [(403, OWN), (404, REST)]),
        ("/results/2222222222/withdraw", [(404, REST)]),
    ],
    ("lifecycle.act_on_sourcing", "POST"): [
        ("{demands public}/sourcing/close", [(422, OWN), (403, REST)]),
        ("{demands draft}/sourcing/close", [(422, OWN), (404, REST)]),
    ],
    ("lifecycle.history", "GET"): [
        ("{results public}/history", [(200, OWN | OFFICERS), (403, REST)]),
        ("{demands masked}/history", [(200, OWN | OFFICERS), (403, REST)]),
        ("{demands directed}/history", [(200, OWN | OFFICERS), (403, frozenset({"invited"})), (404, REST)]),
        ("{results draft}/history", [(200, OWN), (404, REST)]),
        ("{results edited}/history", [(200, OWN | OFFICERS), (403, REST)]),
    ],
    ("lifecycle.decide", "POST"): [
        ("{edit}/return", [(422, frozenset({"own reviewer"})), (403, OWN), (404, REST)]),
        ("{edit}/apply", [(403, OWN), (404, REST)]),
    ],
    ("lifecycle.revision_file", "GET"): [("{edit}/files/2222222222", [(404, REST)])],
    ("lifecycle.my_listings", "GET"): [("/my/listings", [(200, REST)])],
    ("lifecycle.reviews", "GET"): [("/review", [(200, REVIEWERS), (403, REST)])],
    ("lifecycle.review", "GET"): [
        (path, [(200, frozenset({"own reviewer"})), (404, REVIEWERS), (403, REST)])
        for path in ("{review waiting}", "{review edited}")
    ],
    ("lifecycle.approve", "POST"): [
        ("{review waiting}/approve", [(422, frozenset({"own reviewer"})), (404, REVIEWERS), (403, REST)])
    ],
    ("lifecycle.send_back", "POST"): [
        ("{review waiting}/return", [(422, frozenset({"own reviewer"})), (404, REVIEWERS), (403, REST)])
    ],
    ("lifecycle.refuse_classified", "POST"): [
        ("/review/result/2222222222/classified", [(404, REVIEWERS), (403, REST)])
    ],
}


def declared(answers: list[tuple[int, frozenset[str]]], role: str) -> int:
    if role == "visitor":
        return 302
    return next(status for status, roles in answers if role in roles)
