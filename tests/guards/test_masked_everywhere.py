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
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from marketplace.accounts.models import Person
from marketplace.core import clock
from marketplace.core.db import Base, db
from marketplace.core.files import Attachment
from marketplace.demands import policy as demand_policy
from marketplace.demands.models import Demand
from marketplace.indexing.documents import listing_document
from marketplace.notifications.models import Mail, Notice
from tests.guards.conftest import BuildSite, bring_index_up_to_date
from tests.guards.masked_scene import CODE, DIRECTED, NEED, OWNER, TRACES, UNSENT, Scene, build_scene

# Pages about organisations and people say who they are; there the need must not stand beside it.
ABOUT_ORGANISATIONS = ("organisations.", "people.", "accounts.")

QUESTIONS = ("", "刀盘泥饼预警", OWNER["name"], "玖岩", "密封")


@pytest.fixture(scope="module")
def scene(build_site: BuildSite) -> Scene:
    app = build_site(log_level="INFO")
    with app.app_context():
        found = build_scene(app)
        bring_index_up_to_date(app)
        found.addresses = list(addresses(app))
    return found


FILELESS = ("person", "notice", "queue_item", "introduction_assistance")  # no address puts a file below these


def _ids(*, without: Sequence[str] = ()) -> list[str]:
    """Every public id in the database, but those of some tables."""
    known = (t for t in Base.metadata.sorted_tables if "public_id" in t.columns)
    tables = [t for t in known if t.name not in without]
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
    files = list(db.session.scalars(select(Attachment.public_id)))
    every, with_files = _ids(), _ids(without=FILELESS)
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        names = sorted(rule.arguments)
        ids = with_files if {"file", "file_id"} & rule.arguments else every
        for values in itertools.product(*(_values(rule, name, ids, files) for name in names)):
            yield rule.endpoint, urls.build(rule.endpoint, dict(zip(names, values, strict=True)))
    for question in QUESTIONS:
        yield "matching.search", f"/search?q={quote(question)}"
        yield "matching.search", f"/search?kind=demand&q={quote(question)}&zone=teda"
        yield "matching.suggest", f"/search/suggest?q={quote(question)}"


def _forbidden(scene: Scene, role: str, endpoint: str, path: str) -> tuple[str, ...]:
    if endpoint.startswith(ABOUT_ORGANISATIONS):
        return NEED + DIRECTED + UNSENT
    if role == "partner" and endpoint.startswith("introductions."):  # has been told there
        return DIRECTED + UNSENT
    page = () if scene.owner_page in path else (scene.owner_page,)
    return TRACES + DIRECTED + UNSENT + page


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
            if words := leaks_in(text, _forbidden(scene, role, endpoint, path)):
                found.append(f"{role} {path}: {words}")
    return found


ROLES = ("visitor", "asker", "broker", "refused", "partner", "officer of another zone")


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_the_site_tells(scene: Scene, role: str, capsys: pytest.CaptureFixture[str]) -> None:
    with scene.app.app_context():
        assert page_leaks(scene, [role]) == []
    log = capsys.readouterr().err
    assert "request" in log  # the log is on
    assert leaks_in(log, TRACES + NEED + DIRECTED + UNSENT) == []


@pytest.mark.parametrize("direction", ["need", "result"])
def test_no_match_tells(scene: Scene, direction: str) -> None:
    """The need is found by what it says, and not by whose it is."""
    with scene.app.app_context():
        for role in ROLES:
            client = scene.client(role)
            question = {"direction": direction, "text": "刀盘泥饼预警，盾构刀盘结泥饼的在线监测与预警技术。"}
            page = client.post("/match", data=question, headers={"HX-Request": "true"}).get_data(as_text=True)
            assert leaks_in(page, (*TRACES, *DIRECTED, *UNSENT, scene.owner_page)) == []
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
        assert [text for text in texts if leaks_in(text, TRACES + DIRECTED + UNSENT)] == []


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
        for trace in (*TRACES, *UNSENT, "玖岩澜"):
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
