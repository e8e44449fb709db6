"""What is done by the clock, one line each. What a job means for the desk: docs/jobs.md."""

from collections.abc import Callable
from datetime import datetime, timedelta

from console import backup
from console.wiring import Services
from core import job_runs
from core.clock import beijing
from core.database import transaction
from core.jobs import Daily, Every, Job, Turn
from core.settings import Settings
from release import helping

REPORTS_MADE_UP = 7
"""Days whose reports are made up after a pause; older ones: ``huiying report nightly``."""

Act = Callable[[Services, datetime], object]


def jobs(settings: Settings) -> tuple[Job[Services], ...]:
    """Return every job of an office with these settings; a new one is a line here."""
    return (
        Job("nightly", "日报", Daily(settings.report_at), _nightly, catch_up=REPORTS_MADE_UP),
        Job("purge", "清除过期内容", Every(30), _purge, timeout=timedelta(minutes=5)),
        Job("backup", "备份", Daily(settings.backup_at), _backup, timeout=timedelta(hours=2)),
    )


def at_now(act: Act) -> Callable[[Services, Turn], str]:
    """Return a job's run of what only needs the present: ``act(services, now)``."""

    def run(services: Services, turn: Turn) -> str:
        """Do it, and say what it returned."""
        found = act(services, turn.now)
        return "" if found is None else str(found)

    return run


def _nightly(services: Services, turn: Turn) -> str:
    """Write the report of the day that had ended when the job was due."""
    from console import reporting

    day = beijing(turn.due).date() - timedelta(days=1)
    file = reporting.write_nightly(services, day.isoformat(), None)
    return f"{day.month}月{day.day}日的日报：{file.name}"


def _purge(services: Services, turn: Turn) -> str:
    with transaction(services.engine) as session:
        gone = helping.tidy(session, turn.now)
        job_runs.forget_old(session)
    return f"销毁 {gone} 项过期的密封内容"


def _backup(services: Services, turn: Turn) -> str:
    file = backup.make(services, turn.due, turn.hold)
    return f"{file.name}，{file.stat().st_size / 1e6:.1f} MB，已核对完整"
