"""The morning digest: what the night held, what is open, and what nobody saw. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.records import Question
from analysis.reports.document import (
    Block,
    Box,
    Document,
    Heading,
    Items,
    Link,
    Paragraph,
    Tone,
)
from core.clock import beijing
from core.vocabulary import ConcernLevel

SHOWN = 10
TOP_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One matter, as a line of a list."""

    text: str
    level: ConcernLevel = ConcernLevel.C0
    to: str = ""
    """Address below the console's root; empty when there is no page."""


@dataclass(frozen=True, slots=True)
class DigestData:
    """Everything the digest of one morning is made of."""

    office: str
    version: str
    start: datetime
    """Of the night."""
    end: datetime
    """When the digest is due."""
    made_at: datetime
    held: tuple[Line, ...]
    """What the quiet hours kept back, each matter once, in the order it came up."""
    others: tuple[Line, ...]
    """Alerts of the night that were not kept back."""
    heard: int
    """Calls for help of the night."""
    open_matters: tuple[Line, ...]
    """Alerts that nobody has closed, whenever they were raised."""
    calls: tuple[Line, ...]
    """Open calls for help that wait for somebody."""
    questions: tuple[Question, ...]
    """Nobody has answered, most pressing first."""
    promises: tuple[Line, ...]
    """Public promises due today, or overdue."""
    silences: tuple[str, ...]
    """Sources that were silent in the night, with their hours."""
    unseen: tuple[str, ...]
    """What was not seen in the night, the worst first."""
    gathered: int
    """Relevant posts of the night."""
    budget: str = ""
    """Whether the promise about false alarms was kept, in Chinese; empty while unknown."""


def is_quiet(data: DigestData) -> bool:
    """Tell whether the night held nothing that anybody must act on or know.

    A night in which something was not seen is never called quiet.
    """
    return not any((data.held, data.others, data.heard, data.calls, data.silences, data.unseen))


def document(data: DigestData) -> Document:
    """Return the digest; equal data give an equal document. A quiet night is one line."""
    day = beijing(data.end)
    blocks: list[Block] = [Paragraph((_first(data),), Tone.LEAD)]
    if data.unseen or data.silences:
        blind = [Line(said) for said in (*data.silences, *data.unseen)]
        blocks.append(Box("夜间没有看到什么", _shown(blind)))
    for title, lines in (
        ("夜间留到早晨的事项", _gravest(data.held)),
        ("夜间的其他预警", _gravest(data.others)),
        ("等待处理的求助", list(data.calls)),
        ("未结束的预警", _gravest(data.open_matters)),
        ("今日到期的承诺", list(data.promises)),
    ):
        if lines:
            blocks += [Heading(f"{title}（{len(lines)}）"), Items(_shown(lines))]
    if data.questions:
        asked = [
            Line(f"{q.text}（{q.voices} 人问）", to="questions")
            for q in data.questions[:TOP_QUESTIONS]
        ]
        title = f"还没有回答的问题（前 {len(asked)}，共 {len(data.questions)}）"
        blocks += [Heading(title), Items(_shown(asked), numbered=True)]
    if data.budget:
        blocks.append(Paragraph((data.budget,), Tone.NOTE))
    return Document(
        name=f"digest-{day:%Y-%m-%d}",
        office=data.office,
        title=f"{day.month}月{day.day}日早间摘要",
        subtitle=f"{_span(data.start, data.end)}（北京时间）",
        blocks=tuple(blocks),
        made_at=data.made_at,
        version=data.version,
    )


def _first(data: DigestData) -> str:
    span = _span(data.start, data.end)
    if is_quiet(data):
        return f"{span} 没有需要处理的事项；收到相关信息 {data.gathered} 条，各来源正常。"
    parts = [
        f"{count} {unit}"
        for count, unit in (
            (len(data.held), "项留到早晨"),
            (len(data.others), "项夜间预警"),
            (data.heard, "条夜间求助"),
            (len(data.calls), "条求助待处理"),
        )
        if count
    ]
    what = "，".join(parts) if parts else "没有新的事项"
    blind = "；有没有看到的，见下" if data.unseen or data.silences else ""
    return f"{span} {what}；收到相关信息 {data.gathered} 条{blind}。"


def _gravest(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with the gravest first, otherwise as they are."""
    return sorted(lines, key=lambda line: line.level, reverse=True)


def _shown(lines: Sequence[Line]) -> tuple[tuple[str | Link, ...], ...]:
    shown: list[tuple[str | Link, ...]] = [
        (Link(line.text, line.to) if line.to else line.text,) for line in lines[:SHOWN]
    ]
    if len(lines) > SHOWN:
        shown.append((f"另有 {len(lines) - SHOWN} 项，见值班台",))
    return tuple(shown)


def _span(start: datetime, end: datetime) -> str:
    first, last = beijing(start), beijing(end)
    date = "" if first.date() == last.date() else f"{last.month}月{last.day}日 "
    return f"{first.month}月{first.day}日 {first:%H:%M}—{date}{last:%H:%M}"
