"""The nightly report (日报, D03) as a document: honest about what was not seen, never padded.

It names matters and counts what was said of them; what a single person wrote stands nowhere in it.
No figure in it is a target.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from analysis.coverage import gaps
from analysis.forecasting import Forecast, Review
from analysis.records import Alert
from analysis.reports.behind import moment
from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Chart,
    Column,
    ColumnKind,
    Document,
    Figure,
    Figures,
    Heading,
    Items,
    Link,
    Multiples,
    Paragraph,
    Table,
    Tone,
)
from analysis.reports.nightly_data import (
    NewTopic,
    NightlyData,
    OpenClaim,
    OpenQuestion,
    PromiseDue,
    Total,
)
from analysis.reports.proportion import Shares, fair_share
from core.clock import beijing
from core.lexicon import load_lexicon
from core.vocabulary import AlertState, ConcernLevel, PromiseState

SHOWN = 10
"""Rows of a list; the rest is told as a number."""
TOWNS = 15
GAPS = 6
"""Lines of the box on the first page; the rest stands in the notes."""
BLIND = "未能监测"
DAY_HOURS = 24
NO_CHANGE = "与上一日相比，没有新出现、增多、转少或新获答复的话题。"
T = TypeVar("T")


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
        data.alerts, data.topics, data.rises, data.unanswered, data.claims, data.promises,
        data.statements, data.changes, data.planned,
    )  # fmt: skip
    return not any(lists)


def change(total: Total) -> str:
    """Return how *total* stands against its median, in Chinese and without judgement.

    >>> change(Total("提问", 30, 20.0, "items"))
    '7日中位 20，+50%'
    """
    if total.median is None:
        return "历史不足，暂无中位数" if total.compared else ""
    usual = f"7日中位 {total.median:g}"
    if not total.median:
        return usual
    percent = round(100 * (total.count - total.median) / total.median)
    return f"{usual}，{'持平' if percent == 0 else f'{percent:+d}%'}"


def shown_criticism(data: NightlyData) -> Shares:
    """Return criticism among the listed matters beside its share among all that could be listed.

    ``fair`` is the check of the handbook (报喜不报忧): false when complaints were left out.
    """
    shares = [fair_share(rows, _is_critical, SHOWN)[1] for rows in _judged_lists(data)]
    return Shares(
        critical=sum(s.critical for s in shares),
        whole=sum(s.whole for s in shares),
        shown_critical=sum(s.shown_critical for s in shares),
        shown=sum(s.shown for s in shares),
    )


def _judged_lists(data: NightlyData) -> tuple[Sequence[NewTopic | OpenQuestion | OpenClaim], ...]:
    return data.topics, data.unanswered, data.claims


def _is_critical(row: NewTopic | OpenQuestion | OpenClaim) -> bool:
    return row.critical


def document(data: NightlyData) -> Document:
    """Return the report; equal data, equal document."""
    day, mark = data.day, "【演练】" if data.drill else ""
    return Document(
        name=f"nightly-{day.isoformat()}",
        office=data.office,
        title=f"{mark}公众关切日报　{day.year}年{day.month}月{day.day}日",
        subtitle=f"00:00—24:00（北京时间）　状态：{status(data)}　数据截至 {moment(data.made_at)}",
        blocks=tuple(_blocks(data)),
        made_at=data.made_at,
        version=data.version,
    )


def _blocks(data: NightlyData) -> Iterable[Block]:
    yield _unseen(data)
    yield Heading("今日一览")
    yield Figures(
        tuple(
            Figure(t.name, Link(str(t.count), t.to), "；".join(filter(None, (change(t), t.note))))
            for t in data.totals
        )
    )
    if is_blind(data):
        yield _lead("今天没有看到任何数据，不能说明是否平稳。")
    if is_quiet(data):
        if not is_blind(data):
            within = "在看到的范围内，" if gaps(data.coverage) else ""
            yield _lead(f"{within}今天没有新话题、上升、未答问题、待核实说法、到期事项和发布。")
    else:
        for section in (
            _since, _topics, _rises, _questions, _claims, _promises, _towns, _own, _tomorrow,
            _course,
        ):  # fmt: skip
            yield from section(data)
    yield from _notes(data)


def _lead(text: str) -> Paragraph:
    return Paragraph((text,), Tone.LEAD)


def _note(text: str) -> Paragraph:
    return Paragraph((text,), Tone.NOTE)


def _unseen(data: NightlyData) -> Box:
    told = gaps(data.coverage)
    lines: list[tuple[Cell, ...]] = [(gap,) for gap in told[:GAPS]]
    if len(told) > GAPS:
        lines.append((f"另有 {len(told) - GAPS} 项，见“数据说明”。",))
    if not told:
        lines.append(
            (
                "所列来源全天正常，没有缺失的时段。",
                "未列入的平台、私密群聊和线下的声音不在其中。",
            )
        )
    return Box("没有看到什么", tuple(lines))


def _course(data: NightlyData) -> Iterable[Block]:
    if not data.hourly:
        return
    marks = [(s.published_at, f"发布：{s.title.text}") for s in data.statements]
    yield Heading("全天走势")
    yield Chart(
        "每小时相关信息条数",
        data.hourly,
        marks=tuple(marks),
        missing=data.coverage.hours_missing,
    )
    if any(n for _, points in data.emotions for _, n in points):
        yield Multiples("情绪的变化（各图同一刻度）", data.emotions)


def _since(data: NightlyData) -> Iterable[Block]:
    yield Heading("自上次日报以来")
    if not data.changes:
        yield Paragraph((NO_CHANGE,))
    else:
        yield _table(
            "自上次日报以来",
            ("变化", "t"), ("话题", ""), ("上一日", "n"), ("当日", "n"),
            rows=data.changes,
            cells=lambda c: (c.what, c.name, c.before.cell, c.now.cell),
            most=2 * SHOWN,
        )  # fmt: skip


def _topics(data: NightlyData) -> Iterable[Block]:
    yield Heading("新出现的话题")
    if not data.topics:
        yield Paragraph(("没有。",))
        return
    yield _table(
        "新出现的话题",
        ("话题", ""), ("条数", "n"), ("首见", "t"), ("地点", ""), ("代表问题", ""),
        rows=fair_share(data.topics, _is_critical, SHOWN)[0],
        cells=lambda t: (
            t.name, t.posts.cell, _clock(t.first_seen, data.day), t.place or "未提到",
            t.question or "—",
        ),
        of=len(data.topics),
    )  # fmt: skip


def _rises(data: NightlyData) -> Iterable[Block]:
    yield Heading("上升最快")
    if data.rises:
        yield _table(
            "上升最快",
            ("话题", ""), ("近6小时", "n"), ("前6小时", "n"), ("倍数", "n"),
            rows=data.rises,
            cells=lambda r: (
                r.name, r.now.cell, r.before.cell,
                f"{r.now.count / r.before.count:.1f}" if r.before.count else "新",
            ),
        )  # fmt: skip
    else:
        yield Paragraph(("近6小时没有比前6小时明显增多的话题。",))
    if data.alerts:
        yield Heading("当日提醒", 2)
        yield _table(
            "当日提醒（同一件事一行，按最高级别）",
            ("级别", "t"), ("内容", ""), ("类别", ""), ("首次", "t"), ("状态", "t"), ("依据", ""),
            rows=_matters(data.alerts),
            cells=lambda m: (
                f"{m[-1].level.value} {m[-1].level.label}", m[-1].topic, m[-1].kind.label,
                _clock(m[0].raised_at, data.day),
                m[-1].state.label, m[-1].reasons[0] if m[-1].reasons else "—",
            ),
        )  # fmt: skip
    if data.promise:
        yield Paragraph((data.promise,), Tone.NOTE)


def _matters(alerts: Sequence[Alert]) -> list[list[Alert]]:
    """Return the alerts of one matter together, its highest last; the gravest matter first."""
    found: dict[int, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.matter or alert.key, []).append(alert)
    told = [sorted(own, key=lambda a: (a.level, a.raised_at, a.key)) for own in found.values()]
    told = [[min(own, key=lambda a: (a.raised_at, a.key)), *own[1:]] if len(own) > 1 else own
            for own in told]  # fmt: skip
    return sorted(
        told, key=lambda own: (-list(ConcernLevel).index(own[-1].level), own[0].raised_at)
    )


def _questions(data: NightlyData) -> Iterable[Block]:
    yield Heading("未答问题榜")
    if not data.unanswered:
        yield Paragraph(("没有还没有答复的问题。",))
    else:
        yield _table(
            "还没有答复的问题",
            ("问题", ""), ("人次", "n"), ("条数", "n"), ("首次提出", "t"), ("关切", "t"),
            rows=fair_share(data.unanswered, _is_critical, SHOWN)[0],
            cells=lambda q: (
                q.name, str(q.voices), q.posts.cell, moment(q.first_asked), _concern(q.concern),
            ),
            of=len(data.unanswered),
        )  # fmt: skip
    if data.asked_again:
        yield _table(
            "答复后还在问",
            ("问题", ""), ("答复后人次", "n"), ("答复时间", "t"),
            rows=data.asked_again,
            cells=lambda q: (q.name, str(q.voices), moment(q.answered_at)),
        )  # fmt: skip


def _claims(data: NightlyData) -> Iterable[Block]:
    yield Heading("待核实说法与到期承诺")
    if not data.claims:
        yield Paragraph(("没有待核实的说法。",))
        return
    yield _table(
        "待核实的说法",
        ("说法", ""), ("人次", "n"), ("条数", "n"), ("首见", "t"), ("列入原因", ""),
        rows=fair_share(data.claims, _is_critical, SHOWN)[0],
        cells=lambda c: (
            c.name, str(c.voices), c.posts.cell, moment(c.first_seen), "；".join(c.reasons) or "—",
        ),
        of=len(data.claims),
    )  # fmt: skip
    yield _note("待核实不等于不实；结论以责任单位的证据为准。")


def _promises(data: NightlyData) -> Iterable[Block]:
    if not data.promises:
        yield Paragraph(("没有到期或将到期的承诺。",))
        return
    over = [p for p in data.promises if p.state is not PromiseState.RUNNING]
    kept = sum(p.state is PromiseState.KEPT for p in over)
    yield Paragraph((f"到期承诺 {len(over)} 项，按时 {kept} 项。",))
    yield _table(
        "到期与将到期的承诺",
        ("承诺再次通报的文稿", ""), ("责任单位", ""), ("到期", "t"), ("状态", "t"),
        rows=data.promises,
        cells=lambda p: (p.text, p.unit, moment(p.due), _kept(p)),
        most=2 * SHOWN,
    )  # fmt: skip


def _kept(promise: PromiseDue) -> str:
    if promise.state is PromiseState.LATE and promise.kept_at is not None:
        return f"迟 {int((promise.kept_at - promise.due).total_seconds() // 60)} 分钟"
    return promise.state.label


def _towns(data: NightlyData) -> Iterable[Block]:
    yield Heading("各镇街分布")
    if any(counted.count for _, counted in data.towns):
        yield _table(
            "各镇街分布",
            ("镇街", ""), ("条数", "n"),
            rows=data.towns,
            cells=lambda town: (town[0], town[1].cell),
            most=TOWNS,
        )  # fmt: skip
        yield _note(
            "按信息提到的第一个地点所在的镇街计，没有登记镇街的地点单列；不表示发布者在哪里。"
        )
    else:
        yield Paragraph(("当日没有信息。",))


def _own(data: NightlyData) -> Iterable[Block]:
    yield Heading("我方发布与更正")
    if not data.statements:
        yield Paragraph(("今天没有发布。",))
        return
    yield _table(
        "我方发布与更正",
        ("标题", ""), ("类型", "t"), ("发布时间", "t"),
        rows=data.statements,
        cells=lambda s: (s.title, s.kind, _clock(s.published_at, data.day)),
        most=3 * SHOWN,
    )  # fmt: skip


def _tomorrow(data: NightlyData) -> Iterable[Block]:
    yield Heading("明日关注")
    running = [p for p in data.promises if p.state is PromiseState.RUNNING]
    lines: list[tuple[Cell, ...]] = [
        *[(f"{moment(p.due)} 应再次通报：", p.text, f"（{p.unit}）") for p in running],
        *[("近一日转发的预警：", w.title, f"（{moment(w.published_at)}）") for w in data.warnings],
        *[(f"{p.at} {p.text}",) for p in data.planned],
    ]
    if lines:
        yield Items(tuple(lines))
    else:
        yield Paragraph(("没有已知的到期承诺、转发的预警信息和计划性事件。",))
    yield from _ahead(data)


def _ahead(data: NightlyData) -> Iterable[Block]:
    yield Heading("提问量预测", 2)
    outlook = data.outlook
    if outlook.review is not None and outlook.review.hours:
        yield Paragraph((_reviewed(outlook.review),))
    if outlook.ahead is None:
        yield Paragraph((f"历史不足（只有 {outlook.seen_hours} 个小时的记录），暂不预测。",))
        return
    made, ahead = outlook.made, outlook.ahead
    hours = len(ahead.expected)
    seen = data.questions if made is not None and len(data.questions) == len(made.expected) else ()
    past = made if seen and made is not None else Forecast((), (), ())
    step = _hour_steps(data.made_at, hours)
    yield Chart(
        f"每小时提问条数与未来 {hours} 小时预测",
        (*seen, *((at, 0) for at in step)),
        expected=(*past.expected, *ahead.expected),
        low=(*past.low, *ahead.low),
        high=(*past.high, *ahead.high),
        ahead=hours,
    )
    yield _note("区间按过去同样的预测出错的大小定，预计每五个小时有四个落在区间内；预测不是目标。")


def _hour_steps(start: datetime, hours: int) -> list[datetime]:
    return [start + timedelta(hours=n) for n in range(hours)]


def _reviewed(done: Review) -> str:
    told = f"上次预测的 {done.hours} 个小时中有 {done.inside} 个落在区间内"
    if math.isnan(done.baseline):
        return f"{told}。"
    better = "好于" if done.loss < done.baseline else "不如"
    return f"{told}；平均偏差 {done.loss:.1f}，{better}照搬前一日同一时刻（{done.baseline:.1f}）。"


def _notes(data: NightlyData) -> Iterable[Block]:
    yield Heading("数据说明")
    if data.coverage.sources:
        yield _table(
            "来源",
            ("来源", ""), ("访问", "n"), ("失败", "n"), ("最后成功", "t"), ("最近一次", ""),
            rows=data.coverage.sources,
            cells=lambda s: (
                s.source, str(s.visits), str(s.failures),
                moment(s.last_success) if s.last_success else "无",
                _last_visit(s.last_outcome.label, s.visits, s.reason),
            ),
            most=3 * SHOWN,
        )  # fmt: skip
    quality = data.quality
    lines: list[tuple[Cell, ...]] = [(gap,) for gap in gaps(data.coverage)[GAPS:]]
    lines.append(
        (
            "条数只计与本地有关的公开信息；文字相同的只计一次，当日另有 ",
            quality.copies.cell,
            f" 条重复{_share(quality.copies.count, data.criticism.posts + quality.copies.count)}。",
            "人次按去标识的不同发言者计。",
        )
    )
    if quality.late.count:
        lines.append(("当日才看到、此前发布的 ", quality.late.cell, " 条，不在以上数字里。"))
    if quality.delay_median_min is not None and quality.delay_p90_min is not None:
        lines.append(
            (
                f"从发布到看到，一半在 {quality.delay_median_min:.0f} 分钟内，",
                f"九成在 {quality.delay_p90_min:.0f} 分钟内。",
            )
        )
    if quality.unsure_places.count:
        lines.append(("地名有重名而不能确定是哪里的 ", quality.unsure_places.cell, " 条。"))
    lines.append(_criticism(data))
    lines.append(("情绪、提问和关切由程序按词句判断，会有错误，只用来看变化，不作为考核指标。",))
    if quality.models:
        named = "、".join(f"{name}（{digest}）" for name, digest in quality.models)
        lines += [(f"软件 {data.version}。",), (f"模型：{named}。",)]
    lines.append((f"统计截至 {moment(data.made_at)}，此后才看到的信息计入下一期“当日才看到”。",))
    if quality.undated:
        lines.append((quality.undated,))
    yield Items(tuple(lines))


def _criticism(data: NightlyData) -> tuple[Cell, ...]:
    told = data.criticism
    shares = shown_criticism(data)
    cells: tuple[Cell, ...] = (
        "追问原因责任和反映问题的 ",
        told.critical.cell,
        f" 条{_share(told.critical.count, told.posts)}。",
    )
    if shares.whole:
        verdict = "不低于" if shares.fair else "低于"
        cells += (
            f"报喜不报忧自查：可列的话题、问题和说法 {shares.whole} 项，其中这类 ",
            f"{shares.critical} 项；本报告列出 {shares.shown} 项，",
            f"其中 {shares.shown_critical} 项，",
            f"{verdict}实有比例。",
        )
    return cells


def _share(part: int, whole: int) -> str:
    return f"（占 {100 * part / whole:.0f}%）" if whole else ""


def _last_visit(outcome: str, visits: int, reason: str) -> str:
    if not visits:
        return "没有访问"
    return f"{outcome}（{reason}）" if reason else outcome


_KINDS = {"": ColumnKind.TEXT, "n": ColumnKind.NUMBER, "t": ColumnKind.TIME}


def _table(
    caption: str,
    *columns: tuple[str, str],
    rows: Sequence[T],
    cells: Callable[[T], tuple[Cell, ...]],
    most: int = SHOWN,
    of: int | None = None,
) -> Table:
    """Return a table of the first *most* of *rows*, which may themselves be cut from *of*."""
    shown = rows[:most]
    return Table(
        caption,
        tuple(Column(name, _KINDS[kind]) for name, kind in columns),
        tuple(cells(row) for row in shown),
        more=(len(rows) if of is None else of) - len(shown),
    )


def _clock(at: datetime, day: date) -> str:
    local = beijing(at)
    return f"{local:%H:%M}" if local.date() == day else moment(at)


def _concern(name: str | None) -> str:
    return load_lexicon().concern_names.get(name or "", "—")
