"""Founding an organisation, its papers, the officers' decision on them, and changes of identity."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import audit, workflow
from marketplace.core.checks import check_texts, problems_of, raise_first, require
from marketplace.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.core.files import Attachment
from marketplace.notifications.service import notify
from marketplace.organisations import policy
from marketplace.organisations.choices import (
    ChangeStatus,
    MembershipRole,
    OfferStatus,
    OrganisationKind,
    ProofKind,
    Verification,
)
from marketplace.organisations.models import (
    MembershipOffer,
    Organisation,
    OrganisationChange,
    OrganisationProof,
)
from marketplace.organisations.service import (
    IDENTITY,
    OrganisationData,
    add_member,
    check_organisation,
    create_organisation,
    data_of,
    members_with,
    organisation_problems,
)
from marketplace.organisations.workflow import (
    CHANGE_TRANSITIONS,
    VERIFICATION_TRANSITIONS,
    ChangeAction,
    VerificationAction,
    missing_proofs,
)
from marketplace.queue.choices import QueueKind
from marketplace.queue.service import close_item, open_item, waiting_item

PATH = "/my/organisation"
# What the founder is beside administrator.
FOUNDER_ROLE = {
    OrganisationKind.ENTERPRISE: MembershipRole.ENTERPRISE,
    OrganisationKind.UNIVERSITY: MembershipRole.RESEARCHER,
    OrganisationKind.INSTITUTE: MembershipRole.RESEARCHER,
    OrganisationKind.NEW_RD: MembershipRole.RESEARCHER,
    OrganisationKind.HOSPITAL: MembershipRole.RESEARCHER,
    OrganisationKind.SERVICE: MembershipRole.BROKER,
}

Proofs = Mapping[ProofKind, Attachment]


def registration_problems(session: Session, data: OrganisationData) -> list[InvalidInput]:
    """All that is wrong with a new organisation, each with its field."""
    # An alliance (联盟) need not be a legal person.
    coded = data.credit_code is not None or data.kind is OrganisationKind.ALLIANCE
    missing = problems_of(
        [
            lambda: require(bool(data.legal_person), "请填写法定代表人或负责人。", "legal_person"),
            lambda: require(bool(data.address), "请填写地址。", "address"),
            lambda: require(coded, "请填写统一社会信用代码。", "credit_code"),
        ]
    )
    return missing + organisation_problems(session, data)


def register_organisation(
    session: Session, person: Person, data: OrganisationData, proofs: Proofs
) -> Organisation:
    """Found an organisation; the founder becomes its administrator, an officer verifies it."""
    raise_first(registration_problems(session, data))
    organisation = create_organisation(session, replace(data, sample=False, seed_key=None))
    for role in dict.fromkeys((MembershipRole.ADMIN, FOUNDER_ROLE.get(data.kind, MembershipRole.ADMIN))):
        add_member(session, organisation, person, role)
    audit.record(session, person.id, "organisation.register", f"organisation:{organisation.id}")
    _keep_proofs(session, organisation, proofs)
    refresh_queue(session, organisation, None)
    return organisation


def _keep_proofs(
    session: Session, organisation: Organisation, proofs: Proofs, change: OrganisationChange | None = None
) -> None:
    for kind, attachment in proofs.items():
        session.add(
            OrganisationProof(organisation=organisation, kind=kind, attachment=attachment, change=change)
        )
    session.flush()


def waits_for_officer(session: Session, organisation: Organisation) -> str:
    """What an officer has to decide of this organisation, "" for nothing."""
    if waiting_change(session, organisation.id) is not None:
        return "变更身份信息"
    asks = select(MembershipOffer.id).where(
        MembershipOffer.organisation_id == organisation.id,
        MembershipOffer.to_officer,
        MembershipOffer.status == OfferStatus.OPEN,
    )
    if session.scalar(asks.limit(1)) is not None:
        return "指定管理员"
    complete = not missing_proofs(session, organisation.id)
    return "核验" if organisation.verification is Verification.PENDING and complete else ""


def refresh_queue(session: Session, organisation: Organisation, by_id: int | None) -> None:
    """The organisation stands in the queue of its zone once, for as long as anything of it waits."""
    session.flush()
    what = waits_for_officer(session, organisation)
    if not what:
        close_item(session, QueueKind.ORGANISATION, organisation.id, by_id)
        return
    title = f"{what}：{organisation.name}"
    item = waiting_item(session, QueueKind.ORGANISATION, organisation.id)
    if item is None:
        item = open_item(session, QueueKind.ORGANISATION, organisation.id, title, organisation.zone)
    item.title, item.zone = title[:160], organisation.zone


def add_proofs(session: Session, actor: Reader, organisation: Organisation, proofs: Proofs) -> None:
    """Papers from an administrator while the organisation is not verified; complete ones go to the queue."""
    if not policy.can_manage(actor, organisation):
        raise NotAllowed("证明材料由本单位管理员上传。")
    if organisation.verification is Verification.VERIFIED:
        raise Conflict("单位已通过核验，不再需要上传材料；身份信息有变时请申请变更。")
    require(bool(proofs) or not missing_proofs(session, organisation.id), "请选择要上传的文件。", "licence")
    _keep_proofs(session, organisation, proofs)
    for kind in missing_proofs(session, organisation.id):
        raise InvalidInput(f"请上传{kind.title}。", kind.value)
    audit.record(
        session,
        actor.person_id,
        "organisation.proofs",
        f"organisation:{organisation.id}",
        {"kinds": [kind.value for kind in proofs]},
    )
    if organisation.verification is Verification.REFUSED:
        _move(session, actor, organisation, VerificationAction.RESUBMIT)
    refresh_queue(session, organisation, actor.person_id)


def seen_version(organisation: Organisation) -> str:
    """What an officer has looked at: a decision on older papers or names is refused."""
    shown = [getattr(organisation, name) for name in IDENTITY]
    shown += [proof.id for proof in organisation.proofs]
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:16]


def _move(
    session: Session, actor: Reader, organisation: Organisation, action: VerificationAction, reason: str = ""
) -> None:
    workflow.apply(
        session, VERIFICATION_TRANSITIONS, organisation, action, actor, reason, column="verification"
    )


def decide_verification(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    action: VerificationAction,
    reason: str = "",
    *,
    seen: str = "",
) -> None:
    """VERIFY or REFUSE by an officer; ``seen`` is the ``seen_version`` of the page decided on."""
    if seen and seen != seen_version(organisation):
        raise Conflict("单位在您查看之后更新了资料或材料，请重新查看后再决定。")
    _move(session, actor, organisation, action, reason)
    refresh_queue(session, organisation, actor.person_id)
    passed = action is VerificationAction.VERIFY
    notify(
        session,
        members_with(session, organisation.id, MembershipRole.ADMIN),
        "单位已通过核验" if passed else "单位核验未通过",
        "现在可以邀请成员、发布成果和需求。" if passed else f"理由：{reason}\n请补充后重新提交。",
        PATH if passed else f"{PATH}/proofs",
        organisation_id=organisation.id,
        urgent=not passed,
    )


def waiting_change(session: Session, organisation_id: int) -> OrganisationChange | None:
    return session.scalar(
        select(OrganisationChange).where(
            OrganisationChange.organisation_id == organisation_id,
            OrganisationChange.status == ChangeStatus.WAITING,
        )
    )


def get_waiting_change(
    session: Session, organisation: Organisation, public_id: str | None = None
) -> OrganisationChange:
    """The one change that waits; with ``public_id`` only that very one."""
    change = waiting_change(session, organisation.id)
    if change is None or public_id not in (None, change.public_id):
        raise Conflict("这份变更申请已有结果或已撤回。")
    return change


def wished_identity(change: OrganisationChange) -> dict[str, Any]:
    """Identity field → wished value."""
    wished: dict[str, Any] = json.loads(change.payload)
    if "kind" in wished:
        wished["kind"] = OrganisationKind.of(wished["kind"])
    return wished


def request_change(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    identity: Mapping[str, Any],
    note: str,
    proofs: Proofs,
) -> OrganisationChange:
    """Ask the officers for another identity (变更申请), with a paper that shows it."""
    if not policy.can_manage(actor, organisation):
        raise NotAllowed("身份信息的变更由本单位管理员申请。")
    if organisation.verification is not Verification.VERIFIED:
        raise Conflict("单位尚未通过核验，身份信息可直接修改。")
    if waiting_change(session, organisation.id) is not None:
        raise Conflict("已有一份变更申请在审核，请等待结果或先撤回。")
    before = data_of(organisation)
    wished = {n: identity[n] for n in IDENTITY if n in identity and identity[n] != getattr(before, n)}
    require(bool(wished), "没有改动，请先修改要变更的内容。", "name")
    require(bool(wished.get("legal_person", "-")), "请填写法定代表人或负责人。", "legal_person")
    require(bool(wished.get("credit_code", "-")), "请填写统一社会信用代码。", "credit_code")
    check_organisation(session, replace(before, **wished), organisation.id)
    check_texts(OrganisationChange, {"note": note})
    require(ProofKind.LICENCE in proofs, "请上传变更后的证照或登记机关的证明。", "licence")
    payload = {n: v.value if isinstance(v, OrganisationKind) else v for n, v in wished.items()}
    change = OrganisationChange(
        organisation=organisation,
        payload=json.dumps(payload, ensure_ascii=False),
        note=note,
        requested_by_id=actor.person_id,
    )
    session.add(change)
    _keep_proofs(session, organisation, proofs, change)
    audit.record(
        session, actor.person_id, "organisation_change.request", f"organisation_change:{change.id}",
        {"fields": sorted(payload)},
    )  # fmt: skip
    refresh_queue(session, organisation, actor.person_id)
    return change


def decide_change(
    session: Session, actor: Reader, change: OrganisationChange, action: ChangeAction, reason: str = ""
) -> None:
    """APPROVE or REFUSE by an officer, WITHDRAW by an administrator; approved values stand at once."""
    organisation = change.organisation
    workflow.apply(session, CHANGE_TRANSITIONS, change, action, actor, reason)
    if action is ChangeAction.APPROVE:
        wished = wished_identity(change)
        check_organisation(session, replace(data_of(organisation), **wished), organisation.id)
        for name, value in wished.items():
            setattr(organisation, name, value)
    refresh_queue(session, organisation, actor.person_id)
    if action is ChangeAction.WITHDRAW:
        return
    approved = action is ChangeAction.APPROVE
    notify(
        session,
        [change.requested_by_id, *members_with(session, organisation.id, MembershipRole.ADMIN)],
        "单位身份信息已变更" if approved else "单位身份信息的变更未获批准",
        "" if approved else f"理由：{reason}",
        PATH,
        organisation_id=organisation.id,
    )


def proofs_of(
    organisation: Organisation, change: OrganisationChange | None = None
) -> Sequence[OrganisationProof]:
    """Papers of the verification, or of one change, the newest first."""
    wanted = change.id if change else None
    return [proof for proof in reversed(organisation.proofs) if proof.change_id == wanted]


def open_proof(session: Session, actor: Reader, public_id: str) -> Attachment:
    """A paper for those who may read it; every reading is recorded."""
    proof = session.scalar(
        select(OrganisationProof).join(Attachment).where(Attachment.public_id == public_id)
    )
    if proof is None or not policy.can_read_proofs(actor, proof.organisation):
        raise NotFound("没有找到这份材料。")
    audit.record(
        session, actor.person_id, "organisation_proof.read", f"organisation:{proof.organisation_id}",
        {"proof": proof.id},
    )  # fmt: skip
    return proof.attachment
