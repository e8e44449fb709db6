"""The scheduler inside `huiying run`: looks what is due, runs each job in a thread of its own.

All bookkeeping is done by the looking thread in short transactions; a job only does its work, with
an engine that refuses to write once the run is no longer its own (``core.job_runs.fenced``).
"""

import os
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePath

import structlog
from sqlalchemy.exc import DatabaseError

from console.wiring import Services
from core import job_runs, jobs
from core.clock import iso_beijing, utc_now
from core.database import reading, transaction
from core.errors import HuiyingError
from core.job_runs import LostRunError, Mark, Run, Silence
from core.jobs import Every, Job, Turn

LOOK_S = 2.0
BEAT_S = 15.0
GRACE_S = 20.0
"""How long a job may go on after the process was asked to end; then its run is let go."""
JUMP = timedelta(minutes=1)
"""A clock that moves by this much more or less than the time that passed is told."""
FIRST_SEEN = "从此时起按时运行"
TOO_LATE = "错过太久，不再补做"

log = structlog.get_logger()
Tell = Callable[[str], None]


def holder_name() -> str:
    """Return a name for this process that no other one has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(slots=True)
class _Running:
    """A run in its thread, and how it ended."""

    job: Job[Services]
    run: Run
    since: float
    thread: threading.Thread | None = None
    said: str | None = None
    failed: str | None = None
    lost: bool = False

    @property
    def over(self) -> bool:
        return self.said is not None or self.failed is not None or self.lost


class Worker:
    """Runs jobs for one data folder; several processes may do so, each run is one's alone."""

    def __init__(
        self,
        services: Services,
        timetable: Sequence[Job[Services]],
        *,
        tell: Tell = lambda _line: None,
        holder: str | None = None,
        silent_s: float = job_runs.SILENT_S,
        beat_s: float = BEAT_S,
    ) -> None:
        self._services = services
        self._jobs = timetable
        self._tell = tell
        self._holder = holder or holder_name()
        self._silence = Silence(silent_s)
        self._beat_s = beat_s
        self._running: dict[str, _Running] = {}
        self._stuck: dict[str, threading.Thread] = {}
        self._beaten = float("-inf")
        self._clocks: tuple[datetime, float] | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return bool(self._running)

    def look(self, now: datetime, tick: float) -> None:
        """Note what ended, show that we live, and begin what is due.

        *tick* is a steady clock in seconds. Raises ``DatabaseError`` when the database cannot be
        used; nothing is forgotten then, and the next look goes on where this one ended.
        """
        self._tell_jump(now, tick)
        self.attend(now, tick)
        with reading(self._services.engine) as session:
            open_runs = job_runs.unfinished(session)
            last = {job.name: job_runs.last_settled(session, job.name, now) for job in self._jobs}
        gone = self._silence.gone((r for r in open_runs if r.holder), tick)
        for job in self._jobs:
            if job.name in self._running or self._is_stuck(job.name):
                continue
            moment = self._due(job, last[job.name], now)
            theirs = [run for run in open_runs if run.job == job.name]
            if moment is not None and _free(theirs, moment, now, gone):
                self.begin(job, moment, now, tick, gone=gone)

    def attend(self, now: datetime, tick: float) -> None:
        """Note what ended or takes too long, and show that the rest lives."""
        for one in list(self._running.values()):
            if not one.over and tick - one.since > one.job.timeout.total_seconds():
                one.failed = f"超过 {one.job.timeout.total_seconds() / 60:.0f} 分钟还没有完成"
                if one.thread is not None:
                    self._stuck[one.job.name] = one.thread
            if one.over:
                self._note(one, now)
        if self._running and tick - self._beaten >= self._beat_s:
            self._beaten = tick
            with transaction(self._services.engine) as session:
                lost = job_runs.beat(session, [one.run for one in self._running.values()], now)
            for run in lost:
                # What it still does, the fence refuses; its thread ends by itself.
                self._forget(self._running[run.job])

    def begin(
        self,
        job: Job[Services],
        due: datetime,
        now: datetime,
        tick: float,
        *,
        gone: frozenset[Mark] = frozenset(),
        again: bool = False,
    ) -> bool:
        """Take the run of *job* for *due* and start it; False when another process has it."""
        with transaction(self._services.engine) as session:
            run = job_runs.claim(
                session,
                job.name,
                due,
                holder=self._holder,
                now=now,
                tries=job.tries,
                gone=gone,
                again=again,
            )
        if run is None:
            return False
        if not self._running:
            self._beaten = tick
        one = self._running[job.name] = _Running(job, run, tick)
        one.thread = threading.Thread(
            target=self._work, args=(one, now), name=f"job {job.name}", daemon=True
        )
        one.thread.start()
        return True

    def release(self) -> list[str]:
        """Let go of what still runs, for the next process to begin anew; return the labels."""
        left = list(self._running.values())
        for one in left:
            try:
                with transaction(self._services.engine) as session:
                    job_runs.release(session, one.run)
            except LostRunError:
                pass
            self._running.pop(one.job.name)
        return [one.job.label for one in left]

    def _work(self, one: _Running, now: datetime) -> None:
        """Do the job, in its thread; how it ended is noted by the looking thread."""
        engine = self._services.engine

        def hold() -> None:
            """Raise when the run is no longer ours."""
            with reading(engine) as session:
                job_runs.hold(session, one.run)

        own = replace(self._services, engine=job_runs.fenced(engine, one.run))
        try:
            one.said = one.job.run(own, Turn(one.run.due, now, hold))
        except LostRunError:
            one.lost = True
        except Exception as error:  # noqa: BLE001  one job's mistake must not end the others
            log.warning("job_failed", job=one.job.name, reason=reason_of(error))
            one.failed = reason_of(error)

    def _note(self, one: _Running, now: datetime) -> None:
        label = one.job.label
        try:
            with transaction(self._services.engine) as session:
                if one.failed is not None:
                    job_runs.fail(session, one.run, one.failed, now, tries=one.job.tries)
                elif one.said is not None:
                    job_runs.succeed(session, one.run, one.said, now)
                else:
                    job_runs.hold(session, one.run)
        except LostRunError:
            self._forget(one)
            return
        del self._running[one.job.name]
        if one.failed is not None:
            self._tell(f"{iso_beijing(now)} {label}失败：{one.failed}")
        elif not isinstance(one.job.schedule, Every):
            self._tell(f"{iso_beijing(now)} {label}完成：{one.said}")

    def _forget(self, one: _Running) -> None:
        log.warning("job_lost", job=one.job.name, due=one.run.due.isoformat())
        self._tell(f"{one.job.label}已由另一个进程接手")
        del self._running[one.job.name]
        if one.thread is not None:
            self._stuck[one.job.name] = one.thread

    def _is_stuck(self, name: str) -> bool:
        """Whether a given-up run's thread still lives: the job never runs twice in one process."""
        thread = self._stuck.get(name)
        if thread is None or thread.is_alive():
            return thread is not None
        del self._stuck[name]
        return False

    def _due(self, job: Job[Services], last: datetime | None, now: datetime) -> datetime | None:
        """Return what is due, and settle what is missed for good."""
        if last is None:
            latest = job.schedule.latest(now)
            if isinstance(job.schedule, Every):
                return latest
            # A new folder owes no report of the day before it was made.
            over, why = latest, FIRST_SEEN
        elif (given_up := jobs.passed_over(job, last, now)) is not None:
            over, why = given_up, TOO_LATE
        else:
            return jobs.due(job, last, now)
        with transaction(self._services.engine) as session:
            job_runs.pass_over(session, job.name, over, now, why=why)
        return jobs.due(job, over, now)

    def _tell_jump(self, now: datetime, tick: float) -> None:
        if self._clocks is not None:
            before, then = self._clocks
            jump = (now - before) - timedelta(seconds=tick - then)
            if abs(jump) >= JUMP:
                log.warning("clock_jumped", by_s=round(jump.total_seconds()))
                where = "向前" if jump > timedelta() else "向后"
                minutes = abs(jump).total_seconds() / 60
                self._tell(f"{iso_beijing(now)} 系统时钟{where}跳了 {minutes:.0f} 分钟（或休眠过）")
        self._clocks = (now, tick)


