"""From a draft to a listing: everything checked, then created or replaced, then sent on its way."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import clock
from marketplace.core.checks import require
from marketplace.core.errors import Conflict, InvalidInput
from marketplace.core.files import Attachment
from marketplace.demands.confirmation import send_confirmation
from marketplace.demands.masking import require_masked, reveals_of
from marketplace.demands.models import Demand
from marketplace.demands.service import (
    DemandData,
    check_demand,
    create_demand,
    move_demand,
    replace_demand,
)
from marketplace.drafting import demand_form, policy, result_form
from marketplace.drafting.reading import Problems, parse_fields
from marketplace.drafting.service import (
    RESULT,
    Listing,
    content_of,
    listing_of,
    needs_declaration,
    purge_draft,
    schema_of,
)
from marketplace.listings.choices import AttachmentVisibility, ListingStatus, SecrecyVerdict
from marketplace.listings.models import Draft
from marketplace.listings.revisions import send_revision
from marketplace.listings.service import FLAGS, AttachmentData, Review, record_review
from marketplace.listings.workflow import ListingAction
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Membership, Organisation
from marketplace.results.models import Result
from marketplace.results.service import (
    ResultData,
    check_result,
    create_result,
    move_result,
    replace_result,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """``data`` is there when nothing is wrong."""

    problems: Problems
    data: ResultData | DemandData | None
    contact: Person | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender says beside the form: 保密审查 where it is theirs to give, and why an edit is made."""

    review: Review | None = None
    nothing_classified: bool = False
    note: str = ""
    masking_acknowledged: bool = False  # what may tell whose a masked need is has been looked at


def members_of(session: Session, organisation_id: int | None) -> dict[str, Person]:
    """Public id → person, of the active members of an organisation."""
    found = session.scalars(
        select(Person)
        .join(Membership)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None), Person.active)
        .order_by(Membership.id)
    )
    return {person.public_id: person for person in found}


def check_draft(session: Session, draft: Draft) -> Checked:
    """Everything that is wrong with a draft, beside its field, and its data where nothing is."""
    content = content_of(draft)
    values, problems = parse_fields(session, schema_of(draft), content.values)
    form: Any = result_form if draft.kind == RESULT else demand_form
    form.check(values, problems)
    until = values.get("valid_until")
    if until is not None and until <= clock.now():
        problems.add("valid_until", "有效期须晚于今天。")
    contact = members_of(session, draft.organisation_id).get(values.get("contact", ""))
    if values.get("contact") and contact is None:
        problems.add("contact", "联系人须是本单位成员，请重新选择。")
    attachments = _attachments(session, content.values.get("attachments", []), problems)
    if problems:
        return Checked(problems, None)
    data = form.to_data(values, attachments)
    try:
        if isinstance(data, ResultData):
            check_result(session, data)
        else:
            check_demand(session, data)
    except InvalidInput as error:
        problems.add(error.field, error.message)
        return Checked(problems, None)
    return Checked(problems, data, contact, str(values.get("confirmation_email", "")))


def _attachments(
    session: Session, rows: list[dict[str, str]], problems: Problems
) -> tuple[AttachmentData, ...]:
    files = [row["file"] for row in rows]
    known = set(session.scalars(select(Attachment.public_id).where(Attachment.public_id.in_(files))))
    found = []
    for index, row in enumerate(rows):
        if row["file"] not in known:
            problems.add(f"attachments-{index}-file", "附件已不存在，请重新上传。")
        elif row["visibility"] not in {v.value for v in AttachmentVisibility}:
            problems.add(f"attachments-{index}-visibility", "请从列表中选择。")
        else:
            visibility = AttachmentVisibility.of(row["visibility"])
            found.append(AttachmentData(file=row["file"], visibility=visibility))
    return tuple(found)


