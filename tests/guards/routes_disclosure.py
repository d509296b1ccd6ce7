"""Detail requests and controlled content: (endpoint, method) → object → role → answer.

The other organisation has asked for two of the owner's results: one request is granted, one withdrawn.
A role that is not named gets ``REST``; a visitor is sent to the log-in, but for files.
"""

from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.organisations.models import Organisation
from tests.factories import Factory
from tests.files import docx_bytes

REST = "anybody else"
Answers = dict[str, int]

ASKERS = tuple(f"other {role}" for role in ("enterprise", "researcher", "reviewer", "admin", "broker"))
OWN = tuple(f"own {role}" for role in ("enterprise", "researcher", "reviewer", "admin", "broker"))
DECIDERS = ("own reviewer", "own admin")
OFFICERS = ("district officer", "supervisor", "own zone officer")


def answers(visitor: int, rest: int, *groups: tuple[tuple[str, ...], int]) -> Answers:
    found = {role: code for roles, code in groups for role in roles}
    return {"visitor": visitor, REST: rest, **found}


# Own listings need no request; officers and experts have no organisation to ask for.
ASK = answers(302, 403, (OWN, 409), (OFFICERS, 403), (ASKERS, 200), (("invited",), 200))
ASK_EMPTY = {role: 422 if code == 200 else code for role, code in ASK.items()}
SEEN = answers(302, 404, (ASKERS, 200), (DECIDERS, 200))
DECIDED_EMPTY = answers(302, 404, (ASKERS, 403), (DECIDERS, 422))
WITHDRAWN_AGAIN = answers(302, 404, (ASKERS, 409), (DECIDERS, 403))
GRANTED = answers(302, 404, (ASKERS + OWN + OFFICERS, 200))
INSIDE = answers(302, 404, (OWN + OFFICERS, 200))
OWN_ONLY = answers(302, 404, (OWN, 200))
NOBODY = answers(302, 404)

DISCLOSURE: dict[tuple[str, str], dict[str, Answers]] = {
    ("disclosure.index", "GET"): {"/details": answers(302, 200)},
    ("disclosure.ask", "GET"): {
        "{results public}/request-details": ASK,
        "{results draft}/request-details": answers(302, 404, (OWN, 409)),
        "{demands directed}/request-details": answers(302, 404, ((*OWN, "invited"), 409), (OFFICERS, 403)),
    },
    ("disclosure.ask", "POST"): {"{results public}/request-details": ASK_EMPTY},
    ("disclosure.detail", "GET"): {
        "{request granted}": SEEN, "{request withdrawn}": SEEN, "/details/2222222222": NOBODY,
    },
    ("disclosure.grant", "POST"): {"{request withdrawn}/grant": DECIDED_EMPTY},
    ("disclosure.refuse", "POST"): {"{request withdrawn}/refuse": DECIDED_EMPTY},
    ("disclosure.revoke", "POST"): {"{request granted}/revoke": DECIDED_EMPTY},
    ("disclosure.withdraw", "POST"): {"{request withdrawn}/withdraw": WITHDRAWN_AGAIN},
    ("disclosure.controlled", "GET"): {
        "{results granted}/controlled": GRANTED,
        "{results public}/controlled": INSIDE,
        "{results controlled}/controlled": INSIDE,
        "{results draft}/controlled": OWN_ONLY,
        "{demands masked}/controlled": NOBODY,  # it has no controlled file
    },
    ("disclosure.file", "GET"): {
        "{file controlled}": answers(404, 404, (ASKERS + OWN + OFFICERS, 200)),
        "{file public}": answers(200, 200),
        "{results granted}/files/2222222222": answers(404, 404),
    },
    ("disclosure.readings", "GET"): {
        "{results granted}/readings": OWN_ONLY, "{results draft}/readings": OWN_ONLY,
    },
}  # fmt: skip


def add_detail_requests(
    make: Factory, urls: dict[str, str], owner: Organisation, contact: Person, outsider: Organisation
) -> None:
    """Two requests of the other organisation, and a result with a public and a controlled file."""
    asker = make.person(outsider)
    granted, withdrawn = make.result(owner, contact), make.result(owner, contact)
    files: dict[str, Any] = {
        name: make.attach(granted, f"{name}.docx", docx_bytes(), public=name == "public")
        for name in ("public", "controlled")
    }
    requests = {"granted": make.detail_request(granted, asker)}
    make.grant(requests["granted"], contact)
    requests["withdrawn"] = make.detail_request(withdrawn, asker)
    make.withdraw_request(requests["withdrawn"], asker)
    urls["results granted"] = f"/results/{db.session.merge(granted).public_id}"
    for page in ("controlled", "readings"):
        urls[f"{page} page"] = f"{urls['results granted']}/{page}"
    urls["asking page"] = f"/results/{db.session.merge(withdrawn).public_id}/request-details"
    for name, request in requests.items():
        urls[f"request {name}"] = f"/details/{db.session.merge(request).public_id}"
    for name, file in files.items():
        urls[f"file {name}"] = f"{urls['results granted']}/files/{db.session.merge(file).public_id}"
