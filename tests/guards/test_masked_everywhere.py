"""A masked owner's name, people, address and numbers are told by nothing that outsiders can open.

A need of a very distinctive enterprise goes through everything the site does with a need. Then every
GET route of the URL map, filled with every known id, is opened by everybody who may not know whose it
is, and notices, mails, index and log are read. The same for the words of a 定向可见 need.
"""

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import reader_of
from marketplace.core import clock
from marketplace.core.db import Base, db, transaction
from marketplace.core.files import Attachment
from marketplace.demands import policy as demand_policy
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.indexing.documents import listing_document
from marketplace.introductions.service import open_introduction
from marketplace.notifications.models import Mail, Notice
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.credit_code import check_character
from marketplace.results.models import Result
from tests.factories import Factory
from tests.files import docx_bytes
from tests.guards.conftest import BuildSite, bring_index_up_to_date, enter

CODE17 = "91000000MAJYLTBM7"
CODE = CODE17 + check_character(CODE17)
OWNER: dict[str, Any] = {
    "name": "天津滨海玖岩澜隧装股份有限公司",
    "short_name": "玖岩澜隧装",
    "credit_code": CODE,
    "legal_person": "邬砚秋",
    "shareholders": (("鹳砚控股有限公司", 60.0),),
    "address": "天津市滨海新区鹳雀路鹤影产业园77号楼",
    "website": "https://www.jiuyanlan-tbm.example",
    "introduction": "玖岩澜牌盾构刀具的制造者。",
    "zone": "teda",
}
CONTACT = {"name": "阚砚青", "email": "kanyanqing@jiuyanlan-tbm.example", "phone": "13987650021"}
# What of the owner nobody outside may find beside the need; parts stand for the longer texts around them.
TRACES = (
    "玖岩",
    "澜隧装",
    "jiuyanlan",
    CODE,
    "邬砚秋",
    "鹳砚",
    "鹳雀路",
    "鹤影",
    "阚砚青",
    "kanyanqing",
    "13987650021",
)
# What of the masked need stands on no page about its organisation.
NEED = ("刀盘泥饼预警qmk1", "泥饼难点qmk2", "泥饼qmk3")
# What of the 定向可见 need nobody but the invited, its owner and officers may find.
DIRECTED = ("主驱动密封qdr1", "密封难点qdr2", "密封qdr3")
# Pages about organisations and people say who they are; there the need must not stand beside it.
ABOUT_ORGANISATIONS = ("organisations.", "people.", "accounts.")

QUESTIONS = ("", "刀盘泥饼预警", OWNER["name"], "玖岩", "密封")


@dataclass
class Scene:
    """``outsiders``: role → id of a person who may know nothing (None: a visitor)."""

    app: Flask
    owner_page: str = ""
    outsiders: dict[str, int | None] = field(default_factory=dict)
    insiders: frozenset[int] = frozenset()  # the owners and officers who may know
    masked: int = 0
    addresses: list[tuple[str, str]] = field(default_factory=list)  # endpoint, path

    def client(self, role: str) -> FlaskClient:
        person_id = self.outsiders[role]
        person = db.session.get_one(Person, person_id) if person_id else None
        return enter(self.app, person.get_id() if person else None)


def _needs(make: Factory) -> tuple[Demand, Demand, list[Person], Person]:
    """The masked need with all that happens to one, and the directed one."""
    owner = make.organisation(**OWNER)
    roles = (
        MembershipRole.ENTERPRISE,
        MembershipRole.REVIEWER,
        MembershipRole.ADMIN,
        MembershipRole.RESEARCHER,
    )
    contact = make.person(owner, *roles, **CONTACT)
    words = {"title": NEED[0], "difficulty": NEED[1], "keywords": (NEED[2], "刀盘", "盾构")}
    masked = make.demand(owner, contact, disclosure=Disclosure.MASKED, **words)
    telling = docx_bytes(text=OWNER["name"], header=OWNER["short_name"], author=CONTACT["name"])
    make.attach(masked, "玖岩澜隧装图纸.docx", telling, telling=True)
    make.attach(masked, "照片.docx", docx_bytes(), public=True)
    make.attach(masked, "玖岩澜公开.docx", telling, public=True, telling=True)  # mistaken for harmless
    asker = make.staffed(zone="thip")[1]
    make.grant(make.detail_request(masked, asker), contact)
    inviter, other_contact = make.staffed(zone="teda")
    words = {"title": DIRECTED[0], "difficulty": DIRECTED[1], "keywords": (DIRECTED[2], "密封", "盾构")}
    directed = make.demand(inviter, other_contact, directed_to=(make.organisation(zone="other"),), **words)
    result = make.result(asker.memberships[0].organisation, asker, title="盾构刀盘泥饼预警与密封监测技术")
    _introductions(masked, result, contact, asker)
    make.report(masked)
    return masked, directed, [contact, other_contact], asker


