"""The small forms around a draft: filling from a text, sending, 代填, the enterprise's answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.checks import require
from marketplace.core.errors import InvalidInput
from marketplace.drafting.sending import Declaration
from marketplace.listings.choices import SecrecyVerdict
from marketplace.listings.service import FLAGS, Review
from marketplace.organisations.choices import OrganisationKind
from marketplace.organisations.models import Organisation
from marketplace.organisations.service import OrganisationData, create_organisation

SHORT_NAME_LENGTH = 40


def read_review(form: Mapping[str, str]) -> Review | None:
    """The declared 保密审查; InvalidInput where 涉密 was chosen: such content is refused."""
    chosen = form.get("secrecy", "")
    if chosen == "classified":
        raise InvalidInput("涉密内容不得录入本网站，请删去这份草稿，并按保密规定办理。", "secrecy")
    if chosen not in ("public", "controlled"):
        return None
    flags: Any = {flag: form.get(flag) == "1" for flag in FLAGS}
    return Review(verdict=SecrecyVerdict.of(chosen), **flags)


def read_declaration(form: Mapping[str, str]) -> Declaration:
    note = form.get("note", "").strip()
    require(len(note) <= 400, "最多 400 个字。", "note")
    return Declaration(
        read_review(form),
        form.get("nothing_classified") == "1",
        note,
        form.get("masking_acknowledged") == "1",
    )


@dataclass(frozen=True, slots=True)
class ForWhom:
    """代填: an enterprise that is known, by name, or the basic data of a new one."""

    organisation: str = ""
    name: str = ""
    short_name: str = ""
    zone: str = ""
    credit_code: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "ForWhom":
        names: Any = cls.__dataclass_fields__
        return cls(**{name: form.get(name, "").strip() for name in names})


def organisation_for(session: Session, asked: ForWhom) -> Organisation:
    """The chosen enterprise, or a new unverified one; InvalidInput names the field."""
    if asked.organisation:
        found = session.scalar(select(Organisation).where(Organisation.name == asked.organisation))
        if found is None:
            raise InvalidInput("没有找到这家企业，请从提示中选择，或在下面登记。", "organisation")
        return found
    require(
        bool(asked.name), "请选择企业，或填写新企业全称。", "name" if asked.short_name else "organisation"
    )
    return create_organisation(
        session,
        OrganisationData(
            name=asked.name,
            short_name=asked.short_name or asked.name[:SHORT_NAME_LENGTH],
            kind=OrganisationKind.ENTERPRISE,
            zone=asked.zone,
            credit_code=asked.credit_code.upper() or None,
        ),
    )
