"""Every rule of the walk, and an exhaustive walk that looks for a way around two people."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations, product

import pytest

from core.vocabulary import Role, StatementKind, StatementState
from release import workflow
from release.records import Approval, Person, Statement
from release.redlines import Finding

NOON = datetime(2031, 6, 17, 4, tzinfo=UTC)
S = StatementState
BLOCKING = Finding(
    rule="RL03",
    blocking=True,
    sentence_index=0,
    sentence="转移924人。",
    reason="数字疑似颠倒",
    fix="对数",
)
WARNING = replace(BLOCKING, rule="RL06", blocking=False)


def person(person_id: str, *roles: Role, active: bool = True) -> Person:
    return Person(person_id, person_id, frozenset(roles), None, active=active)


def statement(state: StatementState, version: int = 1) -> Statement:
    return Statement(
        "S000001", "rain", StatementKind.FIRST, state, "hq", (), (), None, "",
        version, None, None, None, None,
    )  # fmt: skip


def approval(person_id: str, role: Role, version: int = 1) -> Approval:
    return Approval("S000001", version, "0" * 64, person_id, role, NOON)


REVIEWED = (approval("wang", Role.OFFICE_REVIEWER),)
SIGNED = (*REVIEWED, approval("zhao", Role.SIGNER))
WANG = person("wang", Role.OFFICE_REVIEWER)
ZHAO = person("zhao", Role.SIGNER)


@pytest.mark.parametrize(
    ("state", "to_state", "who", "approvals", "findings", "reason", "wanted"),
    [
        (S.DRAFT, S.OFFICE_REVIEW, person("li", Role.DRAFTER), (), (), "", ""),
        (S.DRAFT, S.OFFICE_REVIEW, person("li", Role.DRAFTER), (), (WARNING,), "", ""),
        (S.DRAFT, S.OFFICE_REVIEW, person("li", Role.DRAFTER), (), (BLOCKING,), "", "RL03"),
        (S.DRAFT, S.OFFICE_REVIEW, WANG, (), (), "", "没有所需岗位：起草人"),
        (S.DRAFT, S.OFFICE_REVIEW, person("li", Role.DRAFTER), REVIEWED, (), "", "须修改后再提交"),
        (S.DRAFT, S.SIGNED, ZHAO, REVIEWED, (), "", "不能转为“已签发”"),
        (S.OFFICE_REVIEW, S.TO_SIGN, WANG, (), (), "", ""),
        (S.OFFICE_REVIEW, S.TO_SIGN, person("xu", Role.PUBLICITY_REVIEWER), (), (), "", ""),
        (S.OFFICE_REVIEW, S.TO_SIGN, ZHAO, (), (), "", "没有所需岗位"),
        (S.OFFICE_REVIEW, S.TO_SIGN, WANG, (), (BLOCKING,), "", "RL03"),
        (S.OFFICE_REVIEW, S.TO_SIGN, person("li", Role.OFFICE_REVIEWER), (), (), "", "起草或修改"),
        (S.OFFICE_REVIEW, S.TO_SIGN, person("wang", Role.OFFICE_REVIEWER, active=False), (), (),
         "", "已停用"),
        (S.TO_SIGN, S.SIGNED, ZHAO, REVIEWED, (), "", ""),
        (S.TO_SIGN, S.SIGNED, ZHAO, (), (), "", "还没有另一人的审核"),
        (S.TO_SIGN, S.SIGNED, ZHAO, (approval("wang", Role.OFFICE_REVIEWER, 2),), (), "",
         "还没有另一人的审核"),
        (S.TO_SIGN, S.SIGNED, ZHAO, (approval("li", Role.OFFICE_REVIEWER),), (), "",
         "还没有另一人的审核"),
        (S.TO_SIGN, S.SIGNED, person("wang", Role.SIGNER), REVIEWED, (), "", "审签两次"),
        (S.TO_SIGN, S.SIGNED, person("li", Role.SIGNER), REVIEWED, (), "", "起草或修改"),
        (S.TO_SIGN, S.SIGNED, ZHAO, REVIEWED, (BLOCKING,), "", "RL03"),
        (S.SIGNED, S.PUBLISHED, person("qian", Role.PUBLISHER), SIGNED, (), "", ""),
        (S.SIGNED, S.PUBLISHED, person("qian", Role.PUBLISHER), REVIEWED, (), "", "两名未参与起草"),
        (S.SIGNED, S.PUBLISHED, ZHAO, SIGNED, (), "", "发布员"),
        (S.TO_SIGN, S.DRAFT, ZHAO, REVIEWED, (BLOCKING,), "数字再核对", ""),
        (S.TO_SIGN, S.DRAFT, ZHAO, REVIEWED, (), " ", "必须写明理由"),
        (S.PUBLISHED, S.DRAFT, person("li", Role.DRAFTER), SIGNED, (), "改", "不能转为“草稿”"),
        (S.PUBLISHED, S.CORRECTED, person("qian", Role.PUBLISHER), SIGNED, (), "", ""),
        (S.CORRECTED, S.ARCHIVED, person("sun", Role.DUTY_LEADER), SIGNED, (), "", ""),
        (S.WITHDRAWN, S.ARCHIVED, person("root", Role.ADMIN), SIGNED, (), "", "值班领导"),
    ],
)  # fmt: skip
def test_who_may_move_a_statement(state, to_state, who, approvals, findings, reason, wanted):
    reasons = workflow.blockers(
        statement(state),
        to_state,
        who,
        editors=frozenset({"li"}),
        approvals=approvals,
        findings=findings,
        reason=reason,
    )

    assert bool(reasons) is bool(wanted)
    assert wanted in "；".join(reasons)


def test_every_reason_is_given_at_once():
    reasons = workflow.blockers(
        statement(S.TO_SIGN),
        S.SIGNED,
        person("li", Role.DRAFTER, active=False),
        editors=frozenset({"li"}),
        approvals=(),
        findings=[BLOCKING],
    )

    assert len(reasons) == 5


def test_every_state_on_the_way_can_be_reached_and_left():
    on_the_way = {S.DRAFT, S.OFFICE_REVIEW, S.TO_SIGN, S.SIGNED, S.PUBLISHED}

    assert on_the_way <= {step.from_state for step in workflow.MOVES}
    assert on_the_way - {S.DRAFT} <= {step.to_state for step in workflow.MOVES}
    assert S.DRAFT in workflow.next_states(S.SIGNED)


# The walk: three people with every pair of the roles that matter, every move, every edit.

ROLES = (Role.DRAFTER, Role.OFFICE_REVIEWER, Role.SIGNER, Role.PUBLISHER)
ROLE_SETS = [frozenset(c) for n in (1, 2) for c in combinations(ROLES, n)]
WALKED = (S.DRAFT, S.OFFICE_REVIEW, S.TO_SIGN, S.SIGNED, S.PUBLISHED)
DEPTH = 7


@dataclass(frozen=True)
class Situation:
    """All that the rules see of a statement on its way."""

    state: StatementState
    version: int
    editors: frozenset[str]
    approvals: tuple[Approval, ...]


def after(now: Situation, who: Person, *, distinct: bool) -> Iterator[Situation]:
    """Yield every situation that one act of *who* leads to; *distinct* off is the control."""
    if Role.DRAFTER in who.roles and now.version < 2 and now.state is not S.PUBLISHED:
        yield Situation(S.DRAFT, now.version + 1, now.editors | {who.person_id}, now.approvals)
    for to_state in workflow.next_states(now.state):
        if to_state not in WALKED:
            continue
        reasons = workflow.blockers(
            statement(now.state, now.version),
            to_state,
            who,
            editors=now.editors if distinct else frozenset(),
            approvals=now.approvals
            if distinct
            else tuple(replace(a, person_id=f"someone-{n}") for n, a in enumerate(now.approvals)),
            findings=(),
            reason="退回",
        )
        if reasons:
            continue
        found = workflow.step(now.state, to_state)
        approvals = now.approvals
        if workflow.Need.APPROVAL in found.needs:
            role = workflow.role_for(found, who)
            approvals = (*approvals, approval(who.person_id, role, now.version))
        yield Situation(to_state, now.version, now.editors, approvals)


def properly_signed(now: Situation) -> bool:
    """Say in other words than the code what two people means."""
    valid = [
        a for a in now.approvals if a.version == now.version and a.person_id not in now.editors
    ]
    return any(
        a.role is Role.OFFICE_REVIEWER and b.role is Role.SIGNER and a.person_id != b.person_id
        for a in valid
        for b in valid
    )


def walk(people: tuple[Person, ...], *, distinct: bool) -> tuple[int, int, int]:
    """Return how many paths were walked, how many reached 已签发, how many of these wrongly."""
    start = Situation(S.DRAFT, 1, frozenset({"p0"}), ())
    layer, paths, signed, wrong = {start: 1}, 0, 0, 0
    for _ in range(DEPTH):
        following: dict[Situation, int] = {}
        for now, count in layer.items():
            for who in people:
                for then in after(now, who, distinct=distinct):
                    following[then] = following.get(then, 0) + count
        for then, count in following.items():
            paths += count
            if then.state in {S.SIGNED, S.PUBLISHED}:
                signed += count
                wrong += 0 if properly_signed(then) else count
        layer = following
    return paths, signed, wrong


def casts() -> Iterator[tuple[Person, ...]]:
    for roles in product(ROLE_SETS, repeat=3):
        if Role.DRAFTER in roles[0]:
            yield tuple(person(f"p{n}", *held) for n, held in enumerate(roles))


def test_no_path_reaches_signed_without_two_distinct_people_who_did_not_edit(
    record_property,
):
    totals = [walk(cast, distinct=True) for cast in casts()]
    paths, signed, wrong = (sum(column) for column in zip(*totals, strict=True))
    record_property("paths", paths)

    assert wrong == 0
    assert signed > 1_000
    assert paths > 100_000


def test_control_without_the_distinctness_check_such_a_path_exists():
    both = frozenset({Role.OFFICE_REVIEWER, Role.SIGNER})
    cast = (person("p0", Role.DRAFTER), person("p1", *both))

    assert walk(cast, distinct=True)[1] == 0
    assert walk(cast, distinct=False)[2] > 0
