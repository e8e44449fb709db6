"""Who runs which job for which due moment: one row each, held by one process at a time.

A holder shows that it lives by counting its row's ``beats`` up. Whoever waits for a silent holder
measures the silence with its own steady clock (``Silence``), so a jump of the wall clock neither
takes a run from a living holder nor keeps a dead one's. Each time a run changes hands its
``fence`` rises, and a holder with an old fence can write nothing (``fenced``): a process that was
paused and wakes up finds out before its transaction does anything.

Source: a lease judged by an observed record and the observer's own clock is Kubernetes' leader
election (client-go, ``leaderelection``); fencing tokens: M. Kleppmann, Designing Data-Intensive
Applications, chapter 8.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.database import ASK_FIRST, Base
from core.errors import HuiyingError
from core.jobs import AHEAD, LONGEST_WAIT, wait_after
from core.vocabulary import JobOutcome

SILENT_S = 120.0
"""A holder whose beats stand still for this long is taken for dead."""
KEPT_RUNS = 3000
"""Newest runs kept of one job: two days of a job of every minute, eight years of a daily one."""
MOST_SAID = 500


class LostRunError(HuiyingError):
    """Another process has taken the run over, or it was given up: nothing more may be written."""


class JobRunRow(Base):
    """One job's run for one due moment; the pair is unique, so no moment is run twice."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "due"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    due: Mapped[datetime]
    fence: Mapped[int]
    """Rises with each change of hands; an older one has lost the run."""
    holder: Mapped[str]
    """Which process holds it, or empty."""
    started: Mapped[datetime]
    """When the newest attempt began."""
    beats: Mapped[int]
    heartbeat: Mapped[datetime]
    """When the holder last showed that it lives, by its own clock; told, never compared."""
    attempts: Mapped[int]
    not_before: Mapped[datetime | None]
    """When a failed run is tried again."""
    finished: Mapped[datetime | None]
    outcome: Mapped[str | None]
    said: Mapped[str]
    """What the job says it did, or why it failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands."""

    key: int
    job: str
    due: datetime
    fence: int
    holder: str
    started: datetime
    beats: int
    heartbeat: datetime
    attempts: int
    not_before: datetime | None
    finished: datetime | None
    outcome: JobOutcome | None
    """None while it runs or waits for its next attempt."""
    said: str


Mark = tuple[int, int]
"""Key and fence of a run: one holder's time with it."""


class Silence:
    """Which holders have given no sign for ``SILENT_S`` by this process's own steady clock."""

    def __init__(self, silent_s: float = SILENT_S) -> None:
        self._silent_s = silent_s
        self._seen: dict[Mark, tuple[int, float]] = {}

    def gone(self, held: Iterable[Run], tick: float) -> frozenset[Mark]:
        """Return those of *held* that stood still too long; *tick* is monotonic, in seconds."""
        seen = {}
        for run in held:
            mark = (run.key, run.fence)
            beats, since = self._seen.get(mark, (run.beats, tick))
            seen[mark] = (run.beats, since if beats == run.beats else tick)
        self._seen = seen
        return frozenset(m for m, (_, since) in seen.items() if tick - since >= self._silent_s)


def last_settled(session: Session, job: str, now: datetime) -> datetime | None:
    """Return the newest due moment of *job* that is over; those beyond ``AHEAD`` do not count."""
    return session.scalar(
        select(func.max(JobRunRow.due)).where(
            JobRunRow.job == job, JobRunRow.finished.is_not(None), JobRunRow.due <= now + AHEAD
        )
    )


def unfinished(session: Session, job: str | None = None) -> list[Run]:
    """Return the runs that are not over, oldest due first; of all jobs without *job*."""
    query = select(JobRunRow).where(JobRunRow.finished.is_(None))
    if job is not None:
        query = query.where(JobRunRow.job == job)
    return [_run(row) for row in session.scalars(query.order_by(JobRunRow.due))]


