"""Papers of organisations that wait for or failed their verification; invitations and wishes to join."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.core.files import Upload, store
from marketplace.organisations.choices import ProofKind
from marketplace.organisations.membership import (
    answer_invitation,
    ask_to_join,
    decide_request,
    expire_offer,
    invite_person,
    withdraw_offer,
)
from marketplace.organisations.models import MembershipOffer, Organisation, OrganisationProof
from marketplace.organisations.verification import add_proofs, decide_verification
from marketplace.organisations.workflow import VerificationAction
from seed_data.activity_schema import SeedOffer, SeedPaper
from seed_data.timeline import Event, Loading

WORDS = select(MembershipOffer.message)
PROVEN = select(Organisation.seed_key).join(OrganisationProof)  # keys of those with papers


def _paper(organisation: Organisation, kind: ProofKind) -> Upload:
    text = (
        f"示例{kind.title}\n\n单位名称：{organisation.name}\n统一社会信用代码：{organisation.credit_code}\n"
        f"法定代表人：{organisation.legal_person}\n住所：{organisation.address}\n\n"
        "本文件为演示数据，不是真实证照，不具有任何证明效力。\n"
    )
    return Upload(f"示例-{kind.title.replace(' / ', '或')}.txt", "text/plain", text.encode())


def plan_papers(loading: Loading, item: SeedPaper) -> Iterator[Event]:
    session, organisation = loading.session, loading.organisation(item.organisation)

    def send() -> None:
        actor = loading.reader(item.by, organisation)
        papers = {kind: store(session, _paper(organisation, kind), actor.person_id) for kind in ProofKind}
        add_proofs(session, actor, organisation, papers)

    def refuse() -> None:
        decide_verification(session, loading.officer, organisation, VerificationAction.REFUSE, item.reason)

    name = f"papers {item.organisation}"
    yield Event(item.days_ago, name, send)
    if item.refused_days_ago is not None:
        yield Event(item.refused_days_ago, name, refuse)


def plan_offer(loading: Loading, item: SeedOffer) -> Iterator[Event]:
    made: list[MembershipOffer] = []
    session, organisation = loading.session, loading.organisation(item.organisation)

    def make() -> None:
        if item.email:
            actor = loading.reader(item.by, organisation)
            offer = invite_person(session, actor, organisation, item.email, item.roles, item.message)
        else:
            offer = ask_to_join(session, loading.person(item.by), organisation, item.roles, item.message)
        made.append(offer)

    name = f"offer {item.by}"
    yield Event(item.days_ago, name, make)
    if item.answered_days_ago is not None:
        yield Event(item.answered_days_ago, name, lambda: _answer(loading, item, made[0]))


def _answer(loading: Loading, item: SeedOffer, offer: MembershipOffer) -> None:
    session = loading.session
    if item.answer == "到期":
        expire_offer(session, f"membership_offer:{offer.id}")
        return
    actor = loading.reader(item.answered_by, offer.organisation)
    accepts = item.answer == "同意"
    if item.answer == "撤回":
        withdraw_offer(session, actor, offer)
    elif item.email:
        answer_invitation(session, actor, loading.person(item.answered_by), offer, accepts=accepts)
    else:
        decide_request(session, actor, offer, item.roles if accepts else (), item.reason)
