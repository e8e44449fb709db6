"""Tables: the heading found, the rows below it, whatever file they stand in.

Real exports have a title above the heading, headings of two levels, blank rows, the heading again
on every printed page, and a line of totals at the end. Each is told from a row of the table.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.errors import RefusedError
from core.text import MAX_CHARACTERS
from crawler.importers import workbook
from crawler.importers.bounded import read_apart
from crawler.importers.delimited import Delimited
from crawler.importers.headings import heading_key, is_known
from crawler.importers.rows import (
    BadRow,
    Cell,
    Handed,
    Row,
    is_blank,
    number_text,
    text_of_cell,
)
from crawler.masking import mask_resident

HEAD_ROWS = 12
"""The heading stands among the first rows that are not blank."""
MAX_HEADING = 40
MAX_COLUMNS = 500
SAMPLES = 50
"""Rows looked at before the columns are understood."""

_TOTALS = re.compile(r"(?:合计|总计|小计|共计|汇总|总数)\s*[:：]?\s*(?:\d{1,9}\s*[件条个宗]?)?")
_COUNT = re.compile(r"\d{1,9}")
_NO_HEADING = re.compile(r"[:：。]|\d{3}")
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(slots=True)
class Tally:
    """What became of the rows of a sheet; grows while the table is read."""

    rows: int = 0
    """Rows that tell something: without headings, blanks and totals."""
    bad: int = 0
    totals: int = 0
    """Rows of totals, left out."""
    stated: int | None = None
    """The number of rows that the last row of totals names."""
    other_sheets: int = 0
    """Sheets with something in them that were not read."""
    odd_lines: int = 0
    """Lines in another encoding than the rest."""
    types: Counter[str] = field(default_factory=Counter)
    """Rows taken in by what their column of types says."""
    rounded_ids: int = 0
    """Ids that a spreadsheet has rounded; these rows got an id of their own."""
    repeated_ids: int = 0
    """Rows with the id of an earlier row."""
    cut: int = 0
    """Texts longer than is kept."""

    def notes(self) -> Iterator[str]:
        """Yield what an operator should know of a table that has been read, in Chinese."""
        if self.stated is not None and self.stated != self.rows:
            yield f"表尾合计写 {self.stated}，实际读到 {self.rows} 行，请核对"
        if self.other_sheets:
            yield f"另有 {self.other_sheets} 个工作表有内容，未读取"
        if self.odd_lines:
            yield f"{self.odd_lines} 行的编码与其余各行不同，已分别读取"
        if self.rounded_ids:
            yield (
                f"{self.rounded_ids} 行的编号已被表格软件改成近似数（如 1.23E+16），"
                "已按内容另行编号；请把该列设为文本后重新导出"
            )
        if self.repeated_ids:
            yield f"{self.repeated_ids} 行的编号与前面的行相同，按同一条处理"
        if self.cut:
            yield f"{self.cut} 条正文超过 {MAX_CHARACTERS} 字，只保留前面部分"


@dataclass(slots=True)
class Table:
    """A table with its headings; ``rows`` can be gone through once."""

    name: str
    headings: tuple[str, ...]
    """One a column, none twice; those of two levels as 诉求信息/诉求类型."""
    samples: tuple[Row, ...]
    """The first rows, for understanding the columns."""
    tally: Tally
    _rows: Iterator[Row | BadRow] = field(repr=False)

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Yield the rows below the heading; each has as many cells as there are headings."""
        for row in self._rows:
            if isinstance(row, BadRow):
                self.tally.bad += 1
            self.tally.rows += 1
            yield row


def open_table(handed: Handed) -> Table:
    """Return the table in the file *handed*.

    Raises ``RefusedError`` for a file that is no table, or that may not be opened.
    """
    with handed.open() as raw:
        head = raw.read(4)
    if head.startswith(b"PK") or head == _OLE:
        return _sheet_table(handed)
    return _text_table(handed)


def _text_table(handed: Handed) -> Table:
    tally, lines = Tally(), Delimited(handed)
    found = _find_heading(handed.name, iter(lines))
    lines.width = len(found.names)
    # Read again from the top: with its width known, a row that a wrong quote swallowed is found.
    body = _Body(found, tally, strict=True)
    return body.table(handed.name, _counted(lines, tally))


def _sheet_table(handed: Handed) -> Table:
    tally = Tally()
    rows = _sheet_rows(handed, tally)
    head = list(itertools.islice(rows, HEAD_ROWS))
    found = _find_heading(handed.name, iter(head))
    return _Body(found, tally, strict=False).table(handed.name, itertools.chain(head, rows))


def _counted(lines: Delimited, tally: Tally) -> Iterator[Row | BadRow]:
    yield from lines
    tally.odd_lines = lines.odd_lines


def _sheet_rows(handed: Handed, tally: Tally) -> Iterator[Row]:
    with handed.open() as raw:
        data = raw.read(workbook.MAX_FILE_BYTES + 1)
    try:
        workbook.check(data)
    except workbook.CheckError as error:
        raise RefusedError([f"{handed.name}: {error.reason}"]) from None
    for batch in read_apart(workbook.read_sheet, data, name=handed.name):
        if isinstance(batch, dict):
            tally.other_sheets = batch["others"]
        else:
            yield from (Row(number, tuple(map(_cell, cells))) for number, cells in batch)


def _cell(told: Any) -> Cell:
    if isinstance(told, str):
        return told
    if isinstance(told, bool):
        return "是" if told else "否"
    if isinstance(told, list):
        iso = str(told[1])
        return datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)
    return number_text(told)


