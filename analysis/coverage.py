"""Coverage: what a period's figures do not show. Silence and blindness must not look alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from types import MappingProxyType

from analysis.records import Coverage, SourceCoverage, Unheard
from core.clock import beijing
from core.vocabulary import VisitOutcome
from crawler.records import Import, Visit

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
BEGUN = timedelta(minutes=15)
"""An hour of which the period holds less than this, at its end, is not missed yet."""
HEARD_WITHIN = timedelta(days=30)
"""A channel that was silent for longer is no longer missed."""
TOGETHER = 10
"""More sources than this with the same trouble are told in one sentence."""
TOGETHER_IN_BRIEF = 2
NAMED = 3
"""Names told of many; the rest is told as a number."""
SPANS = 6
"""Spans of time told of many."""

CHANNEL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "forum": "论坛贴吧",
        "gov_comments": "政务账号评论区",
        "group_share": "群聊公开转发",
        "hotline": "热线工单",
        "news": "新闻与评论",
        "official": "官方发布",
        "short_video": "短视频",
        "wechat": "微信公众号",
        "weibo": "微博",
    }
)
"""Screen words of the usual channels; any other channel is shown as its source wrote it."""

NO_VISIT = "本时段没有访问记录"
NOTHING_SEEN = "没有列出来源，也没有导入文件：本时段什么都没有看到。"
FILES_ONLY = "本时段数据来自导入文件，未监测网上来源；文件之外的信息没有看到。"

Span = tuple[datetime, datetime]
Heard = Mapping[tuple[str, str], datetime]
"""(Channel, source) -> when its newest known post was published."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What should be heard: the list of sources, and who was heard before."""

    online: Collection[tuple[str, str]] = ()
    """(Channel, source) of what is listed, or was visited, and is switched on."""
    switched_off: tuple[str, ...] = ()
    heard: Heard = field(default_factory=dict)
    """Of the period and the 30 days before its end."""
    imports: Sequence[Import] = ()
    """Files taken in during the period."""


def coverage(
    start: datetime,
    end: datetime,
    *,
    visits: Sequence[Visit],
    defects: Mapping[str, int],
    sources: Sequence[str],
    expected: Expected | None = None,
) -> Coverage:
    """Return what was and was not seen from *start* (included) to *end* (excluded).

    An hour counts as seen when a visit that worked overlaps it; one that has only just begun at
    *end* is not judged. Hours are missing when there were
    visits, or sources listed in *sources*, but none seen; when there is neither, the posts came
    from files and no hour is missing (``gaps`` says so). Visits outside the period are ignored.
    *expected* tells who should have been heard. Raises ``ValueError`` when *end* is not after
    *start*.
    """
    if end <= start:
        raise ValueError(f"period ends at {end}, which is not after its start {start}")
    inside = [visit for visit in visits if _overlaps(visit, start, end)]
    names = dict.fromkeys([*sources, *sorted(visit.source for visit in inside)])
    by_name: dict[str, list[Visit]] = {name: [] for name in names}
    for visit in sorted(inside, key=lambda visit: visit.ended_at):
        by_name[visit.source].append(visit)
    seen = tuple(_of_source(name, own, start, end) for name, own in by_name.items())
    return Coverage(
        start=start,
        end=end,
        sources=seen,
        hours_missing=tuple(_hours_missing(start, end, inside)) if names else (),
        defects=dict(sorted(defects.items())),
        unheard=_unheard(start, end, seen, expected) if expected else (),
        switched_off=expected.switched_off if expected else (),
        files=expected is None or bool(expected.imports) or _any_heard(expected, start, end),
    )


def _any_heard(expected: Expected, start: datetime, end: datetime) -> bool:
    return any(start <= at < end for at in expected.heard.values())


