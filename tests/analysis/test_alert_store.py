"""An alerted matter as the database keeps it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from analysis import alert_life, alert_quiet, alert_store, store
from analysis.alert_quiet import Quiet
from analysis.budget import Calibration
from analysis.records import Alert, AlertMove
from core.errors import HuiyingError
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel, FalseGround, Role

AT = datetime(2031, 6, 17, 11, 0, tzinfo=UTC)
LEADER, MONITOR = (Role.DUTY_LEADER,), (Role.MONITOR,)


def alert(key: int = 1, level: ConcernLevel = ConcernLevel.C1, *, matter: int = 1) -> Alert:
    return Alert(
        key=key,
        raised_at=AT + timedelta(minutes=key),
        kind=AlertKind.VOLUME_RISE,
        level=level,
        incident_id=None,
        claim=None,
        topic="相关信息总量",
        observed=40,
        expected=18,
        reasons=(f"理由{key}",),
        state=AlertState.RAISED,
        matter=matter,
        series=("volume",),
    )


def move(act: AlertAct, state: AlertState, **more: object) -> AlertMove:
    return replace(
        AlertMove(matter=1, act=act, state=state, at=AT + timedelta(hours=1), by="zhang"), **more
    )


def test_two_tellings_are_one_matter_with_its_steps(session: Session) -> None:
    alert_store.tell(session, alert())
    alert_store.tell(session, alert(2, ConcernLevel.C2))
    alert_store.tell(session, alert(3, matter=3))

    first, other = alert_store.lives(session)

    assert [t.key for t in first.tellings] == [1, 2]
    assert (first.level, first.state) == (ConcernLevel.C2, AlertState.RAISED)
    assert first.reasons == ("理由1", "理由2")
    assert (other.matter, other.level) == (3, ConcernLevel.C1)
    assert alert_store.load_life(session, 2) == first


def test_the_state_is_that_of_the_last_move_for_every_telling(session: Session) -> None:
    alert_store.tell(session, alert())
    alert_store.tell(session, alert(2, ConcernLevel.C2))
    alert_store.tell(session, alert(3, matter=3))
    alert_store.add_move(session, move(AlertAct.ACKNOWLEDGE, AlertState.ACKNOWLEDGED))

    states = [a.state for a in store.all_alerts(session)]

    assert states == [AlertState.ACKNOWLEDGED, AlertState.ACKNOWLEDGED, AlertState.RAISED]


def test_a_step_up_after_it_was_acknowledged_waits_again(session: Session) -> None:
    alert_store.tell(session, alert())
    alert_store.add_move(session, move(AlertAct.ACKNOWLEDGE, AlertState.ACKNOWLEDGED))
    alert_store.tell(session, alert(2, ConcernLevel.C2))

    assert alert_store.load_life(session, 1).state is AlertState.RAISED


def test_a_lowered_level_stands_until_something_higher_is_told(session: Session) -> None:
    alert_store.tell(session, alert(1, ConcernLevel.C2))
    alert_store.add_move(
        session, move(AlertAct.LOWER, AlertState.RAISED, level=ConcernLevel.C0, reason="看过")
    )
    low = alert_store.load_life(session, 1)
    alert_store.tell(session, alert(2, ConcernLevel.C1))
    high = alert_store.load_life(session, 1)

    assert (low.level, low.lowered is not None) == (ConcernLevel.C0, True)
    assert (high.level, high.lowered) == (ConcernLevel.C1, None)


def test_only_matters_with_late_news_are_read_for_a_round(session: Session) -> None:
    alert_store.tell(session, alert())
    alert_store.tell(session, alert(90, matter=90))

    late = alert_store.lives(session, since=AT + timedelta(minutes=30))

    assert [life.matter for life in late] == [90]
    assert len(alert_store.lives(session, since=AT)) == 2


@pytest.mark.parametrize("table", ["alerts", "alert_moves", "alert_quiets", "alert_budgets"])
@pytest.mark.parametrize("how", ["UPDATE {} SET key = key", "DELETE FROM {}"])
def test_nothing_of_an_alert_is_ever_changed_or_deleted(
    session: Session, table: str, how: str
) -> None:
    alert_store.tell(session, alert())
    key = alert_store.add_move(session, move(AlertAct.FALSE, AlertState.FALSE))
    alert_store.add_quiets(session, key, [quiet()])
    alert_store.add_calibration(session, Calibration(AT, "system", 2, 0.1, weeks=4, foreseen=2))

    with pytest.raises(IntegrityError, match=f"{table}: rows are never changed"):
        session.execute(text(how.format(table)))


def test_an_unknown_alert_is_named(session: Session) -> None:
    with pytest.raises(HuiyingError, match="no alert A000009"):
        alert_store.load_life(session, 9)


def quiet() -> Quiet:
    pattern = alert_quiet.rise_pattern(AlertKind.VOLUME_RISE, "volume", AT)
    return Quiet(pattern, 1.5, AT + timedelta(days=14), 1, "zhang", AT, "")


def test_what_a_false_mark_made_quieter_stands_until_it_is_undone(session: Session) -> None:
    alert_store.tell(session, alert())
    key = alert_store.add_move(
        session, move(AlertAct.FALSE, AlertState.FALSE, ground=FalseGround.COPIES, reason="刷屏")
    )
    alert_store.add_quiets(session, key, [quiet()])
    (standing,) = alert_store.quiets(session, after=AT)

    alert_store.add_move(session, move(AlertAct.UNDO, AlertState.RAISED, reason="看错"))

    assert (standing.reason, standing.matter) == ("同文刷屏：刷屏", 1)
    assert alert_store.quiets(session, after=AT) == []


def test_a_second_mark_after_an_undo_stands(session: Session) -> None:
    alert_store.tell(session, alert())
    for _ in range(2):
        key = alert_store.add_move(session, move(AlertAct.FALSE, AlertState.FALSE))
        alert_store.add_quiets(session, key, [quiet()])
        assert len(alert_store.quiets(session)) == 1
        alert_store.add_move(session, move(AlertAct.UNDO, AlertState.RAISED))
        assert alert_store.quiets(session) == []


@pytest.mark.parametrize(
    ("act", "roles", "more", "reason"),
    [
        (AlertAct.LOWER, MONITOR, {"level": ConcernLevel.C0, "reason": "x"}, "须由值班领导"),
        (AlertAct.LOWER, LEADER, {"level": ConcernLevel.C1, "reason": "x"}, "只能降到 C1 以下"),
        (AlertAct.LOWER, LEADER, {"level": ConcernLevel.C0}, "降级须说明理由"),
        (AlertAct.FALSE, MONITOR, {}, "须选一个理由"),
        (AlertAct.FALSE, MONITOR, {"ground": FalseGround.OTHER}, "须写明"),
        (AlertAct.CLOSE, MONITOR, {}, "结束须说明理由"),
        (AlertAct.UNDO, MONITOR, {"reason": "x"}, "现为“待处理”，不能撤销误报"),
        (AlertAct.RAISE, LEADER, {}, "只由系统进行"),
        (AlertAct.ACKNOWLEDGE, (Role.DRAFTER,), {}, "须由监测员、分析员、值班领导办理"),
    ],
)
def test_what_may_not_be_done_says_why(
    act: AlertAct, roles: tuple[Role, ...], more: dict[str, object], reason: str
) -> None:
    (life,) = alert_life.lives([alert()], [])

    assert any(reason in r for r in alert_life.blockers(life, act, roles, **more))


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (AlertAct.ACKNOWLEDGE, {}),
        (AlertAct.ASSIGN, {}),
        (AlertAct.FALSE, {"ground": FalseGround.NOISE}),
        (AlertAct.CLOSE, {"reason": "已处理"}),
        (AlertAct.LOWER, {"level": ConcernLevel.C0, "reason": "看过"}),
    ],
)
def test_what_may_be_done_has_nothing_against_it(act: AlertAct, more: dict[str, object]) -> None:
    (life,) = alert_life.lives([alert()], [])

    assert alert_life.blockers(life, act, (Role.MONITOR, Role.DUTY_LEADER), **more) == []


def test_a_monitor_alone_does_not_call_a_grave_matter_false() -> None:
    (life,) = alert_life.lives([alert(level=ConcernLevel.C3)], [])

    def against(role: Role) -> list[str]:
        return alert_life.blockers(life, AlertAct.FALSE, (role,), ground=FalseGround.NOISE)

    assert against(Role.MONITOR) == ["“标为误报”须由分析员、值班领导办理"]
    assert against(Role.ANALYST) == []


@pytest.mark.parametrize(
    ("kind", "level", "wanted", "given"),
    [
        (AlertKind.ENQUIRY, ConcernLevel.C2, 3.0, 3.0),
        (AlertKind.ENQUIRY, ConcernLevel.C3, 3.0, 1.25),
        (AlertKind.HAZARD, ConcernLevel.C3, 3.0, 1.25),
        (AlertKind.CONFLICT, ConcernLevel.C3, 3.0, 1.25),
        (AlertKind.HAZARD, ConcernLevel.C4, 3.0, 1.0),
        (AlertKind.ENQUIRY, ConcernLevel.C4, 3.0, 1.0),
    ],
)
def test_what_may_be_grave_is_made_little_quieter_and_what_is_urgent_never(
    kind: AlertKind, level: ConcernLevel, wanted: float, given: float
) -> None:
    assert alert_quiet.needed(wanted, kind=kind, level=level) == given


def test_marks_add_up_to_a_ceiling() -> None:
    held: list[Quiet] = []
    factors = []
    for _ in range(4):
        factor = alert_quiet.next_factor(quiet().pattern, held, AT)
        factors.append(factor)
        held.append(replace(quiet(), factor=factor))

    assert factors == [1.5, 2.25, 3.0, 3.0]


def test_a_pattern_is_of_its_part_of_the_week() -> None:
    evening = alert_quiet.rise_pattern(AlertKind.VOLUME_RISE, "volume", AT)
    night = alert_quiet.rise_pattern(AlertKind.VOLUME_RISE, "volume", AT + timedelta(hours=6))

    assert alert_quiet.factor(evening, [quiet()], AT) == 1.5
    assert alert_quiet.factor(night, [quiet()], AT) == 1.0
