"""A report before it is a file: what it says, in order, with the way back to what it counts.

The writers beside this module turn one ``Document`` into a page, a Word file and a table; equal
documents give equal bytes. Nothing here holds what a single person wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Points = Sequence[tuple[datetime, int]]
"""Start of each bin (aware, in time order, equally spaced; missing bins left out), and count."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to the items behind them."""

    text: str
    to: str
    """Address below the console's root, such as ``claims/C000012``; the same in every writer."""


Cell = str | Link
"""What stands in one cell or one run of a paragraph."""


class Tone(StrEnum):
    """How a paragraph is meant."""

    PLAIN = "plain"
    NOTE = "note"
    """Smaller and lighter: how to read what stands above."""
    LEAD = "lead"
    """The one line a reader must not miss, such as that a day was quiet."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a section; level 1 or 2 below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences, with links among them."""

    parts: tuple[Cell, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Items:
    """A list of short lines."""

    lines: tuple[tuple[Cell, ...], ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """What must be seen on the first page before any figure is believed."""

    title: str
    lines: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the overview."""

    name: str
    """In Chinese, such as 提问."""
    value: Cell
    """As shown; a link where items stand behind it."""
    note: str = ""
    """Such as 7日中位 20，+50%."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the overview, side by side."""

    figures: tuple[Figure, ...]


class ColumnKind(StrEnum):
    """How a column is set."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    """Short and never broken: a time, a state, an id."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; each row has as many cells as there are columns."""

    caption: str
    """Names the table in every form of the report."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0
    """Rows that were left out, told below it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts by hour with what is usual, marks and missing hours; its data table stands below."""

    title: str
    points: Points
    expected: Sequence[float] | None = None
    """What is usual in each of *points*; None while unknown."""
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    """Ends of an interval around *expected*, as of a forecast; both or none."""
    marks: tuple[tuple[datetime, str], ...] = ()
    missing: tuple[datetime, ...] = ()
    ahead: int = 0
    """How many of the last *points* still lie ahead, so that their counts mean nothing."""


@dataclass(frozen=True, slots=True)
class Multiples:
    """Several small charts of one scale, each with its name; one data table below."""

    title: str
    series: tuple[tuple[str, Points], ...]


Block = Heading | Paragraph | Items | Box | Figures | Table | Chart | Multiples


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    name: str
    """Of its files, such as ``nightly-2031-06-18``; letters, digits and hyphens."""
    office: str
    title: str
    subtitle: str
    """Below the title, such as the day, the status and when it was made."""
    blocks: tuple[Block, ...]
    made_at: datetime
    """Moment of the data; the only time that any form of the report carries."""
    version: str
    """Of the software."""
    foot: str = "本报告不含个人发言原文和身份信息，仅供内部工作参考。"
    head: tuple[str, ...] = field(default=())
    """Lines above the title, such as 第1期 and 编制."""