def newest(session: Session, job: str, *, most: int = 1) -> list[Run]:
    """Return the newest runs of *job* by their beginning, newest first."""
    query = select(JobRunRow).where(JobRunRow.job == job)
    return [_run(row) for row in session.scalars(query.order_by(JobRunRow.key.desc()).limit(most))]


def last_done(session: Session, job: str) -> Run | None:
    """Return the newest run of *job* that did what it should, or None."""
    query = select(JobRunRow).where(JobRunRow.job == job, JobRunRow.outcome == JobOutcome.DONE)
    row = session.scalar(query.order_by(JobRunRow.key.desc()).limit(1))
    return _run(row) if row else None


def beyond(session: Session, now: datetime) -> datetime | None:
    """Return the latest due moment that lies further ahead than any right clock gives, or None."""
    query = select(func.max(JobRunRow.due)).where(JobRunRow.due > now + AHEAD)
    return session.scalar(query)


def pass_over(session: Session, job: str, due: datetime, now: datetime, *, why: str) -> None:
    """Settle *due* as not run; what was not done before it stays undone."""
    if _row(session, job, due) is None:
        row = _new(job, due, now)
        row.finished, row.outcome, row.said = now, JobOutcome.SKIPPED.value, why
        session.add(row)


def claim(
    session: Session,
    job: str,
    due: datetime,
    *,
    holder: str,
    now: datetime,
    tries: int,
    gone: Collection[Mark] = (),
    again: bool = False,
) -> Run | None:
    """Take the run of *job* for *due*, or return None when it is not to be had.

    Not to be had is what is over (unless *again*), what waits for its next attempt, and any job of
    which a holder not in *gone* has a run, whichever moment that is for. Older runs that nobody
    holds are settled: this one stands for them. What broke off *tries* times is given up.
    """
    others = select(JobRunRow).where(
        JobRunRow.job == job, JobRunRow.due != due, JobRunRow.finished.is_(None)
    )
    for other in session.scalars(others):
        if other.holder and (other.key, other.fence) not in gone:
            return None
        if other.due < due or other.due > now + AHEAD:
            _supersede(other, now)
    row = _row(session, job, due)
    if row is None:
        row = _new(job, due, now)
        session.add(row)
    elif not to_be_had(row, now, gone, again=again):
        return None
    elif row.attempts >= tries and not again:
        _settle(row, JobOutcome.FAILED, row.said or f"{row.attempts} 次都中断了", now)
        return None
    row.fence += 1
    row.attempts = 1 if row.finished or again else row.attempts + 1
    row.beats += 1
    row.holder, row.started, row.heartbeat = holder, now, now
    row.finished = row.outcome = row.not_before = None
    session.flush()
    return _run(row)


def to_be_had(
    run: JobRunRow | Run, now: datetime, gone: Collection[Mark], *, again: bool = False
) -> bool:
    """Return whether *run* can be taken now: nobody living holds it, and its wait is over."""
    if run.finished is not None:
        return again
    if run.holder:
        return (run.key, run.fence) in gone
    # A moment further ahead than any wait is left over from a clock that was wrong.
    waits = run.not_before is not None and now < run.not_before <= now + LONGEST_WAIT
    return again or not waits


def beat(session: Session, runs: Iterable[Run], now: datetime) -> list[Run]:
    """Show that the holder of *runs* lives, and return those that it has lost."""
    lost = []
    for run in runs:
        changed = session.execute(
            update(JobRunRow)
            .where(JobRunRow.key == run.key, JobRunRow.fence == run.fence)
            .values(beats=JobRunRow.beats + 1, heartbeat=now)
            .returning(JobRunRow.key)
        )
        if changed.first() is None:
            lost.append(run)
    return lost


def succeed(session: Session, run: Run, said: str, now: datetime) -> None:
    """Settle *run* as done; raise ``LostRunError`` when it is no longer ours."""
    _settle(_ours(session, run), JobOutcome.DONE, said, now)


