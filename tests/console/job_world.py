"""Processes that run jobs on one data folder, each with its own simulated clock.

A job leaves two traces: a line in a file for each time its body ran, which nothing takes back, and
a row in the table ``effects`` through the engine it was given, which the fence may refuse.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import text

from console import wiring
from console.wiring import Services
from console.worker import Worker
from core import job_runs
from core.database import reading, transaction
from core.jobs import Every, Job, Turn

SPAWN = multiprocessing.get_context("spawn")
START = datetime(2031, 6, 17, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STEP_S = 0.01


def prepared(folder: Path) -> Services:
    """Return a new data folder with a table for effects."""
    services = wiring.prepare(folder)
    with transaction(services.engine) as session:
        session.execute(text("CREATE TABLE effects (job TEXT, due TEXT, by INTEGER)"))
    return services


def note(trace: Path, job: str, turn: Turn) -> None:
    """Write down that the body of a job ran, in one append."""
    descriptor = os.open(trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{job} {turn.due.isoformat()} {os.getpid()}\n".encode())
    os.close(descriptor)


def leave_effect(services: Services, job: str, turn: Turn) -> None:
    """Write a row through the engine that the job was given."""
    with transaction(services.engine) as session:
        session.execute(
            text("INSERT INTO effects VALUES (:job, :due, :by)"),
            {"job": job, "due": turn.due.isoformat(), "by": os.getpid()},
        )


def work(trace: Path, job: str, step_s: float, services: Services, turn: Turn) -> str:
    """Do what a job does: be seen, take a little time, leave its effect."""
    note(trace, job, turn)
    time.sleep(step_s)
    leave_effect(services, job, turn)
    return "ok"


def timetable(
    trace: Path, names: tuple[str, ...], moments: int, step_s: float
) -> tuple[Job[Services], ...]:
    """Return jobs of every minute that make up all *moments*."""
    return tuple(
        Job(name, name, Every(1), partial(work, trace, name, step_s), catch_up=moments, tries=1000)
        for name in names
    )


def run_through(
    data: Path,
    trace: Path,
    names: tuple[str, ...],
    moments: int,
    *,
    silent_s: float = 60.0,
    step_s: float = STEP_S,
) -> None:
    """Run in a child: live through *moments* minutes at a pace of its own, until all is done."""
    services = wiring.build(data)
    jobs = timetable(trace, names, moments, step_s)
    worker = Worker(services, jobs, silent_s=silent_s, beat_s=silent_s / 10)
    with transaction(services.engine) as session:
        # All count from the same moment, also one that is born late.
        for name in names:
            job_runs.pass_over(session, name, START - MINUTE, START, why="begun")
    now, last = START, START + moments * MINUTE
    while settled(services) < len(names) * moments:
        worker.look(now, time.monotonic())
        now = min(now + MINUTE / 7, last - MINUTE / 2)
        time.sleep(STEP_S / 2)


def settled(services: Services) -> int:
    """Return how many runs came out as done."""
    with reading(services.engine) as session:
        found = session.scalar(text("SELECT count(*) FROM job_runs WHERE outcome = 'done'"))
    return int(found or 0)


def child(target: Callable[..., None], *given: object, **named: object) -> BaseProcess:
    """Start a process of its own that knows nothing of ours."""
    process = SPAWN.Process(target=target, args=given, kwargs=named, daemon=True)
    process.start()
    return process


def traces(trace: Path) -> Counter[str]:
    """Return how often the body of each job ran for each moment."""
    if not trace.exists():
        return Counter()
    lines = trace.read_text(encoding="utf-8").splitlines()
    return Counter(line.rsplit(" ", 1)[0] for line in lines)


def effects(services: Services) -> Counter[str]:
    """Return how often each job's effect stands in the database for each moment."""
    with reading(services.engine) as session:
        rows = session.execute(text("SELECT job, due FROM effects")).all()
    return Counter(f"{job} {due}" for job, due in rows)


def slow_work(trace: Path, go: Path, *, fenced: bool, services: Services, turn: Turn) -> str:
    """Be seen, wait until *go* is there, then leave the effect; not *fenced* is the control."""
    note(trace, "slow", turn)
    while not go.exists():
        time.sleep(STEP_S)
    own = services if fenced else replace(services, engine=wiring.build(services.data).engine)
    leave_effect(own, "slow", turn)
    return "ok"


def hold_slow(data: Path, trace: Path, go: Path, *, fenced: bool = True) -> None:
    """Run in a child: hold the slow job, and end when it is over.

    It shows no sign of life: whoever pauses it must not hit a transaction, for that would keep
    SQLite's write lock for as long as the pause lasts.
    """
    services = wiring.build(data)
    act = partial(slow_work, trace, go, fenced=fenced)
    job = Job("slow", "slow", Every(1), lambda s, t: act(services=s, turn=t))
    worker = Worker(services, (job,), beat_s=3600)
    worker.look(START, time.monotonic())
    while worker.busy:
        worker.attend(START, time.monotonic())
        time.sleep(STEP_S)
