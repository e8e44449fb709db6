"""The hand-over note of a shift: what changed, what is open, who holds it, by when. Pure.

Made from what is kept, not from memory: equal data give an equal note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.records import Question
from analysis.reports.digest import Line
from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Column,
    ColumnKind,
    Document,
    Figure,
    Figures,
    Heading,
    Items,
    Link,
    Paragraph,
    Table,
    Tone,
)
from core.clock import beijing
from core.vocabulary import ConcernLevel

SHOWN = 10
TOP_QUESTIONS = 5
NO_OWNER = "无人认领"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something the next officer takes over."""

    text: str
    owner: str
    """Who holds it, in Chinese; empty while nobody does."""
    due: datetime | None
    """When its clock runs out; None when it has none."""
    to: str = ""
    level: ConcernLevel = ConcernLevel.C0


@dataclass(frozen=True, slots=True)
class HandoverData:
    """Everything a note is made of; lists stand in the order to be shown."""

    office: str
    version: str
    shift_id: str
    post: str
    """Name of the post, such as 监测员."""
    officer: str
    start: datetime
    end: datetime
    as_of: datetime
    """Moment of the data: the end of the shift, or now while it runs."""
    next_officer: str
    """Empty when the roster names nobody."""
    raised: tuple[Line, ...]
    acknowledged: tuple[Line, ...]
    false: tuple[Line, ...]
    """Marked false, or the mark undone."""
    closed: tuple[Line, ...]
    """Ended, opened again or lowered."""
    climbed: tuple[Line, ...]
    """What nobody took on in time and was told further up."""
    new_claims: tuple[Line, ...]
    judged: tuple[Line, ...]
    published: tuple[Line, ...]
    """With corrections and withdrawals."""
    questions: tuple[Question, ...]
    """Nobody has answered."""
    open_items: tuple[OpenItem, ...]
    silences: tuple[str, ...]
    unseen: tuple[str, ...]
    refused: tuple[str, ...]
    """Tasks that were refused because they may not be monitored."""
    gathered: int


def document(data: HandoverData) -> Document:
    """Return the note as a document."""
    blocks: list[Block] = [Paragraph((_first(data),), Tone.LEAD)]
    if blind := [*data.silences, *data.unseen]:
        blocks.append(Box("本班没有看到什么", _shown([Line(line) for line in blind])))
    blocks.append(Figures(_figures(data)))
    blocks += _handed_on(data)
    for title, lines in (
        ("本班新预警", data.raised),
        ("本班接收", data.acknowledged),
        ("本班标为误报或撤销", data.false),
        ("本班结束、重开或降级", data.closed),
        ("无人接收而升级", data.climbed),
        ("新出现的说法", data.new_claims),
        ("已核实的说法", data.judged),
        ("发布、更正与撤回", data.published),
        ("被拒绝的监测任务", tuple(Line(line) for line in data.refused)),
    ):
        if lines:
            blocks += [Heading(f"{title}（{len(lines)}）"), Items(_shown(lines))]
    if data.questions:
        asked = [Line(f"{q.text}（{q.voices} 人问）", to="questions") for q in data.questions]
        shown = asked[:TOP_QUESTIONS]
        title = f"还没有回答的问题（前 {len(shown)}，共 {len(asked)}）"
        blocks += [Heading(title), Items(_shown(shown), numbered=True)]
    day = beijing(data.start)
    return Document(
        name=f"handover-{data.shift_id}-{day:%Y-%m-%d}",
        office=data.office,
        title=f"{data.post}交接班记录",
        subtitle=f"{data.shift_id}　{data.officer}　{_clock(data.start)}—{_clock(data.end)}"
        f"　数据截至 {_clock(data.as_of)}",
        blocks=tuple(blocks),
        made_at=data.as_of,
        version=data.version,
    )


def _first(data: HandoverData) -> str:
    changes = (
        data.raised, data.acknowledged, data.false, data.closed, data.climbed, data.new_claims,
        data.judged, data.published,
    )  # fmt: skip
    to = f"交 {data.next_officer}" if data.next_officer else "下一班值班表上无人"
    left = f"待办 {len(data.open_items)} 项" if data.open_items else "没有待办"
    if not any(changes):
        return f"本班没有变化；收到相关信息 {data.gathered} 条；{left}；{to}。"
    late = sum(item.due is not None and item.due <= data.as_of for item in data.open_items)
    overdue = f"，其中超时 {late} 项" if late else ""
    return f"收到相关信息 {data.gathered} 条；{left}{overdue}；{to}。"


def _figures(data: HandoverData) -> tuple[Figure, ...]:
    return tuple(
        Figure(name, str(count))
        for name, count in (
            ("新预警", len(data.raised)),
            ("接收", len(data.acknowledged)),
            ("误报", len(data.false)),
            ("新说法", len(data.new_claims)),
            ("已核实", len(data.judged)),
            ("发布", len(data.published)),
        )
    )


def _order(item: OpenItem, as_of: datetime) -> tuple[bool, bool, int, datetime]:
    """Return the sort key of an open item: what is late by its gravity, the rest by its clock."""
    due = item.due or as_of
    late = item.due is not None and due <= as_of
    gravity = list(ConcernLevel).index(item.level)
    return (not late, item.due is None, -gravity if late or item.due is None else 0, due)


def _handed_on(data: HandoverData) -> list[Block]:
    if not data.open_items:
        return []
    items = sorted(data.open_items, key=lambda item: _order(item, data.as_of))
    rows: list[tuple[Cell, ...]] = [
        (
            Link(item.text, item.to) if item.to else item.text,
            item.owner or NO_OWNER,
            _due(item.due, data.as_of),
        )
        for item in items[: 2 * SHOWN]
    ]
    columns = (Column("事项"), Column("由谁"), Column("时限", ColumnKind.TIME))
    more = max(0, len(items) - 2 * SHOWN)
    return [
        Heading(f"交给下一班（{len(data.open_items)}）"),
        Table("待办事项", columns, tuple(rows), more),
    ]


def _due(due: datetime | None, as_of: datetime) -> str:
    if due is None:
        return "—"
    left = due - as_of
    minutes = abs(left) // timedelta(minutes=1)
    span = f"{minutes // 60} 小时 {minutes % 60} 分" if minutes >= 60 else f"{minutes} 分"
    return f"{_clock(due)}（{'超时' if left <= timedelta(0) else '还有'} {span}）"


def _shown(lines: Sequence[Line]) -> tuple[tuple[Cell, ...], ...]:
    shown: list[tuple[Cell, ...]] = [
        (Link(line.text, line.to) if line.to else line.text,) for line in lines[:SHOWN]
    ]
    if len(lines) > SHOWN:
        shown.append((f"另有 {len(lines) - SHOWN} 项，见值班台",))
    return tuple(shown)


def _clock(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
