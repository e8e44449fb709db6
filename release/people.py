"""Who may do what (domain handbook, 5.1), and which roles never meet in one person."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from core.errors import RefusedError
from core.vocabulary import Role
from release import store
from release.records import Person


class Act(StrEnum):
    """Something an officer does; who may is in ``ROLE_MAY``."""

    RECORD_LEAD = "record_lead"
    """Write down leads: tellings, media reports, posts, spoken denials (E6 to E9)."""
    REGROUP_CLAIMS = "regroup_claims"
    """Merge, split and keep apart claims, which says nothing about what is true."""
    LABEL_POSTS = "label_posts"
    """Say of posts whether they are worth a check, for the calibration of the order."""
    RECORD_EVIDENCE = "record_evidence"
    RECORD_FACT = "record_fact"
    PROPOSE_VERDICT = "propose_verdict"
    APPROVE_VERDICT = "approve_verdict"
    DRAFT = "draft"
    REVIEW = "review"
    TICK_SECRECY = "tick_secrecy"
    SIGN = "sign"
    PUBLISH = "publish"
    HANDLE_HELP = "handle_help"
    BRIEF = "brief"
    LEAD_INCIDENT = "lead_incident"
    KEEP_ROSTER = "keep_roster"
    TAKE_OVER = "take_over"
    """Take over a shift with its hand-over note."""
    MANAGE_SYSTEM = "manage_system"
    READ_LOG = "read_log"


ROLE_MAY: Mapping[Role, frozenset[Act]] = {
    Role.MONITOR: frozenset({Act.RECORD_LEAD, Act.REGROUP_CLAIMS, Act.LABEL_POSTS, Act.TAKE_OVER}),
    Role.ANALYST: frozenset(
        {
            Act.RECORD_LEAD,
            Act.REGROUP_CLAIMS,
            Act.LABEL_POSTS,
            Act.PROPOSE_VERDICT,
            Act.APPROVE_VERDICT,
            Act.TAKE_OVER,
        }
    ),
    Role.VERIFIER: frozenset(
        {Act.RECORD_LEAD, Act.RECORD_EVIDENCE, Act.RECORD_FACT, Act.PROPOSE_VERDICT}
    ),
    Role.HELP_DESK: frozenset({Act.HANDLE_HELP}),
    Role.DRAFTER: frozenset({Act.DRAFT}),
    Role.OFFICE_REVIEWER: frozenset({Act.REVIEW, Act.APPROVE_VERDICT}),
    Role.PUBLICITY_REVIEWER: frozenset({Act.REVIEW, Act.APPROVE_VERDICT}),
    Role.SECRECY_REVIEWER: frozenset({Act.TICK_SECRECY}),
    Role.SIGNER: frozenset({Act.SIGN}),
    Role.PUBLISHER: frozenset({Act.PUBLISH}),
    Role.SPOKESPERSON: frozenset({Act.BRIEF}),
    Role.DUTY_LEADER: frozenset(
        {Act.LEAD_INCIDENT, Act.APPROVE_VERDICT, Act.KEEP_ROSTER, Act.TAKE_OVER}
    ),
    Role.ADMIN: frozenset({Act.MANAGE_SYSTEM}),
    Role.AUDITOR: frozenset({Act.READ_LOG}),
}

# Two roles of which a person may hold one: on a small night shift two hats are fine, these never.
NEVER_TOGETHER = (frozenset({Role.DRAFTER, Role.SIGNER}),)

# Roles that stand alone: an administrator has no content rights, an auditor changes nothing.
ALONE = (Role.ADMIN, Role.AUDITOR)


def roles_that_may(act: Act) -> frozenset[Role]:
    """Return the roles that may do *act*."""
    return frozenset(role for role, acts in ROLE_MAY.items() if act in acts)


def may(person: Person, act: Act) -> bool:
    """Return whether *person* is active and holds a role that may do *act*."""
    return person.active and bool(person.roles & roles_that_may(act))


def names_of(roles: frozenset[Role]) -> str:
    """Return the labels of *roles* in the vocabulary's order, joined for a sentence."""
    return "、".join(role.label for role in Role if role in roles)


def role_blockers(person: Person, roles: frozenset[Role]) -> list[str]:
    """Return why *person* may not act in any of *roles*; empty means they may."""
    reasons = []
    if not person.active:
        reasons.append(f"账号 {person.person_id} 已停用")
    if not person.roles & roles:
        reasons.append(f"账号 {person.person_id} 没有所需岗位：{names_of(roles)}")
    return reasons


def require(person: Person, *roles: Role) -> Role:
    """Return the first of *roles* that *person* holds.

    Raises ``RefusedError`` when the person is inactive or holds none of them.
    """
    if reasons := role_blockers(person, frozenset(roles)):
        raise RefusedError(reasons)
    return next(role for role in roles if role in person.roles)


def combination_blockers(person: Person) -> list[str]:
    """Return why *person* may not hold these roles together; empty means they may."""
    reasons = []
    if not person.person_id.strip() or not person.name.strip():
        reasons.append("账号和姓名不能为空")
    if not person.roles:
        reasons.append(f"账号 {person.person_id} 至少要有一个岗位")
    reasons += [
        f"{names_of(pair)}不能由同一人担任" for pair in NEVER_TOGETHER if pair <= person.roles
    ]
    reasons += [
        f"{role.label}不得兼任其他岗位：{names_of(person.roles - {role})}"
        for role in ALONE
        if role in person.roles and len(person.roles) > 1
    ]
    return reasons


def register(session: Session, person: Person) -> None:
    """Add *person*, or replace what is kept of them.

    Raises ``RefusedError`` with every forbidden combination of roles.
    """
    if reasons := combination_blockers(person):
        raise RefusedError(reasons)
    store.save_person(session, person)
