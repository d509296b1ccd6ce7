"""What waits for a person in their organisation, for the desk."""

from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core.desk import DeskLine
from marketplace.organisations import policy
from marketplace.organisations.choices import Verification
from marketplace.organisations.membership import invitation_path, offers_of, offers_to, request_path
from marketplace.organisations.models import Organisation
from marketplace.organisations.workflow import missing_proofs

PROOFS = "/my/organisation/proofs"


def waiting_for(session: Session, reader: Reader) -> list[DeskLine]:
    """Invitations to accept; for administrators requests to decide and papers to bring."""
    person = session.get(Person, reader.person_id) if reader.person_id is not None else None
    if person is None:
        return []
    lines = [
        DeskLine("答复", f"{offer.organisation.name}的邀请", invitation_path(offer), offer.expires_at)
        for offer in offers_to(session, person)
        if policy.is_invitation(offer)
    ]
    organisation = session.get(Organisation, reader.acting_for) if reader.acting_for is not None else None
    if organisation is None or not policy.can_manage(reader, organisation):
        return lines
    if organisation.verification is Verification.REFUSED:
        lines.append(DeskLine("补正", "未通过核验的单位材料", PROOFS))
    elif organisation.verification is Verification.PENDING and missing_proofs(session, organisation.id):
        lines.append(DeskLine("上传", "单位证明材料", PROOFS))
    return lines + [
        DeskLine("答复", f"{offer.person.name} 的加入申请", request_path(offer), offer.expires_at)
        for offer in offers_of(session, organisation)
        if offer.person is not None and not policy.is_invitation(offer) and not offer.to_officer
    ]