def _introductions(masked: Demand, result: Result, contact: Person, asker: Person) -> None:
    """The asker has asked for the need, and its owner, masked, for the asker's result."""
    with transaction() as session:
        need, offer = session.merge(masked), session.merge(result)
        open_introduction(session, reader_of(session.merge(asker)), need, None, "愿就泥饼预警提供样机试验。")
    with transaction() as session:
        need, offer = session.merge(masked), session.merge(result)
        open_introduction(
            session, reader_of(session.merge(contact)), offer, need, "想了解贵方监测技术的试验情况。"
        )


@pytest.fixture(scope="module")
def scene(build_site: BuildSite) -> Scene:
    app = build_site(log_level="INFO")
    with app.app_context():
        make, found = Factory(), Scene(app)
        masked, _, owners, asker = _needs(make)
        found.masked = masked.id
        found.outsiders = {
            "visitor": None,
            "asker": asker.id,  # reads controlled files by grant, and still may not know
            "broker": make.person(make.organisation(zone="thip"), MembershipRole.BROKER).id,
            "officer of another zone": make.officer(OfficerLevel.ZONE, "thip").id,
        }
        officers = [make.officer(), make.officer(OfficerLevel.ZONE, "teda")]
        found.insiders = frozenset(person.id for person in (*owners, *officers))
        masked = db.session.merge(masked)
        found.owner_page = f"/organisations/{masked.organisation.public_id}"
        bring_index_up_to_date(app)
        found.addresses = list(addresses(app))
    return found


def _ids() -> list[str]:
    """Every public id in the database."""
    tables = [t for t in Base.metadata.sorted_tables if "public_id" in t.columns]
    return [i for table in tables for i in db.session.scalars(select(table.c.public_id))]


