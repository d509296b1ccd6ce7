"""The world of the masking test: a need of a very distinctive enterprise, and all that can happen to one.

Whatever the owner alone may read (drafts, edits, reasons, files, talk after acceptance) names the owner here.
"""

from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core.db import db, transaction
from marketplace.core.files import check_upload, store
from marketplace.demands.choices import Disclosure
from marketplace.demands.models import Demand
from marketplace.demands.service import data_of_demand, move_demand
from marketplace.drafting.service import add_file, content_of, create_draft, draft_of_listing, save_draft
from marketplace.introductions.assistance import decide_assistance, offer_assistance
from marketplace.introductions.moves import move_introduction
from marketplace.introductions.service import open_introduction
from marketplace.introductions.thread import write_message
from marketplace.introductions.workflow import IntroductionAction
from marketplace.listings.choices import AttachmentVisibility, SecrecyVerdict
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import decide_revision, review_revision, send_revision
from marketplace.listings.service import AttachmentData, Review, record_secrecy_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.credit_code import check_character
from marketplace.organisations.models import Organisation
from tests.factories import Factory
from tests.files import docx_bytes
from tests.guards.conftest import enter

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
# What has not left its organisation, or was sent back: nobody outside finds any of it.
UNSENT = ("泥饼草稿qun1", "泥饼退件qun2", "泥饼改稿qun3")
OFFICER = Reader(officer_level=OfficerLevel.DISTRICT)


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


def telling_file() -> bytes:
    return docx_bytes(text=OWNER["name"], header=OWNER["short_name"], author=CONTACT["name"])


def build_scene(app: Flask) -> Scene:
    """Everything but the addresses; the index is the caller's."""
    make, found = Factory(), Scene(app)
    owner = make.organisation(**OWNER)
    contact = make.person(owner, *_OWNER_ROLES, **CONTACT)
    masked = _masked_need(make, owner, contact)
    other_contact = _directed_need(make)
    asker, refused, partner = (make.staffed(zone="thip")[1] for _ in range(3))
    broker = make.person(make.organisation(zone="thip"), MembershipRole.BROKER)
    make.grant(make.detail_request(masked, asker), contact)
    _introductions(make, masked, contact, asker, broker)
    _ended_introductions(masked, contact, refused, partner)
    _drafts(masked, contact)
    _edits(masked, contact)
    _returned_need(make, owner, contact)
    make.report(masked)
    found.masked = masked.id
    found.outsiders = {
        "visitor": None,
        "asker": asker.id,  # reads controlled files by grant, and still may not know
        "broker": broker.id,  # assists an introduction that nobody has accepted
        "refused": refused.id,  # was declined by the owner
        "partner": partner.id,  # was accepted once: knows in that introduction, nowhere else
        "officer of another zone": make.officer(OfficerLevel.ZONE, "thip").id,
    }
    insiders = [contact, other_contact, make.officer(), make.officer(OfficerLevel.ZONE, "teda")]
    found.insiders = frozenset(person.id for person in insiders)
    found.owner_page = f"/organisations/{db.session.merge(owner).public_id}"
    return found


_OWNER_ROLES = (
    MembershipRole.ENTERPRISE,
    MembershipRole.REVIEWER,
    MembershipRole.ADMIN,
    MembershipRole.RESEARCHER,
)


def _masked_need(make: Factory, owner: Organisation, contact: Person) -> Demand:
    words = {"title": NEED[0], "difficulty": NEED[1], "keywords": (NEED[2], "刀盘", "盾构")}
    masked = make.demand(owner, contact, disclosure=Disclosure.MASKED, **words)
    make.attach(masked, "玖岩澜隧装图纸.docx", telling_file(), telling=True)
    make.attach(masked, "照片.docx", docx_bytes(), public=True)
    make.attach(masked, "玖岩澜公开.docx", telling_file(), public=True, telling=True)  # mistaken for harmless
    return masked


def _directed_need(make: Factory) -> Person:
    """A 定向可见 need of another enterprise; its contact."""
    inviter, contact = make.staffed(zone="teda")
    words = {"title": DIRECTED[0], "difficulty": DIRECTED[1], "keywords": (DIRECTED[2], "密封", "盾构")}
    make.demand(inviter, contact, directed_to=(make.organisation(zone="other"),), **words)
    return contact


