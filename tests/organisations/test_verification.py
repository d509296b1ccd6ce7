"""Officers decide on papers; the papers are theirs and the administrators' alone; identity is guarded."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.core.audit import AuditRecord
from marketplace.core.db import db
from marketplace.notifications.models import Notice
from marketplace.organisations.choices import ChangeStatus, MembershipRole, Verification
from marketplace.organisations.models import Organisation, OrganisationChange, OrganisationProof
from marketplace.organisations.waiting import waiting_for
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import waiting_item
from tests.factories import Factory
from tests.organisations.pages import FILLED, acting, errors, paper, papers
from tests.organisations.test_credit_code import REAL

LogIn = Callable[[str], FlaskClient]


class Place:
    """An organisation that has been founded with its papers, and the people around it."""

    def __init__(self, make: Factory, log_in: LogIn) -> None:
        self.make, self.log_in = make, log_in
        self.founder = make.person(name="创办人")
        self.client = log_in(self.founder.email)
        assert self.client.post("/organisations/new", data={**FILLED, **papers()}).status_code == 302
        self.id = db.session.scalars(select(Organisation.id)).one()
        self.page = f"/organisations/{self.row.public_id}/verification"
        self.officer = log_in(make.officer(OfficerLevel.ZONE, "teda").email)

    @property
    def row(self) -> Organisation:
        db.session.rollback()
        return db.session.get_one(Organisation, self.id)

    def decide(self, client: FlaskClient | None = None, **data: Any) -> Any:
        return (client or self.officer).post(self.page, data=data)

    def verify(self) -> None:
        assert self.decide(what="verification", agrees="1").status_code == 302

    @property
    def waits(self) -> str:
        item = waiting_item(db.session, QueueKind.ORGANISATION, self.id)
        return item.title if item else ""

    def notices(self, person: Person) -> list[str]:
        db.session.rollback()
        return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person.id)))


@pytest.fixture
def place(make: Factory, log_in: LogIn) -> Place:
    return Place(make, log_in)


def test_an_officer_of_the_zone_verifies(place: Place) -> None:
    page = place.officer.get(place.page).get_data(as_text=True)
    for text in (REAL, "甲某", "乙某 51.5%", "执照.pdf", "授权书.pdf", "通过核验"):
        assert text in page
    place.verify()
    assert place.row.verification is Verification.VERIFIED and place.row.verified_at is not None
    assert place.waits == "" and place.notices(place.founder) == ["单位已通过核验"]


def test_a_refusal_needs_a_reason_and_is_mended_by_new_papers(place: Place) -> None:
    response = place.decide(what="verification", agrees="0", reason=" ")
    assert response.status_code == 422 and "请填写理由" in errors(response)["verification-reason"]
    assert place.row.verification is Verification.PENDING
    place.decide(what="verification", agrees="0", reason="授权书没有盖章")
    assert place.row.verification is Verification.REFUSED and place.waits == ""
    assert "授权书没有盖章" in place.client.get("/my/organisation").get_data(as_text=True)
    lines = waiting_for(db.session, acting(place.founder))
    assert [line.verb for line in lines] == ["补正"]
    assert place.client.post("/my/organisation/proofs", data={"authorisation": paper()}).status_code == 302
    assert place.row.verification is Verification.PENDING and place.waits.startswith("核验")
    assert len(place.row.proofs) == 3  # nothing is thrown away
    place.verify()
    assert place.row.refusal == ""


def test_papers_that_were_replaced_after_the_officer_looked_are_not_decided_on(place: Place) -> None:
    page = place.officer.get(place.page).get_data(as_text=True)
    seen = page.split('name="seen" value="')[1][:16]
    data = {**FILLED, "name": "改了名的单位"}
    assert place.client.post("/my/organisation/edit", data=data).status_code == 302
    assert place.decide(what="verification", agrees="1", seen=seen).status_code == 409
    assert place.row.verification is Verification.PENDING


def test_without_both_papers_nobody_verifies(make: Factory, log_in: LogIn) -> None:
    founder = make.person()
    log_in(founder.email).post("/organisations/new", data={**FILLED, "licence": paper()})
    organisation = db.session.scalars(select(Organisation)).one()
    officer = log_in(make.officer().email)
    path = f"/organisations/{organisation.public_id}/verification"
    response = officer.post(path, data={"what": "verification", "agrees": "1"})
    assert response.status_code == 422 and "授权书" in errors(response)["verification-reason"]


def test_who_may_read_and_who_may_decide(place: Place) -> None:
    make, log_in = place.make, place.log_in
    member = make.person(db.session.merge(place.row), MembershipRole.REVIEWER)
    readers = {
        "founder": (place.founder, 200, 403),
        "own zone": (None, 200, 302),
        "district": (make.officer(), 200, 302),
        "supervisor": (make.officer(OfficerLevel.SUPERVISOR), 200, 403),
        "other zone": (make.officer(OfficerLevel.ZONE, "thip"), 404, 404),
        "member": (member, 404, 404),
        "stranger": (make.person(), 404, 404),
    }
    proof = db.session.scalars(select(OrganisationProof)).first()
    assert proof is not None
    path = f"/organisations/proofs/{proof.attachment.public_id}"
    for name, (person, reads, _) in readers.items():
        client = log_in(person.email) if person else place.officer
        assert client.get(place.page).status_code == reads, name
        with client.get(path) as response:
            assert response.status_code == reads, name
    for name in ("founder", "supervisor", "other zone", "member", "stranger"):
        person, _, answer = readers[name]
        assert person is not None
        response = place.decide(log_in(person.email), what="verification", agrees="1")
        assert response.status_code == answer, name
    assert place.row.verification is Verification.PENDING
    read = db.session.scalars(
        select(AuditRecord).where(AuditRecord.action == "organisation_proof.read")
    ).all()
    assert len(read) == 4 and "执照" not in "".join(record.detail for record in read)


def test_the_download_is_an_attachment_with_its_name(place: Place) -> None:
    proof = db.session.scalars(select(OrganisationProof)).first()
    assert proof is not None
    with place.client.get(f"/organisations/proofs/{proof.attachment.public_id}") as response:
        assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert response.mimetype == "application/pdf" and response.data.startswith(b"%PDF")


def test_only_free_fields_of_a_verified_organisation_change_at_once(place: Place) -> None:
    place.verify()
    data = {**FILLED, "name": "冒名单位", "address": "新址 2 号", "zone": "thip"}
    assert place.client.post("/my/organisation/edit", data=data).status_code == 302
    row = place.row
    assert (row.name, row.address, row.zone) == (FILLED["name"], "新址 2 号", "thip")
    page = place.client.get("/my/organisation/edit").get_data(as_text=True)
    assert 'name="name"' not in page and 'value="新址 2 号"' in page
    response = place.client.post("/my/organisation/edit", data={**FILLED, "address": ""})
    assert response.status_code == 422 and list(errors(response)) == ["address"]


CHANGE = {k: FILLED[k] for k in ("name", "short_name", "kind", "credit_code", "legal_person")} | {
    "note": "已办理更名"
}


def test_a_change_of_identity_waits_for_an_officer(place: Place) -> None:
    place.verify()
    wished = {**CHANGE, "name": "海河集团有限公司", "legal_person": "丙某", "licence": paper("新执照.pdf")}
    assert place.client.post("/my/organisation/identity", data=wished).status_code == 302
    assert place.row.name == FILLED["name"] and place.waits.startswith("变更身份信息")
    page = place.officer.get(place.page).get_data(as_text=True)
    assert "海河集团有限公司" in page and "新执照.pdf" in page and "已办理更名" in page
    change = db.session.scalars(select(OrganisationChange)).one()
    assert place.decide(what="change", target=change.public_id, agrees="1").status_code == 302
    row = place.row
    assert (row.name, row.legal_person, row.short_name) == ("海河集团有限公司", "丙某", FILLED["short_name"])
    assert row.verification is Verification.VERIFIED and place.waits == ""
    again = place.decide(what="change", target=change.public_id, agrees="1")
    assert again.status_code == 409


def test_a_refused_or_withdrawn_change_leaves_everything(place: Place) -> None:
    place.verify()
    for _ in range(2):
        wished = {**CHANGE, "name": "海河集团有限公司", "licence": paper()}
        assert place.client.post("/my/organisation/identity", data=wished).status_code == 302
        second = place.client.post("/my/organisation/identity", data={**wished, "licence": paper()})
        assert second.status_code == 409
        if _ == 0:
            assert place.client.post("/my/organisation/identity/withdraw").status_code == 302
    change = db.session.scalars(
        select(OrganisationChange).where(OrganisationChange.status == ChangeStatus.WAITING)
    ).one()
    response = place.decide(what="change", target=change.public_id, agrees="0")
    assert response.status_code == 422 and "请填写理由" in errors(response)["change-reason"]
    place.decide(what="change", target=change.public_id, agrees="0", reason="证照不清")
    assert place.row.name == FILLED["name"] and place.waits == ""
    assert place.notices(place.founder)[-1] == "单位身份信息的变更未获批准"


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {}),
        ("name", {"name": ""}),
        ("name", {"name": "已有的单位"}),
        ("short_name", {"short_name": ""}),
        ("kind", {"kind": "x"}),
        ("credit_code", {"credit_code": ""}),
        ("credit_code", {"credit_code": REAL[:-1] + "C"}),
        ("legal_person", {"legal_person": ""}),
        ("note", {"name": "新名称", "note": ""}),
        ("licence", {"name": "新名称", "licence": None}),
        ("licence", {"name": "新名称", "licence": ("x.exe", b"MZ")}),
    ],
)
def test_a_wrong_change_is_refused_beside_its_field(
    place: Place, field: str, changed: dict[str, Any]
) -> None:
    place.make.organisation(name="已有的单位")
    place.verify()
    data = {**CHANGE, "licence": ("执照.pdf", paper()[0].getvalue()), **changed}
    file = data.pop("licence")
    if file:
        data["licence"] = paper(*file)
    response = place.client.post("/my/organisation/identity", data=data)
    assert response.status_code == 422 and list(errors(response)) == [field]
    assert db.session.scalars(select(OrganisationChange)).all() == []


def test_an_unverified_organisation_needs_no_change_request(place: Place) -> None:
    data = {**CHANGE, "name": "新名称", "licence": paper()}
    assert place.client.post("/my/organisation/identity", data=data).status_code == 409
