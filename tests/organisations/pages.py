"""What the tests of the organisations' pages share: papers, filled forms, errors beside their fields."""

from io import BytesIO
from typing import Any

from lxml import html
from werkzeug.test import TestResponse

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader, reader_of
from marketplace.core.db import db
from tests.organisations.test_credit_code import REAL

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

FILLED: dict[str, Any] = {
    "name": "海河新材料有限公司",
    "short_name": "海河新材",
    "kind": "enterprise",
    "credit_code": REAL,
    "legal_person": "甲某",
    "address": "天津市滨海新区某路 1 号",
    "zone": "teda",
    "industry": "36 汽车制造业",
    "size": "small",
    "honours": ["gazelle"],
    "website": "https://unit.example",
    "introduction": "做材料。",
    "shareholders-0-name": "乙某",
    "shareholders-0-percent": "51.5",
}


def paper(name: str = "执照.pdf", content: bytes = PDF) -> tuple[BytesIO, str]:
    return BytesIO(content), name


def papers() -> dict[str, Any]:
    return {"licence": paper(), "authorisation": paper("授权书.pdf")}


def acting(person: Person) -> Reader:
    """The reader this person is now, read anew."""
    db.session.rollback()
    return reader_of(db.session.get_one(Person, person.id))


def errors(response: TestResponse) -> dict[str, str]:
    """Id of the field → its error, as the page shows them."""
    page = html.fromstring(response.get_data(as_text=True))
    return {
        str(p.get("id")).removesuffix("-error"): " ".join(p.text_content().split())
        for p in page.xpath("//p[@class='field-error']")
    }


def values(response: TestResponse) -> dict[str, str]:
    """Name → value of every text input and text area of a page."""
    page = html.fromstring(response.get_data(as_text=True))
    found = {str(i.get("name")): str(i.get("value") or "") for i in page.xpath("//main//input[@name]")}
    return found | {str(t.get("name")): (t.text or "").strip("\n") for t in page.xpath("//main//textarea")}
