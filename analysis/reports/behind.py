"""The figures behind a chart, as a table that every form of a report shows below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from analysis.reports.document import Chart, Column, ColumnKind, Multiples, Points, Table
from core.clock import beijing

TIME_COLUMN = "时段（北京时间）"
UNSEEN = "未看到"
NONE = "—"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One bin of a chart."""

    start: datetime
    figures: tuple[float | None, ...]
    """One for each name; None where there is none."""
    missing: bool = False


def names(chart: Chart | Multiples) -> tuple[str, ...]:
    """Return the names of the figures that each bin of *chart* has."""
    if isinstance(chart, Multiples):
        return tuple(name for name, _ in chart.series)
    if chart.expected is None:
        return ("条数",)
    if chart.low is None:
        return ("条数", "平时")
    return ("条数", "预测", "区间下限", "区间上限")


def rows(chart: Chart | Multiples) -> list[Row]:
    """Return the bins of *chart* in time order, with those that nobody saw among them.

    Raises ``ValueError`` when a line holds another number of figures than there are points, or
    an interval has one end.
    """
    if isinstance(chart, Multiples):
        known = [dict(points) for _, points in chart.series]
        starts = sorted({start for points in known for start in points})
        return [Row(start, tuple(points.get(start) for points in known)) for start in starts]
    if (chart.low is None) != (chart.high is None):
        raise ValueError(f"{chart.title}: an interval has two ends")
    counts = [count for _, count in chart.points]
    lines = [line for line in (chart.expected, chart.low, chart.high) if line is not None]
    for line in lines:
        if len(line) != len(counts):
            raise ValueError(f"{chart.title}: {len(line)} figures for {len(counts)} points")
    starts = [start for start, _ in chart.points]
    seen_until = len(counts) - chart.ahead
    figures = zip([*counts[:seen_until], *[None] * chart.ahead], *lines, strict=True)
    seen = [Row(start, line) for start, line in zip(starts, figures, strict=True)]
    width = 1 + len(lines)
    unseen = [Row(start, (None,) * width, missing=True) for start in chart.missing]
    return sorted([*seen, *unseen], key=lambda row: row.start)


def table(chart: Chart | Multiples) -> Table:
    """Return the figures behind *chart* as a table, a row for each bin."""
    found = rows(chart)
    label, times = _times([row.start for row in found])
    return Table(
        caption=f"{chart.title}：数据",
        columns=(
            Column(label, ColumnKind.TIME),
            *(Column(name, ColumnKind.NUMBER) for name in names(chart)),
        ),
        rows=tuple(
            (
                time,
                *(
                    UNSEEN if row.missing and n == 0 else figure(value)
                    for n, value in enumerate(row.figures)
                ),
            )
            for time, row in zip(times, found, strict=True)
        ),
    )


def _times(starts: Sequence[datetime]) -> tuple[str, list[str]]:
    """Return the head of the column of times, and each as short as it can be."""
    days = {beijing(start).date() for start in starts}
    if len(days) == 1:
        return moment(starts[0], by_day=True), [f"{beijing(start):%H:%M}" for start in starts]
    if step([(start, 0) for start in starts]) >= DAY:
        return "日期", [moment(start, by_day=True) for start in starts]
    return TIME_COLUMN, [moment(start) for start in starts]


def folded(long: Table, columns: int) -> Table:
    """Return *long* with its rows set side by side, in at most *columns* columns, read downwards.

    >>> two = (Column("时"), Column("条"))
    >>> folded(Table("", two, (("1", "5"), ("2", "6"), ("3", "7"))), 4).rows
    (('1', '5', '3', '7'), ('2', '6', '', ''))
    """
    width = len(long.columns)
    across = max(1, min(columns // width, len(long.rows)))
    height = -(-len(long.rows) // across)
    across = -(-len(long.rows) // height) if height else 1
    blank = ("",) * width
    padded = (*long.rows, *[blank] * (across * height - len(long.rows)))
    return Table(
        caption=long.caption,
        columns=long.columns * across,
        rows=tuple(
            tuple(cell for part in range(across) for cell in padded[part * height + n])
            for n in range(height)
        ),
        more=long.more,
    )


def summary(chart: Chart | Multiples) -> str:
    """Return in one sentence what *chart* shows, for those who do not see it."""
    if isinstance(chart, Multiples):
        parts = [
            f"{name}共 {sum(count for _, count in points)} 条" for name, points in chart.series
        ]
        return f"{chart.title}。{'，'.join(parts) or '没有数据'}。"
    known = counted(chart)
    if not known:
        return f"{chart.title}。没有数据。" if not chart.points else f"{chart.title}。只有预测。"
    by_day = step(chart.points) >= DAY
    at, highest = max(known, key=lambda point: point[1])
    total = sum(count for _, count in known)
    when = moment(at, by_day=by_day)
    return f"{chart.title}。共 {total} 条；最高为 {when}{'' if by_day else ' 起'}的 {highest} 条。"


def extent(points: Points) -> str:
    """Return in words how many there are in all and in the highest bin."""
    counts = [count for _, count in points]
    bin_name = "单日" if step(points) >= DAY else "单时"
    return f"共 {sum(counts)} 条，{bin_name}最高 {max(counts, default=0)} 条"


def how_to_read(chart: Chart) -> str:
    """Return how the interval and the missing bins are to be read; empty when there are none."""
    told = []
    if chart.low is not None:
        told.append("色带是预测区间：实际条数多半落在带内，出带才值得留意；预测不是目标。")
    if chart.missing:
        told.append("底色加深的时段没有看到，不等于没有人说。")
    return "".join(told)


def counted(chart: Chart) -> Points:
    """Return the points of *chart* that do not lie ahead."""
    return chart.points[: len(chart.points) - chart.ahead]


def step(points: Points) -> timedelta:
    """Return the width of a bin, an hour when there are fewer than two."""
    return min((b[0] - a[0] for a, b in pairwise(points)), default=timedelta(hours=1))


def inside(chart: Chart) -> list[tuple[datetime, str]]:
    """Return the marks of *chart* that lie within it, in time order: number one is the first."""
    starts = [start for start, _ in chart.points] + list(chart.missing)
    if not chart.points:
        return []
    end = max(starts) + step(chart.points)
    return sorted(mark for mark in chart.marks if min(starts) <= mark[0] <= end)


def moment(at: datetime, *, by_day: bool = False) -> str:
    """Return a moment or a day as it stands in every form of a report.

    >>> from datetime import UTC
    >>> moment(datetime(2031, 6, 17, 1, tzinfo=UTC))
    '6月17日 09:00'
    """
    local = beijing(at)
    day = f"{local.month}月{local.day}日"
    return day if by_day else f"{day} {local:%H:%M}"


def figure(value: float | None) -> str:
    """Return a figure without needless digits; a dash for None."""
    if value is None:
        return NONE
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def longest(lines: Sequence[str]) -> int:
    """Return the width of the widest of *lines*, an ideograph counting two."""
    return max((sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in lines), default=0)