def gaps(seen: Coverage, *, together: int = TOGETHER) -> tuple[str, ...]:
    """Return sentences in Chinese about everything that was not seen, the worst first.

    Empty when all was. More than *together* sources with the same trouble share a sentence.
    """
    sentences = [] if seen.sources else [FILES_ONLY if seen.files else NOTHING_SEEN]
    if seen.hours_missing:
        hours = [(hour, hour + HOUR) for hour in seen.hours_missing]
        sentences.append(f"有 {len(hours)} 个小时没有任何来源正常：{_told(hours)}")
    dark = [source for source in seen.sources if source.last_success is None]
    lit = [source for source in seen.sources if source.last_success is not None]
    failing = [source for source in lit if not source.last_outcome.works]
    sentences += _troubles([*dark, *failing], together)
    if seen.unheard:
        told = "、".join(f"{channel_name(u.channel)}（{u.reason}）" for u in seen.unheard)
        sentences.append(f"没有听到的渠道：{told}")
    recovered = [source for source in lit if source.last_outcome.works and source.failures]
    sentences += _troubles(recovered, together)
    if seen.switched_off:
        sentences.append(f"已停用、没有访问的来源：{_listed(seen.switched_off)}")
    if passed_over := [s for s in seen.sources if s.passed_over]:
        told = "、".join(f"来源“{s.source}” {s.passed_over} 条" for s in passed_over)
        sentences.append(f"按关键词略过、没有收入：{told}")
    sentences += [f"{reason}：{count} 条未能读入" for reason, count in seen.defects.items()]
    return tuple(sentences)


def brief(seen: Coverage, most: int) -> tuple[str, ...]:
    """Return the *most* important sentences of ``gaps``; the last tells how many it leaves out."""
    told = gaps(seen, together=TOGETHER_IN_BRIEF)
    if len(told) <= most:
        return told
    return (*told[: most - 1], f"另有 {len(told) - most + 1} 项没有看到")


def channel_name(channel: str) -> str:
    """Return what a channel is called on screens.

    >>> channel_name("hotline")
    '热线工单'
    """
    return CHANNEL_NAMES.get(channel, channel)


# What was seen


def _of_source(name: str, own: Sequence[Visit], start: datetime, end: datetime) -> SourceCoverage:
    if not own:
        down = ((start, end),)
        return SourceCoverage(name, 0, 0, None, VisitOutcome.UNREACHABLE, NO_VISIT, down)
    worked = [visit for visit in own if visit.outcome.works]
    return SourceCoverage(
        source=name,
        visits=len(own),
        failures=len(own) - len(worked),
        last_success=worked[-1].ended_at if worked else None,
        last_outcome=own[-1].outcome,
        reason="" if own[-1].outcome.works else own[-1].reason,
        down=tuple(_down(own, start, end)),
        passed_over=sum(visit.passed_over for visit in own),
    )


def _down(own: Sequence[Visit], start: datetime, end: datetime) -> list[Span]:
    """Return the spans from a visit that failed to the next that worked, or to the end.

    A source whose first visit failed was not seen since the beginning.
    """
    spans: list[Span] = []
    first = start
    for works, row in groupby(own, key=lambda visit: visit.outcome.works):
        visits = list(row)
        if works:
            if spans:
                spans[-1] = (spans[-1][0], max(visits[0].started_at, start))
            continue
        first = start if visits[0] is own[0] else visits[0].started_at
        spans.append((first, end))
    return spans


