"""The weekly report (周报, D04): what lasted, what came back, how we answered. Pure.

Counts are of matters; a low number of corrections or of complaints is no target.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analysis.reports.document import (
    Block,
    Cell,
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
    Points,
    Table,
    Tone,
)
from analysis.reports.picture import BLANK, Asked, Own, Promised, Said, day_clock, minutes, percent
from analysis.reports.proportion import Shares, fair_share
from core.clock import BEIJING

TOPICS, QUESTIONS, RECURRING, WORDS, CONCERNS = 8, 6, 8, 12, 6


@dataclass(frozen=True, slots=True)
class Daily:
    """One series by day, as many counts as the week has days."""

    name: str
    counts: tuple[int | None, ...]
    """None for a day that nobody watched: it is not quiet."""
    before: int | None
    """Sum of the week before; None where it was not wholly seen."""

    @property
    def total(self) -> int:
        """Return the sum of the week."""
        return sum(count or 0 for count in self.counts)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A complaint that came back: one place and concern on three days or more."""

    place: str
    concern: str
    days: int
    texts: int
    last: date


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is proposed for the lists."""

    word: str
    texts: int
    before: int


@dataclass(frozen=True, slots=True)
class Waits:
    """How long things took, in minutes; None where nothing was to be measured."""

    first_statements: tuple[tuple[str, int], ...]
    """Name of an incident, minutes from being taken in hand to the first statement."""
    answer: float | None
    """Median from the tenth voice that asked to the answer."""
    answers: int
    """Questions of which it is the median."""
    hand_over: float | None
    """Median from the receipt of a call for help to the telephone call."""
    calls: int


@dataclass(frozen=True, slots=True)
class Alerts:
    """How alerts were judged by people."""

    raised: int
    right: int
    """Ended as dealt with."""
    false: int
    promise: str = ""
    """How the promised false alarms stand, in Chinese; empty before any promise."""


@dataclass(frozen=True, slots=True)
class Case:
    """The incident of which most was said."""

    name: str
    incident_id: str
    texts: int
    claims: int
    settled: int
    statements: int


@dataclass(frozen=True, slots=True)
class WeeklyData:
    """Everything the report of one week is made of; lists in the order to be shown."""

    days: tuple[date, ...]
    """Seven, in Beijing time."""
    made_at: datetime
    office: str
    version: str
    drill: bool
    totals: tuple[Daily, ...]
    """Texts, questions, calls for help; the first is texts."""
    concerns: tuple[Daily, ...]
    critical: frozenset[str]
    """Names of the concerns that blame or complain."""
    topics: tuple[Said, ...]
    """Claims noticed in the week."""
    recurring: tuple[Recurring, ...]
    asked: tuple[Asked, ...]
    """Questions that were asked in the week, with the voices of the week."""
    own: tuple[Own, ...]
    promised: tuple[Promised, ...]
    """Those that fell due in the week."""
    waits: Waits
    alerts: Alerts
    case: Case | None
    words: tuple[Word, ...]
    unseen: tuple[str, ...]


def document(data: WeeklyData) -> Document:
    """Return the report of *data*."""
    first, last = data.days[0], data.days[-1]
    return Document(
        name=f"weekly-{last}",
        office=data.office,
        title=f"{'【演练】' if data.drill else ''}公众关切周报",
        subtitle=f"{_day(first)}至{_day(last)}",
        blocks=(
            *_overview(data),
            *_trend(data),
            *_topics(data),
            *_recurring(data),
            *_asked(data),
            *_answers(data),
            *_alerts(data),
            *_case(data),
            *_words(data),
            Heading("九、下周计划性事件"),
            Paragraph((f"{BLANK}（会议、考试、检修、预警期、承诺到期等）",)),
            *_unseen(data),
        ),
        made_at=data.made_at,
        version=data.version,
        head=(f"第{BLANK}期", f"编制：{BLANK}　核稿：{BLANK}"),
    )


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _overview(data: WeeklyData) -> list[Block]:
    figures = tuple(Figure(daily.name, str(daily.total), _against(daily)) for daily in data.totals)
    blocks: list[Block] = [Heading("一、本周一览"), Figures(figures)]
    if not data.totals or not data.totals[0].total:
        blocks.append(
            Paragraph(("本周没有看到相关公开信息；是平静还是没有监测，见第十部分。",), Tone.LEAD)
        )
    return blocks


def _against(daily: Daily) -> str:
    if daily.before is None:
        return "上周未完整监测，不比较"
    if not daily.before:
        return "上周 0"
    change = round(100 * (daily.total - daily.before) / daily.before)
    return f"上周 {daily.before}，{change:+d}%"


def _trend(data: WeeklyData) -> list[Block]:
    blocks: list[Block] = [
        Heading("二、走势"),
        Multiples("各类信息每日条数", _by_day(data.days, data.totals)),
    ]
    if data.concerns:
        shown = data.concerns[:CONCERNS]
        blocks.append(Multiples("主要关切每日条数", _by_day(data.days, shown)))
    return blocks


def _by_day(days: Sequence[date], series: Sequence[Daily]) -> tuple[tuple[str, Points], ...]:
    starts = [datetime(day.year, day.month, day.day, tzinfo=BEIJING) for day in days]
    return tuple((daily.name, _seen(starts, daily.counts)) for daily in series)


def _seen(starts: Sequence[datetime], counts: Sequence[int | None]) -> Points:
    return tuple((s, n) for s, n in zip(starts, counts, strict=True) if n is not None)


def _topics(data: WeeklyData) -> list[Block]:
    head = Heading("三、本周出现的说法")
    if not data.topics:
        return [head, Paragraph(("没有值得核实的新说法。",))]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(claim.name, f"claims/{claim.claim_id}"),
            day_clock(claim.first_seen),
            str(claim.posts),
            claim.verdict,
            day_clock(claim.answered_at) if claim.answered_at else "未公开答复",
        )
        for claim in data.topics[:TOPICS]
    ]
    columns = (
        Column("说法"),
        Column("首见", ColumnKind.TIME),
        Column("条数", ColumnKind.NUMBER),
        Column("结论", ColumnKind.TIME),
        Column("公开答复", ColumnKind.TIME),
    )
    return [head, Table("本周说法", columns, tuple(rows), max(0, len(data.topics) - TOPICS))]


def _recurring(data: WeeklyData) -> list[Block]:
    head = Heading("四、反复出现的诉求（同一地点、同一关切，3日及以上）")
    if not data.recurring:
        return [head, Paragraph(("没有连日反复的诉求。",))]
    rows = tuple(
        (r.place, r.concern, str(r.days), str(r.texts), _day(r.last))
        for r in data.recurring[:RECURRING]
    )
    columns = (
        Column("地点"),
        Column("关切"),
        Column("天数", ColumnKind.NUMBER),
        Column("条数", ColumnKind.NUMBER),
        Column("最近一日", ColumnKind.TIME),
    )
    return [head, Table("反复诉求", columns, rows, max(0, len(data.recurring) - RECURRING))]


def _asked(data: WeeklyData) -> list[Block]:
    voices = sum(asked.voices for asked in data.asked)
    answered = sum(asked.voices for asked in data.asked if asked.answered_at)
    waiting = [asked for asked in data.asked if asked.answered_at is None]
    shown, shares = fair_share(waiting, lambda asked: asked.concern in data.critical, QUESTIONS)
    rate = (
        f"提问{len(data.asked)}个、{voices}人次，"
        f"已答复{percent(answered, voices)}（{answered}/{voices}）。"
    )
    blocks: list[Block] = [Heading("五、问题与答复"), Paragraph((rate,))]
    if shown:
        lines: list[tuple[Cell, ...]] = [
            (
                Link(asked.name, f"questions#{asked.question_id}"),
                f"（{asked.voices}人，{asked.concern or '其他'}）",
            )
            for asked in shown
        ]
        blocks += [Heading("尚未答复的主要问题", 2), Items(tuple(lines), numbered=True)]
        if left := len(waiting) - len(shown):
            blocks.append(Paragraph((f"另有{left}个问题未列。",), Tone.NOTE))
        blocks.append(Paragraph((_fairness(shares),), Tone.NOTE))
    return blocks


def _fairness(shares: Shares) -> str:
    whole = f"{percent(shares.critical, shares.whole)}（{shares.critical}/{shares.whole}）"
    told = (
        f"{percent(shares.shown_critical, shares.shown)}（{shares.shown_critical}/{shares.shown}）"
    )
    return f"报喜不报忧自查：未答问题中追问原因、责任的占{whole}，所列中占{told}。"


def _answers(data: WeeklyData) -> list[Block]:
    waits = data.waits
    firsts = "；".join(f"{name}{took}分钟" for name, took in waits.first_statements)
    kept = [p for p in data.promised if p.kept_at and not p.late(data.made_at)]
    late = [p for p in data.promised if p.late(data.made_at)]
    detail = "；".join(f"《{p.title}》迟{p.late(data.made_at)}分钟" for p in late)
    corrections = [own for own in data.own if own.correction]
    times = [minutes(own.corrects, own.published_at) for own in corrections if own.corrects]
    mean = f"，距原文平均{round(sum(times) / len(times))}分钟" if times else ""
    lines = [
        f"发布{len(data.own)}篇，更正{len(corrections)}次{mean}。",
        f"首发用时：{firsts or '本周没有首发'}。",
        f"第十人提问到答复：{_median(waits.answer, waits.answers, '个问题')}。",
        f"求助转办用时：{_median(waits.hand_over, waits.calls, '件')}。",
        f"承诺再次通报{len(data.promised)}项，按时{len(kept)}项{f'；{detail}' if detail else ''}。",
    ]
    note = "更正多少不作考核，更正快慢才是；数字供改进工作用。"
    return [
        Heading("六、回应时效与更正"),
        Items(tuple((line,) for line in lines)),
        Paragraph((note,), Tone.NOTE),
    ]


def _median(value: float | None, of: int, unit: str) -> str:
    return f"中位{value:.0f}分钟（{of}{unit}）" if value is not None else "没有可计算的"


def _alerts(data: WeeklyData) -> list[Block]:
    alerts = data.alerts
    judged = alerts.right + alerts.false
    told = f"告警{alerts.raised}件，值班人员已判断{judged}件"
    told += (
        f"，其中误报{alerts.false}件，准确率{percent(alerts.right, judged)}。"
        if judged
        else "，准确率无法计算。"
    )
    return [Heading("七、告警质量"), Paragraph((told + alerts.promise,))]


def _case(data: WeeklyData) -> list[Block]:
    head = Heading("八、本周个案与词表建议")
    case = data.case
    if case is None:
        return [head, Paragraph(("本周没有事件个案。",))]
    text = (
        f"：相关公开信息{case.texts}条，说法{case.claims}条，其中有结论{case.settled}条，"
        f"发布{case.statements}篇。详见专报（huiying report indepth）。"
    )
    return [head, Paragraph((case.name, text))]


def _words(data: WeeklyData) -> list[Block]:
    if not data.words:
        return [Paragraph(("未答问题中没有词表之外的上升词。",))]
    told = "、".join(map(_rise, data.words[:WORDS]))
    note = "出自未答问题、词表尚无，不含人名地名；括号中为条数，由分析员决定收否。"
    return [Paragraph((f"词表建议：{told}。",)), Paragraph((note,), Tone.NOTE)]


def _listed(days: Sequence[str]) -> str:
    """Return days, many as the first and the last of them."""
    return "、".join(days) if len(days) < 4 else f"{days[0]}起，末次{days[-1]}"


def _rise(word: Word) -> str:
    return f"{word.word}（{word.texts}{f'，上周{word.before}' if word.before else ''}）"


def _unseen(data: WeeklyData) -> list[Block]:
    first = data.totals[0].counts if data.totals else (0,) * len(data.days)
    days = [_day(day) for day, n in zip(data.days, first, strict=True) if n is None]
    lines = [f"没有监测的日子{len(days)}天：{_listed(days)}，不计为0。"] if days else []
    lines += [f"{line}。" for line in data.unseen]
    lines = lines or ["所列来源本周都看到了。"]
    return [Heading("十、本周没有看到的"), Items(tuple((line,) for line in lines))]
