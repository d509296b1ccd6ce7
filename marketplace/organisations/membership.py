"""Joining: an administrator invites by e-mail, or a person asks; nobody joins without both consents."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import SITE, Reader
from marketplace.core import audit, clock, jobs, workflow
from marketplace.core.checks import check_texts, require
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.core.jobs import handles
from marketplace.notifications.service import absolute, notify, send_mail
from marketplace.organisations import policy
from marketplace.organisations.choices import (
    MembershipRole,
    OfferDirection,
    OfferStatus,
    Verification,
)
from marketplace.organisations.models import (
    Membership,
    MembershipOffer,
    MembershipOfferRole,
    Organisation,
)
from marketplace.organisations.service import add_member, members_with
from marketplace.organisations.verification import refresh_queue
from marketplace.organisations.workflow import OFFER_TRANSITIONS, OfferAction
from marketplace.taxonomy.rules import Rule, days_of, number_of

EXPIRE = "membership_offer.expire"


def invitation_path(offer: MembershipOffer) -> str:
    return f"/invitations/{offer.public_id}"


def request_path(offer: MembershipOffer) -> str:
    """Where a wish to join is decided: by the administrator, or on the officers' page."""
    if offer.to_officer:
        return f"/organisations/{offer.organisation.public_id}/verification"
    return f"/my/organisation/requests/{offer.public_id}"


def role_titles(offer: MembershipOffer) -> str:
    return "、".join(str(row.role.title) for row in offer.roles)


def is_member(session: Session, organisation_id: int, person_id: int | None) -> bool:
    present = select(Membership.id).where(
        Membership.organisation_id == organisation_id,
        Membership.person_id == person_id,
        Membership.ended_at.is_(None),
    )
    return session.scalar(present.limit(1)) is not None


def active_admins(session: Session, organisation_id: int) -> list[int]:
    """Administrators whose account is open."""
    rows = session.scalars(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == MembershipRole.ADMIN,
            Membership.ended_at.is_(None),
            Person.active,
        )
        .distinct()
    )
    return list(rows)


def _put_offer(
    session: Session, offer: MembershipOffer, roles: Sequence[MembershipRole], life: Rule
) -> MembershipOffer:
    require(bool(roles), "请至少选择一种角色。", "roles")
    check_texts(MembershipOffer, {"message": offer.message})
    offer.roles = [MembershipOfferRole(role=role) for role in dict.fromkeys(roles)]
    offer.expires_at = clock.now() + days_of(session, life)
    session.add(offer)
    session.flush()
    jobs.schedule(session, EXPIRE, f"membership_offer:{offer.id}", offer.expires_at)
    return offer


def invite_person(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    email: str,
    roles: Sequence[MembershipRole],
    message: str = "",
) -> MembershipOffer:
    """Invite by e-mail; whoever logs in with that e-mail may accept."""
    if not policy.can_manage(actor, organisation) or actor.person_id is None:
        raise NotAllowed("成员由本单位管理员邀请。")
    if organisation.verification is not Verification.VERIFIED:
        raise Conflict("单位通过核验后才能邀请成员。")
    email = email.strip().lower()
    known = session.scalar(select(Person.id).where(Person.email == email))
    require(
        known is None or not is_member(session, organisation.id, known),
        "这个邮箱的用户已是本单位成员，可在成员列表中调整角色。",
        "email",
    )
    waiting = select(MembershipOffer.id).where(
        MembershipOffer.organisation_id == organisation.id,
        MembershipOffer.email == email,
        MembershipOffer.status == OfferStatus.OPEN,
    )
    require(session.scalar(waiting) is None, "已邀请过这个邮箱，可在列表中重新发送。", "email")
    offer = MembershipOffer(
        organisation=organisation,
        direction=OfferDirection.INVITATION,
        email=email,
        created_by_id=actor.person_id,
        message=message.strip(),
    )
    _put_offer(session, offer, roles, Rule.INVITATION)
    audit.record(session, actor.person_id, "membership_offer.invite", f"membership_offer:{offer.id}")
    _mail_invitation(session, offer)
    return offer


def _mail_invitation(session: Session, offer: MembershipOffer) -> None:
    """To a person of the site as a notice, too; to anybody else as a mail that says how to register."""
    title = f"{offer.organisation.name}邀请您加入"
    days = number_of(session, Rule.INVITATION)
    body = f"角色：{role_titles(offer)}。邀请 {days} 天内有效，由您本人同意后才生效。"
    if offer.message:
        body += f"\n留言：{offer.message}"
    person_id = session.scalar(select(Person.id).where(Person.email == offer.email, Person.active))
    if person_id is not None:
        notify(session, [person_id], title, body, invitation_path(offer), urgent=True)
        return
    link = absolute(invitation_path(offer))
    body += f"\n\n请用本邮箱注册并登录，再打开：{link}\n如果您不认识该单位，请忽略此邮件。\n"
    send_mail(session, str(offer.email), f"【滨海科创对接】{title}", body)


