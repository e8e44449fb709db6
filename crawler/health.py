"""What is wrong with a source, said so that an officer can act on it. Pure.

Silence that is really failure is the commonest complaint about listening tools, so a source is
judged by what it should give (cadence, lowest yield) and by what it used to give.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from core.clock import beijing
from core.vocabulary import VisitOutcome, Word
from crawler.records import Visit
from crawler.sources import Source

DAY = timedelta(hours=24)
FAILURES_OF_A_FAULT = 3
"""A source that worked before and fails once or twice may only be restarting."""
FEW_VISITS = 3
KNOWN_VISITS = 5
"""Fewer visits that worked give no median worth speaking of."""
REMEMBERED = 20
"""Earlier visits that worked, from which the usual yield is taken."""
# A list page is as long as its site makes it: its length hardly varies, and a third of it is a
# page that is read in part only. Design choice, for no corpus of broken pages exists.
COLLAPSED = 1 / 3

_FAILED = {
    VisitOutcome.EMPTY: "返回空内容",
    VisitOutcome.REFUSED: "拒绝访问",
    VisitOutcome.THROTTLED: "限制了访问频率",
    VisitOutcome.LOGIN_PAGE: "要求登录",
    VisitOutcome.CAPTCHA: "要求验证码",
    VisitOutcome.DISALLOWED: "robots.txt 不允许访问",
    VisitOutcome.DAMAGED: "内容损坏或版式变化",
    VisitOutcome.UNREACHABLE: "无法连接",
}
_PASSING = frozenset({VisitOutcome.UNREACHABLE, VisitOutcome.EMPTY, VisitOutcome.THROTTLED})
"""What may be over at the next visit; the others need a person."""


class HealthState(Word):
    """How a source stands."""

    OK = "ok", "正常"
    WARNING = "warning", "注意"
    FAULT = "fault", "故障"
    NEVER = "never", "尚未访问"
    OFF = "off", "已停用"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one source stands at one moment."""

    source: str
    state: HealthState
    reasons: tuple[str, ...]
    """What is wrong, in Chinese, the worst first; empty when nothing is."""
    notes: tuple[str, ...]
    """What is worth knowing beside it, in Chinese."""
    last_visit: datetime | None
    last_success: datetime | None
    last_outcome: VisitOutcome | None
    cadence_min: int
    """Expected minutes between two posts."""
    expected_by: datetime | None
    """When a new post is due at the latest; None before the first visit."""


def health(
    source: Source,
    visits: Sequence[Visit],
    now: datetime,
    *,
    not_before: datetime | None = None,
    waiting: int = 0,
) -> SourceHealth:
    """Return how *source* stands at *now*.

    *visits* may hold other sources' visits, in any order, and should hold the last that worked,
    the one after it, and the last that brought a new post. *not_before* is until when the source
    asked to be left alone, *waiting* how many of its links wait to be read. A page that has not
    changed is a visit that worked: silence is judged by the cadence alone.
    """
    own = sorted((v for v in visits if v.source == source.name), key=lambda v: v.started_at)
    found = list(_findings(source, own, now, not_before=not_before, waiting=waiting))
    found.sort(key=lambda finding: finding[0] is not HealthState.FAULT)
    worked = [visit for visit in own if visit.outcome.works]
    return SourceHealth(
        source=source.name,
        state=found[0][0] if found else HealthState.OK,
        reasons=tuple(sentence for _, sentence in found),
        notes=tuple(_notes(source, own, now, waiting=waiting)) if source.enabled else (),
        last_visit=own[-1].ended_at if own else None,
        last_success=worked[-1].ended_at if worked else None,
        last_outcome=own[-1].outcome if own else None,
        cadence_min=source.cadence_min,
        expected_by=_last_new(own) + _cadence(source) if own else None,
    )


def problems(source: Source, visits: Sequence[Visit], now: datetime) -> list[str]:
    """Return what is wrong with *source* in Chinese, empty when all is well.

    *visits* may hold other sources' visits, in any order. A source that is switched off has no
    problem.
    """
    if not source.enabled:
        return []
    return [f"来源“{source.name}”{reason}" for reason in health(source, visits, now).reasons]


