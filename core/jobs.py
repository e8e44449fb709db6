"""What runs by the clock, as plain data: when it is due, what is made up, when it is tried again.

Nothing here reads a clock or a database. Who runs a job, and that nobody else does, is told by
``core.job_runs``; the same jobs can be handed to another runner.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Generic, TypeVar

from core.clock import BEIJING, beijing

AHEAD = timedelta(days=1)
"""A run recorded for later than this after the present comes from a clock that was wrong.

It then counts for nothing, or one hour in 2099 would stop every job for decades.
"""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Every:
    """At every full *minutes* of UTC, so that all processes mean the same moments."""

    minutes: int

    def latest(self, now: datetime) -> datetime:
        """Return the newest due moment that is not after *now*, in UTC."""
        step = timedelta(minutes=self.minutes)
        return _EPOCH + (now - _EPOCH) // step * step

    def step(self) -> timedelta:
        """Return the time from one due moment to the next."""
        return timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        """Say it on the screen."""
        return f"每 {self.minutes} 分钟"


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a time of Beijing, where no hour is skipped or told twice."""

    at: time

    def latest(self, now: datetime) -> datetime:
        """Return the newest due moment that is not after *now*, in UTC."""
        moment = datetime.combine(beijing(now).date(), self.at, tzinfo=BEIJING)
        return (moment if moment <= now else moment - _DAY).astimezone(UTC)

    def step(self) -> timedelta:
        """Return the time from one due moment to the next."""
        return _DAY

    def __str__(self) -> str:
        """Say it on the screen."""
        return f"每天 {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week at a time of Beijing; weekday 0 is Monday."""

    weekday: int
    at: time

    def latest(self, now: datetime) -> datetime:
        """Return the newest due moment that is not after *now*, in UTC."""
        moment = Daily(self.at).latest(now)
        return moment - _DAY * ((beijing(moment).weekday() - self.weekday) % 7)

    def step(self) -> timedelta:
        """Return the time from one due moment to the next."""
        return 7 * _DAY

    def __str__(self) -> str:
        """Say it on the screen."""
        return f"每周{_WEEKDAYS[self.weekday]} {self.at:%H:%M}"


Schedule = Every | Daily | Weekly


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of a job: what it stands for, and whether it may still act."""

    due: datetime
    """The moment it was due, UTC: a report made up later is still that day's report."""
    now: datetime
    """The present when it began, UTC."""
    hold: Callable[[], None]
    """To be called before something outside the database becomes final, such as a rename.

    Raises ``core.job_runs.LostRunError`` when another process has taken the run over. Writing
    transactions need no such call: the engine that the job is given asks by itself.
    """


@dataclass(frozen=True, slots=True)
class Job(Generic[S]):
    """Something done by the clock for services of kind *S*."""

    name: str
    """Stable: runs are remembered by it."""
    label: str
    """In Chinese, for the screen."""
    schedule: Schedule
    run: Callable[[S, Turn], str]
    """Does it and says in Chinese what it did. May run again for the same moment after a crash."""
    catch_up: int = 1
    """How many missed moments are made up, the newest ones, oldest first."""
    useful_for: timedelta | None = None
    """A moment missed by more than this is not made up at all."""
    timeout: timedelta = timedelta(minutes=30)
    """After this a run has failed, and what it still wants to write is refused."""
    tries: int = 8
    """Attempts, crashes among them, before a moment is given up: over four hours with the waits."""


def missed(schedule: Schedule, last_done: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the due moments after *last_done* and not after *now*, the newest first."""
    moment = schedule.latest(now)
    while moment > last_done:
        yield moment
        moment -= schedule.step()


def due(job: Job[S], last_done: datetime, now: datetime) -> datetime | None:
    """Return the due moment that *job* should run for now, or None.

    *last_done* is the newest due moment that is over, done or given up. Of those missed since, the
    oldest that is still made up comes first; a clock put back finds none, for none is due twice.
    """
    kept = [
        moment
        for moment in islice(missed(job.schedule, last_done, now), job.catch_up)
        if job.useful_for is None or now - moment <= job.useful_for
    ]
    return kept[-1] if kept else None


def passed_over(job: Job[S], last_done: datetime, now: datetime) -> datetime | None:
    """Return the newest moment after *last_done* that is not made up any more, or None."""
    latest = job.schedule.latest(now)
    first = due(job, last_done, now)
    given_up = latest if first is None else first - job.schedule.step()
    return given_up if given_up > last_done else None


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after the failed attempt number *attempts*: 1, 4, 16, then 60 min."""
    return min(FIRST_WAIT * (1 << 2 * min(attempts - 1, 8)), LONGEST_WAIT)
