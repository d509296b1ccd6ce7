"""Organisations in the officer's queue: data beside papers; verification and changes of identity.

Who shall be administrator is decided on the organisation's own page: it needs roles to be chosen.
"""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.accounts.policy import Reader
from marketplace.core.errors import InvalidInput
from marketplace.organisations.choices import Verification
from marketplace.organisations.models import Organisation
from marketplace.organisations.pages import organisation_facts, wished_facts
from marketplace.organisations.verification import (
    decide_change,
    decide_verification,
    proofs_of,
    seen_version,
    waiting_change,
)
from marketplace.organisations.workflow import ChangeAction, VerificationAction, missing_proofs


def load(session: Session, organisation_id: int) -> Organisation | None:
    return session.get(Organisation, organisation_id)


def state(organisation: Organisation) -> str:
    return organisation.verification.title


def version(session: Session, organisation: Organisation) -> str:
    """Another paper, name or change is another thing to decide on."""
    change = waiting_change(session, organisation.id)
    return f"{seen_version(organisation)}-{change.public_id if change else ''}"


def _waits_for_verification(session: Session, organisation: Organisation) -> bool:
    return organisation.verification is Verification.PENDING and not missing_proofs(session, organisation.id)


def show(session: Session, reader: Reader, organisation: Organisation) -> Mapping[str, Any]:
    change = waiting_change(session, organisation.id)
    page = url_for("verification.page", public_id=organisation.public_id)
    here = change is not None or _waits_for_verification(session, organisation)
    return {
        "organisation": organisation,
        "facts": organisation_facts(organisation),
        "proofs": proofs_of(organisation),
        "change": change,
        "wished": wished_facts(organisation, change) if change else (),
        "change_proofs": proofs_of(organisation, change) if change else (),
        "verification_page": page,
        "elsewhere": "" if here else page,
    }


def approve(session: Session, reader: Reader, organisation: Organisation, text: str) -> None:
    change = waiting_change(session, organisation.id)
    if change is not None:
        decide_change(session, reader, change, ChangeAction.APPROVE)
    else:
        _require_verification(session, organisation)
        decide_verification(session, reader, organisation, VerificationAction.VERIFY)


def send_back(session: Session, reader: Reader, organisation: Organisation, text: str) -> None:
    change = waiting_change(session, organisation.id)
    if change is not None:
        decide_change(session, reader, change, ChangeAction.REFUSE, text)
    else:
        _require_verification(session, organisation)
        decide_verification(session, reader, organisation, VerificationAction.REFUSE, text)


def _require_verification(session: Session, organisation: Organisation) -> None:
    if not _waits_for_verification(session, organisation):
        raise InvalidInput("请打开核验页，在那里指定管理员。")
