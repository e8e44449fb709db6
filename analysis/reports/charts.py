"""Charts as plain SVG text: no script, nothing fetched, readable without colour.

A chart scales with its viewBox. It needs no style to be read; ``STYLE`` adds colour for light and
dark pages and larger letters on narrow screens. Hours are shown in Beijing time. Equal arguments
give equal text.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from analysis.reports.behind import extent, figure, moment, step
from analysis.reports.document import Chart, Points
from core.clock import beijing

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 28, 34, 34
MARK_ROW = 22
MARK_GAP = 24
SMALL_WIDTH, SMALL_HEIGHT = 300, 120
MAX_TICKS = 9
TICK_HOURS = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720)

STYLE = """\
.hy-chart{display:block;width:100%;height:auto;font-family:inherit;color:var(--hy-ink,currentColor)}
.hy-chart text{fill:var(--hy-muted,currentColor);font-size:10px;font-variant-numeric:tabular-nums}
.hy-small text{font-size:15px}
.hy-grid{stroke:var(--hy-grid,currentColor)}
.hy-bar{fill:var(--hy-bar,currentColor)}
.hy-usual{stroke:var(--hy-usual,currentColor)}
.hy-band{fill:var(--hy-usual,currentColor)}
.hy-missing{fill:var(--hy-missing,currentColor)}
.hy-mark{stroke:var(--hy-mark,currentColor)}
.hy-chart .hy-dot{fill:var(--hy-mark,currentColor)}
.hy-chart .hy-dot-text{fill:var(--hy-page,#fff);font-size:11px;font-weight:600}
.hy-multiples{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem}
@media (max-width:600px){.hy-large text{font-size:19px}.hy-large .hy-wide{display:none}
.hy-small text{font-size:20px}.hy-multiples{grid-template-columns:repeat(2,1fr)}
.hy-chart .hy-dot-text{font-size:14px}}
"""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where time and count lie on the drawing."""

    start: datetime
    end: datetime
    ceiling: int
    left: float
    right: float
    top: float
    bottom: float

    def x(self, moment: datetime) -> float:
        """Return the horizontal place of *moment*."""
        return self.left + (self.right - self.left) * (
            (moment - self.start) / (self.end - self.start)
        )

    def y(self, count: float) -> float:
        """Return the vertical place of *count*."""
        return self.bottom - (self.bottom - self.top) * count / self.ceiling


def rate_chart(
    points: Points,
    *,
    expected: Sequence[float] | None,
    marks: Sequence[tuple[datetime, str]],
    title: str,
    missing: Sequence[datetime] = (),
    interval: tuple[Sequence[float], Sequence[float]] | None = None,
    ahead: int = 0,
) -> str:
    """Return an SVG of counts as columns, the usual count as a broken line, and numbered marks.

    *expected* has one figure for each point, or is None while nothing is usual yet. *interval*
    holds the low and the high ends around it, drawn as a band. The last *ahead* points have no
    count yet. *marks* are
    moments with a text, shown as numbers in time order (``mark_list`` spells them out); those
    outside the chart are left out. *missing* holds starts of bins that nobody saw. Raises
    ``ValueError`` when *expected* or an end and *points* differ in length.
    """
    for line in (expected, *(interval or ())):
        if line is not None and len(line) != len(points):
            raise ValueError(f"{len(line)} expected figures for {len(points)} points")
    if not points:
        return _empty(title)
    width = step(points)
    starts = [moment for moment, _ in points] + list(missing)
    inside = _inside(marks, min(starts), max(starts) + width)
    rows = _mark_rows(inside, min(starts), max(starts) + width)
    top = TOP + MARK_ROW * (max(rows, default=-1) + 1)
    lines = [*(expected or ()), *(interval[1] if interval else ())]
    known = points[: len(points) - ahead]
    highest = max([0, *(count for _, count in known), *map(math.ceil, lines)])
    frame = _Frame(
        start=min(starts),
        end=max(starts) + width,
        ceiling=scale_top(highest),
        left=LEFT,
        right=WIDTH - RIGHT,
        top=top,
        bottom=top + HEIGHT - TOP - BOTTOM,
    )
    parts = [
        *_legend(
            counted=bool(known),
            usual=expected is not None,
            missing=bool(missing),
            interval=interval is not None,
        ),
        *_missing_bands(frame, missing, width),
        *_grid(frame),
        *_columns(frame, known, expected, width),
        *(_band(frame, points, interval, width) if interval is not None else ()),
        *(_usual_line(frame, points, expected, width) if expected is not None else ()),
        *_ticks(frame),
        *_marks(frame, inside, rows),
    ]
    return _svg(
        parts,
        known,
        title=title,
        css_class="hy-chart hy-large",
        width=WIDTH,
        height=int(frame.bottom + BOTTOM),
    )


def drawing(chart: Chart) -> str:
    """Return the SVG of a chart of a report."""
    return rate_chart(
        chart.points,
        expected=chart.expected,
        marks=chart.marks,
        title=chart.title,
        missing=chart.missing,
        interval=None if chart.low is None or chart.high is None else (chart.low, chart.high),
        ahead=chart.ahead,
    )


def small_chart(points: Points, *, title: str, ceiling: int) -> str:
    """Return a small SVG of columns whose full height is *ceiling*, for charts side by side."""
    if not points:
        return _empty(title)
    width = step(points)
    start, end = points[0][0], points[-1][0] + width
    frame = _Frame(start, end, max(ceiling, 1), 4, SMALL_WIDTH - 4, 8, SMALL_HEIGHT - 22)
    base = f'y1="{frame.bottom:.1f}" y2="{frame.bottom:.1f}"'
    parts = [
        *_columns(frame, points, None, width),
        (
            f'<line class="hy-grid" x1="4" x2="{SMALL_WIDTH - 4}" {base} '
            'stroke="currentColor" stroke-opacity="0.4"/>'
        ),
        _text(4, SMALL_HEIGHT - 6, tick_label(start), anchor="start"),
        _text(SMALL_WIDTH - 4, SMALL_HEIGHT - 6, tick_label(end), anchor="end"),
    ]
    return _svg(
        parts,
        points,
        title=title,
        css_class="hy-chart hy-small",
        width=SMALL_WIDTH,
        height=SMALL_HEIGHT,
    )


def small_multiples(series: Sequence[tuple[str, Points]]) -> str:
    """Return HTML with one small chart for each named series, all on the same scale."""
    ceiling = scale_top(max((count for _, points in series for _, count in points), default=0))
    cells = []
    for name, points in series:
        chart = small_chart(points, title=name, ceiling=ceiling)
        cells.append(
            f'<figure class="hy-multiple"><figcaption><b>{escape(name)}</b> '
            f"{extent(points)}</figcaption>{chart}</figure>"
        )
    return f'<div class="hy-multiples">{"".join(cells)}</div>'


def mark_list(marks: Sequence[tuple[datetime, str]], *, points: Points) -> str:
    """Return the HTML list that spells out the numbers of ``rate_chart``; empty without marks."""
    if not points:
        return ""
    inside = _inside(marks, points[0][0], points[-1][0] + step(points))
    if not inside:
        return ""
    items = "".join(f"<li>{moment(at)} {escape(text)}</li>" for at, text in inside)
    return f'<ol class="hy-marks">{items}</ol>'


def data_table(
    starts: Sequence[datetime],
    columns: Sequence[tuple[str, Sequence[float | None]]],
    *,
    caption: str,
) -> str:
    """Return the figures behind a chart as an HTML table; None is shown as a dash.

    Each column holds one figure for each of *starts*; a ``ValueError`` says when one does not.
    """
    for name, figures in columns:
        if len(figures) != len(starts):
            raise ValueError(f"{name}: {len(figures)} figures for {len(starts)} rows")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name, _ in columns)
    rows = "".join(
        f'<tr><th scope="row">{moment(start)}</th>'
        + "".join(f"<td>{figure(figures[n])}</td>" for _, figures in columns)
        + "</tr>"
        for n, start in enumerate(starts)
    )
    return (
        f'<table class="hy-table"><caption>{escape(caption)}</caption><thead><tr>'
        f'<th scope="col">时段（北京时间）</th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _svg(
    parts: Sequence[str], points: Points, *, title: str, css_class: str, width: int, height: int
) -> str:
    summary = "只有预测。"
    if points:
        at, highest = max(points, key=lambda point: point[1])
        total = sum(count for _, count in points)
        summary = f"共 {total} 条；最高为 {moment(at)} 起的 {highest} 条。"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{css_class}" role="img" '
        f'viewBox="0 0 {width} {height}" aria-label="{escape(title)}。{summary}">'
        f"<title>{escape(title)}</title><desc>{summary}</desc>{''.join(parts)}</svg>"
    )


