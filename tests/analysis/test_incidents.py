from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from analysis import incidents, store
from core.clock import parse_moment
from core.errors import RefusedError
from core.vocabulary import IncidentState, Role

NOON = parse_moment("2031-06-17T12:00:00+08:00")
LEADER = {Role.DUTY_LEADER}


def opened(session: Session) -> str:
    return incidents.open_incident(
        session, name="“6·17”暴雨", kind="rain_flood", by="duty", roles=LEADER, now=NOON
    ).incident_id


def test_every_step_keeps_who_and_when(session: Session) -> None:
    incident = incidents.propose(
        session, name="暴雨（系统拟立）", kind="rain_flood", now=NOON, reason="声量上升"
    )
    later = NOON + timedelta(minutes=5)

    incidents.move(
        session,
        incident.incident_id,
        IncidentState.HANDLING,
        by="duty",
        roles=LEADER,
        now=later,
        reason="立案",
    )

    steps = store.incident_moves(session, incident.incident_id)
    assert [(s.state, s.by, s.at) for s in steps] == [
        (IncidentState.PROPOSED, incidents.SYSTEM, NOON),
        (IncidentState.HANDLING, "duty", later),
    ]


@pytest.mark.parametrize("state", list(IncidentState))
@pytest.mark.parametrize("to", list(IncidentState))
def test_an_incident_moves_only_along_its_table(
    session: Session, state: IncidentState, to: IncidentState
) -> None:
    incident = incidents.Incident("I1", "x", "", state, NOON)

    reasons = incidents.move_blockers(incident, to, LEADER)

    assert (reasons == []) is (to in incidents.MOVES[state])


def test_only_a_duty_leader_opens_or_moves_an_incident(session: Session) -> None:
    incident_id = opened(session)

    with pytest.raises(RefusedError, match="值班领导"):
        incidents.move(
            session,
            incident_id,
            IncidentState.EASING,
            by="li",
            roles={Role.MONITOR, Role.ADMIN},
            now=NOON,
        )
    with pytest.raises(RefusedError, match="值班领导"):
        incidents.open_incident(session, name="x", kind="", by="li", roles={Role.ANALYST}, now=NOON)


def test_an_archived_incident_takes_no_more_posts(session: Session) -> None:
    incident_id = opened(session)
    for state in (IncidentState.EASING, IncidentState.AFTERMATH, IncidentState.ARCHIVED):
        incidents.move(session, incident_id, state, by="duty", roles=LEADER, now=NOON)

    assert incidents.live_incident(session, NOON) is None


def test_a_proposal_that_nobody_takes_up_goes_stale(session: Session) -> None:
    proposed = incidents.propose(session, name="x", kind="fire", now=NOON, reason="r")

    assert incidents.live_incident(session, NOON + timedelta(days=2)) == proposed
    assert incidents.live_incident(session, NOON + timedelta(days=4)) is None


def test_ids_count_up_by_day_of_beijing(session: Session) -> None:
    assert opened(session) == "I20310617-01"
    second = incidents.propose(session, name="x", kind="fire", now=NOON, reason="r")
    assert second.incident_id == "I20310617-02"


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [(" ", "", "名称"), ("火灾", "nosuch", "nosuch"), ("“6·17”暴雨", "", "同一事件")],
)
def test_an_incident_has_one_name_and_a_kind_of_the_taxonomy(
    session: Session, name: str, kind: str, reason: str
) -> None:
    opened(session)

    with pytest.raises(RefusedError, match=reason):
        incidents.open_incident(session, name=name, kind=kind, by="duty", roles=LEADER, now=NOON)


def incident(number: int, kind: str, state: IncidentState) -> incidents.Incident:
    return incidents.Incident(f"I{number}", "x", kind, state, NOON)


@pytest.mark.parametrize(
    ("kinds", "found"),
    [(["fire"], "I1"), (["rain_flood"], "I2"), (["earthquake"], "I2"), ([], "I2")],
)
def test_a_proposal_takes_its_own_kind_only_and_an_open_incident_the_rest(
    kinds: list[str], found: str
) -> None:
    live = [
        incident(1, "fire", IncidentState.PROPOSED),
        incident(2, "rain_flood", IncidentState.HANDLING),
    ]

    chosen = incidents.speaks_of(live, kinds)

    assert chosen is not None
    assert chosen.incident_id == found
    assert incidents.speaks_of(live[:1], ["earthquake"]) is None
