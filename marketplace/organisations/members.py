"""Members: giving and taking roles, leaving with everything handed over. Memberships end, none is deleted."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.policy import Reader
from marketplace.core import audit, clock
from marketplace.core.checks import require
from marketplace.core.errors import Conflict, NotAllowed, NotFound
from marketplace.notifications.service import notify
from marketplace.organisations import handover, policy
from marketplace.organisations.choices import MembershipRole
from marketplace.organisations.membership import active_admins, is_member
from marketplace.organisations.models import Membership, Organisation
from marketplace.organisations.service import add_member

LAST_ADMIN = "单位至少要有一名管理员，请先把管理员角色交给另一位成员。"


def present_memberships(session: Session, organisation: Organisation, person: Person) -> list[Membership]:
    return list(
        session.scalars(
            select(Membership)
            .where(
                Membership.organisation_id == organisation.id,
                Membership.person_id == person.id,
                Membership.ended_at.is_(None),
            )
            .order_by(Membership.id)
        )
    )


def get_member(session: Session, organisation: Organisation, public_id: str) -> Person:
    person: Person | None = session.scalar(select(Person).where(Person.public_id == public_id))
    if person is None or not is_member(session, organisation.id, person.id):
        raise NotFound("没有找到这位成员。")
    return person


def members_of(session: Session, organisation: Organisation) -> dict[Person, list[Membership]]:
    """Present members with their roles, the longest-standing first."""
    found: dict[Person, list[Membership]] = {}
    rows = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )
    for membership in rows:
        found.setdefault(membership.person, []).append(membership)
    return found


def former_members(session: Session, organisation: Organisation) -> Sequence[Membership]:
    """Ended memberships, the latest end first."""
    return session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation.id, Membership.ended_at.is_not(None))
        .order_by(Membership.ended_at.desc(), Membership.id)
    ).all()


def _lock(session: Session, organisation: Organisation) -> None:
    """Two administrators who take each other's role at once must not leave none."""
    session.scalars(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update()).one()


def change_roles(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    person: Person,
    roles: Iterable[MembershipRole],
) -> None:
    """The member has exactly these roles from now on; at least one, and never the last administrator away."""
    if not policy.can_manage(actor, organisation):
        raise NotAllowed("角色由本单位管理员分配。")
    _lock(session, organisation)
    wanted = set(roles)
    require(bool(wanted), "请至少保留一种角色；要移出单位请用“移出单位”。", "roles")
    held = {m.role: m for m in present_memberships(session, organisation, person)}
    if not held:
        raise NotFound("没有找到这位成员。")
    kept = MembershipRole.ADMIN in wanted or not is_last_admin(session, organisation, person)
    require(kept, LAST_ADMIN, "roles")
    given, taken = wanted - held.keys(), held.keys() - wanted
    for role in taken:
        held[role].ended_at = clock.now()
    session.flush()
    for role in sorted(taken):
        handover.end_role(session, organisation.id, person.id, role)
    for role in sorted(given):
        add_member(session, organisation, person, role)
    if not given and not taken:
        return
    audit.record(
        session,
        actor.person_id,
        "membership.roles",
        f"organisation:{organisation.id}",
        {"person": person.id, "given": sorted(given), "taken": sorted(taken)},
    )
    if person.id != actor.person_id:
        titles = "、".join(str(role.title) for role in MembershipRole if role in wanted)
        notify(
            session, [person.id], "您在本单位的角色有变", f"现在的角色：{titles}。", "/my/organisation",
            organisation_id=organisation.id,
        )  # fmt: skip


def may_end(actor: Reader, organisation: Organisation, person: Person) -> bool:
    """One's own membership, or as administrator anybody's."""
    own = actor.person_id == person.id and organisation.id in actor.organisation_ids
    return own or policy.can_manage(actor, organisation)


def is_last_admin(session: Session, organisation: Organisation, person: Person) -> bool:
    held = present_memberships(session, organisation, person)
    others = set(active_admins(session, organisation.id)) - {person.id}
    return any(m.role is MembershipRole.ADMIN for m in held) and not others


def administrators(session: Session, organisation: Organisation) -> list[Person]:
    """Those with an open account, whom a member can ask."""
    ids = active_admins(session, organisation.id)
    return [person for person in members_of(session, organisation) if person.id in ids]


def successors(session: Session, organisation: Organisation, person: Person) -> list[Person]:
    """Members with an open account who can take over."""
    return [p for p in members_of(session, organisation) if p.id != person.id and p.active]


def end_membership(
    session: Session,
    actor: Reader,
    organisation: Organisation,
    person: Person,
    heirs: Mapping[str, int],
    general_heir: int | None,
) -> None:
    """End all roles of a person in this organisation, after everything held has a successor.

    ``heirs``: key of a held item → person; ``general_heir`` takes the rest. All in the caller's
    transaction: either everything is handed over and the membership ended, or nothing.
    """
    if not may_end(actor, organisation, person):
        raise NotAllowed("只有本人或本单位管理员可以结束成员关系。")
    _lock(session, organisation)
    held = present_memberships(session, organisation, person)
    if not held:
        raise NotFound("没有找到这位成员。")
    if is_last_admin(session, organisation, person):
        raise Conflict(LAST_ADMIN)
    able = {p.id for p in successors(session, organisation, person)}
    received = _hand_over(session, organisation, person, able, heirs, general_heir)
    for membership in held:
        membership.ended_at = clock.now()
    audit.record(
        session,
        actor.person_id,
        "membership.end",
        f"organisation:{organisation.id}",
        {"person": person.id, "roles": [m.role.value for m in held], "handed_over": len(received)},
    )
    _tell(session, actor, organisation, person, received)


def _hand_over(
    session: Session,
    organisation: Organisation,
    person: Person,
    able: set[int],
    heirs: Mapping[str, int],
    general_heir: int | None,
) -> list[int]:
    """Pass everything on and return who received something, once for each item."""
    received = []
    items = handover.held_items(session, organisation.id, person.id)
    provided = general_heir is not None or all(item.key in heirs for item in items)
    require(provided, "请选择默认接手人，或为每一项单独选择接手人。", "general")
    for item in items:
        heir = heirs.get(item.key, general_heir)
        require(heir in able, f"请为“{item.title}”选择接手人。", item.key)
        assert heir is not None
        handover.pass_item(session, organisation.id, item.key, person.id, heir)
        received.append(heir)
    if handover.held_counts(session, organisation.id, person.id):
        require(general_heir in able, "请选择接手其余事项的成员。", "general")
        assert general_heir is not None
        handover.pass_rest(session, organisation.id, person.id, general_heir)
        received.append(general_heir)
    session.flush()
    return received


def _tell(
    session: Session, actor: Reader, organisation: Organisation, person: Person, received: Sequence[int]
) -> None:
    for heir in dict.fromkeys(received):
        notify(
            session, [heir], f"您接手了 {person.name} 的事项",
            f"{person.name} 已离开本单位，共有 {received.count(heir)} 项转由您负责。",
            "/my/organisation", organisation_id=organisation.id,
        )  # fmt: skip
    admins = set(active_admins(session, organisation.id)) - {person.id, actor.person_id}
    notify(
        session, admins, f"{person.name} 已离开本单位", path="/my/organisation",
        organisation_id=organisation.id,
    )  # fmt: skip
    if person.id != actor.person_id:
        notify(session, [person.id], f"您已不再是{organisation.name}的成员")