@dataclass(frozen=True, slots=True)
class _Heading:
    """The heading of a table."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    """One, or two where it has two levels."""

    def is_above(self, row: Row | BadRow) -> bool:
        """Return whether *row* belongs to the heading, or is a title over it."""
        return isinstance(row, Row) and row.number <= self.rows[-1].number


def _find_heading(name: str, rows: Iterator[Row | BadRow]) -> _Heading:
    head = itertools.islice(rows, HEAD_ROWS)
    readable = [row for row in head if isinstance(row, Row) and not is_blank(row.cells)]
    if not readable:
        raise RefusedError([f"{name}: 表里没有内容"])
    found = _heading(readable)
    if len(found.names) > MAX_COLUMNS:
        raise RefusedError([f"{name}: 表头超过 {MAX_COLUMNS} 列"])
    return found


@dataclass(frozen=True, slots=True)
class _Body:
    """The rows below the heading, told from what only looks like one."""

    heading: _Heading
    tally: Tally
    strict: bool
    """Every row must have as many cells as the heading; a sheet's rows always have enough."""

    def table(self, name: str, rows: Iterator[Row | BadRow]) -> Table:
        found = self._kept(rows)
        first = list(itertools.islice(found, SAMPLES))
        samples = tuple(row for row in first if isinstance(row, Row))
        rest = itertools.chain(first, found)
        return Table(name, self.heading.names, samples, self.tally, rest)

    def _kept(self, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        again = {tuple(map(text_of_cell, row.cells)) for row in self.heading.rows}
        for row in rows:
            if isinstance(row, BadRow):
                yield row
            elif self.heading.is_above(row) or is_blank(row.cells):
                continue
            elif stated := _totals(row.cells):
                self.tally.totals += 1
                self.tally.stated = int(number[0]) if (number := _COUNT.search(stated)) else None
            elif tuple(map(text_of_cell, row.cells)) not in again:
                yield self._fitted(row)

    def _fitted(self, row: Row) -> Row | BadRow:
        """Return *row* with as many cells as there are headings; a cell more or less is told."""
        width, cells = len(self.heading.names), row.cells
        if self.strict and (len(cells) < width or not is_blank(cells[width:])):
            return BadRow(row.number, f"应有 {width} 格，实有 {len(cells)} 格")
        return Row(row.number, cells[:width] + ("",) * (width - len(cells)))


def _totals(cells: Sequence[Cell]) -> str | None:
    """Return what a row of totals says, or None for any other row."""
    filled = [text for cell in cells if (text := text_of_cell(cell))]
    if filled and len(set(filled)) <= 4 and _TOTALS.fullmatch(filled[0]):
        return " ".join(filled)
    return None


def _heading(rows: Sequence[Row]) -> _Heading:
    known = [sum(is_known(text_of_cell(cell)) for cell in row.cells) for row in rows]
    at = known.index(max(known)) if max(known) else _first_wordy(rows)
    top = bottom = at
    if at and _is_group_row(rows[at - 1]):
        top = at - 1
    elif at + 1 < len(rows) and known[at + 1] and _fills_blanks(rows[at], rows[at + 1]):
        bottom = at + 1
    names = _names(rows[top]) if top == bottom else _joined(rows[top], rows[bottom])
    return _Heading(_distinct(names), tuple(rows[top : bottom + 1]))


def _first_wordy(rows: Sequence[Row]) -> int:
    """Return which row looks like a heading when no word of it is known."""
    return next((at for at, row in enumerate(rows) if _is_heading(row)), 0)


def _is_heading(row: Row) -> bool:
    """Return whether *row* holds different short words and nothing else: not a title, not data."""
    filled = [cell for cell in row.cells if not is_blank((cell,))]
    words = {text_of_cell(cell) for cell in filled if isinstance(cell, str)}
    return (
        len(words) >= 2
        and len(words) == len(filled)
        and all(len(word) <= MAX_HEADING and not _NO_HEADING.search(word) for word in words)
    )


def _is_group_row(upper: Row) -> bool:
    """Return whether the row above a heading groups its columns; a title has one text only."""
    words = {text for cell in upper.cells if (text := text_of_cell(cell))}
    return len(words) >= 2 and not any(len(word) > 20 or _NO_HEADING.search(word) for word in words)


def _fills_blanks(upper: Row, lower: Row) -> bool:
    """Return whether *lower* names columns that *upper* leaves blank or only groups."""
    pairs = list(zip(_names(upper), _names(lower), strict=False))
    filled = any(below and not above for above, below in pairs)
    return filled and any(above and not below for above, below in pairs) and _is_heading(lower)


def _names(row: Row) -> list[str]:
    return [" ".join(text_of_cell(cell).split())[:MAX_HEADING] for cell in row.cells]


def _joined(upper: Row, lower: Row) -> list[str]:
    """Return the headings of two levels; a text file leaves all but the first of a group blank."""
    above, below = _names(upper), _names(lower)
    width = max(len(above), len(below))
    above += [""] * (width - len(above))
    below += [""] * (width - len(below))
    joined, group = [], ""
    for high, low in zip(above, below, strict=True):
        group = high or (group if low else "")
        joined.append(f"{group}/{low}" if group and low and group != low else low or group)
    return joined


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names: a nameless column gets a made one, and what stands twice is numbered.

    Where the first row is no heading, its cells may name people; a name is shown and remembered,
    so such a column counts as nameless.
    """
    while names and not names[-1]:
        names = names[:-1]
    seen: Counter[str] = Counter()
    distinct = []
    for number, name in enumerate(names, 1):
        plain = name if name and mask_resident(name) == name else f"第{number}列"
        seen[heading_key(plain)] += 1
        times = seen[heading_key(plain)]
        distinct.append(plain if times == 1 else f"{plain}（{times}）")
    return tuple(distinct)
