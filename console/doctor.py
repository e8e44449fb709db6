"""What is wrong with a data folder, and what to do about it.

Each check is one function of ``LOOKS``; a new one is written and added there. A check tells what
it found in every case, for "all well" must differ from "not looked".
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from console import exporting, heartbeat, help_list, job_list, telling
from console.notices import listing
from console.notices.targets import load_targets
from console.wiring import Services
from core import job_runs
from core.clock import iso_beijing
from core.database import reading
from core.errors import HuiyingError
from core.settings import FILE_NAME, Settings
from core.vocabulary import JobState, SealedPurpose, VisitOutcome, Word
from crawler import store, task_guard
from crawler.health import HealthState
from crawler.sources import Source, load_sources
from crawler.tables import FrontierRow, SealedRow
from release import guards

DROP, DROP_DONE, DROP_REFUSED = "drop", "done", "refused"
"""The folder whose files are taken in by themselves, and where they go (``console.importing``)."""
NOTE = ".reason.txt"
"""Ends the name of the note that says why a file was refused; each refused file has one."""
PURGE_WITHIN = timedelta(hours=1)
"""What has expired is removed when a crawl begins; longer than this is a broken promise."""
LINKS_WAIT = timedelta(hours=24)
DROP_WAITS = timedelta(minutes=30)
NOTICE_WAITS = timedelta(minutes=15)
NOTICE_DAY = timedelta(days=1)
RECENT = timedelta(days=30)
LEAST_FREE_BYTES = 200_000_000
"""SQLite needs room for its log and a copy of the pages that change."""
FREE_BYTES = 2_000_000_000
MOST_NAMED = 5


class CheckStatus(Word):
    """How a check came out."""

    OK = "ok", "正常"
    WARNING = "warning", "注意"
    FAULT = "fault", "故障"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """Stable, such as ``database`` or ``source:forum``."""
    status: CheckStatus
    said: str
    """What was found, in Chinese."""
    advice: str = ""
    """What to do, in Chinese; empty when nothing is to be done."""


Look = Callable[[Services, datetime], Iterator[Check]]


def diagnose(services: Services, now: datetime) -> list[Check]:
    """Return every check of ``LOOKS``, in its order; a check that fails is a fault by itself."""
    found: list[Check] = []
    for name, look in LOOKS.items():
        try:
            found += look(services, now)
        except (DatabaseError, OSError) as error:
            why = error.orig if isinstance(error, DatabaseError) else error.strerror
            said = f"无法检查（{why}）"
            found.append(Check(name, CheckStatus.FAULT, said, "先修好数据库和磁盘，再运行一次"))
    return found


def _settings(services: Services, now: datetime) -> Iterator[Check]:
    del now
    settings = services.settings
    kind = "演练" if settings.drill else "正式"
    said = f"{FILE_NAME} 可读：{settings.office_name}，任务 {settings.task}，{kind}"
    yield Check("settings", CheckStatus.OK, said)


def _contact(services: Services, now: datetime) -> Iterator[Check]:
    del now
    settings = services.settings
    if settings.user_agent_contact != Settings.model_fields["user_agent_contact"].default:
        yield Check("contact", CheckStatus.OK, "采集时留下的联系方式已填写")
    elif settings.drill:
        yield Check("contact", CheckStatus.OK, "演练只访问本机，联系方式还是示例")
    else:
        advice = f"在 {FILE_NAME} 中把 user_agent_contact 改成本单位的"
        yield Check("contact", CheckStatus.WARNING, "采集时留下的联系方式还是示例", advice)


def _database(services: Services, now: datetime) -> Iterator[Check]:
    del now
    with services.engine.connect() as connection:
        lost = guards.missing(connection)
        # Written and taken back: SQLite lets a transaction begin on a file it cannot write.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")
        connection.rollback()
    if lost:
        said = f"缺少保护触发器：{'、'.join(lost[:MOST_NAMED])}"
        yield Check("database", CheckStatus.FAULT, said, f"运行 huiying init {services.data}")
    else:
        yield Check("database", CheckStatus.OK, "可读写，保护触发器齐全")


def _disk(services: Services, now: datetime) -> Iterator[Check]:
    del now
    yield room(shutil.disk_usage(services.data).free)


def room(free_bytes: int) -> Check:
    """Return whether *free_bytes* on the disk of the data folder are enough."""
    said = f"剩余 {free_bytes / 1e9:.1f} GB"
    if free_bytes >= FREE_BYTES:
        return Check("disk", CheckStatus.OK, said)
    status = CheckStatus.FAULT if free_bytes < LEAST_FREE_BYTES else CheckStatus.WARNING
    return Check("disk", status, said, "腾出空间，或把数据目录移到更大的磁盘")


def _fonts(services: Services, now: datetime) -> Iterator[Check]:
    from analysis.reports import lettering

    del services, now
    font = lettering.chinese_font()
    yield fonts(font.file.name if font else None)


def fonts(font: str | None) -> Check:
    """Return whether charts in Word files can be lettered in Chinese, with the file *font*."""
    if font is not None:
        return Check("fonts", CheckStatus.OK, f"Word 报告的图用 {font} 中的中文字")
    advice = "安装一种中文字体（如 apt install fonts-noto-cjk），或在有中文字体的电脑上生成"
    said = "没有找到中文字体：Word 报告只有数据表，没有图"
    return Check("fonts", CheckStatus.WARNING, said, advice)


def _rounds(services: Services, now: datetime) -> Iterator[Check]:
    seen = heartbeat.pulse_of(services)
    said = heartbeat.round_line(seen, now)
    late = services.settings.notice.round_late_min
    # A drill is played, not kept running.
    if services.settings.drill or not heartbeat.stands_still(seen, now, timedelta(minutes=late)):
        yield Check("rounds", CheckStatus.OK, said)
    elif seen is not None and seen.stopped_at is not None:
        yield Check("rounds", CheckStatus.FAULT, said, "重新运行 huiying run，否则不再采集和提示")
    else:
        advice = "采集进程已停或卡住：结束它，再运行 huiying run"
        yield Check("rounds", CheckStatus.FAULT, f"{said}，超过 {late:g} 分钟", advice)


# Sources


def _sources(services: Services, now: datetime) -> Iterator[Check]:
    file = services.data / services.settings.sources_file
    if not file.exists():
        advice = "用 huiying source add 添加（docs/sources.md），或只用 huiying import 导入文件"
        yield Check("sources", CheckStatus.WARNING, f"没有来源清单 {file.name}", advice)
        return
    try:
        listed = _listed(services)
    except HuiyingError as error:
        said = f"来源清单有错：{error}"
        yield Check("sources", CheckStatus.FAULT, said, f"改正 {file.name} 中指出的键和值")
        return
    yield from _of_list(services, listed)
    with reading(services.engine) as session:
        for standing in exporting.standings(session, listed, now):
            yield _source(standing)


def _listed(services: Services) -> tuple[Source, ...]:
    settings = services.settings
    return load_sources(
        services.data / settings.sources_file,
        allow_loopback=settings.drill,
        default_pace_s=settings.crawl_delay_s,
    )


def _of_list(services: Services, listed: tuple[Source, ...]) -> Iterator[Check]:
    """Judge the list as a whole: whether there is any, and whether all of it may be monitored."""
    enabled = sum(source.enabled for source in listed)
    if not enabled:
        said = "来源清单是空的，或全部停用"
        yield Check("sources", CheckStatus.WARNING, said, "用 huiying source add 添加来源")
    else:
        yield Check("sources", CheckStatus.OK, f"清单上有 {len(listed)} 个来源，启用 {enabled} 个")
    known = task_guard.known_words(services.directory)
    for number, source in enumerate(listed, 1):
        if reasons := task_guard.refusals(task_guard.task_of(source), known=known):
            # By its number: the name itself may be what is refused.
            said = f"清单上第 {number} 个来源不得监测：{'；'.join(reasons)}"
            advice = "从来源清单中删去，或改掉指出的部分"
            yield Check("tasks", CheckStatus.FAULT, said, advice)


_STATUS = {
    HealthState.OK: CheckStatus.OK,
    HealthState.OFF: CheckStatus.OK,
    HealthState.NEVER: CheckStatus.WARNING,
    HealthState.WARNING: CheckStatus.WARNING,
    HealthState.FAULT: CheckStatus.FAULT,
}
_TEST = "运行 huiying source test {name}，看哪个选择器没有找到内容，再改 sources.toml"
_ADVICE = {
    VisitOutcome.EMPTY: "在浏览器打开该网址核对；网址变了就改 sources.toml",
    VisitOutcome.REFUSED: "不要绕过；联系对方网站，或改用订阅源、导入文件，不再需要就停用",
    VisitOutcome.THROTTLED: "等待期满会自动再试；常出现就加大 every_min 和 pace_s",
    VisitOutcome.LOGIN_PAGE: "此页不再公开：停用（enabled = false），改用其他公开来源或导入文件",
    VisitOutcome.CAPTCHA: "不要绕过：停用（enabled = false），改用其他公开来源或导入文件",
    VisitOutcome.DISALLOWED: "对方不允许自动访问：停用，或请对方在 robots.txt 中放开",
    VisitOutcome.DAMAGED: _TEST,
    VisitOutcome.UNREACHABLE: "检查本机网络；在浏览器打开该网址，网址变了就改 sources.toml",
}


def _source(standing: exporting.Standing) -> Check:
    found = standing.health
    said = "；".join((*found.reasons, *found.notes))
    if found.state is HealthState.OK and standing.last is not None:
        read = f"最近一次 {telling.clock(standing.last.ended_at)} 读到 {standing.last.found} 条"
        said = f"{read}；{said}" if said else read
    return Check(
        f"source:{found.source}", _STATUS[found.state], said, _advice(standing, found.state)
    )


def _advice(standing: exporting.Standing, state: HealthState) -> str:
    if state in {HealthState.OK, HealthState.OFF}:
        return ""
    last = standing.last
    if last is None:
        return "运行 huiying crawl 或 huiying run"
    name = standing.source.name
    if not last.outcome.works:
        return _ADVICE[last.outcome].format(name=name)
    if any("版式" in reason for reason in standing.health.reasons):
        return _TEST.format(name=name)
    if standing.waiting > standing.source.max_details:
        return "让 huiying run 持续运行，或加大 max_details"
    return "打开原网站核对是否真的没有新帖；若是，放宽 cadence_min 或关键词"


# What waits, and what was refused


def _tasks(services: Services, now: datetime) -> Iterator[Check]:
    with reading(services.engine) as session:
        refused = [entry for entry in store.refusals(session) if entry[0] > now - RECENT]
    if not refused:
        yield Check("refused", CheckStatus.OK, "近 30 天没有拒绝过监测任务")
        return
    at, _, reasons = refused[-1]
    last = f"最近一次 {telling.clock(at)}：{'；'.join(reasons)}"
    said = f"近 30 天拒绝了 {len(refused)} 个监测任务，{last}"
    yield Check("refused", CheckStatus.OK, said)


def _sealed(services: Services, now: datetime) -> Iterator[Check]:
    expired = SealedRow.expires_at <= now
    with reading(services.engine) as session:
        kept = _count(session, SealedRow.expires_at > now)
        over = _count(session, expired)
        oldest = session.scalar(select(func.min(SealedRow.expires_at)).where(expired))
    if oldest is None:
        yield Check("sealed", CheckStatus.OK, f"密封保存 {kept} 项，没有过期未清除的")
        return
    status = CheckStatus.FAULT if now - oldest > PURGE_WITHIN else CheckStatus.WARNING
    said = f"密封保存的 {over} 项已过期，最早的 {telling.clock(oldest)} 就应清除"
    yield Check("sealed", status, said, "运行 huiying crawl：采集开始时会清除过期内容")


def _help(services: Services, now: datetime) -> Iterator[Check]:
    of_calls = SealedRow.purpose == SealedPurpose.HELP_CONTACT.value
    with reading(services.engine) as session:
        kept = _count(session, of_calls & (SealedRow.expires_at > now))
        over = _count(session, of_calls & (SealedRow.expires_at <= now))
        late = _count(session, of_calls & (SealedRow.expires_at <= now - PURGE_WITHIN))
        calls = help_list.figures(session, help_list.present(session, services))
    if over:
        said = f"{over} 条求助联系方式已过保存期限，还没有销毁"
        status = CheckStatus.FAULT if late else CheckStatus.WARNING
        yield Check("help", status, said, "运行 huiying analyse：每一轮都会销毁过期内容")
    elif calls.pressing:
        said = f"{calls.pressing} 条求助超时未转办或无人接单；密封的联系方式 {kept} 条，没有过期的"
        yield Check("help", CheckStatus.WARNING, said, "求助专岗看 huiying help list，最急的在前")
    else:
        said = f"未办结的求助 {calls.open} 条，都在时限内；密封的联系方式 {kept} 条，没有过期的"
        yield Check("help", CheckStatus.OK, said)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(SealedRow).where(condition)) or 0


def _frontier(services: Services, now: datetime) -> Iterator[Check]:
    query = select(func.count(), func.min(FrontierRow.changed_at)).where(
        FrontierRow.state == "waiting"
    )
    with reading(services.engine) as session:
        waiting, oldest = session.execute(query).one()
    if not waiting:
        yield Check("frontier", CheckStatus.OK, "没有等待读取的链接")
        return
    said = f"{waiting} 条链接等待读取，最早的从 {telling.clock(oldest)} 等起"
    if now - oldest <= LINKS_WAIT:
        yield Check("frontier", CheckStatus.OK, said)
    else:
        advice = "让 huiying run 持续运行，或加大来源的 max_details"
        yield Check("frontier", CheckStatus.WARNING, said, advice)


def _drop(services: Services, now: datetime) -> Iterator[Check]:
    folder = services.data / DROP
    if not folder.is_dir():
        yield Check("drop", CheckStatus.OK, "没有使用投放目录")
        return
    waiting = [
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith((".", "~$")) and entry.name not in {DROP_DONE, DROP_REFUSED}
    ]
    since = (now - DROP_WAITS).timestamp()
    late = sum(entry.lstat().st_ctime < since for entry in waiting)
    refused = sum(1 for _ in (folder / DROP_REFUSED).glob(f"*{NOTE}"))
    if refused:
        said = f"投放目录中有 {refused} 个文件被拒收"
        advice = f"理由写在 {DROP}/{DROP_REFUSED} 的 {NOTE} 中；改正后重新放入，不再需要的请删除"
        yield Check("drop", CheckStatus.WARNING, said, advice)
    if late:
        said = f"投放目录中有 {late} 个文件超过 30 分钟没有收取"
        advice = "运行 huiying import --drop，或让 huiying run 持续运行"
        yield Check("drop", CheckStatus.WARNING, said, advice)
    if not refused and not late:
        yield Check("drop", CheckStatus.OK, f"投放目录中有 {len(waiting)} 个文件等待收取")


def _jobs(services: Services, now: datetime) -> Iterator[Check]:
    with reading(services.engine) as session:
        found = job_list.standings(session, services.settings, now)
        ahead = job_runs.beyond(session, now)
    if ahead is not None:
        said = f"有作业记在 {iso_beijing(ahead)}：系统时钟现在或当时是错的"
        yield Check("jobs", CheckStatus.WARNING, said, "核对系统时钟；这些记录不影响按时运行")
    if all(one.state is JobState.NEVER for one in found):
        advice = "让 huiying run 持续运行；没有它就没有日报和备份"
        yield Check("jobs", CheckStatus.WARNING, "定时作业从未运行过", advice)
        return
    troubled = [one for one in found if one.state in _JOB_ADVICE]
    for one in troubled:
        last = f"上次完成 {telling.clock(one.last_done)}" if one.last_done else "还没有完成过"
        said = f"{one.job.label}{one.state.label}，{last}" + (f"：{one.said}" if one.said else "")
        advice = _JOB_ADVICE[one.state].format(name=one.job.name)
        yield Check(f"jobs:{one.job.name}", CheckStatus.FAULT, said, advice)
    if not troubled:
        yield Check("jobs", CheckStatus.OK, f"{len(found)} 个定时作业都按时")


_JOB_ADVICE = {
    JobState.FAILING: "排除原因后运行 huiying jobs run {name}",
    JobState.OVERDUE: "让 huiying run 持续运行；用 huiying jobs list 核对",
}


def _notices(services: Services, now: datetime) -> Iterator[Check]:
    try:
        targets = load_targets(services)
    except HuiyingError as error:
        advice = "改正指出的文件和键（docs/notices.md）"
        yield Check("notices", CheckStatus.FAULT, f"提醒的接收方设置有错：{error}", advice)
        return
    names = {target.name for target in targets}
    with reading(services.engine) as session:
        lost = listing.lost_since(session, now - NOTICE_DAY)
        waits, since = listing.waiting(session)
        failing = listing.failing(session, now - NOTICE_DAY)
    bad: list[tuple[CheckStatus, str, str]] = [
        (
            CheckStatus.FAULT,
            f"近 24 小时有 {gone.parts} 段消息没有送到 {gone.target}：{gone.why}",
            f"按理由处理后运行 huiying notify test {gone.target}",
        )
        for gone in lost
    ]
    bad += [
        (
            CheckStatus.WARNING,
            f"{name} 最近一次没有送到：{why}",
            f"按理由处理后运行 huiying notify test {name}",
        )
        for name, why in failing.items()
        if name in names
    ]
    if mute := [target.name for target in targets if target.address is None]:
        said = f"接收方没有地址：{'、'.join(mute)}"
        bad.append((CheckStatus.FAULT, said, "在 keys/notices.toml 中填写"))
    if since is not None and now - since > NOTICE_WAITS:
        said = f"{waits} 段消息等待发送，最早的从 {telling.clock(since)} 等起"
        bad.append(
            (CheckStatus.WARNING, said, "运行 huiying notify send，或让 huiying run 持续运行")
        )
    if not targets and not services.settings.drill:
        advice = "写好 notices.toml（docs/notices.md），有预警才会通知到人"
        bad.append((CheckStatus.WARNING, "没有设置提醒发给谁", advice))
    for status, said, advice in bad:
        yield Check("notices", status, said, advice)
    if not bad:
        said = f"提醒发给 {len(targets)} 处，等待发送 {waits} 段，近 24 小时没有送不到的"
        yield Check("notices", CheckStatus.OK, said)


LOOKS: dict[str, Look] = {
    "settings": _settings,
    "contact": _contact,
    "database": _database,
    "disk": _disk,
    "fonts": _fonts,
    "rounds": _rounds,
    "sources": _sources,
    "refused": _tasks,
    "sealed": _sealed,
    "help": _help,
    "frontier": _frontier,
    "drop": _drop,
    "notices": _notices,
    "jobs": _jobs,
}
"""Name of a check, told when it cannot be made -> the check."""
