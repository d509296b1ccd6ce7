"""Who may read and change a draft: each rule once as Python, once as SQL, with the same answer.

A draft is its organisation's; officers read nothing before it was sent. 代填 is its author's alone
until the enterprise gets the link.
"""

from sqlalchemy import ColumnElement, and_, false, or_

from marketplace.accounts.policy import Reader
from marketplace.demands.policy import can_enter_for_others
from marketplace.listings.models import Draft
from marketplace.organisations.choices import MembershipRole

WRITERS = (MembershipRole.RESEARCHER, MembershipRole.ENTERPRISE, MembershipRole.ADMIN)


def can_write_for(reader: Reader, organisation_id: int | None) -> bool:
    """Enter results and needs in the name of this organisation."""
    return organisation_id is not None and (
        reader.has_role(organisation_id, *WRITERS) or reader.has_role(organisation_id, MembershipRole.BROKER)
    )


def is_for_others(draft: Draft) -> bool:
    return draft.acting_for_id != draft.organisation_id


def can_edit(reader: Reader, draft: Draft) -> bool:
    if reader.person_id is None:
        return False
    own = draft.author_id == reader.person_id
    if is_for_others(draft):
        return own and can_enter_for_others(reader)
    if draft.organisation_id is None or draft.organisation_id not in reader.organisation_ids:
        return False
    return reader.has_role(draft.organisation_id, *WRITERS) or own


def editable(reader: Reader) -> ColumnElement[bool]:
    """``can_edit`` in SQL."""
    if reader.person_id is None:
        return false()
    own = Draft.author_id == reader.person_id
    writes = sorted(o for o in reader.organisation_ids if reader.has_role(o, *WRITERS))
    for_others = Draft.acting_for_id.is_distinct_from(Draft.organisation_id)
    return or_(
        and_(~for_others, Draft.organisation_id.in_(writes)),
        and_(~for_others, Draft.organisation_id.in_(sorted(reader.organisation_ids)), own),
        and_(for_others, own) if can_enter_for_others(reader) else false(),
    )