def hindrance(session: Session, draft: Draft) -> str:
    """Why this draft cannot be sent however well it is filled in; empty where it can."""
    organisation = session.get_one(Organisation, draft.organisation_id)
    if not policy.is_for_others(draft) and organisation.verification is not Verification.VERIFIED:
        return "单位尚未通过核验，核验通过后才能提交；草稿会一直保留。"
    listing = listing_of(session, draft)
    if listing is not None and listing.status not in (
        ListingStatus.DRAFT, ListingStatus.RETURNED, ListingStatus.PUBLISHED,
    ):  # fmt: skip
        return f"这一条目当前为“{listing.status.title}”，不能修改；请先撤回提交或重新编辑。"
    return ""


def send_draft(session: Session, actor: Reader, draft: Draft, declared: Declaration) -> Listing:
    """Make the listing of a complete draft and send it on; InvalidInput names what is missing."""
    checked = check_draft(session, draft)
    if checked.data is None:
        raise InvalidInput("还有没有填好的地方，请先补全。", field="problems")
    if reason := hindrance(session, draft):
        raise Conflict(reason)
    organisation = session.get_one(Organisation, draft.organisation_id)
    if isinstance(checked.data, DemandData):
        reveals = reveals_of(session, organisation, checked.data, checked.contact)
        require_masked(reveals, acknowledged=declared.masking_acknowledged)
    listing = listing_of(session, draft)
    if needs_declaration(draft, organisation):
        declared = _check_declaration(declared, checked)
    if listing is not None and listing.status is ListingStatus.PUBLISHED:
        send_revision(
            session, actor, listing, checked.data, declared.note, review=declared.review,
            contact=checked.contact,
        )  # fmt: skip
    else:
        listing = _put(session, actor, draft, organisation, listing, checked)
        _send_on(session, actor, draft, organisation, listing, declared)
    session.flush()
    purge_draft(session, draft)
    return listing


def require_conclusion(review: Review | None) -> None:
    require(review is not None, "请选择保密审查结论。", "secrecy")


def require_unclassified(declared: bool) -> None:
    require(declared, "请确认内容与附件不涉及国家秘密。", "nothing_classified")


def _check_declaration(declared: Declaration, checked: Checked) -> Declaration:
    """The declaration, with the flags of a result as its form says them."""
    require_conclusion(declared.review)
    require_unclassified(declared.nothing_classified)
    assert declared.review is not None
    if not isinstance(checked.data, ResultData):
        return declared
    flags = {flag: getattr(checked.data.columns, flag) for flag in FLAGS}
    return replace(declared, review=replace(declared.review, **flags))


def _put(
    session: Session, actor: Reader, draft: Draft, organisation: Organisation, listing: Listing | None,
    checked: Checked,
) -> Listing:  # fmt: skip
    """The listing with the draft's content, new or replaced."""
    data, contact = checked.data, checked.contact
    if listing is None:
        if isinstance(data, ResultData):
            assert contact is not None  # a required field of this form
            return create_result(session, actor, organisation, contact, data)
        assert isinstance(data, DemandData)
        return create_demand(session, actor, organisation, contact, data, confirmation_email=checked.email)
    if isinstance(listing, Result) and isinstance(data, ResultData):
        replace_result(session, listing, data)
    elif isinstance(listing, Demand) and isinstance(data, DemandData):
        replace_demand(session, listing, data, contact)
        listing.confirmation_email = checked.email or listing.confirmation_email
    if contact is not None:
        listing.contact = contact
    _forget_review(listing)
    session.flush()
    return listing


def _forget_review(listing: Listing) -> None:
    """A changed text needs a new 保密审查."""
    listing.secrecy, listing.secrecy_at, listing.secrecy_note = SecrecyVerdict.PENDING, None, ""
    listing.secrecy_by_id = None


def _send_on(
    session: Session, actor: Reader, draft: Draft, organisation: Organisation, listing: Listing,
    declared: Declaration,
) -> None:  # fmt: skip
    if isinstance(listing, Demand) and policy.is_for_others(draft):
        send_confirmation(session, actor, listing)
        return
    action = ListingAction.SUBMIT
    if needs_declaration(draft, organisation):
        assert declared.review is not None  # checked before
        record_review(session, actor, listing, declared.review)
        action = ListingAction.FILE
    if isinstance(listing, Result):
        move_result(session, actor, listing, action)
    else:
        move_demand(session, actor, listing, action)
