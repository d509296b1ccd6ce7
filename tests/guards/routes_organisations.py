"""Routes of organisations with the declared answer of every role, and the objects they need."""

from dataclasses import dataclass, field

from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core.db import db, transaction
from marketplace.core.files import store
from marketplace.organisations.choices import MembershipRole, ProofKind
from marketplace.organisations.membership import ask_to_join, invite_person
from marketplace.organisations.models import Organisation
from marketplace.organisations.verification import request_change
from tests.factories import Factory

KINDS = ("enterprise", "researcher", "reviewer", "admin", "broker")
OWN = frozenset(f"own {kind}" for kind in KINDS)
OTHER = frozenset(f"other {kind}" for kind in KINDS) | {"invited"}
MEMBERS = OWN | OTHER
ADMINS = frozenset({"own admin", "other admin"})
PLAIN = MEMBERS - ADMINS
DECIDERS = frozenset({"district officer", "own zone officer"})
READERS = DECIDERS | {"supervisor", "own admin"}


@dataclass(frozen=True)
class Route:
    """``answers`` by role; whoever is not named gets ``others``. A visitor is sent to the log-in."""

    path: str
    others: int
    answers: dict[int, frozenset[str]] = field(default_factory=dict)

    def expected(self, role: str) -> int:
        if role == "visitor":
            return 302
        return next((status for status, roles in self.answers.items() if role in roles), self.others)


def only(*roles: str) -> frozenset[str]:
    return frozenset(roles)


def administrators(path: str, own: int, other: int) -> Route:
    """For administrators; other members are refused, and who has no organisation finds nothing."""
    answers = {own: only("own admin"), 403: PLAIN}
    answers[other] = answers.get(other, frozenset()) | {"other admin"}
    return Route(path, 404, answers)


MY = "/my/organisation"
ROUTES = {
    ("organisations.join", "GET"): Route("/organisations/join?q=测试", 200),
    ("organisations.ask", "GET"): Route("{organisation}/join", 200),
    ("organisations.ask", "POST"): Route("{organisation}/join", 422),
    ("organisations.new", "GET"): Route("/organisations/new", 200),
    ("organisations.new", "POST"): Route("/organisations/new", 422),
    ("organisations.withdraw_request", "POST"): Route(
        "{asked by expert}/withdraw", 404, {302: only("expert"), 403: only("own admin")}
    ),
    ("organisations.invitation", "GET"): Route("{invitation}", 403, {200: only("invited")}),
    ("organisations.accept", "POST"): Route("{invitation}/accept", 403, {422: only("invited")}),
    ("organisations.decline", "POST"): Route("{invitation to expert}/decline", 403, {302: only("expert")}),
    ("my_organisation.overview", "GET"): Route(MY, 302, {200: MEMBERS}),
    ("my_organisation.edit", "GET"): administrators(f"{MY}/edit", 200, 200),
    ("my_organisation.edit", "POST"): administrators(f"{MY}/edit", 422, 422),
    ("my_organisation.proofs", "GET"): administrators(f"{MY}/proofs", 200, 200),
    ("my_organisation.proofs", "POST"): administrators(f"{MY}/proofs", 409, 409),  # verified already
    ("my_organisation.identity", "GET"): administrators(f"{MY}/identity", 200, 200),
    ("my_organisation.identity", "POST"): administrators(f"{MY}/identity", 422, 422),
    ("my_organisation.withdraw_change", "POST"): administrators(f"{MY}/identity/withdraw", 302, 409),
    ("my_organisation.invite", "GET"): administrators(f"{MY}/invite", 200, 200),
    ("my_organisation.invite", "POST"): administrators(f"{MY}/invite", 422, 422),
    ("my_organisation.resend", "POST"): administrators(f"{MY}{{invitation}}/resend", 302, 404),
    ("my_organisation.withdraw_invitation", "POST"): administrators(
        f"{MY}{{invitation to nobody}}/withdraw", 302, 404
    ),
    ("my_organisation.decide", "GET"): administrators("{asked by supervisor}", 200, 404),
    ("my_organisation.decide", "POST"): administrators("{asked by supervisor}", 422, 404),
    ("my_organisation.roles", "GET"): administrators("{member}/roles", 200, 404),
    ("my_organisation.roles", "POST"): administrators("{member}/roles", 422, 404),
    ("my_organisation.leave", "GET"): Route(
        "{member}/leave", 404, {200: only("own admin"), 403: OWN - {"own admin"}}
    ),
    ("my_organisation.leave", "POST"): Route(
        "{member}/leave", 404, {422: only("own admin"), 403: OWN - {"own admin"}}
    ),
    ("my_organisation.administrator", "GET"): Route(f"{MY}/administrator", 404, {200: MEMBERS}),
    ("my_organisation.administrator", "POST"): Route(f"{MY}/administrator", 404, {422: MEMBERS}),
    ("verification.page", "GET"): Route("{organisation}/verification", 404, {200: READERS}),
    ("verification.decide", "POST"): Route(
        "{organisation}/verification", 404, {422: DECIDERS, 403: READERS - DECIDERS}
    ),
    ("verification.proof", "GET"): Route("{proof}", 404, {200: READERS}),
}


def add_objects(
    make: Factory, people: dict[str, str | None], owner: Organisation, contact: Person
) -> dict[str, str]:
    """Invitations, requests, a change with its paper: name → address."""

    def person(role: str) -> Person:
        session_id = people[role]
        assert session_id is not None
        return db.session.get_one(Person, int(session_id.partition(":")[0]))

    roles = [MembershipRole.RESEARCHER]
    urls = {}
    with transaction() as session:
        place = session.merge(owner)
        admin = reader_of(person("own admin"))
        invitees = {"": person("invited").email, " to expert": person("expert").email}
        for name, email in {**invitees, " to nobody": "nobody@unit.example"}.items():
            offer = invite_person(session, admin, place, email, roles)
            urls[f"invitation{name}"] = f"/invitations/{offer.public_id}"
        for role, folder in (("expert", "/organisations"), ("supervisor", MY)):
            offer = ask_to_join(session, person(role), place, roles, "说明")
            urls[f"asked by {role}"] = f"{folder}/requests/{offer.public_id}"
        paper = store(session, make.upload("执照.pdf"), admin.person_id)
        request_change(session, admin, place, {"legal_person": "丙某"}, "换届", {ProofKind.LICENCE: paper})
        urls["proof"] = f"/organisations/proofs/{paper.public_id}"
    urls["member"] = f"{MY}/members/{db.session.merge(contact).public_id}"
    return urls