def fail(session: Session, run: Run, why: str, now: datetime, *, tries: int) -> None:
    """Let *run* wait for its next attempt, or give it up after *tries*.

    Raises ``LostRunError`` when it is no longer ours.
    """
    row = _ours(session, run)
    if row.attempts >= tries:
        _settle(row, JobOutcome.FAILED, why, now)
    else:
        row.said, row.not_before = why[:MOST_SAID], now + wait_after(row.attempts)
    row.fence, row.holder = row.fence + 1, ""


def release(session: Session, run: Run) -> None:
    """Let go of *run* unfinished, so that whoever comes next begins it at once."""
    row = _ours(session, run)
    row.fence, row.holder, row.attempts = row.fence + 1, "", row.attempts - 1


def forget_old(session: Session, *, kept: int = KEPT_RUNS) -> int:
    """Remove what is settled and not among the newest *kept* of its job; return how many.

    By number, not by age: a clock that is wrong for an hour must not empty the memory.
    """
    gone = 0
    for job in session.scalars(select(JobRunRow.job).distinct()).all():
        oldest = session.scalar(
            select(JobRunRow.key)
            .where(JobRunRow.job == job)
            .order_by(JobRunRow.key.desc())
            .offset(kept - 1)
            .limit(1)
        )
        if oldest is not None:
            removed = session.execute(
                delete(JobRunRow)
                .where(
                    JobRunRow.job == job, JobRunRow.key < oldest, JobRunRow.finished.is_not(None)
                )
                .returning(JobRunRow.key)
            )
            gone += len(removed.all())
    return gone


def hold(session: Session, run: Run) -> None:
    """Raise ``LostRunError`` when *run* is no longer ours."""
    _ours(session, run)


def fenced(engine: Engine, run: Run) -> Engine:
    """Return *engine* for the holder of *run*: each writing transaction first asks whose it is.

    The question is put when the transaction already holds the database's write lock, so nobody can
    take the run over until it is committed. Raises ``LostRunError`` there.
    """
    return engine.execution_options(**{ASK_FIRST: lambda connection: _ask(connection, run)})


def _ask(connection: Connection, run: Run) -> None:
    found = connection.exec_driver_sql(
        "SELECT 1 FROM job_runs WHERE key = ? AND fence = ? AND finished IS NULL",
        (run.key, run.fence),
    ).first()
    if found is None:
        raise LostRunError(f"{run.job}: the run of {run.due:%Y-%m-%d %H:%M}Z was taken over")


def _new(job: str, due: datetime, now: datetime) -> JobRunRow:
    return JobRunRow(
        job=job,
        due=due,
        fence=0,
        holder="",
        started=now,
        beats=0,
        heartbeat=now,
        attempts=0,
        not_before=None,
        finished=None,
        outcome=None,
        said="",
    )


def _supersede(row: JobRunRow, now: datetime) -> None:
    outcome = JobOutcome.FAILED if row.said else JobOutcome.SKIPPED
    _settle(row, outcome, row.said or "没有完成，由后一次代替", now)
    row.fence, row.holder = row.fence + 1, ""


def _settle(row: JobRunRow, outcome: JobOutcome, said: str, now: datetime) -> None:
    row.finished, row.outcome, row.said = now, outcome.value, said[:MOST_SAID]
    row.holder, row.not_before = "", None


def _row(session: Session, job: str, due: datetime) -> JobRunRow | None:
    return session.scalar(select(JobRunRow).where(JobRunRow.job == job, JobRunRow.due == due))


def _ours(session: Session, run: Run) -> JobRunRow:
    row = session.get(JobRunRow, run.key)
    if row is None or row.fence != run.fence or row.finished is not None:
        raise LostRunError(f"{run.job}: the run of {run.due:%Y-%m-%d %H:%M}Z was taken over")
    return row


def _run(row: JobRunRow) -> Run:
    return Run(
        key=row.key,
        job=row.job,
        due=row.due,
        fence=row.fence,
        holder=row.holder,
        started=row.started,
        beats=row.beats,
        heartbeat=row.heartbeat,
        attempts=row.attempts,
        not_before=row.not_before,
        finished=row.finished,
        outcome=JobOutcome(row.outcome) if row.outcome else None,
        said=row.said,
    )
