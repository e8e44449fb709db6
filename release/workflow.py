"""The only place that knows who may move a statement from where to where. Pure.

One table, ``MOVES``, serves the button that is greyed out, the command line and the act. The
walk of today is draft, office review, to sign, signed, published. The fuller ladder (责任单位核对,
宣传部审核, 保密审查) slots in as more rows between office review and to sign; the emergency
signature (紧急签发) as a second row from to_sign to signed with its own need. The database keeps
the same rule about approvals (``release.guards``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.vocabulary import Role, StatementState
from release.records import Approval, Person, Statement
from release.redlines import Finding, blocking

REVIEWERS = frozenset({Role.OFFICE_REVIEWER, Role.PUBLICITY_REVIEWER})

S = StatementState


class Need(StrEnum):
    """What must hold for a move, besides state and role."""

    CLEAN = "clean"
    """No blocking red line."""
    FRESH = "fresh"
    """Nobody approved these bytes: what came back after an approval is edited first."""
    APPROVAL = "approval"
    """The move is a yes to these bytes: by nobody who edited them, by nobody twice."""
    REVIEWED = "reviewed"
    """Another person's review of these bytes."""
    SIGNED_OFF = "signed_off"
    """A review and a signature of these bytes by two people who did not edit them."""
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    from_state: StatementState
    to_state: StatementState
    roles: frozenset[Role]
    needs: frozenset[Need] = frozenset()


def _returns() -> tuple[Step, ...]:
    may = REVIEWERS | {Role.SIGNER, Role.DRAFTER}
    waiting = (S.OFFICE_REVIEW, S.TO_SIGN, S.SIGNED)
    return tuple(Step(state, S.DRAFT, may, frozenset({Need.REASON})) for state in waiting)


def _afterwards() -> tuple[Step, ...]:
    # These follow from the publication of another statement, which had its own two approvals.
    may = frozenset({Role.PUBLISHER})
    return (
        Step(S.PUBLISHED, S.UPDATED, may),
        *(Step(s, S.CORRECTED, may) for s in (S.PUBLISHED, S.UPDATED, S.CORRECTED)),
        *(Step(s, S.WITHDRAWN, may) for s in (S.PUBLISHED, S.UPDATED, S.CORRECTED)),
        *(
            Step(s, S.ARCHIVED, frozenset({Role.DUTY_LEADER}))
            for s in (S.PUBLISHED, S.UPDATED, S.CORRECTED, S.WITHDRAWN)
        ),
    )


MOVES: tuple[Step, ...] = (
    # The self-check is the submission itself: it fails on a blocking red line.
    Step(S.DRAFT, S.OFFICE_REVIEW, frozenset({Role.DRAFTER}), frozenset({Need.CLEAN, Need.FRESH})),
    Step(S.OFFICE_REVIEW, S.TO_SIGN, REVIEWERS, frozenset({Need.CLEAN, Need.APPROVAL})),
    Step(
        S.TO_SIGN,
        S.SIGNED,
        frozenset({Role.SIGNER}),
        frozenset({Need.CLEAN, Need.APPROVAL, Need.REVIEWED}),
    ),
    Step(
        S.SIGNED,
        S.PUBLISHED,
        frozenset({Role.PUBLISHER}),
        frozenset({Need.CLEAN, Need.SIGNED_OFF}),
    ),
    *_returns(),
    *_afterwards(),
)


@dataclass(frozen=True, slots=True)
class _Case:
    """What a need is judged by."""

    statement: Statement
    person: Person
    editors: frozenset[str]
    approvals: tuple[Approval, ...]
    """Of the newest version only: an edit voids the earlier ones."""
    findings: tuple[Finding, ...]
    reason: str


def step(from_state: StatementState, to_state: StatementState) -> Step | None:
    """Return the row for this move, or None when there is no such move."""
    return next((s for s in MOVES if (s.from_state, s.to_state) == (from_state, to_state)), None)


def role_for(found: Step, person: Person) -> Role:
    """Return the role in which *person* takes this step; the first of theirs that may."""
    return next(role for role in Role if role in found.roles & person.roles)


def next_states(state: StatementState) -> list[StatementState]:
    """Return where a statement in *state* may go, in the table's order."""
    return [s.to_state for s in MOVES if s.from_state is state]


def blockers(
    statement: Statement,
    to_state: StatementState,
    person: Person,
    *,
    editors: frozenset[str],
    approvals: Sequence[Approval],
    findings: Sequence[Finding],
    reason: str = "",
) -> list[str]:
    """Return every reason why *person* may not move *statement* now; empty means they may.

    *editors* are the ids of all who edited any version; *approvals* those of the statement, of
    which only those of its newest version count; *findings* are what the red lines say.
    """
    found = step(statement.state, to_state)
    reasons = [] if person.active else [f"账号 {person.person_id} 已停用"]
    if found is None:
        return [*reasons, f"“{statement.state.label}”的稿件不能转为“{to_state.label}”"]
    if not found.roles & person.roles:
        names = "、".join(role.label for role in Role if role in found.roles)
        reasons.append(f"账号 {person.person_id} 没有所需岗位：{names}")
    newest = tuple(a for a in approvals if a.version == statement.version)
    case = _Case(statement, person, editors, newest, tuple(findings), reason)
    return reasons + [r for need in Need if need in found.needs for r in _NEEDS[need](case)]


def _clean(case: _Case) -> list[str]:
    return [str(finding) for finding in blocking(case.findings)]


def _fresh(case: _Case) -> list[str]:
    return ["本版本审核后被退回，须修改后再提交"] if case.approvals else []


def _may_approve(case: _Case) -> list[str]:
    reasons = []
    if case.person.person_id in case.editors:
        reasons.append("起草或修改过本稿的人不能审核或签发本稿")
    if any(a.person_id == case.person.person_id for a in case.approvals):
        reasons.append("同一人不能对同一稿件审签两次")
    return reasons


def _reviewed(case: _Case) -> list[str]:
    reviewers = _who(case, REVIEWERS) - {case.person.person_id}
    return [] if reviewers else ["当前版本还没有另一人的审核"]


def _signed_off(case: _Case) -> list[str]:
    reviewers, signers = _who(case, REVIEWERS), _who(case, frozenset({Role.SIGNER}))
    if any(one != other for one in reviewers for other in signers):
        return []
    return ["当前版本需要两名未参与起草的人分别审核和签发"]


def _who(case: _Case, roles: frozenset[Role]) -> set[str]:
    return {a.person_id for a in case.approvals if a.role in roles} - case.editors


def _reason(case: _Case) -> list[str]:
    return [] if case.reason.strip() else ["退回必须写明理由"]


_NEEDS: Mapping[Need, Callable[[_Case], list[str]]] = {
    Need.CLEAN: _clean,
    Need.FRESH: _fresh,
    Need.APPROVAL: _may_approve,
    Need.REVIEWED: _reviewed,
    Need.SIGNED_OFF: _signed_off,
    Need.REASON: _reason,
}
