"""Coverage: what a period's figures do not show. Silence and blindness must not look alike."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from analysis.records import Coverage, SourceCoverage
from core.clock import beijing
from core.vocabulary import VisitOutcome
from crawler.records import Visit

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)

NO_VISIT = "本时段没有访问记录"
FILES_ONLY = "本时段数据来自导入文件，未监测网上来源；文件之外的信息没有看到。"


def coverage(
    start: datetime,
    end: datetime,
    *,
    visits: Sequence[Visit],
    defects: Mapping[str, int],
    sources: Sequence[str],
) -> Coverage:
    """Return what was and was not seen from *start* (included) to *end* (excluded).

    An hour counts as seen when a visit that worked overlaps it. Hours are missing when there were
    visits, or sources listed in *sources*, but none seen; when there is neither, the posts came
    from files and no hour is missing (``gaps`` says so). Visits outside the period are ignored.
    Raises ``ValueError`` when *end* is not after *start*.
    """
    if end <= start:
        raise ValueError(f"period ends at {end}, which is not after its start {start}")
    inside = [visit for visit in visits if _overlaps(visit, start, end)]
    names = dict.fromkeys([*sources, *sorted(visit.source for visit in inside)])
    return Coverage(
        start=start,
        end=end,
        sources=tuple(_of_source(name, inside) for name in names),
        hours_missing=tuple(
            hour for hour in _hours(start, end) if names and not _seen(hour, start, end, inside)
        ),
        defects=dict(sorted(defects.items())),
    )


def gaps(seen: Coverage) -> tuple[str, ...]:
    """Return sentences in Chinese about everything that was not seen; empty when all was."""
    if not seen.sources:
        sentences = [FILES_ONLY]
    else:
        sentences = [f"来源“{s.source}”{why}" for s in seen.sources if (why := _trouble(s))]
    if seen.hours_missing:
        sentences.append(
            f"有 {len(seen.hours_missing)} 个小时没有任何来源正常：{_spans(seen.hours_missing)}"
        )
    sentences += [f"{reason}：{count} 条未能读入" for reason, count in seen.defects.items()]
    return tuple(sentences)


def _of_source(name: str, visits: Sequence[Visit]) -> SourceCoverage:
    own = sorted((v for v in visits if v.source == name), key=lambda visit: visit.ended_at)
    if not own:
        return SourceCoverage(name, 0, 0, None, VisitOutcome.UNREACHABLE, NO_VISIT)
    worked = [visit for visit in own if visit.outcome.works]
    return SourceCoverage(
        source=name,
        visits=len(own),
        failures=len(own) - len(worked),
        last_success=worked[-1].ended_at if worked else None,
        last_outcome=own[-1].outcome,
        reason="" if own[-1].outcome.works else own[-1].reason,
    )


def _hours(start: datetime, end: datetime) -> list[datetime]:
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [first + n * HOUR for n in range(-(-(end - first) // HOUR))]


def _seen(hour: datetime, start: datetime, end: datetime, visits: Sequence[Visit]) -> bool:
    begin, finish = max(hour, start), min(hour + HOUR, end)
    return any(v.outcome.works and _overlaps(v, begin, finish) for v in visits)


def _overlaps(visit: Visit, start: datetime, end: datetime) -> bool:
    """Tell whether any of *visit* lies in the period; a visit lasts at least an instant."""
    return visit.started_at < end and max(visit.ended_at, visit.started_at + INSTANT) > start


def _trouble(source: SourceCoverage) -> str:
    if source.visits == 0:
        return "：" + NO_VISIT
    if source.last_success is None:
        why = source.reason or source.last_outcome.label
        return f"：{source.visits} 次访问全部失败（{why}）"
    if not source.last_outcome.works:
        when = beijing(source.last_success)
        why = source.reason or source.last_outcome.label
        return f"：{when.month}月{when.day}日 {when:%H:%M} 之后没有成功访问（{why}）"
    return f"：{source.visits} 次访问中 {source.failures} 次失败" if source.failures else ""


def _spans(hours: Sequence[datetime]) -> str:
    """Return hours as spans of Beijing time, such as 6月17日 02:00—05:00、09:00—10:00."""
    runs: list[list[datetime]] = []
    for hour in hours:
        if runs and hour - runs[-1][1] == timedelta(0):
            runs[-1][1] = hour + HOUR
        else:
            runs.append([hour, hour + HOUR])
    parts = []
    day = None
    for first, last in ((beijing(a), beijing(b)) for a, b in runs):
        date = f"{first.month}月{first.day}日 " if first.date() != day else ""
        parts.append(f"{date}{first:%H:%M}—{_until(first, last)}")
        day = first.date()
    return "、".join(parts)


def _until(first: datetime, last: datetime) -> str:
    """Return the end of a span; midnight belongs to the day before it, as 24:00."""
    days = (last.date() - first.date()).days
    if last.hour == 0 and days == 1:
        return "24:00"
    date = {0: "", 1: "次日 "}.get(days, f"{last.month}月{last.day}日 ")
    return f"{date}{last:%H:%M}"
