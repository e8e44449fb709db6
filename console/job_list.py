"""How it stands with each job of the timetable, for the doctor and the command line."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console import timetable
from console.wiring import Services
from core import job_runs
from core.jobs import Job
from core.settings import Settings
from core.vocabulary import JobOutcome, JobState

LATE = timedelta(hours=1)
"""How long after its due moment a job that nobody runs is told."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One job and how it stands."""

    job: Job[Services]
    state: JobState
    last_done: datetime | None
    """When it last did what it should; None: never."""
    next_due: datetime
    said: str
    """What the newest run says it did, or why it failed."""


def standings(session: Session, settings: Settings, now: datetime) -> list[Standing]:
    """Return how it stands with every job, in the timetable's order."""
    return [_standing(session, job, now) for job in timetable.jobs(settings)]


def _standing(session: Session, job: Job[Services], now: datetime) -> Standing:
    newest = next(iter(job_runs.newest(session, job.name)), None)
    done = job_runs.last_done(session, job.name)
    return Standing(
        job=job,
        state=_state(session, job, newest, now),
        last_done=done.finished if done else None,
        next_due=job.schedule.latest(now) + job.schedule.step(),
        said=newest.said if newest else "",
    )


def _state(
    session: Session, job: Job[Services], newest: job_runs.Run | None, now: datetime
) -> JobState:
    if newest is None:
        return JobState.NEVER
    last = job_runs.last_settled(session, job.name, now)
    held = [run for run in job_runs.unfinished(session, job.name) if run.holder]
    if any(now - run.heartbeat <= LATE for run in held):
        return JobState.RUNNING
    if (now - (last or newest.due)) > job.schedule.step() + LATE:
        return JobState.OVERDUE
    tried = newest.outcome is None and newest.attempts > 0 and bool(newest.said)
    if newest.outcome is JobOutcome.FAILED or tried:
        return JobState.FAILING
    return JobState.OK
