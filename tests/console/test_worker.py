"""Jobs by the clock as processes meet them: races, crashes, pauses, failures, a whole `run`."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from console import doctor, job_list, timetable, wiring
from console.doctor import CheckStatus
from console.wiring import Services
from console.worker import Worker, beside, reason_of, run_now
from core import job_runs
from core.clock import utc_now
from core.database import make_engine, reading, sqlite_url, transaction
from core.errors import HuiyingError
from core.jobs import Daily, Every, Job, Turn
from core.vocabulary import JobOutcome, JobState
from tests.console import job_world as world
from tests.console.job_world import MINUTE, START
from tests.console.test_cli import ENTRY, huiying

DAY = timedelta(days=1)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return world.prepared(tmp_path / "d")


def job(run: Callable[[Services, Turn], str], **given: object) -> Job[Services]:
    return Job(**{"name": "x", "label": "某事", "schedule": Every(1), "run": run, **given})


def settle(worker: Worker, now=START, tick: float = 0.0) -> None:
    """Look once, and wait until what it began is over and noted."""
    worker.look(now, tick)
    ends = time.monotonic() + 30
    while worker.busy and time.monotonic() < ends:
        worker.attend(now, tick)
        time.sleep(0.005)
    assert not worker.busy


# Two processes


def test_processes_that_race_run_each_moment_once(services: Services, tmp_path: Path) -> None:
    trace, names, moments = tmp_path / "trace", ("a", "b"), 6

    children = [
        world.child(world.run_through, services.data, trace, names, moments) for _ in range(3)
    ]
    for one in children:
        one.join(60)

    assert [one.exitcode for one in children] == [0, 0, 0]
    assert len(world.traces(trace)) == len(names) * moments
    assert set(world.traces(trace).values()) == {1}
    assert world.effects(services) == world.traces(trace)


def test_without_a_shared_lease_each_process_runs_everything(tmp_path: Path) -> None:
    trace, moments = tmp_path / "trace", 3
    apart = [world.prepared(tmp_path / name) for name in ("d", "e")]

    children = [world.child(world.run_through, one.data, trace, ("a",), moments) for one in apart]
    for one in children:
        one.join(60)

    assert set(world.traces(trace).values()) == {2}


def wait_for(seen: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not seen() and time.monotonic() < ends:
        time.sleep(0.01)
    assert seen()


def taken_over(services: Services, trace: Path, *, silent_s: float) -> None:
    """Run the slow job here as soon as its holder is taken for dead."""

    def act(own: Services, turn: Turn) -> str:
        world.note(trace, "slow", turn)
        world.leave_effect(own, "slow", turn)
        return "taken over"

    worker = Worker(services, (job(act, name="slow"),), silent_s=silent_s)
    wait_for(lambda: (worker.look(START, time.monotonic()), world.settled(services))[1] == 1)


def test_a_killed_holder_is_replaced_once(services: Services, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    holder = world.child(world.hold_slow, services.data, trace, tmp_path / "never")
    wait_for(trace.exists)

    holder.kill()
    holder.join(10)
    taken_over(services, trace, silent_s=0.5)

    with reading(services.engine) as session:
        (run,) = job_runs.newest(session, "slow", most=5)
    assert (run.outcome, run.attempts, run.said) == (JobOutcome.DONE, 2, "taken over")
    assert list(world.traces(trace).values()) == [2]
    assert list(world.effects(services).values()) == [1]


@pytest.mark.parametrize(("fenced", "effects"), [(True, 1), (False, 2)])
def test_a_paused_holder_that_wakes_writes_nothing(
    services: Services, tmp_path: Path, *, fenced: bool, effects: int
) -> None:
    trace, go = tmp_path / "trace", tmp_path / "go"
    holder = world.child(world.hold_slow, services.data, trace, go, fenced=fenced)
    wait_for(trace.exists)

    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        taken_over(services, trace, silent_s=0.5)
        go.touch()
    finally:
        os.kill(holder.pid, signal.SIGCONT)
        holder.join(30)
        holder.kill()

    assert holder.exitcode == 0
    assert list(world.effects(services).values()) == [effects]
    with reading(services.engine) as session:
        (run,) = job_runs.newest(session, "slow", most=5)
    assert (run.outcome, run.said) == (JobOutcome.DONE, "taken over")


def test_a_living_holder_keeps_its_run_however_the_clock_jumps(services: Services) -> None:
    go, times = threading.Event(), []

    def act(_services: Services, turn: Turn) -> str:
        times.append(turn.due)
        go.wait(30)
        return ""

    one = Worker(services, (job(act),), silent_s=60, beat_s=1)
    two = Worker(services, (job(act),), silent_s=60, beat_s=1)
    one.look(START, 0)
    for tick, jump in enumerate((timedelta(), DAY, -2 * DAY, 3650 * DAY, timedelta()), 1):
        one.attend(START + jump, 30.0 * tick)
        two.look(START + jump, 30.0 * tick)
    go.set()
    settle(one, START, 200)

    assert times == [START]


# What is made up, as the worker does it


def test_a_new_folder_owes_nothing_and_missed_reports_are_made_up_each(services: Services) -> None:
    days: list[str] = []

    def act(_services: Services, turn: Turn) -> str:
        days.append(f"{turn.due + timedelta(hours=8):%m-%d}")
        return ""

    nightly = job(act, schedule=Daily(timetable.jobs(services.settings)[0].schedule.at), catch_up=7)
    for _look in range(3):
        settle(Worker(services, (nightly,)), START)
    assert days == []
    for _look in range(5):  # a new process each time, three midnights later
        settle(Worker(services, (nightly,)), START + 3 * DAY)
    assert days == ["06-18", "06-19", "06-20"]
    for _look in range(10):  # twenty midnights later
        settle(Worker(services, (nightly,)), START + 23 * DAY)
    assert days[3:] == [f"07-{day:02}" for day in range(4, 11)]
    for back in (1, 5, 23):
        settle(Worker(services, (nightly,)), START + (23 - back) * DAY)
    assert len(days) == 10


def test_a_clock_that_was_in_2099_does_not_stop_the_job_and_is_told(services: Services) -> None:
    times = []
    told: list[str] = []

    def act(_services: Services, turn: Turn) -> str:
        times.append(turn.due)
        return ""

    far = START.replace(year=2099)
    worker = Worker(services, (job(act),), tell=told.append)
    for now, tick in ((START, 0), (far, 2), (START + MINUTE, 62), (START + 2 * MINUTE, 122)):
        settle(worker, now, tick)

    assert times == [START, far, START + MINUTE, START + 2 * MINUTE]
    assert sum("系统时钟" in line for line in told) == 2
    checks = doctor.diagnose(services, START + 2 * MINUTE)
    assert any(check.name == "jobs" and "2099" in check.said for check in checks)


# Failures


def test_a_failing_job_is_told_tried_again_later_and_seen_by_the_doctor(services: Services) -> None:
    outcomes = iter(
        [OSError(28, "No space left on device", "/d/reports/n.part"), ValueError("王某")]
    )

    def act(_services: Services, _turn: Turn) -> str:
        if (error := next(outcomes, None)) is not None:
            raise error
        return "well"

    told: list[str] = []
    worker = Worker(services, (job(act, schedule=Every(60)),), tell=told.append)
    settle(worker)
    settle(worker, START + MINUTE / 2)
    assert [line for line in told if "失败" in line] == [told[0]]
    assert "n.part: No space left on device" in told[0]

    settle(worker, START + MINUTE)
    assert "程序错误 ValueError（test_worker.py:" in told[1]
    assert "王某" not in told[1]

    settle(worker, START + 5 * MINUTE)
    with reading(services.engine) as session:
        (run,) = job_runs.newest(session, "x", most=9)
    assert (run.outcome, run.attempts, run.said) == (JobOutcome.DONE, 3, "well")


def test_one_failing_job_does_not_keep_the_others_waiting(services: Services) -> None:
    def fails(_services: Services, _turn: Turn) -> str:
        raise HuiyingError("broken")

    done: list[Turn] = []

    def works(_services: Services, turn: Turn) -> str:
        done.append(turn)
        return ""

    settle(Worker(services, (job(fails, name="a"), job(works, name="b"))))

    assert len(done) == 1


def test_a_job_that_hangs_is_given_up_and_can_write_nothing(services: Services) -> None:
    go, ended = threading.Event(), threading.Event()

    def act(own: Services, turn: Turn) -> str:
        go.wait(30)
        try:
            world.leave_effect(own, "x", turn)
        finally:
            ended.set()
        return ""

    told: list[str] = []
    worker = Worker(services, (job(act, timeout=MINUTE),), tell=told.append)
    worker.look(START, 0)
    worker.look(START + MINUTE, 60.5)
    worker.look(START + 11 * MINUTE, 660)  # while the thread hangs, it is not begun again
    go.set()

    assert ended.wait(30)
    assert "超过 1 分钟" in told[0]
    assert world.effects(services) == {}
    with reading(services.engine) as session:
        assert len(job_runs.newest(session, "x", most=9)) == 1


@pytest.mark.parametrize(("takes_s", "outcome"), [(0.3, JobOutcome.DONE), (30, None)])
def test_a_job_that_runs_at_the_end_is_finished_or_let_go(
    services: Services, takes_s: float, outcome: JobOutcome | None
) -> None:
    began = threading.Event()

    def act(_services: Services, _turn: Turn) -> str:
        began.set()
        threading.Event().wait(takes_s)
        return "finished"

    told: list[str] = []
    with beside(services, (job(act, schedule=Every(60 * 24)),), tell=told.append, grace_s=1):
        assert began.wait(10)

    with reading(services.engine) as session:
        (run,) = job_runs.newest(session, "x")
    assert (run.outcome, run.holder) == (outcome, "")
    assert ("没有做完" in "".join(told)) is (outcome is None)
    if outcome is None:  # whoever comes next begins it at once, as a first attempt
        with transaction(services.engine) as session:
            again = job_runs.claim(session, "x", run.due, holder="b", now=utc_now(), tries=1)
        assert again is not None
        assert again.attempts == 1


def test_a_report_that_cannot_be_written_leaves_the_old_one_and_succeeds_later(
    services: Services,
) -> None:
    nightly = timetable.jobs(services.settings)[0]
    first = run_now(services, nightly)
    (report,) = services.reports.glob("nightly-*.html")
    report.write_text("an older report")

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # As on a full disk a file cannot grow; the database's own files are larger already.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
    try:
        with pytest.raises(HuiyingError, match=r"nightly-.*原有的文件没有改动"):
            nightly.run(services, Turn(first.due, utc_now(), lambda: None))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)

    assert report.read_text() == "an older report"
    assert run_now(services, nightly).outcome is JobOutcome.DONE
    assert report.read_text() != "an older report"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HuiyingError("sources.toml: bad"), "sources.toml: bad"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_reason_is_short_and_plain(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


# How it stands


def test_each_state_of_a_job_is_told(services: Services) -> None:
    def state(name: str, now) -> JobState:
        with reading(services.engine) as session:
            found = job_list.standings(session, services.settings, now)
        return next(one.state for one in found if one.job.name == name)

    purge = timetable.jobs(services.settings)[1]
    assert state("purge", START) is JobState.NEVER
    with transaction(services.engine) as session:
        run = job_runs.claim(session, "purge", START, holder="a", now=START, tries=1)
    assert run is not None
    assert state("purge", START + MINUTE) is JobState.RUNNING
    assert state("purge", START + DAY) is JobState.OVERDUE
    with transaction(services.engine) as session:
        job_runs.fail(session, run, "no room", START, tries=1)
    assert state("purge", START + MINUTE) is JobState.FAILING
    (check,) = [c for c in doctor.diagnose(services, START + MINUTE) if c.name == "jobs:purge"]
    assert check.status is CheckStatus.FAULT
    assert "no room" in check.said
    settle(Worker(services, (purge,)), START + 30 * MINUTE)
    assert state("purge", START + 31 * MINUTE) is JobState.OK
    assert state("purge", START + DAY) is JobState.OVERDUE


# The timetable's own jobs


def test_a_backup_opens_holds_nothing_sealed_and_the_newest_stay(services: Services) -> None:
    from console import backup
    from core.vocabulary import SealedPurpose
    from crawler import sealed

    page = sealed.ToSeal(SealedPurpose.UNPARSED_PAGE, "s", "l", "r", b"13800138000", START)
    with transaction(services.engine) as session:
        sealed.keep(session, services.vault(), page, hours=48)
        (content,) = session.scalars(text("SELECT content FROM sealed")).all()
    kept = replace(services, settings=services.settings.model_copy(update={"backups_kept": 2}))

    files = [backup.make(kept, START + n * DAY, lambda: None) for n in range(4)]

    assert backup.backups(kept) == files[:1:-1]
    assert files[3].stat().st_mode & 0o777 == 0o600
    copy = make_engine(sqlite_url(files[3]))
    with reading(copy) as session:
        assert session.scalar(text("SELECT count(*) FROM sealed")) == 0
    copy.dispose()
    assert content not in files[3].read_bytes()
    assert content in b"".join(
        file.read_bytes() for file in services.data.glob("huiying.db*")
    )  # the control: it stands in the database itself


def test_a_backup_that_may_not_become_final_leaves_the_others_as_they_are(
    services: Services,
) -> None:
    from console import backup

    first = backup.make(services, START, lambda: None)

    def refuse() -> None:
        raise job_runs.LostRunError("taken over")

    with pytest.raises(job_runs.LostRunError):
        backup.make(services, START + DAY, refuse)

    assert [*(services.data / "backups").iterdir()] == [first]


def test_jobs_are_run_and_listed_from_the_command_line(tmp_path: Path) -> None:
    huiying("init", "d", cwd=tmp_path)

    done = huiying("jobs", "run", "backup", "--data", "d", "--json", cwd=tmp_path)
    unknown = huiying("jobs", "run", "backups", "--data", "d", cwd=tmp_path)
    listed = huiying("jobs", "list", "--data", "d", cwd=tmp_path)

    assert (done.returncode, unknown.returncode) == (0, 2)
    assert '"done": true' in done.stdout
    assert "nightly, purge, backup" in unknown.stderr
    states = [line.split("\t") for line in listed.stdout.splitlines()]
    assert {name: state for name, _, _, state, *_ in states} == {
        "nightly": "尚未运行",
        "purge": "尚未运行",
        "backup": "正常",
        "desk": "尚未运行",
        "notices": "尚未运行",
        "weekly": "尚未运行",
        "budget": "尚未运行",
    }


def test_a_job_that_another_process_runs_is_not_run_by_hand(services: Services) -> None:
    purge = timetable.jobs(services.settings)[1]
    now = utc_now()
    with transaction(services.engine) as session:
        due = purge.schedule.latest(now)
        job_runs.claim(session, "purge", due, holder="host:7:aa", now=now, tries=8)

    with pytest.raises(HuiyingError, match="host:7:aa"):
        run_now(services, purge)


def test_a_run_without_sources_does_its_jobs_and_ends_on_sigterm(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    services = wiring.prepare(folder)
    now = utc_now()
    soon = now + timedelta(hours=8, seconds=5)
    with transaction(services.engine) as session:
        # The folder is not new: a start that is too late for the moment makes it up.
        job_runs.pass_over(session, "backup", now - timedelta(hours=23), now, why="")
    with (folder / "huiying.toml").open("a", encoding="utf-8") as file:
        file.write(f"backup_at = {soon:%H:%M:%S}\n")
    running = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, "run", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: bool([*(folder / "backups").glob("*.db")]) and world.settled(services) > 1)
    finally:
        running.terminate()
        try:
            told, complained = running.communicate(timeout=40)
        finally:
            running.kill()

    assert running.returncode == 0
    assert complained == ""
    assert "没有列出来源" in told
    assert "备份完成" in told
    assert told.endswith("已停止\n")
    assert len([*(folder / "backups").iterdir()]) == 1
    assert re.search(r"huiying-\d{8}-\d{6}\.db", told)
