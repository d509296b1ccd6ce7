"""Near-duplicates are shown before sending, and only those that the author may read."""

from collections.abc import Callable

from flask.testing import FlaskClient

from marketplace.demands.choices import Disclosure
from marketplace.organisations.choices import MembershipRole
from tests.drafting.forms import begin, complete, draft_at, fill, submit
from tests.factories import Factory

LogIn = Callable[[str], FlaskClient]


def test_a_near_duplicate_is_shown_and_has_to_be_looked_at(
    make: Factory, log_in: LogIn, index: Callable[[], int]
) -> None:
    known = make.demand(*make.staffed())
    other = make.demand(
        *make.staffed(),
        title="海水淡化反渗透膜抗污染改性",
        difficulty="膜面结垢，清洗频繁。",
        research="表面接枝。",
    )
    index()
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id))
    page = client.get(f"{path}/check").get_data(as_text=True)
    assert f"/demands/{known.public_id}" in page and f"/demands/{other.public_id}" not in page
    refused = submit(client, path)
    assert refused.status_code == 422 and 'id="not_duplicate-error"' in refused.get_data(as_text=True)
    assert draft_at(path)
    assert submit(client, path, not_duplicate="1").status_code == 422  # it was not shown with this form
    assert submit(client, path, not_duplicate="1", seen=known.public_id).status_code == 302


def test_what_the_author_may_not_read_is_not_told(
    make: Factory, log_in: LogIn, index: Callable[[], int]
) -> None:
    owner, contact = make.staffed()
    hidden = make.demand(owner, contact, directed_to=(make.organisation(),))
    masked = make.demand(owner, contact, disclosure=Disclosure.MASKED)
    index()
    person = make.person(make.organisation(), MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    fill(client, path, complete("demand", person.public_id))
    page = client.get(f"{path}/check").get_data(as_text=True)
    assert f"/demands/{masked.public_id}" in page
    assert hidden.public_id not in page and owner.name not in page and owner.short_name not in page


def test_a_masked_need_that_names_its_owner_is_not_sent(make: Factory, log_in: LogIn) -> None:
    organisation = make.organisation(name="滨城巨浪电池有限公司", short_name="巨浪电池")
    person = make.person(organisation, MembershipRole.ENTERPRISE)
    client = log_in(person.email)
    path = begin(client, "demand")
    text = "滨城巨浪电池有限公司的电池包低温析锂。"
    fill(client, path, complete("demand", person.public_id, disclosure="masked", difficulty=text))
    page = client.get(f"{path}/check").get_data(as_text=True)
    assert "脱敏检查" in page and "须处理" in page
    assert f'href="{path}#difficulty"' in page  # where it stands; nothing is to be acknowledged yet
    assert "返回修改" in page and "masking_acknowledged" not in page
    assert submit(client, path, masking_acknowledged="1").status_code == 422
    fill(client, path, complete("demand", person.public_id, disclosure="masked"))
    assert submit(client, path).status_code == 422  # too few enterprises: to be acknowledged
    assert submit(client, path, masking_acknowledged="1").status_code == 302


def test_an_edit_of_a_published_listing_waits_for_review(make: Factory, log_in: LogIn) -> None:
    organisation, person = make.staffed()
    result = make.result(organisation, person)
    client = log_in(person.email)
    path = client.post(f"/results/{result.public_id}/edit").headers["Location"]
    fill(client, path, complete("result", person.public_id, title="改了名称的固态电解质膜连续制备技术"))
    assert submit(client, path, note="名称更准确").status_code == 302
    page = client.get(f"/results/{result.public_id}").get_data(as_text=True)
    assert "<h1>高比能固态锂电池电解质膜连续制备技术</h1>" in page
