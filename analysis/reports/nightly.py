"""The nightly report (日报, D03): one HTML page of a day, honest about what was not seen.

It counts matters and shows the wording of claims and questions, never what a single person wrote.
No figure in it is a target.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.coverage import gaps
from analysis.records import Alert, Claim, Coverage, Question
from analysis.reports import charts
from core.clock import beijing
from core.lexicon import load_lexicon
from core.vocabulary import AlertKind, AlertState, ConcernLevel

SHOWN = 10
"""Rows of a list; the rest is told as a number."""
BLIND = "未能监测"
DAY_HOURS = 24

_RISES = (AlertKind.VOLUME_RISE, AlertKind.SENTIMENT_RISE)


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of the day beside what is usual."""

    name: str
    """In Chinese, such as 提问."""
    count: int
    median: float | None
    """Of the seven days before; None while fewer are known."""
    note: str = ""
    """Such as 转办 3，办结 2."""


@dataclass(frozen=True, slots=True)
class NewTopic:
    """Something people began to speak of on this day."""

    name: str
    posts: int
    first_seen: datetime
    place: str | None
    question: str
    """Its most asked question, empty when nobody asks."""


@dataclass(frozen=True, slots=True)
class PromiseDue:
    """Something that was publicly promised, or a check that was asked for, with a due moment."""

    text: str
    unit: str
    """Name of the responsible unit."""
    due: datetime
    state: str
    """In Chinese, such as 未到期, 已逾期, 已履行."""


@dataclass(frozen=True, slots=True)
class OwnStatement:
    """A text of our own that became public on this day."""

    statement_id: str
    title: str
    kind: str
    """In Chinese, such as 辟谣说明."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NightlyData:
    """Everything the report of one day is made of; lists stand in the order to be shown."""

    day: date
    """In Beijing time, 00:00 to 24:00."""
    office: str
    version: str
    """Of the software."""
    made_at: datetime
    totals: tuple[Total, ...]
    """Posts, questions, help, claims to check, statements, corrections; the first is posts."""
    alerts: tuple[Alert, ...]
    """Of this day. The highest that is no false alarm gives the status; rises are listed."""
    topics: tuple[NewTopic, ...]
    unanswered: tuple[Question, ...]
    claims: tuple[Claim, ...]
    """Claims still to be checked."""
    promises: tuple[PromiseDue, ...]
    statements: tuple[OwnStatement, ...]
    coverage: Coverage
    duplicates: int
    """Posts of the day whose text was a copy; counted once in every figure above."""
    hourly: tuple[tuple[datetime, int], ...]
    """Relevant posts for each hour that was seen."""
    usual: tuple[float, ...] | None
    """What is usual in each of those hours; None while unknown."""
    emotions: tuple[tuple[str, tuple[tuple[datetime, int], ...]], ...]
    """Chinese name of an emotion, with its hourly posts."""


def status(data: NightlyData) -> str:
    """Return the day's status word, from the highest alert that is no false alarm.

    A day on which nothing was gathered is called 未能监测, for silence proves no calm.
    """
    levels = [alert.level for alert in data.alerts if alert.state is not AlertState.FALSE]
    if not levels and is_blind(data):
        return BLIND
    return min(max(levels, default=ConcernLevel.C0), ConcernLevel.C3).label


def is_blind(data: NightlyData) -> bool:
    """Tell whether no hour of the day was seen and no post came in any other way."""
    return len(data.coverage.hours_missing) >= DAY_HOURS and not any(n for _, n in data.hourly)


def is_quiet(data: NightlyData) -> bool:
    """Tell whether the day held nothing that anybody has to act on or know."""
    lists: Sequence[Sequence[object]] = (
        data.alerts, data.topics, data.unanswered, data.claims, data.promises, data.statements,
    )  # fmt: skip
    return not any(lists)


def render(data: NightlyData) -> str:
    """Return the report as one HTML page that needs nothing else; equal data, equal bytes."""
    rises = [alert for alert in data.alerts if alert.kind in _RISES]
    return (
        _environment()
        .get_template("nightly.html")
        .render(
            data=data,
            status=status(data),
            quiet=is_quiet(data),
            blind=is_blind(data),
            gaps=gaps(data.coverage),
            rises=rises,
            shown=SHOWN,
            style=charts.STYLE,
            **_drawings(data, rises),
        )
    )


def change(total: Total) -> str:
    """Return how *total* stands against its median, in Chinese and without judgement.

    >>> change(Total("提问", 30, 20.0))
    '7日中位 20，+50%'
    """
    if total.median is None:
        return "历史不足，暂无中位数"
    usual = f"7日中位 {total.median:g}"
    if not total.median:
        return usual
    percent = round(100 * (total.count - total.median) / total.median)
    return f"{usual}，{'持平' if percent == 0 else f'{percent:+d}%'}"


def _drawings(data: NightlyData, rises: Sequence[Alert]) -> dict[str, str]:
    marks = [(alert.raised_at, f"{alert.level.label}：{alert.topic}") for alert in rises]
    marks += [(s.published_at, f"发布：{s.title}") for s in data.statements]
    starts = [start for start, _ in data.hourly]
    columns: list[tuple[str, Sequence[float | None]]] = [("条数", [n for _, n in data.hourly])]
    if data.usual is not None:
        columns.append(("平时同一时段", data.usual))
    emotions = [(name, _by_hour(points, starts)) for name, points in data.emotions]
    return {
        "rate": charts.rate_chart(
            data.hourly,
            expected=data.usual,
            marks=marks,
            title="每小时相关信息条数",
            missing=data.coverage.hours_missing,
        ),
        "marks": charts.mark_list(marks, points=data.hourly),
        "rate_table": charts.data_table(starts, columns, caption="每小时相关信息条数"),
        "emotions": charts.small_multiples(data.emotions),
        "emotion_table": charts.data_table(starts, emotions, caption="每小时各类情绪条数"),
    }


def _by_hour(
    points: Sequence[tuple[datetime, int]], starts: Sequence[datetime]
) -> list[float | None]:
    known = dict(points)
    return [known.get(start) for start in starts]


def _clock_time(moment: datetime) -> str:
    return f"{beijing(moment):%H:%M}"


def _day_time(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _count(value: float) -> str:
    return f"{value:.0f}" if value >= 1 or value == 0 else "不足 1"


def _concern(name: str | None) -> str:
    return load_lexicon().concern_names.get(name or "", "—")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        change=change, clock_time=_clock_time, day_time=_day_time, count=_count, concern=_concern
    )
    return environment