def _introductions(make: Factory, masked: Demand, contact: Person, asker: Person, broker: Person) -> None:
    """The asker has asked for the need, and its owner, masked, for the asker's result; a broker assists."""
    organisation = db.session.merge(asker).memberships[0].organisation
    result = make.result(organisation, asker, title="盾构刀盘泥饼预警与密封监测技术")
    with transaction() as session:
        seeking = reader_of(session.merge(asker))
        asked = open_introduction(session, seeking, session.merge(masked), None, "愿就泥饼预警提供样机试验。")
    with transaction() as session:
        need, offer, by = session.merge(masked), session.merge(result), reader_of(session.merge(contact))
        offered = open_introduction(session, by, offer, need, "想了解贵方监测技术的试验情况。")
    for introduction in (asked, offered):
        with transaction() as session:
            number = session.merge(introduction).number
            offer_assistance(session, reader_of(session.merge(broker)), number)
    with transaction() as session:
        found = session.merge(asked)
        offer_id = found.assistance[0].public_id
        decide_assistance(session, reader_of(session.merge(asker)), found, offer_id, True)


def _ended_introductions(masked: Demand, contact: Person, refused: Person, partner: Person) -> None:
    """One declined by the owner, one accepted, talked over by name, and failed."""
    for asker, action in ((refused, IntroductionAction.DECLINE), (partner, IntroductionAction.ACCEPT)):
        with transaction() as session:
            by, owner = reader_of(session.merge(asker)), reader_of(session.merge(contact))
            found = open_introduction(session, by, session.merge(masked), None, "愿提供泥饼预警的试验数据。")
            found = move_introduction(session, owner, found, action, "目前人手不足，容后再谈。")
            if action is IntroductionAction.ACCEPT:
                write_message(session, owner, found, f"这里是{OWNER['name']}，请到{OWNER['address']}。")
                reason = f"{OWNER['short_name']}另有安排"
                move_introduction(session, owner, found, IntroductionAction.FAIL, reason)


def _drafts(masked: Demand, contact: Person) -> None:
    """A new need that nobody has sent, and the masked one being edited."""
    upload = check_upload(FileStorage(BytesIO(telling_file()), filename="玖岩澜草稿.docx"))
    with transaction() as session:
        actor = reader_of(session.merge(contact))
        edited = draft_of_listing(session, actor, session.merge(masked))
        for draft in (create_draft(session, actor, "demand"), edited):
            values = dict(content_of(draft).values)
            values |= {"title": f"{OWNER['short_name']}的{UNSENT[0]}", "basis": OWNER["introduction"]}
            save_draft(session, draft, values, draft.version)
            add_file(session, actor, draft, upload)


def _edits(masked: Demand, contact: Person) -> None:
    """An edit that an officer has sent back, and one that waits for an officer."""
    upload = check_upload(FileStorage(BytesIO(telling_file()), filename="玖岩澜改稿.docx"))
    for action in (RevisionAction.RETURN, None):
        with transaction() as session:
            actor, need = reader_of(session.merge(contact)), session.merge(masked)
            data = data_of_demand(need)
            file = store(session, upload, actor.person_id)
            kept = [row for row in data.attachments if row.visibility is AttachmentVisibility.CONTROLLED]
            row = AttachmentData(
                file=file.public_id, visibility=AttachmentVisibility.CONTROLLED, reveals_owner=True
            )
            columns = replace(data.columns, basis=f"玖岩澜牌刀具，{UNSENT[2]}{action or ''}。")
            data = replace(data, columns=columns, attachments=(*kept, row))
            edit = send_revision(session, actor, need, data, f"{OWNER['short_name']}更新")
            review_revision(session, actor, edit, Review(verdict=SecrecyVerdict.PUBLIC))
            decide_revision(session, actor, edit, RevisionAction.APPROVE)
            if action is not None:
                decide_revision(session, OFFICER, edit, action, f"文中仍有{OWNER['short_name']}字样")


def _returned_need(make: Factory, owner: Organisation, contact: Person) -> None:
    """Another masked need, sent back before it was ever published."""
    need = make.demand(owner, contact, published=False, disclosure=Disclosure.MASKED, title=UNSENT[1],
                       basis=f"{OWNER['short_name']}已有样机。")  # fmt: skip
    with transaction() as session:
        actor, need = reader_of(session.merge(contact)), session.merge(need)
        record_secrecy_review(session, actor, need, SecrecyVerdict.PUBLIC)
        move_demand(session, actor, need, ListingAction.SUBMIT)
        move_demand(session, actor, need, ListingAction.APPROVE)
        move_demand(session, OFFICER, need, ListingAction.RETURN, f"文中仍有{OWNER['short_name']}字样")
