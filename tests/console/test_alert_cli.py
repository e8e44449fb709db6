"""The life of an alert on a whole data folder, by the verbs that people type."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis import alert_quiet, alert_store, evaluate_budget, store
from analysis.budget import BIN, Calibration
from analysis.records import Alert
from console import acts, alert_acts, wiring
from console.alert_acts import Wish
from console.cli import app
from console.pipeline import Pipeline
from console.wiring import Services
from core.database import reading, transaction
from core.errors import RefusedError
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel, FalseGround

AT = datetime(2031, 6, 17, 11, 0, tzinfo=UTC)
PEOPLE = {"jian": "monitor", "fen": "analyst", "lu": "duty_leader", "qi": "drafter"}
Run = Callable[..., str]


def alert(key: int, level: ConcernLevel = ConcernLevel.C1, *, matter: int | None = None) -> Alert:
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
        reasons=("共 40 条",),
        state=AlertState.RAISED,
        matter=matter or key,
        series=("volume",),
    )


@pytest.fixture
def services(tmp_path: Path) -> Services:
    folder = tmp_path / "d"
    folder.mkdir()
    unit = '[[units]]\nid = "water"\nname = "示例县水利局"\nkind = "water_bureau"\n'
    (folder / "directory.toml").write_text(unit, encoding="utf-8")
    made = wiring.prepare(folder)
    for person, role in PEOPLE.items():
        acts.register(made, person_id=person, name=f"{person}同志", roles=[role], unit=None)
    with transaction(made.engine) as session:
        alert_store.tell(session, alert(1))
        alert_store.tell(session, alert(2, ConcernLevel.C2, matter=1))
        alert_store.tell(session, alert(3, ConcernLevel.C3))
    return made


@pytest.fixture
def run(services: Services) -> Run:
    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--data", str(services.data)])
        if isinstance(done.exception, RefusedError):
            assert status == 1
            return "；".join(done.exception.reasons)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_the_list_has_one_line_a_matter_with_its_steps(run: Run) -> None:
    lines = run("alerts").splitlines()

    assert [line.split("\t")[0] for line in lines] == ["A000003", "A000001"]
    assert lines[1].endswith("C1→C2")
    assert run("alert", "list").splitlines() == lines


def test_an_acknowledged_matter_shows_who_has_it_and_is_received_once(run: Run) -> None:
    run("alert", "ack", "A000002", "--as", "jian")
    refused = run("alert", "ack", "A000001", "--as", "fen", status=1)

    shown = json.loads(run("alert", "show", "A000001", "--json"))
    assert (shown["state"], shown["level"]) == ("acknowledged", "C2")
    assert [m["act"] for m in shown["moves"]] == ["raise", "raise", "acknowledge"]
    assert refused == "A000001 现为“已接收”（jian），不能接收"


@pytest.mark.parametrize(("to", "name"), [("water", "示例县水利局"), ("fen", "fen同志")])
def test_a_matter_is_given_to_a_person_or_a_unit(run: Run, to: str, name: str) -> None:
    run("alert", "assign", "A000003", "--to", to, "--as", "jian")

    assert f"已接收→{name}" in run("alerts")
    assert name in run("alert", "show", "A000003")


def test_nobody_is_given_a_matter_who_is_not_known(run: Run) -> None:
    said = run("alert", "assign", "A000003", "--to", "nobody", "--as", "jian", status=1)

    assert said == "没有在岗人员或单位“nobody”"


def test_a_false_mark_is_told_with_what_it_makes_quieter_and_can_be_undone(run: Run) -> None:
    said = run("alert", "false", "A000001", "--ground", "copies", "--as", "jian")
    gone = run("alerts")
    shown = run("alert", "show", "A000001")
    run("alert", "undo", "A000001", "--as", "fen", "--reason", "看错了")
    after = json.loads(run("alert", "show", "A000001", "--json"))

    assert "jian同志 标为误报（同文刷屏），“声量上升”（相关信息总量，" in said
    assert "提示门槛提高到 1.5 倍，至 " in shown
    assert "A000001" not in gone
    assert (after["state"], after["quieter"]) == ("raised", [])
    assert [m["act"] for m in after["moves"]][-2:] == ["false", "undo"]


@pytest.mark.parametrize(
    ("since", "state"),
    [
        ((), "raised"),
        (("ack", "A000001", "--as", "fen"), "acknowledged"),
        (("close", "A000001", "--reason", "已处置", "--as", "fen"), "closed"),
    ],
)
def test_a_false_mark_is_undone_after_its_matter_was_told_again_and_the_state_stays(
    run: Run, services: Services, since: tuple[str, ...], state: str
) -> None:
    run("alert", "false", "A000001", "--ground", "copies", "--as", "jian")
    with transaction(services.engine) as session:
        alert_store.tell(session, alert(4, ConcernLevel.C3, matter=1))
    if since:
        run("alert", *since)
    before = json.loads(run("alert", "show", "A000001", "--json"))

    run("alert", "undo", "A000001", "--as", "jian", "--reason", "看错了")

    after = json.loads(run("alert", "show", "A000001", "--json"))
    with reading(services.engine) as session:
        standing = alert_store.quiets(session)
    assert len(before["quieter"]) == 1
    assert (after["state"], after["level"], after["quieter"]) == (state, "C3", [])
    assert standing == []
    again = run("alert", "undo", "A000001", "--as", "jian", "--reason", "x", status=1)
    assert "不能撤销误报" in again


def test_an_undo_takes_back_every_mark_of_its_matter(run: Run, services: Services) -> None:
    run("alert", "false", "A000001", "--ground", "copies", "--as", "fen")
    with transaction(services.engine) as session:
        alert_store.tell(session, alert(4, ConcernLevel.C3, matter=1))
    run("alert", "false", "A000001", "--ground", "noise", "--as", "fen")
    run("alert", "undo", "A000001", "--as", "fen", "--reason", "看错了")

    with reading(services.engine) as session:
        assert alert_store.quiets(session) == []
        assert alert_store.load_life(session, 1).state is AlertState.RAISED


def test_what_has_run_out_is_not_undone(services: Services) -> None:
    mark = Wish(AlertAct.FALSE, ground=FalseGround.DRILL)
    alert_acts.act(services, 1, mark, by="lu", now=AT)
    with transaction(services.engine) as session:
        alert_store.tell(session, alert(4, ConcernLevel.C3, matter=1))

    with pytest.raises(RefusedError, match="不能撤销误报"):
        alert_acts.act(
            services, 1, Wish(AlertAct.UNDO, "看错了"), by="lu", now=AT + alert_quiet.LASTS
        )


def test_a_list_with_nothing_in_it_says_so(run: Run) -> None:
    for alert_id in ("A000001", "A000003"):
        run("alert", "close", alert_id, "--reason", "已处置", "--as", "lu")

    assert run("alerts") == run("alert", "list") == "没有待处理的提醒\n"
    assert json.loads(run("alerts", "--json")) == []
    assert "没有" not in run("alerts", "--all")


def test_the_same_pattern_says_by_whose_mark_it_is_held(run: Run, services: Services) -> None:
    run("alert", "false", "A000001", "--ground", "copies", "--as", "jian")
    now = AT + timedelta(minutes=9)
    with reading(services.engine) as session:
        life = alert_store.load_life(session, 3)
        quiets = alert_store.quiets(session)
        before = alert_acts.told(services, session, [life], now=now)
        marked = max(q.at for q in quiets)
        (held,) = alert_acts.told(services, session, [life], now=marked)

    assert [len(one.held) for one in before] == [0]
    assert {q.matter for q in held.held} == {1}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["false", "A000003", "--ground", "noise", "--as", "jian"], "须由分析员、值班领导办理"),
        (["lower", "A000003", "--level", "C1", "--reason", "x", "--as", "fen"], "值班领导"),
        (["ack", "A000003", "--as", "qi"], "没有所需岗位"),
        (["close", "A000003", "--reason", " ", "--as", "lu"], "结束须说明理由"),
        (["false", "A000001", "--ground", "other", "--as", "jian"], "须写明"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    run: Run, words: list[str], reason: str
) -> None:
    before = run("alert", "list", "--all", "--json")

    assert reason in run("alert", *words, status=1)
    assert run("alert", "list", "--all", "--json") == before


def test_a_duty_leader_lowers_a_level_and_says_why(run: Run) -> None:
    said = run("alert", "lower", "A000003", "--level", "C1", "--reason", "已到现场", "--as", "lu")

    assert said.strip() == "A000003 待处理 C1"
    assert run("alerts").splitlines()[0].startswith("A000001\tC2")


def test_what_is_ended_leaves_the_list_and_can_be_opened_again(run: Run) -> None:
    run("alert", "close", "A000001", "--reason", "已处置", "--as", "jian")
    assert "A000001" not in run("alerts")
    assert "A000001" in run("alerts", "--all")

    run("alert", "reopen", "A000001", "--reason", "又起", "--as", "jian")
    assert "A000001" in run("alerts")


def test_a_telephone_number_in_a_reason_is_not_kept(run: Run) -> None:
    number = "13800138000"
    run("alert", "close", "A000001", "--reason", f"已电话告知{number}", "--as", "jian")

    shown = run("alert", "show", "A000001")
    assert "已电话告知" in shown
    assert number not in shown


def test_an_id_that_is_none_cannot_be_shown(services: Services) -> None:
    done = CliRunner().invoke(app, ["alert", "show", "12", "--data", str(services.data)])

    assert "expected the id of an alert" in str(done.exception)


THREADS = 16
ACKS = 200


def test_two_hundred_acknowledgements_at_once_give_one_and_refuse_the_rest(
    services: Services,
) -> None:
    people = list(PEOPLE)[:3]

    def acknowledge(number: int) -> str:
        try:
            alert_acts.act(services, 1, Wish(AlertAct.ACKNOWLEDGE), by=people[number % 3], now=AT)
        except RefusedError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(acknowledge, range(ACKS)))

    with reading(services.engine) as session:
        life = alert_store.load_life(session, 1)
    assert outcomes == {"done": 1, "refused": ACKS - 1}
    assert life.state is AlertState.ACKNOWLEDGED
    assert [m.act for m in life.moves].count(AlertAct.ACKNOWLEDGE) == 1


def test_no_move_of_many_at_once_is_lost(services: Services) -> None:
    with transaction(services.engine) as session:
        for key in range(10, 60):
            alert_store.tell(session, alert(key))
    wishes = [Wish(AlertAct.ASSIGN, to="fen"), Wish(AlertAct.ASSIGN, to="lu")]

    def assign(number: int) -> None:
        wish = wishes[number % 2]
        alert_acts.act(services, 10 + number % 50, wish, by="lu", now=AT)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(assign, range(ACKS)))

    with reading(services.engine) as session:
        moves = [m for m in alert_store.moves(session) if m.act is AlertAct.ASSIGN]
        states = {a.state for a in store.all_alerts(session) if a.key >= 10}
    assert len(moves) == ACKS
    assert set(Counter(m.matter for m in moves).values()) == {ACKS // 50}
    assert states == {AlertState.ACKNOWLEDGED}


def test_a_mark_made_with_the_clock_of_now_names_its_ground(services: Services) -> None:
    life = alert_acts.act(
        services, 1, Wish(AlertAct.FALSE, ground=FalseGround.DRILL), by="lu", now=AT
    )

    mark = life.marked_false()
    assert mark is not None
    assert (mark.by, mark.ground, mark.at) == ("lu", FalseGround.DRILL, AT)


def test_precision_tells_what_was_judged_and_the_promise(run: Run, services: Services) -> None:
    run("alert", "close", "A000001", "--reason", "确有其事", "--as", "jian")
    now = AT + timedelta(days=1)
    alert_acts.calibrate(services, now=AT - timedelta(days=9))
    with reading(services.engine) as session:
        found = alert_acts.record(session, now=now, weeks=2)
    said = json.loads(run("alert", "precision", "--json"))

    assert [(p.real, p.judged, p.unjudged) for p in found.all_and_kinds] == [(1, 1, 1)] * 2
    assert [(w.promised, w.raised, w.real) for w in found.weeks] == [(2.0, 0, 0), (2.0, 2, 1)]
    assert len(said["weeks"]) == 4
    assert "不用来考核人" in run("alert", "precision", "--weeks", "1")


def test_a_desk_is_calibrated_on_its_own_past(run: Run, services: Services) -> None:
    short = run("alert", "calibrate")
    tallies = {(series, at): n for series, at, n in evaluate_budget.desk(0, 5)}
    with transaction(services.engine) as session:
        store.add_tallies(session, tallies)
    now = evaluate_budget.START + timedelta(weeks=5)

    found = alert_acts.calibrate(services, now=now)

    assert "历史不足，沿用通常门槛" in short
    assert found.weeks == pytest.approx(2.5, abs=0.1)
    assert found.rate != 0.1
    with reading(services.engine) as session:
        key, rate = alert_store.newest_calibration(session)
    assert (key, rate) == (2, found.rate)


def test_the_rounds_after_a_calibration_go_by_it(services: Services) -> None:
    pipeline = Pipeline(services)
    loud = [(evaluate_budget.START + BIN * n, 5 + 25 * (n >= 432)) for n in range(444)]
    end = loud[-1][0] + BIN

    def told(rate: float) -> int:
        with transaction(services.engine) as session:
            alert_store.add_calibration(
                session, Calibration(end, "system", 2, rate, weeks=4, foreseen=2)
            )
            pipeline.round(session, end)
        detector = pipeline._analyser._rises._rises  # noqa: SLF001  what the rounds look by
        found = [detector.update("questions", at, count) for at, count in loud]
        return sum(surge is not None for surge in found)

    assert told(0.1) > 0
    assert told(1e-40) == 0
