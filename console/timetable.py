"""What is done by the clock, one line each. What a job means for the desk: docs/jobs.md."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import SystemRandom

from console import alert_acts, backup, brief_files, desk, reporting
from console.notices import sending
from console.wiring import Services
from core import job_runs
from core.clock import beijing, utc_now
from core.database import transaction
from core.jobs import Daily, Every, Job, Turn, Weekly
from core.settings import Settings
from core.vocabulary import ReportForm
from release import helping
from release.quiet import QuietHours

REPORTS_MADE_UP = 7
"""Days whose reports are made up after a pause; older ones: ``huiying report nightly``."""

WEEKLY_AT, BUDGET_AT = time(0, 30), time(3, 30)
"""On Mondays: the week's report after the day's, the long calculation when the night is quiet."""

Act = Callable[[Services, datetime], object]


def jobs(settings: Settings) -> tuple[Job[Services], ...]:
    """Return every job of an office with these settings; a new one is a line here."""
    return (
        Job("nightly", "日报", Daily(settings.report_at), _nightly, catch_up=REPORTS_MADE_UP),
        Job("purge", "清除过期内容", Every(30), _purge, timeout=timedelta(minutes=5)),
        Job("backup", "备份", Daily(settings.backup_at), _backup, timeout=timedelta(hours=2)),
        Job("desk", "值班提示", Every(1), at_now(desk.tick)),
        Job("notices", "发送通知", Every(1), _notices, timeout=timedelta(minutes=10)),
        Job("weekly", "周报", Weekly(0, WEEKLY_AT), _weekly, catch_up=2),
        Job("budget", "误报预算校准", Weekly(0, BUDGET_AT), _budget, timeout=timedelta(hours=2)),
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
    day = beijing(turn.due).date() - timedelta(days=1)
    files = reporting.write_nightly(services, day.isoformat(), None)
    return f"{day.month}月{day.day}日的日报：{'、'.join(file.name for file in files)}"


def _weekly(services: Services, turn: Turn) -> str:
    """Write the report of the week whose Sunday had ended when the job was due."""
    day = beijing(turn.due).date() - timedelta(days=1)
    files = brief_files.write_weekly(services, day.isoformat(), None, tuple(ReportForm))
    return f"{day.month}月{day.day}日止的周报：{'、'.join(file.name for file in files)}"


def _notices(services: Services, turn: Turn) -> str:
    """Send what waits; it takes longer than a moment, so it asks for the time by itself."""
    del turn
    notice = services.settings.notice
    sent = sending.send_pending(
        services,
        clock=utc_now,
        luck=SystemRandom(),
        is_quiet=QuietHours(notice.quiet_from, notice.quiet_until).holds,
    )
    return f"送出 {sent.sent} 份，未成 {sent.failed} 份"


def _budget(services: Services, turn: Turn) -> str:
    found = alert_acts.calibrate(services, now=turn.now)
    return f"每个序列每天 {found.rate:.3f} 次"


def _purge(services: Services, turn: Turn) -> str:
    with transaction(services.engine) as session:
        gone = helping.tidy(session, turn.now)
        job_runs.forget_old(session)
    return f"销毁 {gone} 项过期的密封内容"


def _backup(services: Services, turn: Turn) -> str:
    file = backup.make(services, turn.due, turn.hold)
    return f"{file.name}，{file.stat().st_size / 1e6:.1f} MB，已核对完整"
