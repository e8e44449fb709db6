"""The upward incident report (信息报告, D14): first, follow-up with what changed, final. Pure.

The tool drafts, people send: every draft says so. Only confirmed facts give values; what no fact
gives is 〔待填〕 and named in the box on top. Harm to people is 正在核实 until it is confirmed, and
the cause 正在调查 until an investigation has found it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Column,
    ColumnKind,
    Document,
    Heading,
    Paragraph,
    Table,
    Tone,
)
from analysis.reports.elements import (
    Element,
    Section,
    extra_elements,
    missing,
    people_text,
    section_of,
    told,
)
from analysis.reports.picture import (
    BLANK,
    OPEN_CAUSE,
    Confirmed,
    Picture,
    day_clock,
    day_hour,
    file_name,
    minutes,
    percent,
)

DRAFT = "草稿，未报送"
SHOWN = (3, 2, 1)
"""Facts of one section of a first report, the most that fit; the rest stands in the annex."""
MOST_CHARACTERS = 800
"""Of a first report before its annex."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One value as a report gave it."""

    name: str
    value: str
    as_of: datetime
    by: str
    fact_id: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report of the same incident that was sent."""

    number: int
    label: str
    """初报, 续报 or 终报."""
    sent_at: datetime
    made_at: datetime
    """Moment of its data."""
    values: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """One limit of the locality, run from its start."""

    to: str
    hours: float
    source: str
    due: datetime
    first: bool
    """For the first report; else for the next follow-up."""
    checked: bool
    effective: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs from the report before."""

    name: str
    before: str
    """未报 when the report before did not give it."""
    now: str
    as_of: datetime
    by: str


@dataclass(frozen=True, slots=True)
class UpwardData:
    """Everything one draft is made of."""

    picture: Picture
    number: int
    """Of the series; the first is 1."""
    kind: str
    """first, follow_up, final."""
    parent: str
    """Kind of kinds, such as natural_disaster; empty while unknown."""
    parent_name: str
    known_at: datetime
    deadlines: tuple[Deadline, ...]
    earlier: tuple[Earlier, ...]
    """Reports that were sent, in order."""

    @property
    def label(self) -> str:
        """Return what the report is called; the last one of a disaster is 核报."""
        if self.kind == "final":
            return "核报" if self.parent == "natural_disaster" else "终报"
        return "初报" if self.kind == "first" else f"续报{_chinese(self.number - 1)}"


def document(data: UpwardData) -> Document:
    """Return the draft of *data*."""
    picture = data.picture
    body = {"first": _first, "follow_up": _follow_up, "final": _final}[data.kind](data)
    return Document(
        name=file_name(f"upward-{data.number}", picture),
        office=picture.office,
        title=f"{'【演练】' if picture.drill else ''}关于{picture.name}的情况报告",
        subtitle=f"{DRAFT}　数据截至{day_hour(picture.at)}",
        blocks=(*_gaps(data), *body, *_clock(data), _signature()),
        made_at=picture.at,
        version=picture.version,
        foot="本稿由系统按事实台账起草，须经人审核后在规定系统报送；系统不报送。",
        head=(f"【{data.label}】　第{data.number}报", f"紧急程度：{BLANK}"),
    )


def values_of(facts: Sequence[Confirmed]) -> tuple[Reported, ...]:
    """Return the values that a report of *facts* gives, to compare the next one with."""
    return tuple(Reported(f.name, f.value, f.as_of, f.by, f.fact_id) for f in facts)


def changes(before: Sequence[Reported], facts: Sequence[Confirmed]) -> list[Change]:
    """Return what *facts* say that the report *before* did not, in the order of *facts*.

    A value confirmed again for a later moment is no change.
    """
    known = {value.name: value.value for value in before}
    return [
        Change(fact.name, known.get(fact.name, "未报"), fact.value, fact.as_of, fact.by)
        for fact in facts
        if known.get(fact.name) != fact.value
    ]


# What stands in every draft


def _gaps(data: UpwardData) -> list[Block]:
    lacking = missing(data.picture, data.parent, has_next=_next(data) is not None)
    if not lacking:
        return []
    line = "、".join(lacking)
    return [Box(f"草稿要素检查：还缺{len(lacking)}项", ((f"{line}。缺项在文中标{BLANK}。",),))]


def _clock(data: UpwardData) -> list[Block]:
    if not data.deadlines:
        return [Paragraph((f"报送时限：本地没有登记时限，应报时刻{BLANK}。",), Tone.NOTE)]
    rows = tuple(
        (
            deadline.to,
            f"{deadline.hours:g}小时",
            day_clock(deadline.due),
            _lateness(data, deadline),
            f"{deadline.source}{_standing(deadline)}",
        )
        for deadline in data.deadlines
    )
    columns = (
        Column("报送对象"),
        Column("时限", ColumnKind.TIME),
        Column("应报时刻", ColumnKind.TIME),
        Column("状态", ColumnKind.TIME),
        Column("依据"),
    )
    note = f"获知时间{day_hour(data.known_at)}。时限按地方规定校对后使用。"
    return [Table("报送时限", columns, rows), Paragraph((note,), Tone.NOTE)]


