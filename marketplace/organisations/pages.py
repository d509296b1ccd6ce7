"""Row → what the inner pages of an organisation show."""

from marketplace.organisations.choices import OrganisationKind
from marketplace.organisations.forms import industry_text
from marketplace.organisations.models import Organisation, OrganisationChange
from marketplace.organisations.verification import wished_identity
from marketplace.taxonomy.models import HONOUR, ZONE
from marketplace.taxonomy.service import title, titles

IDENTITY_LABELS = {
    "name": "单位名称",
    "short_name": "简称",
    "kind": "单位类型",
    "credit_code": "统一社会信用代码",
    "legal_person": "法定代表人",
}


def _shown(value: object) -> str:
    return str(value.title) if isinstance(value, OrganisationKind) else str(value or "")


def organisation_facts(organisation: Organisation) -> list[tuple[str, str]]:
    """Label and value of every field that is filled."""
    honours = titles(HONOUR)
    facts = [
        *((label, _shown(getattr(organisation, name))) for name, label in IDENTITY_LABELS.items()),
        ("股东", "；".join(f"{s.name} {s.percent:g}%" for s in organisation.shareholders)),
        ("地址", organisation.address),
        ("所在功能区", title(ZONE, organisation.zone)),
        ("行业", industry_text(organisation.industry)),
        ("规模", organisation.size.title if organisation.size else ""),
        ("资质荣誉", "、".join(honours.get(h.honour, h.honour) for h in organisation.honours)),
        ("网址", organisation.website),
        ("单位简介", organisation.introduction),
    ]
    return [(label, value) for label, value in facts if value]


def wished_facts(organisation: Organisation, change: OrganisationChange) -> list[tuple[str, str, str]]:
    """Label, present and wished value of what a change would alter."""
    return [
        (label, _shown(getattr(organisation, name)), _shown(wished[name]))
        for wished in (wished_identity(change),)
        for name, label in IDENTITY_LABELS.items()
        if name in wished
    ]
