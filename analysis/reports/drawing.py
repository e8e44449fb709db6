"""Charts as pictures for paper: lettered in Chinese, readable without colour, equal for equal data.

matplotlib is used through its objects alone, so that no setting of the machine and no earlier
chart shows in a picture. Times are in Beijing time.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.transforms import blended_transform_factory, offset_copy

from analysis.reports import behind, charts
from analysis.reports.document import Chart, Multiples, Points
from analysis.reports.lettering import Font, fitting, letters

WIDTH_MM, HEIGHT_MM, SMALL_HEIGHT_MM, LOW_HEIGHT_MM = 150, 62, 34, 27
"""Small charts are lower where there are more than ``FEW_ROWS`` rows of them."""
FEW_ROWS = 4
DPI = 220
MM_PER_INCH = 25.4
LEGEND = ("条数", "平时同一时段", "预测", "预测区间", "没有看到的时段")
INK, MUTED, GRID, BAR, USUAL, BAND, SHADE = (
    "#1b2430", "#47525e", "#d9dee4", "#3a76b8", "#9a3412", "#9a3412", "#e3e3e3",
)  # fmt: skip
"""Dark bars, a broken line and a hatched shade differ in grey as well."""


def png(chart: Chart | Multiples, font: Font) -> bytes:
    """Return *chart* as a PNG of 150 mm; its title stands beside it, its marks are numbers."""
    plain = {key: value for key, value in rcParamsDefault.items() if not key.startswith("backend")}
    with rc_context(plain):
        drawn = _multiples(chart, font) if isinstance(chart, Multiples) else _large(chart, font)
        FigureCanvasAgg(drawn)
        out = io.BytesIO()
        drawn.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def circled(number: int) -> str:
    """Return *number* in a circle, in brackets above 20.

    >>> circled(2), circled(21)
    ('②', '(21)')
    """
    return chr(0x2460 + number - 1) if number <= 20 else f"({number})"


def _large(chart: Chart, font: Font) -> Drawing:
    marks = behind.inside(chart)
    rows = _mark_rows(chart, marks)
    above = 5 + 5 * (max(rows, default=-1) + 1)
    drawn, axes = _sheet(1, 1, height_mm=HEIGHT_MM + above, above_mm=above, below_mm=16)
    if not chart.points:
        _say_empty(axes[0], font)
        return drawn
    width = behind.step(chart.points)
    starts = [start for start, _ in chart.points] + list(chart.missing)
    known = behind.counted(chart)
    lines = [count for _, count in known]
    lines += [_whole(value) for line in (chart.expected, chart.high) for value in line or ()]
    axis = axes[0]
    _frame(
        axis,
        font,
        (min(starts), max(starts) + width),
        charts.scale_top(max(lines, default=0)),
        named=True,
    )
    origin = min(starts)
    for n, start in enumerate(sorted(chart.missing)):
        axis.axvspan(
            _hours(start - origin),
            _hours(start + width - origin),
            facecolor=SHADE,
            edgecolor="#a8a8a8",
            hatch="////",
            linewidth=0,
            label="没有看到的时段" if n == 0 else None,
            zorder=1,
        )
    if known:
        _bars(axis, known, origin, width, label="条数")
    if chart.expected is not None:
        _lines(axis, chart, origin, width)
    for number, ((at, _), row) in enumerate(zip(marks, rows, strict=True), 1):
        _mark(axis, font, _hours(at - origin), number, row)
    handles, labels = axis.get_legend_handles_labels()
    shown = sorted(zip(labels, handles, strict=True), key=lambda pair: LEGEND.index(pair[0]))
    axis.legend(
        [handle for _, handle in shown],
        [label for label, _ in shown],
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.13),
        ncols=4,
        frameon=False,
        prop=letters(font, 8),
        borderaxespad=0,
        handlelength=2.4,
        columnspacing=1.8,
    )
    return drawn


def _lines(axis: Axes, chart: Chart, origin: Any, width: timedelta) -> None:
    """Draw what is expected as a broken line, and the interval around it as a dotted band."""
    forecast = chart.low is not None
    if chart.low is not None and chart.high is not None:
        for n, (x, low, high) in enumerate(
            _steps(chart.points, origin, width, chart.low, chart.high)
        ):
            axis.fill_between(
                x,
                low,
                high,
                facecolor=(*rgb(BAND), 0.18),
                edgecolor=(*rgb(BAND), 0.55),
                hatch="....",
                linewidth=0.4,
                label="预测区间" if n == 0 else None,
                zorder=3,
            )
    for n, (x, usual, _) in enumerate(
        _steps(chart.points, origin, width, chart.expected or (), chart.expected or ())
    ):
        axis.plot(
            x,
            usual,
            color=USUAL,
            linewidth=1.4,
            linestyle=(0, (4, 2)),
            label=("预测" if forecast else "平时同一时段") if n == 0 else None,
            zorder=4,
        )


def _steps(
    points: Points, origin: Any, width: timedelta, low: Sequence[float], high: Sequence[float]
) -> Iterator[tuple[list[float], list[float], list[float]]]:
    """Yield steps over each run of bins without a gap: places, low ends and high ends."""
    x: list[float] = []
    lows: list[float] = []
    highs: list[float] = []
    last = None
    for (start, _), under, over in zip(points, low, high, strict=True):
        if last is not None and start != last:
            yield x, lows, highs
            x, lows, highs = [], [], []
        x += [_hours(start - origin), _hours(start + width - origin)]
        lows += [under, under]
        highs += [over, over]
        last = start + width
    if x:
        yield x, lows, highs


def _multiples(chart: Multiples, font: Font) -> Drawing:
    rows = max(1, -(-len(chart.series) // 2))
    drawn, axes = _sheet(
        rows,
        2,
        height_mm=(SMALL_HEIGHT_MM if rows <= FEW_ROWS else LOW_HEIGHT_MM) * rows + 2,
        above_mm=7,
        below_mm=7,
    )
    top = charts.scale_top(
        max((count for _, points in chart.series for _, count in points), default=0)
    )
    for axis, (name, points) in zip(axes, chart.series, strict=False):
        axis.set_title(
            fitting(f"{name}　{behind.extent(points)}", font),
            loc="left",
            fontproperties=letters(font, 8.5),
            color=INK,
            pad=4,
        )
        if not points:
            _say_empty(axis, font)
            continue
        width = behind.step(points)
        _frame(axis, font, (points[0][0], points[-1][0] + width), top, named=False)
        _bars(axis, points, points[0][0], width, label=None)
    for axis in axes[len(chart.series) :]:
        axis.set_axis_off()
    if not chart.series:
        _say_empty(axes[0], font)
    return drawn


def _sheet(
    rows: int, columns: int, *, height_mm: float, above_mm: float, below_mm: float
) -> tuple[Drawing, list[Axes]]:
    drawn = Drawing(figsize=(WIDTH_MM / MM_PER_INCH, height_mm / MM_PER_INCH), facecolor="white")
    found = drawn.subplots(rows, columns, squeeze=False)
    inner = (height_mm - above_mm - below_mm) / rows
    drawn.subplots_adjust(
        left=11 / WIDTH_MM,
        right=1 - 5 / WIDTH_MM,
        top=1 - above_mm / height_mm,
        bottom=below_mm / height_mm,
        wspace=0.2,
        hspace=14 / (inner - 14 * (rows - 1) / rows) if rows > 1 else 0,
    )
    axes = [axis for line in found for axis in line]
    for axis in axes:
        axis.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axis.spines[side].set_visible(False)
        axis.spines["bottom"].set_color(MUTED)
    return drawn, axes


def _frame(axis: Axes, font: Font, span: Any, top: int, *, named: bool) -> None:
    start, end = span
    axis.set_xlim(0, _hours(end - start))
    axis.set_ylim(0, top)
    step = charts.scale_step(top) if named else top // 2 or 1
    axis.set_yticks(range(0, top + 1, step))
    axis.yaxis.grid(visible=True, color=GRID, linewidth=0.6)
    axis.tick_params(axis="y", length=0, labelcolor=MUTED)
    axis.tick_params(axis="x", length=2.5, color=MUTED, labelcolor=MUTED)
    named_ticks = charts.time_ticks(start, end)
    if not named:
        named_ticks = [(start, charts.tick_label(start)), (end, charts.tick_label(end))]
    axis.set_xticks(
        [_hours(at - start) for at, _ in named_ticks], [label for _, label in named_ticks]
    )
    for label in [*axis.get_xticklabels(), *axis.get_yticklabels()]:
        label.set_fontproperties(letters(font, 7.5))
    if not named:
        labels = axis.get_xticklabels()
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")


def _bars(axis: Axes, points: Points, origin: Any, width: timedelta, *, label: str | None) -> None:
    axis.bar(
        [_hours(start - origin) + 0.1 * _hours(width) for start, _ in points],
        [count for _, count in points],
        width=0.8 * _hours(width),
        align="edge",
        color=BAR,
        label=label,
        zorder=2,
    )


def _mark(axis: Axes, font: Font, x: float, number: int, row: int) -> None:
    axis.axvline(x, color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=5)
    figure = axis.get_figure(root=True)
    place = blended_transform_factory(axis.transData, axis.transAxes)
    axis.text(
        x,
        1,
        str(number),
        transform=offset_copy(place, fig=figure, y=8 + 14 * row, units="points"),
        ha="center",
        va="center",
        color="white",
        fontproperties=letters(font, 7),
        bbox={"boxstyle": "circle,pad=0.25", "facecolor": INK, "edgecolor": "none"},
        clip_on=False,
        zorder=6,
    )


def _mark_rows(chart: Chart, marks: Sequence[tuple[Any, str]]) -> list[int]:
    """Return the row of each mark's number, so that no two numbers overlap."""
    if not marks:
        return []
    starts = [start for start, _ in chart.points] + list(chart.missing)
    span = max(starts) + behind.step(chart.points) - min(starts)
    return charts.rows_apart([(at - min(starts)) / span for at, _ in marks], 5 / (WIDTH_MM - 16))


def _say_empty(axis: Axes, font: Font) -> None:
    axis.set_axis_off()
    axis.text(
        0.5, 0.5, "没有数据", transform=axis.transAxes, ha="center", va="center", color=MUTED,
        fontproperties=letters(font, 9),
    )  # fmt: skip


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


def _whole(value: float) -> int:
    return int(-(-value // 1))


def rgb(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue of ``#rrggbb``, each 0 to 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
