"""What is typed into the form of an announcement survives leaving, and is public only once saved."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from marketplace.announcements.models import Announcement, AnnouncementEdit
from marketplace.core.db import db
from tests.announcements.test_announcements import GOOD, row
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]
NEW = "/notices/new"
BEGUN = {
    "title": "写到一半的标题",
    "body": "写到一半的<正文>",
    "effective_until": "2027-05-06",
    "version": "1",
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def person(make: Factory) -> Person:
    return make.officer()


@pytest.fixture
def officer(person: Person, log_in: LogIn) -> FlaskClient:
    return log_in(person.email)


def edits() -> int:
    db.session.rollback()
    return db.session.query(AnnouncementEdit).count()


def test_a_new_one_is_kept_until_it_is_saved(make: Factory, officer: FlaskClient, log_in: LogIn) -> None:
    kept = officer.post(f"{NEW}/autosave", data=BEGUN | {"edit_version": "0"})
    assert kept.status_code == 200 and kept.get_json()["version"] == 1
    assert db.session.query(Announcement).count() == 0
    page = officer.get(NEW).get_data(as_text=True)
    assert 'value="写到一半的标题"' in page and "写到一半的&lt;正文&gt;" in page and "2027-05-06" in page
    assert "没有保存的文字已为您留着" in page
    assert "写到一半" not in log_in(make.officer().email).get(NEW).get_data(as_text=True)  # theirs is empty
    assert officer.post(NEW, data=GOOD).status_code == 302
    assert edits() == 0 and "写到一半" not in officer.get(NEW).get_data(as_text=True)


def test_what_is_published_stays_as_it_is_while_somebody_types(
    make: Factory, officer: FlaskClient, client: FlaskClient
) -> None:
    found = make.announcement()
    path, title = f"/notices/{found.public_id}", found.title
    assert officer.post(f"{path}/autosave", data=BEGUN).status_code == 200
    assert row().title == title and "写到一半" not in client.get(path).get_data(as_text=True)
    assert "写到一半的标题" in officer.get(f"{path}/edit").get_data(as_text=True)
    assert officer.post(f"{path}/edit", data=GOOD).status_code == 302
    assert row().title == GOOD["title"] and edits() == 0


def test_a_refused_form_keeps_what_was_kept(make: Factory, officer: FlaskClient) -> None:
    path = f"/notices/{make.announcement().public_id}"
    officer.post(f"{path}/autosave", data=BEGUN)
    assert officer.post(f"{path}/edit", data=GOOD | {"title": " "}).status_code == 422
    assert officer.post(f"{path}/edit", data=GOOD | {"body": " "}).status_code == 422  # by the service
    assert edits() == 1


def test_another_tab_is_not_overwritten_unasked(officer: FlaskClient) -> None:
    officer.post(f"{NEW}/autosave", data=BEGUN | {"edit_version": "0"})
    late = officer.post(f"{NEW}/autosave", data={"title": "另一页", "edit_version": "0"}, headers=JSON)
    assert late.status_code == 409 and "另一个窗口" in late.get_json()["message"]
    assert "写到一半的标题" in officer.get(NEW).get_data(as_text=True)
    forced = officer.post(f"{NEW}/autosave", data={"title": "另一页", "edit_version": "0", "overwrite": "1"})
    assert forced.get_json()["version"] == 2
    assert "另一页" in officer.get(NEW).get_data(as_text=True)


def test_text_begun_on_an_older_announcement_does_not_undo_a_newer_one(
    make: Factory, officer: FlaskClient, log_in: LogIn
) -> None:
    path = f"/notices/{make.announcement().public_id}"
    officer.post(f"{path}/autosave", data=BEGUN)
    assert log_in(make.officer().email).post(f"{path}/edit", data=GOOD).status_code == 302
    page = officer.get(f"{path}/edit").get_data(as_text=True)
    assert 'name="version" value="1"' in page  # of the announcement that was read when typing began
    assert officer.post(f"{path}/edit", data=GOOD | BEGUN).status_code == 409
    assert row().title == GOOD["title"] and edits() == 1


@pytest.mark.parametrize("new", [True, False])
def test_begun_text_is_given_up_on_request(make: Factory, officer: FlaskClient, new: bool) -> None:
    path = NEW if new else f"/notices/{make.announcement().public_id}"
    form = NEW if new else f"{path}/edit"
    officer.post(f"{path}/autosave", data=BEGUN)
    answer = officer.post(f"{path}/discard")
    assert answer.headers["Location"] == form and edits() == 0
    assert "写到一半" not in officer.get(form).get_data(as_text=True)


def test_officers_alone_keep_text(make: Factory, log_in: LogIn) -> None:
    client, path = log_in(make.person().email), f"/notices/{make.announcement().public_id}"
    assert client.post(f"{NEW}/autosave", data=BEGUN).status_code == 403
    assert client.post(f"{path}/autosave", data=BEGUN).status_code == 404
    assert edits() == 0