def _values(rule: Rule, name: str, ids: Sequence[str], files: Sequence[str]) -> Sequence[object]:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    if isinstance(converter, IntegerConverter):
        return range(1, 7)
    return files if name in {"file", "file_id"} else ids


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every GET route filled with every id, and the searches that a curious person would try."""
    ids, files = _ids(), list(db.session.scalars(select(Attachment.public_id)))
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        names = sorted(rule.arguments)
        for values in itertools.product(*(_values(rule, name, ids, files) for name in names)):
            yield rule.endpoint, urls.build(rule.endpoint, dict(zip(names, values, strict=True)))
    for question in QUESTIONS:
        yield "matching.search", f"/search?q={quote(question)}"
        yield "matching.search", f"/search?kind=demand&q={quote(question)}&zone=teda"
        yield "matching.suggest", f"/search/suggest?q={quote(question)}"


def _forbidden(endpoint: str) -> tuple[str, ...]:
    return NEED + DIRECTED if endpoint.startswith(ABOUT_ORGANISATIONS) else TRACES + DIRECTED


def _without_question(path: str, text: str) -> str:
    """A page repeats what it was asked; whatever else stands there was told."""
    for question in QUESTIONS:
        if question and path.endswith((f"q={quote(question)}", f"q={quote(question)}&zone=teda")):
            return text.replace(question, "")
    return text


def text_of(response: TestResponse) -> str:
    """Headers and body as a reader has them: names decoded, an Office file unpacked."""
    data = response.get_data()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{unquote(str(response.headers))}\n{data.decode('utf-8', 'replace')}"


def leaks_in(text: str, forbidden: Sequence[str]) -> list[str]:
    lowered = text.lower()
    return [word for word in forbidden if word.lower() in lowered]


def page_leaks(scene: Scene, roles: Sequence[str], only: str = "") -> list[str]:
    """What each outsider finds, as "role path: words"."""
    found = []
    for role in roles:
        client = scene.client(role)
        for endpoint, path in scene.addresses:
            if not endpoint.startswith(only):
                continue
            with client.get(path) as response:
                text = _without_question(path, text_of(response))
            forbidden = _forbidden(endpoint)
            about_others = not endpoint.startswith(ABOUT_ORGANISATIONS)
            if about_others:
                forbidden += (scene.owner_page,) if scene.owner_page not in path else ()
            if words := leaks_in(text, forbidden):
                found.append(f"{role} {path}: {words}")
    return found


ROLES = ("visitor", "asker", "broker", "officer of another zone")


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_the_site_tells(scene: Scene, role: str, capsys: pytest.CaptureFixture[str]) -> None:
    with scene.app.app_context():
        assert page_leaks(scene, [role]) == []
    log = capsys.readouterr().err
    assert "request" in log  # the log is on
    assert leaks_in(log, TRACES + NEED + DIRECTED) == []


@pytest.mark.parametrize("direction", ["need", "result"])
def test_no_match_tells(scene: Scene, direction: str) -> None:
    """The need is found by what it says, and not by whose it is."""
    with scene.app.app_context():
        for role in ROLES:
            client = scene.client(role)
            question = {"direction": direction, "text": "刀盘泥饼预警，盾构刀盘结泥饼的在线监测与预警技术。"}
            page = client.post("/match", data=question, headers={"HX-Request": "true"}).get_data(as_text=True)
            assert leaks_in(page, (*TRACES, *DIRECTED, scene.owner_page)) == []
            assert direction == "need" or NEED[0] in re.sub(r"</?mark>", "", page)
            named = {"direction": "result", "text": f"{OWNER['name']}的盾构刀盘，{OWNER['short_name']}。"}
            answer = client.post("/match", data=named, headers={"HX-Request": "true"})
            assert scene.owner_page not in answer.get_data(as_text=True)


def told_outside(scene: Scene) -> list[str]:
    """Texts of notices and mails to whoever may not know."""
    people = {p.id: p.email for p in db.session.scalars(select(Person)) if p.id not in scene.insiders}
    notices = db.session.scalars(select(Notice).where(Notice.person_id.in_(people)))
    mails = db.session.scalars(select(Mail).where(Mail.recipient.in_(people.values())))
    return [f"{n.title}\n{n.body}\n{n.path}" for n in notices] + [f"{m.subject}\n{m.body}" for m in mails]


def test_no_notice_and_no_mail_tells(scene: Scene) -> None:
    with scene.app.app_context():
        texts = told_outside(scene)
        assert any(NEED[0] in text for text in texts)  # the asker has been told of the grant
        assert [text for text in texts if leaks_in(text, TRACES + DIRECTED)] == []


def test_the_index_does_not_know(scene: Scene) -> None:
    with scene.app.app_context():
        document = listing_document(db.session.get_one(Demand, scene.masked), clock.now(), 1)
        assert document is not None and NEED[0] in document.title
        assert leaks_in(repr(document), TRACES) == []
        folder = Path(scene.app.instance_path)
        parts = [p for p in folder.rglob("*") if p.is_file() and "index" in p.parts[len(folder.parts)]]
        assert parts
        written = b"\n".join(path.read_bytes() for path in parts)
        assert "泥饼".encode() in written  # terms stand there as they are
        for trace in (*TRACES, "玖岩澜"):
            assert trace.encode() not in written and trace.lower().encode() not in written


def _everybody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand_policy, "can_know_owner", lambda reader, demand: True)


def _everybody_is_invited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand_policy, "can_read", lambda reader, demand, now: True)


def _files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace.disclosure import policy

    monkeypatch.setattr(policy, "can_read_file", lambda *arguments: True)


@pytest.mark.parametrize(
    ("plant", "word"),
    [(_everybody_knows, "玖岩"), (_everybody_is_invited, DIRECTED[0]), (_files_are_named, "玖岩")],
)
def test_a_planted_leak_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], word: str
) -> None:
    with scene.app.app_context():
        assert page_leaks(scene, ["visitor"], "demands.") == []
        plant(monkeypatch)
        assert any(word in leak for leak in page_leaks(scene, ["visitor"], "demands."))


def test_a_leak_in_a_notice_or_log_is_found(scene: Scene) -> None:
    assert leaks_in(f"请联系 {OWNER['name']}", TRACES) == ["玖岩", "澜隧装"]
    assert leaks_in("KanYanQing@jiuyanlan-tbm.example", TRACES) == ["jiuyanlan", "kanyanqing"]
    assert re.search(r"[0-9A-Z]{18}", CODE)