def resend_invitation(session: Session, actor: Reader, offer: MembershipOffer) -> None:
    """Mail an open invitation again; its time begins anew."""
    if not policy.can_manage(actor, offer.organisation):
        raise NotAllowed("邀请由本单位管理员发送。")
    if not policy.is_invitation(offer) or offer.status is not OfferStatus.OPEN:
        raise Conflict("这份邀请已有答复或已失效，请重新邀请。")
    jobs.cancel(session, EXPIRE, f"membership_offer:{offer.id}")
    offer.expires_at = clock.now() + days_of(session, Rule.INVITATION)
    jobs.schedule(session, EXPIRE, f"membership_offer:{offer.id}", offer.expires_at)
    audit.record(session, actor.person_id, "membership_offer.resend", f"membership_offer:{offer.id}")
    _mail_invitation(session, offer)


def ask_to_join(
    session: Session,
    person: Person,
    organisation: Organisation,
    roles: Sequence[MembershipRole],
    message: str = "",
) -> MembershipOffer:
    """A person's wish to join; an officer decides where the organisation has no administrator."""
    if is_member(session, organisation.id, person.id):
        raise Conflict("您已是该单位的成员。")
    admins = active_admins(session, organisation.id)
    return _ask(session, person, organisation, roles, message, to_officer=not admins)


def ask_to_be_appointed(
    session: Session, person: Person, organisation: Organisation, message: str
) -> MembershipOffer:
    """A member asks the officers to be appointed administrator, as the present one has gone."""
    if not is_member(session, organisation.id, person.id):
        raise NotFound("您还没有加入单位。")
    if person.id in active_admins(session, organisation.id):
        raise Conflict("您已是本单位管理员。")
    require(bool(message.strip()), "请说明原管理员的情况。", "message")
    return _ask(session, person, organisation, [MembershipRole.ADMIN], message, to_officer=True)


def _ask(
    session: Session,
    person: Person,
    organisation: Organisation,
    roles: Sequence[MembershipRole],
    message: str,
    *,
    to_officer: bool,
) -> MembershipOffer:
    if open_request(session, organisation.id, person.id) is not None:
        raise Conflict("您已向该单位提出申请，请等待答复或先撤回。")
    offer = MembershipOffer(
        organisation=organisation,
        direction=OfferDirection.REQUEST,
        person=person,
        created_by_id=person.id,
        message=message.strip(),
        to_officer=to_officer,
    )
    _put_offer(session, offer, roles, Rule.JOIN_REQUEST)
    audit.record(session, person.id, "membership_offer.ask", f"membership_offer:{offer.id}")
    admins = [i for i in active_admins(session, organisation.id) if i != person.id]
    if to_officer:
        refresh_queue(session, organisation, person.id)
        title, path = f"{person.name} 请求科技局指定其为管理员", "/my/organisation"
    else:
        title, path = f"{person.name} 申请加入本单位", request_path(offer)
    notify(session, admins, title, offer.message, path, organisation_id=organisation.id, urgent=True)
    return offer


def open_request(session: Session, organisation_id: int, person_id: int | None) -> MembershipOffer | None:
    return session.scalar(
        select(MembershipOffer).where(
            MembershipOffer.organisation_id == organisation_id,
            MembershipOffer.person_id == person_id,
            MembershipOffer.direction == OfferDirection.REQUEST,
            MembershipOffer.status == OfferStatus.OPEN,
        )
    )


def offers_of(session: Session, organisation: Organisation) -> list[MembershipOffer]:
    """Open invitations and requests of an organisation, the oldest first."""
    return list(
        session.scalars(
            select(MembershipOffer)
            .where(
                MembershipOffer.organisation_id == organisation.id, MembershipOffer.status == OfferStatus.OPEN
            )
            .order_by(MembershipOffer.id)
        )
    )


def offers_to(session: Session, person: Person) -> list[MembershipOffer]:
    """Open invitations to this person's e-mail and own open requests."""
    mine = or_(MembershipOffer.email == person.email, MembershipOffer.person_id == person.id)
    return list(
        session.scalars(
            select(MembershipOffer)
            .where(mine, MembershipOffer.status == OfferStatus.OPEN, MembershipOffer.expires_at > clock.now())
            .order_by(MembershipOffer.id)
        )
    )


def get_offer(session: Session, actor: Reader, public_id: str) -> MembershipOffer:
    """An offer for those whom it concerns."""
    offer = session.scalar(select(MembershipOffer).where(MembershipOffer.public_id == public_id))
    if offer is None or not policy.can_read_offer(actor, offer):
        raise NotFound("没有找到这份申请或邀请。")
    return offer


def get_invitation(session: Session, person: Person, public_id: str) -> MembershipOffer:
    """The invitation for the person whose e-mail it was sent to."""
    offer = session.scalar(
        select(MembershipOffer).where(
            MembershipOffer.public_id == public_id, MembershipOffer.direction == OfferDirection.INVITATION
        )
    )
    if offer is None:
        raise NotFound("没有找到这份邀请。")
    if offer.email != person.email:
        raise NotAllowed("这份邀请发给了另一个邮箱，请用收到邀请的邮箱登录。")
    return offer


