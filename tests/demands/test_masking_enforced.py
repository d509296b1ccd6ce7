"""The masking rule holds whichever way a need comes to the public, not in the form alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.accounts.choices import OfficerLevel
from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, Reader, reader_of
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidInput
from marketplace.core.files import TYPES, Upload, store
from marketplace.demands.choices import Disclosure
from marketplace.demands.confirmation import confirm_demand, send_confirmation
from marketplace.demands.models import Demand
from marketplace.demands.service import (
    create_demand,
    data_of_demand,
    move_demand,
    replace_demand,
)
from marketplace.listings.choices import AttachmentVisibility, ListingStatus, RevisionStatus, SecrecyVerdict
from marketplace.listings.following import renew_listing
from marketplace.listings.models import Revision
from marketplace.listings.revision_workflow import RevisionAction
from marketplace.listings.revisions import decide_revision, review_revision, send_revision
from marketplace.listings.service import AttachmentData, Review, record_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.models import Organisation
from tests.factories import Factory
from tests.files import docx_bytes

NAME = "天津滨海津岩隧道装备股份有限公司"
LATER_NAME = "泥饼预警装备有限公司"  # what the organisation is called after it has written it in its need
OFFICER = Reader(officer_level=OfficerLevel.DISTRICT)
Act = ListingAction


@dataclass
class Owner:
    make: Factory
    organisation: Organisation
    contact: Person

    @property
    def actor(self) -> Reader:
        return reader_of(db.session.merge(self.contact))

    def need(self, **values: Any) -> Demand:
        """A masked draft that tells nothing, yet."""
        usual: dict[str, Any] = {
            "title": f"与{LATER_NAME}相当的刀盘",
            "disclosure": Disclosure.MASKED,
        }
        return self.make.demand(self.organisation, self.contact, published=False, **usual | values)

    def file(self, *, telling: bool = True) -> str:
        """The public id of a stored file that names the owner, or does not."""
        data = docx_bytes(text=NAME if telling else "图纸")
        with transaction() as session:
            return store(session, Upload("图纸.docx", TYPES[".docx"], data), self.contact.id).public_id

    def renamed(self) -> None:
        with transaction() as session:
            session.merge(self.organisation).name = LATER_NAME


@pytest.fixture
def owner(make: Factory) -> Owner:
    organisation = make.organisation(name=NAME, short_name="津岩装备")
    contact = make.person(organisation, MembershipRole.ENTERPRISE, MembershipRole.REVIEWER, name="司马铎")
    return Owner(make, organisation, contact)


def refused(deed: Callable[[Any], object], words: str = "单位名称") -> InvalidInput:
    with pytest.raises(InvalidInput, match=words) as caught, transaction() as session:
        deed(session)
    db.session.rollback()
    return caught.value


def content(owner: Owner, **columns: Any) -> Any:
    need = db.session.merge(owner.need())
    data = data_of_demand(need)
    return replace(data, columns=replace(data.columns, **columns))


def with_file(data: Any, file: str, visibility: AttachmentVisibility) -> Any:
    return replace(data, attachments=(AttachmentData(file=file, visibility=visibility),))


def test_entering_it(owner: Owner) -> None:
    data = content(owner, basis=f"{NAME}已有台架")

    def create(session: Any) -> None:
        create_demand(session, owner.actor, session.merge(owner.organisation), owner.contact, data)

    assert refused(create).field == "basis"


def test_replacing_its_content(owner: Owner) -> None:
    need, data = owner.need(), content(owner, research=f"{NAME}已有台架")
    assert refused(lambda s: replace_demand(s, s.merge(need), data)).field == "research"


@pytest.mark.parametrize("deed", ["create", "replace", "edit"])
def test_a_public_file_that_names_the_owner(owner: Owner, deed: str) -> None:
    need = owner.need()
    if deed == "edit":
        owner.make.publish(need, owner.contact)
    data = with_file(content(owner, title="刀盘"), owner.file(), AttachmentVisibility.PUBLIC)

    def act(session: Any) -> None:
        organisation, row = session.merge(owner.organisation), session.merge(need)
        if deed == "create":
            create_demand(session, owner.actor, organisation, owner.contact, data)
        elif deed == "replace":
            replace_demand(session, row, data)
        else:
            send_revision(session, owner.actor, row, data)

    assert refused(act).field == "attachments"


def test_a_controlled_file_that_names_the_owner_is_marked(owner: Owner) -> None:
    need, files = owner.need(), (owner.file(), owner.file(telling=False))
    rows = tuple(AttachmentData(file=f, visibility=AttachmentVisibility.CONTROLLED) for f in files)
    with transaction() as session:
        row = session.merge(need)
        replace_demand(session, row, replace(data_of_demand(row), attachments=rows))
    links = db.session.get_one(Demand, need.id).attachments
    assert [link.reveals_owner for link in links] == [True, False]


# On the way to publication: the organisation has got the name that stands in the text meanwhile.


def at(owner: Owner, need: Demand, *actions: ListingAction) -> None:
    with transaction() as session:
        row = session.merge(need)
        if row.status is ListingStatus.DRAFT:
            record_review(session, owner.actor, row, Review(verdict=SecrecyVerdict.PUBLIC))
        for action in actions:
            move_demand(session, OFFICER if action is Act.PUBLISH else owner.actor, row, action)


@pytest.mark.parametrize(
    ("before", "action"),
    [((), Act.SUBMIT), ((Act.SUBMIT,), Act.APPROVE), ((Act.SUBMIT, Act.APPROVE), Act.PUBLISH)],
)
def test_each_step(owner: Owner, before: tuple[ListingAction, ...], action: ListingAction) -> None:
    need = owner.need()
    at(owner, need, *before)
    owner.renamed()
    actor = OFFICER if action is Act.PUBLISH else owner.actor
    error = refused(lambda s: move_demand(s, actor, s.merge(need), action))
    assert not error.field  # who decides has no such field before them
    stays = db.session.get_one(Demand, need.id).status
    assert stays is {Act.SUBMIT: ListingStatus.DRAFT, Act.APPROVE: ListingStatus.ORGANISATION_REVIEW,
                     Act.PUBLISH: ListingStatus.SUBMITTED}[action]  # fmt: skip


def test_filing_without_a_reviewer(owner: Owner, make: Factory) -> None:
    organisation = make.organisation(name="天津滨海澜山装备股份有限公司")
    plain = Owner(make, organisation, make.person(organisation, MembershipRole.ENTERPRISE))
    need = plain.need()
    at(plain, need)
    plain.renamed()
    refused(lambda s: move_demand(s, plain.actor, s.merge(need), Act.FILE))


def test_sending_it_back_is_no_step_to_the_public(owner: Owner) -> None:
    need = owner.need()
    at(owner, need, Act.SUBMIT)
    owner.renamed()
    with transaction() as session:
        move_demand(session, owner.actor, session.merge(need), Act.RETURN, "请改写标题")


def test_renewing_what_has_expired(owner: Owner) -> None:
    with clock.frozen(clock.now() - timedelta(days=9)):
        need = owner.need(valid_until=clock.now() + timedelta(days=5))
        owner.make.publish(need, owner.contact)
    with transaction() as session:
        move_demand(session, SITE, session.merge(need), Act.EXPIRE)
    owner.renamed()
    refused(lambda s: renew_listing(s, owner.actor, s.merge(need)))
    assert db.session.get_one(Demand, need.id).status is ListingStatus.EXPIRED


def test_a_reviewer_cannot_open_a_file_that_tells(owner: Owner) -> None:
    need, file = owner.need(title="刀盘"), owner.file()
    with transaction() as session:
        row = session.merge(need)
        data = with_file(data_of_demand(row), file, AttachmentVisibility.CONTROLLED)
        replace_demand(session, row, data)
        move_demand(session, owner.actor, row, Act.SUBMIT)

    def approve(session: Any) -> None:
        row = session.merge(need)
        opened = {file: AttachmentVisibility.PUBLIC}
        record_review(session, owner.actor, row, Review(verdict=SecrecyVerdict.PUBLIC, visibility=opened))
        move_demand(session, owner.actor, row, Act.APPROVE)

    refused(approve, "图纸.docx")


# 代填


def test_confirming_what_a_broker_entered(owner: Owner, make: Factory) -> None:
    broker = make.person(make.organisation(), MembershipRole.BROKER)
    data = content(owner)
    with transaction() as session:
        by = reader_of(session.merge(broker))
        need = create_demand(session, by, session.merge(owner.organisation), None, data,
                             confirmation_email="boss@unit.example")  # fmt: skip
        send_confirmation(session, by, need)
    owner.renamed()
    review = Review(verdict=SecrecyVerdict.PUBLIC)
    refused(lambda s: confirm_demand(s, s.merge(need), "赵经理", review))


# Edits of what is live


@pytest.fixture
def live(owner: Owner) -> Demand:
    need = owner.need()
    owner.make.publish(need, owner.contact)
    return need


def edit(session: Any, owner: Owner, live: Demand, **columns: Any) -> Revision:
    row = session.merge(live)
    data = data_of_demand(row)
    return send_revision(session, owner.actor, row, replace(data, columns=replace(data.columns, **columns)))


def test_sending_an_edit(owner: Owner, live: Demand) -> None:
    assert refused(lambda s: edit(s, owner, live, basis=f"{NAME}已有台架")).field == "basis"


def test_masking_what_was_open_asks_as_well(owner: Owner) -> None:
    need = owner.need(disclosure=Disclosure.OPEN, basis=f"{NAME}已有台架")
    owner.make.publish(need, owner.contact)
    assert refused(lambda s: edit(s, owner, need, disclosure=Disclosure.MASKED)).field == "basis"


def test_a_change_at_once(owner: Owner, live: Demand) -> None:
    owner.renamed()
    refused(lambda s: edit(s, owner, live, budget=1_000_000))


def test_putting_an_edit_live(owner: Owner, live: Demand) -> None:
    with transaction() as session:
        revision = edit(session, owner, live, basis="已有台架三座")
        review_revision(session, owner.actor, revision, Review(verdict=SecrecyVerdict.PUBLIC))
        decide_revision(session, owner.actor, revision, RevisionAction.APPROVE)
    owner.renamed()
    refused(lambda s: decide_revision(s, OFFICER, s.merge(revision), RevisionAction.APPLY))
    assert db.session.get_one(Revision, revision.id).status is RevisionStatus.SUBMITTED


def test_reviewing_an_edit_opens_no_file_that_tells(owner: Owner, live: Demand) -> None:
    file = owner.file()
    with transaction() as session:
        row = session.merge(live)
        data = with_file(data_of_demand(row), file, AttachmentVisibility.CONTROLLED)
        revision = send_revision(session, owner.actor, row, data)
    opened = Review(verdict=SecrecyVerdict.PUBLIC, visibility={file: AttachmentVisibility.PUBLIC})
    refused(lambda s: review_revision(s, owner.actor, s.merge(revision), opened), "图纸.docx")
