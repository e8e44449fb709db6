"""Jobs by the clock: processes that race, die and are paused run each due moment once.

Each round tells how many processes, moments, kills and pauses it was tried with. The controls take
the shared lease or the fence away and must be seen to fail.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import text

from console.wiring import Services
from console.worker import Worker
from core import job_runs
from core.database import reading
from core.jobs import Every, Job, Turn
from tests.console import job_world as world
from tests.console.job_world import START

NAMES = ("a", "b", "c")
SILENT_S = 1.0
LIMIT_S = 240


def racing(
    services: Services, trace: Path, moments: int, count: int, **given: float
) -> list[BaseProcess]:
    return [
        world.child(world.run_through, services.data, trace, NAMES, moments, **given)
        for _ in range(count)
    ]


def last_seen(trace: Path) -> int:
    """Return which process began a job last, or 0."""
    lines = trace.read_text().splitlines() if trace.exists() else []
    return int(lines[-1].rsplit(" ", 1)[1]) if lines else 0


def outcomes(services: Services) -> dict[tuple[str, str], list[str]]:
    with reading(services.engine) as session:
        rows = session.execute(text("SELECT job, due, outcome FROM job_runs")).all()
    found: dict[tuple[str, str], list[str]] = {}
    for job, due, outcome in rows:
        found.setdefault((job, due), []).append(outcome)
    return found


def test_racing_processes_run_every_moment_exactly_once(
    tmp_path: Path, *, short: bool, tell: Callable[[str], None]
) -> None:
    processes, moments = (3, 8) if short else (6, 200)
    services, trace = world.prepared(tmp_path / "d"), tmp_path / "trace"

    children = racing(services, trace, moments, processes)
    for one in children:
        one.join(LIMIT_S)

    assert [one.exitcode for one in children] == [0] * processes
    ran = world.traces(trace)
    twice = sum(times > 1 for times in ran.values())
    by = {line.rsplit(" ", 1)[1] for line in trace.read_text().splitlines()}
    tell(
        f"{processes} processes ({len(by)} of them got runs), {len(NAMES) * moments} due moments: "
        f"{len(ran)} run, {twice} twice"
    )
    assert (len(ran), twice) == (len(NAMES) * moments, 0)
    assert len(by) > 1
    assert world.effects(services) == ran


def test_control_without_a_shared_lease_everything_runs_twice(
    tmp_path: Path, *, short: bool, tell: Callable[[str], None]
) -> None:
    moments, trace = (2 if short else 20), tmp_path / "trace"
    apart = [world.prepared(tmp_path / name) for name in ("d", "e")]

    for one in [racing(services, trace, moments, 1)[0] for services in apart]:
        one.join(LIMIT_S)

    twice = sum(times == 2 for times in world.traces(trace).values())
    tell(f"control, a lease each: {twice} of {len(NAMES) * moments} moments run twice")
    assert twice == len(NAMES) * moments


def test_killed_processes_are_replaced_and_nothing_is_left_out(
    tmp_path: Path, *, short: bool, tell: Callable[[str], None]
) -> None:
    processes, moments, kills = (2, 4, 2) if short else (4, 150, 40)
    services, trace = world.prepared(tmp_path / "d"), tmp_path / "trace"
    dice = random.Random(12)  # noqa: S311  a test's dice
    pace = {"silent_s": SILENT_S, "step_s": 0.1}
    children = racing(services, trace, moments, processes, **pace)
    killed = 0
    ends = time.monotonic() + LIMIT_S

    while any(one.is_alive() for one in children) and time.monotonic() < ends:
        time.sleep(dice.uniform(0.01, 0.1))
        at_work = [one for one in children if one.is_alive() and one.pid == last_seen(trace)]
        if killed < kills and at_work:
            at_work[0].kill()
            at_work[0].join(10)
            killed += 1
            children.remove(at_work[0])
            children += racing(services, trace, moments, 1, **pace)

    assert not any(one.is_alive() for one in children)
    ran = world.traces(trace)
    settled = {run: found for run, found in outcomes(services).items() if found != ["skipped"]}
    again = sum(ran.values()) - len(ran)
    tell(
        f"{processes} processes, {killed} times one killed with SIGKILL, {len(settled)} moments: "
        f"{sum(found == ['done'] for found in settled.values())} done once, {again} begun again"
    )
    assert len(settled) == len(NAMES) * moments
    assert all(found == ["done"] for found in settled.values())
    # A killed process held at most one run of each job.
    assert killed == kills
    assert again > 0
    assert again <= killed * len(NAMES)
    assert set(world.effects(services)) == set(ran)


@pytest.mark.parametrize("fenced", [True, False])
def test_a_paused_holder_that_wakes_is_refused(
    tmp_path: Path, *, short: bool, tell: Callable[[str], None], fenced: bool
) -> None:
    rounds = 1 if short else 25
    late = 0
    for number in range(rounds):
        services, trace = world.prepared(tmp_path / f"d{number}"), tmp_path / f"trace{number}"
        go = tmp_path / f"go{number}"
        holder = world.child(world.hold_slow, services.data, trace, go, fenced=fenced)
        _until(trace.exists)
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGSTOP)
        try:
            _take_over(services)
            go.touch()
        finally:
            os.kill(holder.pid, signal.SIGCONT)
            holder.join(30)
            holder.kill()
        assert holder.exitcode == 0
        late += sum(world.effects(services).values()) - 1
        with reading(services.engine) as session:
            (run,) = job_runs.newest(session, "slow", most=5)
        assert run.said == "taken over"

    what = "paused holders wrote after they had lost their run"
    tell(f"{'' if fenced else 'control without the fence: '}{late} of {rounds} {what}")
    assert late == (0 if fenced else rounds)


def _take_over(services: Services) -> None:
    def act(own: Services, turn: Turn) -> str:
        world.leave_effect(own, "slow", turn)
        return "taken over"

    worker = Worker(services, (Job("slow", "slow", Every(1), act),), silent_s=0.3)
    _until(lambda: (worker.look(START, time.monotonic()), world.settled(services))[1] == 1)


def _until(seen: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not seen() and time.monotonic() < ends:
        time.sleep(0.01)
    assert seen()
