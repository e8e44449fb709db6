"""Signs of life: "nothing to report" must never look like "nobody is listening".

Three of them: the pulse that each round leaves, so that a dead or hung process is seen; a notice
when a source falls silent or dark and another when it is back; and one message a day that all of
it runs.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from analysis import store
from analysis.coverage import channel_name
from console import duty_facts, exporting, telling
from console.exporting import Standing
from console.telling import Notice
from console.wiring import Services
from core.clock import beijing
from core.database import reading, transaction
from core.vocabulary import ConcernLevel, NoticeKind
from crawler import store as crawler_store
from crawler.health import HealthState
from release import duty_store
from release.quiet import last_at
from release.records import Pulse, Silence

DAY = timedelta(days=1)
LATE, TOO_LATE = timedelta(minutes=10), timedelta(hours=2)
"""A sign of life that comes late says so; one that comes much too late is none, and is left out:
whoever waited for it has seen by then that something is wrong."""
REPORTS, BACKUPS = "reports", "backups"


# The pulse


def beat(services: Services, now: datetime) -> Pulse:
    """Keep that a round of gathering was made at *now*, and return the pulse."""
    with transaction(services.engine) as session:
        last = duty_store.pulse(session)
        if last is None or last.stopped_at is not None:
            fresh = Pulse(began_at=now, last_at=now, rounds=1, stopped_at=None)
        else:
            fresh = replace(last, last_at=now, rounds=last.rounds + 1)
        duty_store.save_pulse(session, fresh)
    return fresh


def start(services: Services, now: datetime) -> None:
    """Keep that gathering begins anew, and tell once for how long nobody looked before.

    Without it the pulse of a process that died would be told as a standstill of this one.
    """
    late = timedelta(minutes=services.settings.notice.round_late_min)
    with transaction(services.engine) as session:
        last = duty_store.pulse(session)
        begun = Pulse(began_at=now, last_at=now, rounds=0, stopped_at=None)
        duty_store.save_pulse(session, begun)
        if last is None or last.stopped_at is not None or not stands_still(last, now, late):
            return
        away = duty_facts.hours_and_minutes(now - last.last_at)
        notice = Notice(
            name=f"resumed:{last.last_at.isoformat()}",
            about="stall",
            level=ConcernLevel.C2,
            kind=NoticeKind.HEARTBEAT,
            title=f"采集中断过 {away}，现已恢复",
            text=f"{telling.clock(last.last_at)} 之后没有在看任何来源；"
            f"{telling.clock(now)} 重新开始",
        )
        telling.tell(session, notice, now)


def stop(services: Services, now: datetime) -> None:
    """Keep that somebody ended the gathering, so that it is not taken for dead."""
    with transaction(services.engine) as session:
        if (last := duty_store.pulse(session)) is not None:
            duty_store.save_pulse(session, replace(last, stopped_at=now))


def pulse_of(services: Services) -> Pulse | None:
    """Return the pulse, None when no round was ever made in this folder."""
    with reading(services.engine) as session:
        return duty_store.pulse(session)


def stands_still(seen: Pulse | None, now: datetime, late: timedelta) -> bool:
    """Tell whether rounds were made once and none for longer than *late*."""
    return seen is not None and now - seen.last_at > late


def tell_stall(services: Services, now: datetime) -> bool:
    """Tell once that gathering stands still though nobody ended it; at any hour.

    Whoever calls this must not wait for the gathering itself.
    """
    late = timedelta(minutes=services.settings.notice.round_late_min)
    seen = pulse_of(services)
    if seen is None or seen.stopped_at is not None or not stands_still(seen, now, late):
        return False
    notice = Notice(
        name=f"stall:{seen.last_at.isoformat()}",
        about="stall",
        level=ConcernLevel.C3,
        kind=NoticeKind.HEARTBEAT,
        title=f"采集停住：{round_line(seen, now)}",
        text="现在没有在看任何来源。结束采集进程，再运行 huiying run；原因见 huiying doctor",
    )
    with transaction(services.engine) as session:
        return telling.tell(session, notice, now)


# Silences


def tell(services: Services, now: datetime) -> int:
    """Tell which sources fell silent or dark and which are back; return how many.

    Each silence is told once, and its end once. In the quiet hours this waits for the digest,
    unless no source at all can be read: then nobody would know what is not seen.
    """
    with transaction(services.engine) as session:
        standings = exporting.standings(session, duty_facts.sources(services), now)
        known = duty_store.open_silences(session)
        by_name = {standing.source.name: standing for standing in standings}
        fallen = [s for s in standings if _troubled(s, now) and s.source.name not in known]
        over = [
            silence
            for name, silence in known.items()
            if name not in by_name or not _troubled(by_name[name], now)
        ]
        for silence in over:
            duty_store.end_silence(session, silence.key, now)
        begun = [_begin(session, standing, now) for standing in fallen]
        watched = [s for s in standings if s.source.enabled]
        blind = bool(begun) and bool(watched) and all(_dark(s) for s in watched)
        _tell_changes(session, services, fallen, over, now, blind=blind)
        return len(fallen) + len(over)


def _dark(standing: Standing) -> bool:
    return standing.health.state is HealthState.FAULT


def _troubled(standing: Standing, now: datetime) -> bool:
    """Tell whether a source cannot be read, or has been silent for longer than it should be."""
    found = standing.health
    if not standing.source.enabled or found.last_visit is None:
        return False
    silent = found.expected_by is not None and found.expected_by < now
    return silent or found.state is HealthState.FAULT


def _begin(session: Session, standing: Standing, now: datetime) -> str:
    found, dark = standing.health, _dark(standing)
    cadence = timedelta(minutes=found.cadence_min)
    quiet_since = found.expected_by - cadence if found.expected_by else now
    since = (found.last_success or quiet_since) if dark else quiet_since
    duty_store.begin_silence(session, found.source, since=since, dark=dark, at=now)
    return found.source


def _tell_changes(
    session: Session,
    services: Services,
    fallen: Sequence[Standing],
    over: Sequence[Silence],
    now: datetime,
    *,
    blind: bool,
) -> None:
    if not fallen and not over:
        return
    lines = [f"来源“{s.source.name}”：{'；'.join(s.health.reasons)}" for s in fallen]
    lines += [_back(silence, now) for silence in over]
    moment = f"{beijing(now):%Y%m%dT%H%M%S%f}"
    first = fallen[0].source.name if fallen else over[0].source
    notice = Notice(
        name=f"silence:{moment}:{first}",
        about="sources",
        level=ConcernLevel.C3 if blind else ConcernLevel.C1,
        kind=NoticeKind.SOURCE_SILENT,
        title=_title(fallen, over, blind=blind),
        text="\n".join((*telling.listed(lines, 20), "原因和办法：huiying doctor")),
    )
    if telling.quiet_hours(services).holds(now) and not blind:
        telling.hold(session, notice, now)
    else:
        telling.tell(session, notice, now)


def _title(fallen: Sequence[Standing], over: Sequence[Silence], *, blind: bool) -> str:
    if blind:
        return "全部来源都读不到：现在没有看到任何网上信息"
    names = [s.source.name for s in fallen] or [s.source for s in over]
    more = f"等 {len(names)} 个" if len(names) > 1 else ""
    return f"来源“{telling.short(names[0], 20)}”{more}{'没有动静' if fallen else '已恢复'}"


def _back(silence: Silence, now: datetime) -> str:
    what = "没有看到" if silence.dark else "没有新帖"
    lasted = duty_facts.hours_and_minutes(now - silence.since)
    span = f"{telling.clock(silence.since)}—{telling.clock(now)}"
    return f"来源“{silence.source}”已恢复：{span}（{lasted}）{what}"


# The daily sign of life


def sign_of_life(services: Services, now: datetime) -> bool:
    """Send the day's message that the desk's ears work; return whether one was sent.

    False when it was sent before, or its time is over by more than two hours.
    """
    due = last_at(services.settings.notice.sign_of_life_at, now)
    if now - due > TOO_LATE:
        return False
    name = f"alive:{beijing(due):%Y-%m-%d}"
    with reading(services.engine) as session:
        if duty_store.was_told(session, name):
            return False
    with transaction(services.engine) as session:
        notice = Notice(
            name=name,
            about="alive",
            level=ConcernLevel.C0,
            kind=NoticeKind.HEARTBEAT,
            title=f"运行报平安 {beijing(due):%m-%d}",
            text="\n".join(_alive(session, services, due, now)),
        )
        return telling.tell(session, notice, now)


def _alive(session: Session, services: Services, due: datetime, now: datetime) -> list[str]:
    visits = crawler_store.visits_between(session, now - DAY, now)
    failed = sum(not visit.outcome.works for visit in visits)
    raised = sum(now - DAY <= a.raised_at <= now for a in store.all_alerts(session))
    silences = sorted(duty_store.open_silences(session))
    disk = shutil.disk_usage(services.data)
    relevant, new = duty_facts.gathered(session, now - DAY, now), sum(v.new for v in visits)
    seen = f"近 24 小时：访问 {len(visits)} 次，失败 {failed} 次，新收 {new} 条"
    lines = [
        f"{seen}，相关 {relevant} 条，预警 {raised} 项",
        round_line(duty_store.pulse(session), now),
        *_by_channel(session, services, now),
        f"没有动静的来源：{'、'.join(silences)}" if silences else "没有来源超过正常间隔",
        f"磁盘剩余 {disk.free / 1e9:.1f} GB",
        _newest("最近的报告", services.data / REPORTS),
        _newest("最近的备份", services.data / BACKUPS),
    ]
    if now - due > LATE:
        lines.append(f"本条应于 {telling.clock(due)} 发出，补发")
    return lines


def round_line(seen: Pulse | None, now: datetime) -> str:
    """Return when the last round was made, in Chinese."""
    if seen is None:
        return "还没有持续运行过（huiying run）"
    ago = duty_facts.hours_and_minutes(now - seen.last_at)
    ended = f"，{telling.clock(seen.stopped_at)} 已停止" if seen.stopped_at else ""
    return f"最后一轮 {ago}前（自 {telling.clock(seen.began_at)} 起 {seen.rounds} 轮{ended}）"


def _by_channel(session: Session, services: Services, now: datetime) -> list[str]:
    """Return the last success of each kind of source."""
    newest: dict[str, datetime | None] = {}
    for standing in exporting.standings(session, duty_facts.sources(services), now):
        if standing.source.enabled:
            channel, at = standing.source.channel, standing.health.last_success
            known = newest.get(channel)
            newest[channel] = max(known, at) if known and at else known or at
    return [
        f"{channel_name(channel)}：{f'最近成功 {telling.clock(at)}' if at else '还没有成功过'}"
        for channel, at in sorted(newest.items())
    ]


def _newest(what: str, folder: Path) -> str:
    files = [f for f in folder.iterdir() if f.is_file()] if folder.is_dir() else []
    if not files:
        return f"{what}：没有"
    # By name: reports and backups carry their day, and a copied file has the time of the copy.
    return f"{what}：{max(f.name for f in files)}"