def _hours_missing(start: datetime, end: datetime, visits: Sequence[Visit]) -> list[datetime]:
    """Return the starts of the hours that no visit that worked overlaps."""
    seen: set[datetime] = set()
    for visit in visits:
        if visit.outcome.works:
            last = min(max(visit.ended_at, visit.started_at + INSTANT), end) - INSTANT
            hour = _hour(max(visit.started_at, start))
            while hour <= last:
                seen.add(hour)
                hour += HOUR
    first = _hour(start)
    hours = [first + n * HOUR for n in range(-(-(end - first) // HOUR))]
    if len(hours) > 1 and end - hours[-1] < BEGUN:
        del hours[-1]
    return [hour for hour in hours if hour not in seen]


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _overlaps(visit: Visit, start: datetime, end: datetime) -> bool:
    """Tell whether any of *visit* lies in the period; a visit lasts at least an instant."""
    return visit.started_at < end and max(visit.ended_at, visit.started_at + INSTANT) > start


# Who was not heard


def _unheard(
    start: datetime, end: datetime, seen: Sequence[SourceCoverage], expected: Expected
) -> tuple[Unheard, ...]:
    """Return the channels that are listed or were heard lately and gave nothing now."""
    lately = {key: at for key, at in expected.heard.items() if end - HEARD_WITHIN <= at < end}
    heard = {channel for (channel, _), at in lately.items() if at >= start}
    missed = {channel for channel, _ in (*expected.online, *lately)} - heard
    failing = {source.source for source in seen if source.last_success is None}
    return tuple(
        Unheard(channel, _why_unheard(channel, _when(start, end), lately, failing, expected))
        for channel in sorted(missed)
    )


def _why_unheard(
    channel: str, when: str, lately: Heard, failing: set[str], expected: Expected
) -> str:
    online = {name for of, name in expected.online if of == channel}
    if online:
        return "来源没有访问成功" if online <= failing else f"来源正常，{when}没有新帖"
    files = {name for of, name in lately if of == channel}
    taken_in = files & {done.source for done in expected.imports}
    if files & set(expected.switched_off):
        return "来源已停用"
    return f"{when}的导入文件中没有" if taken_in else f"{when}没有导入文件"


def _when(start: datetime, end: datetime) -> str:
    """Return what the period is called: 今日 for a whole day of Beijing time."""
    local = beijing(start)
    if end - start == DAY and (local.hour, local.minute) == (0, 0):
        return "今日"
    hours = round((end - start) / HOUR)
    return f"近 {hours} 小时" if hours else "本时段"


# Words


def _troubles(sources: Sequence[SourceCoverage], together: int) -> list[str]:
    """Return a sentence for each source, or for many with the same trouble, in their order."""
    by_trouble: dict[str, list[str]] = {}
    for source in sources:
        by_trouble.setdefault(_trouble(source), []).append(source.source)
    sentences = []
    for trouble, names in by_trouble.items():
        if len(names) > together:
            sentences.append(f"{_listed(names)}：{trouble}")
        else:
            sentences += [f"来源“{name}”：{trouble}" for name in names]
    return sentences


def _trouble(source: SourceCoverage) -> str:
    if source.visits == 0:
        return NO_VISIT
    why = source.reason or source.last_outcome.label
    if source.last_success is None:
        return f"{source.visits} 次访问全部失败（{why}），{_told(source.down)} 没有看到"
    if not source.last_outcome.works:
        when = beijing(source.last_success)
        return f"{when.month}月{when.day}日 {when:%H:%M} 之后没有成功访问（{why}）"
    return f"{source.visits} 次访问中 {source.failures} 次失败，{_told(source.down)} 没有看到"


def _listed(names: Sequence[str]) -> str:
    told = "、".join(f"来源“{name}”" for name in names[:NAMED])
    return told if len(names) <= NAMED else f"{told}等 {len(names)} 个来源"


def _told(spans: Sequence[Span]) -> str:
    """Return spans in Beijing time, such as 6月17日 02:00—05:00、09:00—10:00."""
    parts = []
    day = None
    joined = _joined(spans)
    for first, last in ((beijing(a), beijing(b)) for a, b in joined[:SPANS]):
        date = f"{first.month}月{first.day}日 " if first.date() != day else ""
        parts.append(f"{date}{first:%H:%M}—{_until(first, last)}")
        day = first.date()
    return "、".join(parts) + (f"等 {len(joined)} 段" if len(joined) > SPANS else "")


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return spans with those that touch made one."""
    joined: list[Span] = []
    for first, last in spans:
        if joined and first == joined[-1][1]:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _until(first: datetime, last: datetime) -> str:
    """Return the end of a span; midnight belongs to the day before it, as 24:00."""
    days = (last.date() - first.date()).days
    if last.hour == last.minute == 0 and days == 1:
        return "24:00"
    date = {0: "", 1: "次日 "}.get(days, f"{last.month}月{last.day}日 ")
    return f"{date}{last:%H:%M}"