def _empty(title: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="hy-chart hy-large" role="img" '
        f'viewBox="0 0 {WIDTH} 60" aria-label="{escape(title)}。没有数据。">'
        f"<title>{escape(title)}</title><desc>没有数据。</desc>"
        f"{_text(WIDTH / 2, 36, '没有数据')}</svg>"
    )


def _legend(*, counted: bool, usual: bool, missing: bool, interval: bool) -> list[str]:
    parts = []
    if counted:
        parts = [
            f'<rect class="hy-bar" x="{LEFT}" y="8" width="12" height="10" fill="currentColor"/>',
            _text(LEFT + 17, 18, "条数", anchor="start"),
        ]
    if usual:
        x = LEFT + 80
        parts += [
            (
                f'<path class="hy-usual" d="M{x} 13h22" fill="none" stroke="currentColor" '
                'stroke-width="2" stroke-dasharray="5 3"/>'
            ),
            _text(x + 27, 18, "预测" if interval else "平时同一时段", anchor="start"),
        ]
    if interval:
        parts += _legend_band("hy-band", LEFT + 170, "预测区间")
    if missing:
        parts += _legend_band("hy-missing", LEFT + (290 if interval else 250), "没有看到的时段")
    return parts


def _legend_band(css_class: str, x: int, words: str) -> list[str]:
    return [
        (
            f'<rect class="{css_class}" x="{x}" y="8" width="12" height="10" '
            'fill="currentColor" fill-opacity="0.22"/>'
        ),
        _text(x + 17, 18, words, anchor="start"),
    ]


