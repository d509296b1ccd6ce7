"""From the start page to the form: for visitors through the door and back, for others what to do."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from marketplace.accounts.choices import OfficerLevel
from marketplace.organisations.choices import MembershipRole
from tests.accounts.conftest import FORM
from tests.accounts.mailbox import link_in
from tests.factories import PASSWORD, Factory

LogIn = Callable[[str], FlaskClient]
FORMS = ("/demands/new", "/results/new")


def links(client: FlaskClient, path: str) -> set[str]:
    page = html.fromstring(client.get(path).get_data(as_text=True))
    return {str(href) for href in page.xpath("//main//a/@href")}


def follow(client: FlaskClient, path: str) -> str:
    """Where a link leads after redirects."""
    return client.get(path, follow_redirects=True).request.full_path.rstrip("?")


@pytest.mark.parametrize("start", ["/", "/new"])
def test_the_start_page_and_the_navigation_lead_to_both_forms(client: FlaskClient, start: str) -> None:
    assert set(FORMS) <= links(client, start)
    assert 'href="/new"' in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize("form", FORMS)
def test_a_visitor_logs_in_and_comes_back_to_the_form(client: FlaskClient, make: Factory, form: str) -> None:
    person = make.person(make.organisation(), MembershipRole.RESEARCHER)
    door = follow(client, form)
    assert door.startswith("/login?next=")
    field = html.fromstring(client.get(door).get_data(as_text=True)).xpath("//input[@name='next']/@value")
    data = {"email": person.email, "password": PASSWORD, "next": field[0]}
    answer = client.post("/login", data=data, follow_redirects=True)
    assert answer.request.path == form and "空白填写" in answer.get_data(as_text=True)


@pytest.mark.parametrize("browser", ["same", "other"])
def test_a_visitor_registers_and_comes_back_to_the_form(
    app: Flask, client: FlaskClient, browser: str
) -> None:
    register = next(h for h in links(client, follow(client, "/demands/new")) if h.startswith("/register?"))
    page = html.fromstring(client.get(register).get_data(as_text=True))
    going_to = page.xpath("//input[@name='next']/@value")[0]
    refused = client.post("/register", data=FORM | {"name": "", "next": going_to}).get_data(as_text=True)
    assert html.fromstring(refused).xpath("//input[@name='next']/@value") == [going_to]
    client.post("/register", data=FORM | {"next": going_to})
    if browser == "same":
        client.post("/register/resend", data={"email": FORM["email"]})  # the later link leads there, too
    else:
        client = app.test_client()
    link = link_in(FORM["email"])
    answer = client.post(link, data={"password": FORM["password"]}, follow_redirects=True)
    assert answer.request.path == "/demands/new"
    assert "登记或加入单位" in answer.get_data(as_text=True)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_registering_leads_to_this_site_only(client: FlaskClient, target: str) -> None:
    client.post("/register", data=FORM | {"next": target})
    link = link_in(FORM["email"])
    assert "evil" not in link
    answer = client.post(f"{link}?next={target}")
    assert answer.headers["Location"] == "/welcome"


def test_who_may_not_write_is_told_what_to_do(make: Factory, log_in: LogIn) -> None:
    place = make.organisation()
    admin = make.person(place, MembershipRole.ADMIN, name="管理员甲")
    people = {
        make.person(place, MembershipRole.REVIEWER): f"请本单位管理员（{admin.name}）",
        make.person(): "登记或加入单位",
        make.officer(): "不代表任何单位",
        make.officer(OfficerLevel.SUPERVISOR): "不代表任何单位",
    }
    for person, advice in people.items():
        client = log_in(person.email)
        for form in FORMS:
            page = client.get(form)
            assert page.status_code == 200 and advice in page.get_data(as_text=True)
            assert "空白填写" not in page.get_data(as_text=True)
            assert client.post(form).status_code == 403


def test_a_form_may_be_begun_before_the_organisation_is_verified(make: Factory, log_in: LogIn) -> None:
    admin = make.person(make.unverified(), MembershipRole.ADMIN)
    client = log_in(admin.email)
    assert set(FORMS) <= links(client, "/my/organisation")
    assert "可以先填写草稿" in client.get("/demands/new").get_data(as_text=True)
    assert client.post("/demands/new").headers["Location"].startswith("/drafts/")
