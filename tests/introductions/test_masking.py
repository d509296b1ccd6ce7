"""A masked enterprise is named nowhere before the other side has accepted, in either direction."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import InvalidInput
from marketplace.introductions.models import Introduction
from marketplace.introductions.service import path_of
from marketplace.introductions.workflow import IntroductionAction
from marketplace.notifications.models import Mail, Notice
from tests.introductions.conftest import HIDDEN, HIDDEN_PERSON, TELLING, Parties, text

Enter = Callable[[Parties, str], FlaskClient]
Act = IntroductionAction


def notices_to(email: str) -> str:
    db.session.rollback()
    mails = db.session.scalars(select(Mail).where(Mail.recipient == email))
    return "\n".join(f"{m.subject}\n{m.body}" for m in mails)


def all_notices(parties: Parties, who: str) -> str:
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.person_id == parties.people[who].id))
    return "\n".join(f"{n.title}\n{n.body}\n{n.path}" for n in rows)


def told(parties: Parties, who: str, client: FlaskClient, introduction: Introduction) -> list[str]:
    """Which of the telling words this person finds in pages, notices and mail."""
    pages = [
        path_of(introduction),
        "/introductions",
        "/introductions?box=sent",
        "/introductions?box=assisted",
        f"/demands/{parties.demand.public_id}",
        f"/introductions/new?demand={parties.demand.public_id}",
    ]
    seen = "\n".join(text(client.get(page)) for page in pages)
    seen += all_notices(parties, who) + notices_to(parties.people[who].email)
    return [word for word in TELLING if word in seen]


@pytest.mark.parametrize("direction", ["asks", "is asked"])
def test_masked_until_the_other_side_has_accepted(masked: Parties, enter: Enter, direction: str) -> None:
    client = enter(masked, "owner")
    if direction == "asks":
        introduction, answering = masked.ask(offered=True), "owner"
    else:
        introduction, answering = masked.ask_back(offered=True), "seeker"
    assert "企业名称已脱敏" in text(client.get(path_of(introduction)))
    assert told(masked, "owner", client, introduction) == []
    masked.move(answering, introduction, Act.ACCEPT)
    page = text(client.get(path_of(introduction)))
    assert HIDDEN["name"] in page and HIDDEN_PERSON["email"] in page and HIDDEN_PERSON["phone"] in page
    # Known in this introduction, not elsewhere.
    elsewhere = text(client.get(f"/demands/{masked.demand.public_id}"))
    assert all(word not in elsewhere for word in TELLING)


@pytest.mark.parametrize("action", [Act.DECLINE, Act.WITHDRAW])
def test_an_end_without_acceptance_tells_nothing(masked: Parties, enter: Enter, action: Act) -> None:
    introduction = masked.ask(offered=True)
    masked.move("owner" if action is Act.DECLINE else "seeker", introduction, action, "方向不符")
    assert told(masked, "owner", enter(masked, "owner"), introduction) == []


def test_officers_pair_a_masked_need_and_it_stays_masked(masked: Parties, enter: Enter) -> None:
    introduction = masked.pair("teda")
    client = enter(masked, "owner")
    masked.move("owner", introduction, Act.CONSENT_TO)
    assert told(masked, "owner", client, introduction) == []
    masked.move("seeker", introduction, Act.ACCEPT)
    assert HIDDEN["name"] in text(client.get(path_of(introduction)))


def test_the_zone_of_the_other_side_does_not_read_a_masked_needs_introduction(
    masked: Parties, enter: Enter
) -> None:
    introduction = masked.ask(offered=True)
    masked.move("owner", introduction, Act.ACCEPT)
    assert enter(masked, "thip").get(path_of(introduction)).status_code == 404
    assert HIDDEN["name"] in text(enter(masked, "teda").get(path_of(introduction)))


@pytest.mark.parametrize(
    "word", ["津港精密制造有限公司", "津 港 精 密", "郑藏锋", "YinMing@jingang.example", "139 0000 1234"]
)
def test_a_masked_enterprise_is_warned_where_it_names_itself(masked: Parties, word: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        masked.ask(offered=True, message=f"我们希望了解量产情况，联系 {word} 即可。")
    assert refused.value.field == "message"
    asked = masked.ask_back()
    with pytest.raises(InvalidInput) as refused:
        masked.move("seeker", asked, Act.DECLINE, f"{word} 暂不考虑")
    assert refused.value.field == "reason"


def test_asking_without_the_masked_need_names_the_enterprise(masked: Parties, enter: Enter) -> None:
    introduction = masked.ask()
    assert HIDDEN["short_name"] in text(enter(masked, "owner").get(path_of(introduction)))