def answer_invitation(
    session: Session, actor: Reader, person: Person, offer: MembershipOffer, *, accepts: bool
) -> None:
    """The invited person accepts (and is a member from now on) or declines; once."""
    if offer.email != person.email:
        raise NotAllowed("这份邀请发给了另一个邮箱，请用收到邀请的邮箱登录。")
    offer.person_id = offer.person_id or person.id
    action = OfferAction.ACCEPT if accepts else OfferAction.DECLINE
    workflow.apply(session, OFFER_TRANSITIONS, offer, action, actor)
    jobs.cancel(session, EXPIRE, f"membership_offer:{offer.id}")
    if accepts:
        _join(session, offer, [row.role for row in offer.roles])
    done = "已接受邀请，加入本单位" if accepts else "谢绝了邀请"
    _tell_admins(session, offer, f"{person.name} {done}")


def decide_request(
    session: Session,
    actor: Reader,
    offer: MembershipOffer,
    roles: Sequence[MembershipRole] = (),
    reason: str = "",
) -> None:
    """Admit with these roles, or refuse with a reason where no role is given."""
    action = OfferAction.ADMIT if roles else OfferAction.REFUSE
    workflow.apply(session, OFFER_TRANSITIONS, offer, action, actor, reason)
    jobs.cancel(session, EXPIRE, f"membership_offer:{offer.id}")
    organisation = offer.organisation
    if roles:
        _join(session, offer, roles)
        titles = "、".join(str(role.title) for role in dict.fromkeys(roles))
        title, body, path = f"您已加入{organisation.name}", f"角色：{titles}。", "/my/organisation"
    else:
        title, path = f"{organisation.name}没有同意您的申请", "/organisations/join"
        body = f"理由：{reason.strip()}"
    acts_for = organisation.id if roles else None
    notify(session, [offer.person_id], title, body, path, organisation_id=acts_for)
    if offer.to_officer:
        refresh_queue(session, organisation, actor.person_id)
        _tell_admins(session, offer, "科技局已答复指定管理员的请求")


def _join(session: Session, offer: MembershipOffer, roles: Sequence[MembershipRole]) -> None:
    person = session.get_one(Person, offer.person_id)
    if not person.active:
        raise Conflict("该账号已停用，不能加入。")
    for role in dict.fromkeys(roles):
        add_member(session, offer.organisation, person, role)
    _close_others(session, offer, person)


def _close_others(session: Session, offer: MembershipOffer, person: Person) -> None:
    """Who has joined needs no second way in: the crossing request or invitation is over."""
    crossing = session.scalars(
        select(MembershipOffer).where(
            MembershipOffer.organisation_id == offer.organisation_id,
            MembershipOffer.status == OfferStatus.OPEN,
            MembershipOffer.id != offer.id,
            or_(MembershipOffer.email == person.email, MembershipOffer.person_id == person.id),
        )
    ).all()
    for other in crossing:
        _end(session, other)


def _end(session: Session, offer: MembershipOffer) -> None:
    offer.expires_at = clock.now()
    jobs.cancel(session, EXPIRE, f"membership_offer:{offer.id}")
    workflow.apply(session, OFFER_TRANSITIONS, offer, OfferAction.EXPIRE, SITE)
    if offer.to_officer:
        refresh_queue(session, offer.organisation, None)


def withdraw_offer(session: Session, actor: Reader, offer: MembershipOffer) -> None:
    """The administrator takes an invitation back, or the person the request."""
    workflow.apply(session, OFFER_TRANSITIONS, offer, OfferAction.WITHDRAW, actor)
    jobs.cancel(session, EXPIRE, f"membership_offer:{offer.id}")
    if offer.to_officer:
        refresh_queue(session, offer.organisation, actor.person_id)


def _tell_admins(session: Session, offer: MembershipOffer, title: str) -> None:
    admins = members_with(session, offer.organisation_id, MembershipRole.ADMIN)
    others = [i for i in admins if i != offer.person_id]
    notify(session, others, title, path="/my/organisation", organisation_id=offer.organisation_id)


@handles(EXPIRE)
def expire_offer(session: Session, obj: str) -> None:
    """At its end an offer that nobody answered is over, and who made it is told."""
    offer = session.get(MembershipOffer, int(obj.partition(":")[2]))
    if offer is None or offer.status is not OfferStatus.OPEN or offer.expires_at > clock.now():
        return
    workflow.apply(session, OFFER_TRANSITIONS, offer, OfferAction.EXPIRE, SITE)
    if offer.to_officer:
        refresh_queue(session, offer.organisation, None)
    if policy.is_invitation(offer):
        title, path = f"对 {offer.email} 的邀请已过期", "/my/organisation"
    else:
        title, path = f"加入{offer.organisation.name}的申请已过期", "/organisations/join"
    notify(session, [offer.created_by_id], title, path=path)
