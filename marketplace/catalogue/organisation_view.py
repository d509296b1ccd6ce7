"""Row → organisation page."""

from collections.abc import Sequence

from flask import url_for

from marketplace.accounts.policy import Reader
from marketplace.demands.models import Demand
from marketplace.matching.cards import listing_card
from marketplace.matching.presenters import Fact, OrganisationView, PersonRow
from marketplace.organisations.choices import MembershipRole, Verification
from marketplace.organisations.models import Organisation
from marketplace.results.models import Result
from marketplace.taxonomy.models import HONOUR, INDUSTRY, ZONE
from marketplace.taxonomy.service import title, titles

# Who stands for the organisation in public; reviewers and administrators are its inside.
PUBLIC_ROLES = (MembershipRole.RESEARCHER, MembershipRole.BROKER)


def _people(organisation: Organisation) -> list[PersonRow]:
    shown: dict[int, PersonRow] = {}
    for membership in organisation.memberships:
        person = membership.person
        if membership.ended_at is not None or not person.active or membership.role not in PUBLIC_ROLES:
            continue
        roles = [*shown[person.id].roles] if person.id in shown else []
        shown[person.id] = PersonRow(
            person.name, person.professional_title, [*roles, membership.role.title], person.introduction
        )
    return list(shown.values())


def organisation_view(
    reader: Reader, organisation: Organisation, results: Sequence[Result], demands: Sequence[Demand]
) -> OrganisationView:
    facts = [
        ("功能区", title(ZONE, organisation.zone)),
        ("行业", title(INDUSTRY, organisation.industry)),
        ("规模", organisation.size.title if organisation.size else ""),
        ("资质荣誉", "、".join(titles(HONOUR).get(h.honour, h.honour) for h in organisation.honours)),
        ("统一社会信用代码", organisation.credit_code or ""),
        ("地址", organisation.address),
        ("网址", organisation.website),
    ]
    return OrganisationView(
        name=organisation.name,
        short_name=organisation.short_name,
        kind=organisation.kind.title,
        sample=organisation.sample,
        # A body without a registered code stands here as a name: nobody has shown its papers.
        verified=organisation.verification is Verification.VERIFIED and bool(organisation.credit_code),
        facts=[Fact(label, value) for label, value in facts if value],
        introduction=organisation.introduction,
        people=_people(organisation),
        results=[listing_card(reader, listing) for listing in results],
        demands=[listing_card(reader, listing) for listing in demands],
        results_url=url_for("matching.search", kind="result", q=organisation.short_name),
        demands_url=url_for("matching.search", kind="demand", q=organisation.short_name),
    )