def _standing(deadline: Deadline) -> str:
    since = f"，{deadline.effective}起施行" if deadline.effective else ""
    return f"{since}{'' if deadline.checked else '（文本待核）'}"


def _lateness(data: UpwardData, deadline: Deadline) -> str:
    sent = data.earlier[0].sent_at if deadline.first and data.earlier else None
    late = minutes(deadline.due, sent or data.picture.at)
    if sent is not None:
        return f"已报，迟{late}分钟" if late > 0 else "已按时报"
    return f"已超{late}分钟" if late > 0 else "未到期"


def _signature() -> Paragraph:
    text = f"现场联系人及电话：{BLANK}　签发：{BLANK}"
    return Paragraph((text,))


def _next(data: UpwardData) -> datetime | None:
    return min((d.due for d in data.deadlines if not d.first), default=None)


def _next_text(data: UpwardData) -> str:
    due = _next(data)
    return f"{day_hour(due)}前" if due else BLANK


# First report


def _first(data: UpwardData) -> list[Block]:
    tries = [_lines(data, shown) for shown in SHOWN]
    fitting = [lines for lines in tries if _characters(lines) <= MOST_CHARACTERS]
    lines = fitting[0] if fitting else tries[-1]
    return [*(Paragraph((line,)) for line in lines), *_annex(data.picture)]


def _characters(lines: Sequence[str]) -> int:
    return sum(len("".join(line.split())) for line in lines)


def _lines(data: UpwardData, shown: int) -> list[str]:
    picture = data.picture
    facts = picture.facts
    kind = "、".join(name for name in (data.parent_name, picture.kind_name) if name) or BLANK
    when, where = told(facts, Element.TIME) or BLANK, told(facts, Element.PLACE) or BLANK
    level = told(facts, Element.LEVEL) or "待定"
    return [
        f"接报时间：{day_hour(data.known_at)}　信息来源：{BLANK}",
        f"事发时间：{when}　事发地点：{where}",
        f"事件类别与初判级别：{kind}、级别{level}（判断人：{BLANK}）",
        f"基本经过：{_listed(facts, Section.COURSE, shown=shown)}",
        f"人员情况：{people_text(facts)}",
        f"影响与损失初估：{_listed(facts, Section.IMPACT, shown=shown)}　直接经济损失：{BLANK}",
        f"原因：{_cause(picture)}",
        f"已采取措施：{_listed(facts, Section.ACTION, Section.RECOVERY, shown=shown)}",
        f"发展趋势与次生风险：{_listed(facts, Section.TREND, shown=shown)}",
        *(
            f"{name}：{told(facts, name) or BLANK}"
            for name in extra_elements(data.parent, picture.kind)
        ),
        f"网上关切：{_online(picture)}",
        f"需要支持的事项：{BLANK}　下一步：{BLANK}　下次续报：{_next_text(data)}",
    ]


def _listed(facts: Sequence[Confirmed], *sections: Section, shown: int = SHOWN[0]) -> str:
    own = [fact for fact in facts if section_of(fact) in sections]
    if not own:
        return BLANK
    rest = len(own) - shown
    more = f"；另有{rest}项见附表" if rest > 0 else ""
    return f"{'；'.join(map(_fact, own[:shown]))}{more}。"


def _fact(fact: Confirmed) -> str:
    colon = "" if fact.value[:1].isdigit() else "："
    return f"{fact.name}{colon}{fact.value}（截至{day_clock(fact.as_of)}，{fact.by}）"


def _cause(picture: Picture) -> str:
    found = [fact for fact in picture.facts if fact.cause]
    return "；".join(map(_fact, found)) + "。" if found else f"{OPEN_CAUSE.removeprefix('原因')}。"


def _online(picture: Picture) -> str:
    waiting = sum(asked.answered_at is None for asked in picture.asked)
    top = picture.asked[0] if picture.asked else None
    asked = f"，主要问题“{top.name}”（{top.voices}人）" if top else ""
    names = "、".join(claim.name for claim in picture.open_claims[:2])
    claims = f"；待核实说法{len(picture.open_claims)}条" + (f"（{names}）" if names else "")
    return (
        f"截至{day_clock(picture.at)}公开信息{picture.spread.posts}条{asked}，未答问题{waiting}个"
        f"{claims}；已发布{len(picture.own)}篇。"
    )


def _annex(picture: Picture) -> list[Block]:
    if not picture.facts:
        return []
    rows = tuple((f.name, f.value, day_clock(f.as_of), f.by) for f in picture.facts)
    return [Table("附：已确认事实", _value_columns("数值或结论"), rows)]


def _value_columns(*values: str) -> tuple[Column, ...]:
    return (
        Column("事项"),
        *(Column(value) for value in values),
        Column("截至", ColumnKind.TIME),
        Column("确认单位"),
    )


# Follow-up