def _missing_bands(frame: _Frame, missing: Sequence[datetime], step: timedelta) -> list[str]:
    return [
        f'<rect class="hy-missing" x="{frame.x(start):.1f}" y="{frame.top:.1f}" '
        f'width="{frame.x(start + step) - frame.x(start):.1f}" '
        f'height="{frame.bottom - frame.top:.1f}" fill="currentColor" fill-opacity="0.22">'
        f"<title>{moment(start)} 起没有看到</title></rect>"
        for start in missing
    ]


def _grid(frame: _Frame) -> list[str]:
    parts = []
    for value in range(0, frame.ceiling + 1, scale_step(frame.ceiling)):
        y = frame.y(value)
        opacity = "0.5" if value == 0 else "0.15"
        parts.append(
            f'<line class="hy-grid" x1="{frame.left}" x2="{frame.right}" y1="{y:.1f}" '
            f'y2="{y:.1f}" stroke="currentColor" stroke-opacity="{opacity}"/>'
        )
        parts.append(_text(frame.left - 5, y + 4, str(value), anchor="end"))
    return parts


def _columns(
    frame: _Frame, points: Points, expected: Sequence[float] | None, step: timedelta
) -> list[str]:
    parts = []
    for n, (start, count) in enumerate(points):
        left, width = frame.x(start), frame.x(start + step) - frame.x(start)
        usual = "" if expected is None else f"，平时约 {figure(expected[n])} 条"
        parts.append(
            f'<rect class="hy-bar" x="{left + 0.1 * width:.1f}" y="{frame.y(count):.1f}" '
            f'width="{0.8 * width:.1f}" height="{frame.bottom - frame.y(count):.1f}" '
            f'fill="currentColor"><title>{moment(start)} 起：{count} 条{usual}</title></rect>'
        )
    return parts


def _usual_line(
    frame: _Frame, points: Points, expected: Sequence[float], step: timedelta
) -> list[str]:
    path = ""
    last: datetime | None = None
    for (start, _), usual in zip(points, expected, strict=True):
        move = "L" if last == start else "M"
        y = frame.y(usual)
        path += f"{move}{frame.x(start):.1f} {y:.1f}L{frame.x(start + step):.1f} {y:.1f}"
        last = start + step
    return [
        (
            f'<path class="hy-usual" d="{path}" fill="none" stroke="currentColor" stroke-width="2" '
            'stroke-dasharray="5 3"/>'
        )
    ]


