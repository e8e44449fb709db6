"""The rules of the help desk as tables: who may move what where, and how long a call may wait."""

from datetime import UTC, datetime, timedelta

import pytest

from analysis.records import Incident
from core.vocabulary import HelpNeed, HelpState, HelpUrgency, IncidentState, Role
from release.help_clock import figures, urgency
from release.helping import MOVES, contact_blockers, incident_of_lead, move_blockers
from release.records import HelpLead, HelpMove, Person

NOON = datetime(2031, 6, 17, 4, tzinfo=UTC)
S, U = HelpState, HelpUrgency


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def lead(*states: HelpState, apart: float = 1, key: int = 1) -> HelpLead:
    path = (S.RECEIVED, *states)
    moves = tuple(HelpMove(s, minute(n * apart), "zhu", "") for n, s in enumerate(path))
    return HelpLead(key, key, None, "东门小区", (HelpNeed.TRAPPED,), moves)


def person(role: Role = Role.HELP_DESK, *, active: bool = True) -> Person:
    return Person("zhu", "朱", frozenset({role}), None, active)


@pytest.mark.parametrize(
    ("states", "after", "told"),
    [
        ((), 0, U.IN_TIME),
        ((), 1.9, U.IN_TIME),
        ((), 2, U.WARNED),
        ((), 4.9, U.WARNED),
        ((), 5, U.LATE),
        ((), 9.9, U.LATE),
        ((), 10, U.ESCALATED),
        ((S.HANDED_OVER,), 9.9, U.WAITING),
        ((S.HANDED_OVER,), 10, U.ESCALATED),
        ((S.HANDED_OVER, S.ACCEPTED), 90, U.MET),
        ((S.HANDED_OVER, S.ACCEPTED, S.HANDED_OVER), 90, U.ESCALATED),
        ((S.HANDED_OVER, S.ACCEPTED, S.ARRIVED), 90, U.MET),
        ((S.DONE,), 90, U.OVER),
        ((S.HANDED_OVER, S.UNVERIFIABLE), 90, U.OVER),
    ],
)
def test_how_a_call_stands_by_the_clock(
    states: tuple[HelpState, ...], after: float, told: HelpUrgency
) -> None:
    assert urgency(lead(*states), minute(after)) is told


@pytest.mark.parametrize("to", HelpState)
@pytest.mark.parametrize("at", HelpState)
def test_a_move_is_made_only_along_the_table(at: HelpState, to: HelpState) -> None:
    stands = lead() if at is S.RECEIVED else lead(at)

    assert (move_blockers(stands, to, person(), "转 119") == []) is (to in MOVES[at])


def test_the_way_leads_from_receipt_to_a_result_and_nowhere_back() -> None:
    assert MOVES[S.RECEIVED] == {S.HANDED_OVER, S.DONE, S.UNVERIFIABLE}
    assert {state for state in S if not MOVES[state]} == {S.DONE, S.UNVERIFIABLE}
    assert not any(S.RECEIVED in targets for targets in MOVES.values())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HELP_DESK])
def test_nobody_else_moves_a_call_or_reads_its_contact(role: Role) -> None:
    reason = ["账号 zhu 没有所需岗位：求助专岗"]

    assert move_blockers(lead(), S.HANDED_OVER, person(role), "转 119") == reason
    assert contact_blockers(lead(), person(role), "回拨") == reason


@pytest.mark.parametrize("to", [S.HANDED_OVER, S.DONE, S.UNVERIFIABLE])
def test_a_hand_over_and_a_result_need_a_note(to: HelpState) -> None:
    (reason,) = move_blockers(lead(), to, person(), " ")

    assert "须写明" in reason


def test_a_contact_is_read_with_a_reason_while_the_call_is_open() -> None:
    assert contact_blockers(lead(), person(), "回拨") == []
    assert contact_blockers(lead(), person(), "") == ["查看联系方式须写明事由"]
    assert contact_blockers(lead(S.DONE), person(), "回拨") == [
        "L000001 已是“办结”，联系方式已经销毁"
    ]
    assert contact_blockers(lead(), person(active=False), "回拨") == ["账号 zhu 已停用"]


def incident(name: str, state: IncidentState = IncidentState.HANDLING) -> Incident:
    return Incident(name, name, "", state, NOON)


@pytest.mark.parametrize(
    ("of_post", "live", "filed"),
    [
        (None, [], None),
        (None, ["a"], "a"),
        (None, ["a", "b"], None),
        ("a", ["a", "b"], "a"),
        ("proposed", [], "proposed"),
        ("proposed", ["a"], "a"),
        ("proposed", ["a", "b"], "proposed"),
        ("over", [], None),
        ("over", ["a"], "a"),
        ("over", ["a", "b"], None),
    ],
)
def test_a_call_goes_to_its_posts_incident_or_the_only_one_open_and_is_not_guessed(
    of_post: str | None, live: list[str], filed: str | None
) -> None:
    proposal = incident("proposed", IncidentState.PROPOSED)

    assert incident_of_lead(of_post, [*map(incident, live), proposal]) == filed


def test_the_figures_of_the_desk() -> None:
    leads = [
        lead(key=1),
        lead(S.HANDED_OVER, apart=3, key=2),
        lead(S.HANDED_OVER, S.ACCEPTED, apart=5, key=3),
        lead(S.HANDED_OVER, S.DONE, apart=4, key=4),
        lead(S.UNVERIFIABLE, key=5),
    ]

    found = figures(leads, minute(20))

    assert (found.received, found.open, found.to_hand_over, found.pressing) == (5, 3, 1, 2)
    assert (found.closed, found.done, found.median_minutes) == (2, 1, 4)
    assert figures([], NOON).median_minutes is None