def _findings(
    source: Source,
    own: Sequence[Visit],
    now: datetime,
    *,
    not_before: datetime | None,
    waiting: int,
) -> Iterator[tuple[HealthState, str]]:
    if not source.enabled:
        yield HealthState.OFF, "已停用（enabled = false），不访问"
        return
    if not own:
        yield HealthState.NEVER, "尚未访问过"
        return
    yield from _failure(own) if not own[-1].outcome.works else _yield(source, own)
    if not_before is not None and not_before > now:
        yield HealthState.WARNING, f"已停止访问至 {_clock(not_before)}（对方拒绝或要求稍后再来）"
    if silence := _silence(source, own, now):
        yield HealthState.WARNING, silence
    if waiting > source.max_details:
        said = f"还有 {waiting} 条链接等待读取，一次访问最多读 {source.max_details} 条"
        yield HealthState.WARNING, said
    kept, passed_over = _kept(own, now)
    if passed_over and not kept:
        said = f"近 24 小时按关键词略过 {passed_over} 条，一条也没有留下，关键词可能过窄"
        yield HealthState.WARNING, said


def _failure(own: Sequence[Visit]) -> Iterator[tuple[HealthState, str]]:
    latest, row = own[-1], 0
    for visit in reversed(own):
        if visit.outcome.works:
            break
        row += 1
    first_failed = own[-row]
    passing = latest.outcome in _PASSING and row < FAILURES_OF_A_FAULT and row < len(own)
    reason = f"：{latest.reason}" if latest.reason else ""
    yield (
        HealthState.WARNING if passing else HealthState.FAULT,
        f"自{_clock(first_failed.started_at)}起{_FAILED[latest.outcome]}{reason}",
    )


def _yield(source: Source, own: Sequence[Visit]) -> Iterator[tuple[HealthState, str]]:
    """Say what a page that answers gives less of than it should."""
    found, usual = own[-1].found, _usual_yield(own[:-1])
    if source.min_yield == 0:
        return
    if found == 0:
        yield HealthState.FAULT, "页面打得开，却一条也没有读到，版式可能已变化（选择器失效）"
    elif found < source.min_yield:
        said = f"最近一次只读到 {found} 条，正常至少 {source.min_yield} 条，版式可能已变化"
        yield HealthState.WARNING, said
    elif usual is not None and found < usual * COLLAPSED:
        said = f"最近一次只读到 {found} 条，平时约 {usual:.0f} 条，版式可能已变化"
        yield HealthState.WARNING, said


def _usual_yield(earlier: Sequence[Visit]) -> float | None:
    """Return the median yield of the latest visits whose page was read anew."""
    read = [visit.found for visit in earlier if visit.outcome is VisitOutcome.OK]
    return median(read[-REMEMBERED:]) if len(read) >= KNOWN_VISITS else None


def _silence(source: Source, own: Sequence[Visit], now: datetime) -> str | None:
    since = _last_new(own)
    if now - since <= _cadence(source):
        return None
    hours, minutes = divmod(int((now - since).total_seconds()) // 60, 60)
    # Nobody looked is no silence of the source.
    unseen = "；其间没有访问过" if own[-1].ended_at <= since else ""
    return (
        f"已静默 {hours} 小时 {minutes} 分"
        f"（自{_clock(since)}起没有新帖，正常间隔 {source.cadence_min} 分钟{unseen}）"
    )


def _last_new(own: Sequence[Visit]) -> datetime:
    """Return when a visit last brought a new post; when none did, the beginning of the first."""
    return next((v.ended_at for v in reversed(own) if v.new > 0), own[0].started_at)


def _cadence(source: Source) -> timedelta:
    return timedelta(minutes=source.cadence_min)


def _kept(own: Sequence[Visit], now: datetime) -> tuple[int, int]:
    """Return how many posts of the last day were new, and how many the keywords left out."""
    recent = [visit for visit in own if visit.started_at > now - DAY]
    return sum(visit.new for visit in recent), sum(visit.passed_over for visit in recent)


def _notes(source: Source, own: Sequence[Visit], now: datetime, *, waiting: int) -> Iterator[str]:
    kept, passed_over = _kept(own, now)
    if passed_over and kept:
        yield f"近 24 小时按关键词略过 {passed_over} 条，留下 {kept} 条"
    if 0 < waiting <= source.max_details:
        yield f"还有 {waiting} 条链接等待读取"
    if 0 < len(own) < FEW_VISITS:
        yield f"只有 {len(own)} 次访问记录，判断把握较低"


def _clock(moment: datetime) -> str:
    return beijing(moment).strftime("%m月%d日%H:%M")