def _band(
    frame: _Frame,
    points: Points,
    interval: tuple[Sequence[float], Sequence[float]],
    width: timedelta,
) -> list[str]:
    """Return the interval around what is expected, a step for each bin."""
    parts = []
    for (start, _), low, high in zip(points, *interval, strict=True):
        left, right = frame.x(start), frame.x(start + width)
        parts.append(
            f'<rect class="hy-band" x="{left:.1f}" y="{frame.y(high):.1f}" '
            f'width="{right - left:.1f}" height="{frame.y(low) - frame.y(high):.1f}" '
            f'fill="currentColor" fill-opacity="0.22"><title>{moment(start)} 起：预测区间 '
            f"{figure(low)}—{figure(high)} 条</title></rect>"
        )
    return parts


def time_ticks(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Return the moments that a time axis names, at most nine or so, and their labels."""
    hours = (end - start) / timedelta(hours=1)
    every = next((h for h in TICK_HOURS if hours / h < MAX_TICKS), TICK_HOURS[-1])
    midnight = beijing(start).replace(hour=0, minute=0, second=0, microsecond=0)
    first = math.ceil((start - midnight) / timedelta(hours=every))
    last = math.floor((end - midnight) / timedelta(hours=every))
    moments = [midnight + n * timedelta(hours=every) for n in range(first, last + 1)]
    return [(at, tick_label(at)) for at in moments]


def _ticks(frame: _Frame) -> list[str]:
    """Return the labels of the time axis; every second one only where there is room."""
    parts = []
    for n, (at, label) in enumerate(time_ticks(frame.start, frame.end)):
        x = frame.x(at)
        parts.append(
            f'<line class="hy-grid" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom:.1f}" '
            f'y2="{frame.bottom + 5:.1f}" stroke="currentColor" stroke-opacity="0.5"/>'
        )
        wide = "hy-wide" if n % 2 else ""
        at_edge = x > frame.right - 10
        parts.append(
            _text(
                WIDTH - 1 if at_edge else x,
                frame.bottom + 22,
                label,
                anchor="end" if at_edge else "middle",
                css_class=wide,
            )
        )
    return parts


def _inside(
    marks: Sequence[tuple[datetime, str]], start: datetime, end: datetime
) -> list[tuple[datetime, str]]:
    return sorted(mark for mark in marks if start <= mark[0] <= end)


def _mark_rows(marks: Sequence[tuple[datetime, str]], start: datetime, end: datetime) -> list[int]:
    width = WIDTH - LEFT - RIGHT
    return rows_apart([(at - start) / (end - start) for at, _ in marks], MARK_GAP / width)


def rows_apart(places: Sequence[float], gap: float) -> list[int]:
    """Return a row for each of *places* (rising), so that within one none are closer than *gap*."""
    taken: list[float] = []
    rows = []
    for x in places:
        row = next((n for n, last in enumerate(taken) if x - last >= gap), len(taken))
        if row == len(taken):
            taken.append(x)
        taken[row] = x
        rows.append(row)
    return rows


def _marks(frame: _Frame, marks: Sequence[tuple[datetime, str]], rows: Sequence[int]) -> list[str]:
    parts = []
    for number, ((at, text), row) in enumerate(zip(marks, rows, strict=True), start=1):
        x, y = frame.x(at), TOP + MARK_ROW * row + 8
        parts.append(
            f"<g><title>{moment(at)} {escape(text)}</title>"
            f'<line class="hy-mark" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{frame.bottom:.1f}" '
            'stroke="currentColor" stroke-dasharray="2 3"/>'
            f'<circle class="hy-dot" cx="{x:.1f}" cy="{y}" r="10" fill="currentColor"/>'
            f'<text class="hy-dot-text" x="{x:.1f}" y="{y + 4.5}" text-anchor="middle" '
            f'font-size="11" fill="#fff">{number}</text></g>'
        )
    return parts


def _text(x: float, y: float, words: str, *, anchor: str = "middle", css_class: str = "") -> str:
    named = f' class="{css_class}"' if css_class else ""
    return (
        f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="10" '
        f'fill="currentColor">{escape(words)}</text>'
    )


def scale_step(ceiling: int) -> int:
    """Return a round step that gives at most six grid lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if ceiling <= 5 * factor * size:
                return factor * size
        size *= 10


def scale_top(highest: int) -> int:
    """Return the round number at which the axis of counts ends."""
    apart = scale_step(max(highest, 4))
    return apart * math.ceil(max(highest, 4) / apart)


def tick_label(moment: datetime) -> str:
    """Return what a time axis says at *moment*: the day at midnight, else the hour."""
    local = beijing(moment)
    if local.hour == 0 and local.minute == 0:
        return f"{local.month}月{local.day}日"
    return f"{local:%H:%M}"