def _free(runs: Sequence[Run], moment: datetime, now: datetime, gone: frozenset[Mark]) -> bool:
    """Whether to try for *moment* at all, before any write lock is taken."""
    return all(
        job_runs.to_be_had(run, now, gone) if run.due == moment or run.holder else True
        for run in runs
    )


def reason_of(error: Exception) -> str:
    """Return why a job failed, without any text that it worked on."""
    if isinstance(error, DatabaseError):
        return f"数据库：{error.orig}"
    if isinstance(error, OSError):
        name = PurePath(str(error.filename)).name if error.filename else ""
        return f"{name}: {error.strerror or type(error).__name__}".removeprefix(": ")
    if isinstance(error, HuiyingError):
        return str(error)
    # Our own mistake: its message may quote what was read.
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"程序错误 {type(error).__name__}（{PurePath(where.filename).name}:{where.lineno}）"


@contextmanager
def beside(
    services: Services,
    timetable: Sequence[Job[Services]],
    *,
    tell: Tell,
    grace_s: float = GRACE_S,
) -> Iterator[None]:
    """Run jobs in the background while the caller does something else; end them when it is over.

    A job that runs at the end gets *grace_s* to finish; then its run is let go.
    """
    worker = Worker(services, timetable, tell=tell)
    stop = threading.Event()
    thread = threading.Thread(
        target=_go_on, args=(worker, stop, tell, grace_s), name="jobs", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(grace_s + 10 * LOOK_S)


def _go_on(worker: Worker, stop: threading.Event, tell: Tell, grace_s: float) -> None:
    troubled = False
    while not stop.is_set():
        try:
            worker.look(utc_now(), time.monotonic())
        except DatabaseError as error:
            if not troubled:
                tell(f"定时作业暂停：{reason_of(error)}")
            troubled = True
        else:
            troubled = False
        stop.wait(LOOK_S)
    ends = time.monotonic() + grace_s
    try:
        while worker.busy and time.monotonic() < ends:
            worker.attend(utc_now(), time.monotonic())
            time.sleep(0.1)
        for label in worker.release():
            tell(f"{label}没有做完，下次启动时重做")
    except DatabaseError as error:
        log.warning("jobs_not_released", reason=reason_of(error))


def run_now(services: Services, job: Job[Services], *, tell: Tell = lambda _line: None) -> Run:
    """Run *job* for its latest due moment, also when that is done, and return how it came out.

    Raises ``HuiyingError`` when another process is running it.
    """
    worker = Worker(services, (job,), tell=tell)
    due = job.schedule.latest(utc_now())
    if not worker.begin(job, due, utc_now(), time.monotonic(), again=True):
        with reading(services.engine) as session:
            held = [run for run in job_runs.unfinished(session, job.name) if run.holder]
        by = f"{held[0].holder}，{iso_beijing(held[0].heartbeat)} 还在" if held else "另一个进程"
        raise HuiyingError(f"{job.name}: 正在运行（{by}）")
    while worker.busy:
        worker.attend(utc_now(), time.monotonic())
        time.sleep(0.05)
    with reading(services.engine) as session:
        (run,) = (r for r in job_runs.newest(session, job.name, most=50) if r.due == due)
    return run