def _follow_up(data: UpwardData) -> list[Block]:
    picture, last = data.picture, data.earlier[-1]
    found = changes(last.values, picture.facts)
    by_name = {fact.name: section_of(fact) for fact in picture.facts}

    def of(*sections: Section) -> list[Change]:
        return [change for change in found if by_name[change.name] in sections]

    state = of(Section.PEOPLE, Section.IMPACT, Section.COURSE, Section.OTHER)
    return [
        Heading(f"一、较第{last.number}报变化"),
        *_change_table("较上报变化", state, last.number),
        Heading("二、处置进展"),
        *_change_table("处置进展", of(Section.ACTION, Section.RECOVERY), last.number),
        Heading("三、新情况与风险"),
        *_change_table("新情况与风险", of(Section.TREND), last.number),
        Paragraph((f"原因：{_cause(picture)}",)),
        Heading("四、发布与关切"),
        Paragraph((_since(data, last),)),
        Heading("五、下一步与下次续报时间"),
        Paragraph((f"下一步：{BLANK}　下次续报：{_next_text(data)}",)),
    ]


def _change_table(caption: str, found: Sequence[Change], number: int) -> list[Block]:
    if not found:
        return [Paragraph((f"较第{number}报无变化。",))]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (c.name, f"{c.before} → {c.now}", day_clock(c.as_of), c.by) for c in found
    )
    return [Table(caption, _value_columns("原值 → 现值"), rows)]


def _since(data: UpwardData, last: Earlier) -> str:
    picture = data.picture
    own = [o for o in picture.own if o.published_at > last.made_at]
    claims = [c for c in picture.said if c.noticed_at > last.made_at]
    settled = [c for c in picture.said if c.judged_at and c.judged_at > last.made_at]
    corrections = sum(o.correction for o in own)
    return (
        f"第{last.number}报后发布{len(own)}篇（更正{corrections}篇）；新发现待核实说法{len(claims)}条，"
        f"作出结论{len(settled)}条；现有待核实说法{len(picture.open_claims)}条。"
    )


# Final report


def _final(data: UpwardData) -> list[Block]:
    picture = data.picture
    facts = picture.facts
    return [
        Heading("一、事件概况"),
        Paragraph(
            (f"接报时间：{day_hour(data.known_at)}。基本经过：{_listed(facts, Section.COURSE)}",)
        ),
        Paragraph(
            (f"级别：{told(facts, Element.LEVEL) or BLANK}。人员情况：{people_text(facts)}",)
        ),
        Paragraph((f"影响与损失：{_listed(facts, Section.IMPACT)}",)),
        Heading("二、处置过程与时间线"),
        *_course(picture),
        Heading("三、原因"),
        Paragraph((_final_cause(picture),)),
        Heading("四、善后与恢复"),
        Paragraph((f"{_listed(facts, Section.RECOVERY)}善后安排：{BLANK}",)),
        Heading("五、信息发布小结"),
        Paragraph((_published(picture),)),
        Heading("六、教训与改进"),
        Paragraph((BLANK,)),
        *_comparison(data),
    ]


def _final_cause(picture: Picture) -> str:
    if any(fact.cause for fact in picture.facts):
        return f"{_cause(picture)}文号：{BLANK}。"
    return f"调查进行中，预计{BLANK}。"


def _course(picture: Picture) -> list[Block]:
    steps = [step for step in picture.steps if step.weight > 1]
    rows = tuple((day_clock(step.at), step.what) for step in steps)
    if not rows:
        return [Paragraph((BLANK,))]
    return [Table("时间线", (Column("时刻", ColumnKind.TIME), Column("事项")), rows)]


def _published(picture: Picture) -> str:
    first = next((own for own in picture.own if not own.relay), None)
    took = ""
    if first and picture.confirmed_at:
        took = f"首发用时{minutes(picture.confirmed_at, first.published_at)}分钟；"
    voices = sum(asked.voices for asked in picture.asked)
    answered = sum(asked.voices for asked in picture.asked if asked.answered_at)
    corrections = sum(own.correction for own in picture.own)
    return (
        f"{took}发布{len(picture.own)}篇；问题答复率（按人次）{percent(answered, voices)}；"
        f"更正{corrections}次；说法{len(picture.said)}条，其中有结论"
        f"{len(picture.said) - len(picture.open_claims)}条。"
    )


def _comparison(data: UpwardData) -> list[Block]:
    """Return the figures of every report of the series side by side, this draft the last."""
    series = [*((e.number, e.values) for e in data.earlier)]
    series.append((data.number, values_of(data.picture.facts)))
    names = dict.fromkeys(value.name for _, values in series for value in values)
    given = [{value.name: value.value for value in values} for _, values in series]
    rows = tuple((name, *(report.get(name, "—") for report in given)) for name in names)
    columns = (Column("事项"), *(Column(f"第{number}报") for number, _ in series))
    return [Table("附：各报数字对照表", columns, rows)] if rows else []


def _chinese(number: int) -> str:
    return "零一二三四五六七八九十"[number] if number <= 10 else str(number)
