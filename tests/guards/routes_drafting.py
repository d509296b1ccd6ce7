"""Drafts, 代填 and its confirmation: (endpoint, method) → address → role → answer.

``draft`` is a need that the owner's researcher began, ``entered draft`` one that the other
organisation's broker enters for the owner. A role that is not named gets ``REST``.
"""

REST = "anybody else"
Answers = dict[str, int]

OWN_WRITERS = ("own enterprise", "own researcher", "own admin")
OWN = (*OWN_WRITERS, "own reviewer", "own broker")
OTHER_WRITERS = ("other enterprise", "other researcher", "other admin", "other broker")
BROKERS = ("own broker", "other broker")
DECIDING = ("district officer", "own zone officer", "other zone officer")
WITHOUT_ORGANISATION = ("expert", "supervisor", *DECIDING)


def answers(visitor: int, rest: int, *groups: tuple[tuple[str, ...], int]) -> Answers:
    found = {role: code for roles, code in groups for role in roles}
    return {"visitor": visitor, REST: rest, **found}


READ = answers(302, 404, (OWN_WRITERS, 200))
ACT = answers(302, 404, (OWN_WRITERS, 302))
STALE = answers(302, 404, (OWN_WRITERS, 409))  # sent without the version that was read
INCOMPLETE = answers(302, 404, (OWN_WRITERS, 422))
ABSENT = answers(302, 404)
AUTHOR = answers(302, 404, (("other broker",), 200))
AUTHOR_STALE = answers(302, 404, (("other broker",), 409))
PEOPLE = answers(302, 200)
# Who writes for no organisation is shown how to join one, and a reviewer whom to ask for a role.
BEGIN = answers(302, 302, (("own reviewer", "other reviewer", *WITHOUT_ORGANISATION), 403))
FOR_OTHERS = answers(302, 403, (BROKERS, 200), (DECIDING, 200))
FOR_OTHERS_EMPTY = answers(302, 403, (BROKERS, 422), (DECIDING, 422))
EDIT_PUBLIC = answers(302, 403, (OWN_WRITERS, 302), (("own broker",), 302))
EDIT_DRAFT = answers(302, 404, (OWN_WRITERS, 302), (("own broker",), 302), (("own reviewer",), 403))
READING = ("district officer", "supervisor", "own zone officer")
ASK_EDIT = answers(302, 403, (OWN_WRITERS, 200), (("own broker",), 200))
CHOICES = "/drafts/choices/region?q=天津"

DRAFTING: dict[tuple[str, str], dict[str, Answers]] = {
    ("drafts.index", "GET"): {"/drafts": PEOPLE},
    ("drafts.choices", "GET"): {CHOICES: PEOPLE, "/drafts/choices/person?q=张": answers(302, 404)},
    ("drafts.show", "GET"): {"{draft}": READ, "{entered draft}": AUTHOR, "/drafts/2222222222": ABSENT},
    ("drafts.save", "POST"): {"{draft}": STALE, "{entered draft}": AUTHOR_STALE},
    ("drafts.autosave", "POST"): {"{draft}/autosave": STALE, "{entered draft}/autosave": AUTHOR_STALE},
    ("drafts.preview", "POST"): {"{draft}/preview": READ},
    ("drafts.classes", "POST"): {"{draft}/classes": ABSENT},  # no field is named
    ("drafts.check", "GET"): {"{draft}/check": READ, "{entered draft}/check": AUTHOR},
    ("drafts.submit", "POST"): {"{draft}/submit": INCOMPLETE},
    ("drafts.fill_from_text", "POST"): {"{draft}/fill": INCOMPLETE},
    ("drafts.draft_file", "GET"): {"{draft}/files/2222222222": ABSENT},
    ("drafts.restore", "POST"): {"{draft}/restore": ACT},
    ("drafts.delete", "POST"): {"/drafts/2222222222/delete": ABSENT},
    ("starting.choose", "GET"): {"/new": answers(200, 200)},
    ("starting.new_result", "GET"): {"/results/new": PEOPLE},
    ("starting.begin_result", "POST"): {"/results/new": BEGIN},
    ("starting.new_demand", "GET"): {"/demands/new": PEOPLE, "/demands/new?for=enterprise": FOR_OTHERS},
    ("starting.begin_demand", "POST"): {
        "/demands/new": BEGIN,
        "/demands/new?for=enterprise": FOR_OTHERS_EMPTY,
    },
    ("starting.edit_result", "POST"): {
        "{results public}/edit": EDIT_PUBLIC,
        "{results draft}/edit": EDIT_DRAFT,
    },
    ("starting.ask_edit_result", "GET"): {
        "{results withdrawn}/edit": answers(302, 404, (OWN_WRITERS, 409), (("own broker",), 409),
                                            (("own reviewer", *READING), 403)),
        "{results draft}/edit": answers(302, 404, (OWN_WRITERS, 302), (("own broker",), 302),
                                        (("own reviewer",), 403)),
    },
    ("starting.ask_edit_demand", "GET"): {"{demands masked}/edit": ASK_EDIT},
    ("starting.edit_demand", "POST"): {
        "{demands public}/edit": EDIT_PUBLIC,
        "{demands draft}/edit": EDIT_DRAFT,
    },
    ("starting.send_again", "POST"): {"{demands public}/confirmation": answers(302, 403)},
    ("confirmation.show", "GET"): {"/confirm/forged": answers(404, 404), "{confirmation}": answers(200, 200)},
    ("confirmation.answer", "POST"): {
        "/confirm/forged": answers(404, 404),
        "{confirmation}": answers(422, 422),
    },
    ("confirmation.file", "GET"): {"{confirmation}/files/2222222222": answers(404, 404)},
}  # fmt: skip
