"""A report as one tidy table (CSV): a row for each thing it says, with its link."""

import csv
import io
from collections.abc import Iterator

from analysis.reports import behind, page
from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Chart,
    Document,
    Figures,
    Heading,
    Items,
    Link,
    Multiples,
    Paragraph,
    Table,
)
from analysis.reports.legible import cleaned
from core.clock import iso_beijing
from core.spreadsheet import guarded

COLUMNS = ("section", "table", "row", "item", "column", "value", "link")
SAID = "文字"
"""Column of what is said in words."""
NOTE = "说明"

Line = tuple[str, int, str, str, str, str]
"""Table, row (from 1), item, column, value, link."""


def as_csv(document: Document, *, base: str = "/") -> str:
    """Return *document* as CSV with a byte order mark; equal documents give equal text.

    ``COLUMNS`` are told in docs/formats.md. *base* stands before every link, as in ``page``.
    """
    document = cleaned(document)
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(COLUMNS)
    for section, line in _lines(document, base):
        writer.writerow([guarded(str(value)) for value in (section, *line)])
    return out.getvalue()


def _lines(document: Document, base: str) -> Iterator[tuple[str, Line]]:
    about = [
        ("名称", document.name), ("单位", document.office), ("标题", document.title),
        ("副题", document.subtitle), *[("版头", line) for line in document.head],
        ("数据截至", iso_beijing(document.made_at)), ("版本", document.version),
        (NOTE, document.foot),
    ]  # fmt: skip
    for number, (name, value) in enumerate(about, 1):
        yield "", ("报告", number, name, SAID, value, "")
    section = [""]
    for block in document.blocks:
        if isinstance(block, Heading):
            section = [*section[: block.level - 1], block.text]
        else:
            for line in _block(block, base):
                yield " / ".join(filter(None, section)), line


def _block(block: Block, base: str) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield from _said("", (block.parts,), base)
        case Items():
            yield from _said("", block.lines, base)
        case Box():
            yield from _said(block.title, block.lines, base)
        case Figures():
            for number, figure in enumerate(block.figures, 1):
                value, link = _value(figure.value, base)
                yield "", number, figure.name, "数值", value, link
                if figure.note:
                    yield "", number, figure.name, NOTE, figure.note, ""
        case Table():
            yield from _table(block, base)
        case Chart() | Multiples():
            yield from _chart(block)
        case Heading():
            pass


def _said(table: str, lines: tuple[tuple[Cell, ...], ...], base: str) -> Iterator[Line]:
    for number, cells in enumerate(lines, 1):
        text = "".join(_value(cell, base)[0] for cell in cells)
        links = [_value(cell, base)[1] for cell in cells if isinstance(cell, Link)]
        yield table, number, "", SAID, text, " ".join(links)


def _table(block: Table, base: str) -> Iterator[Line]:
    for number, cells in enumerate(block.rows, 1):
        item = _value(cells[0], base)[0]
        for column, cell in zip(block.columns, cells, strict=True):
            value, link = _value(cell, base)
            yield block.caption, number, item, column.name, value, link
    if block.more:
        yield block.caption, len(block.rows) + 1, "", "未列出", str(block.more), ""


def _chart(block: Chart | Multiples) -> Iterator[Line]:
    names = behind.names(block)
    for number, row in enumerate(behind.rows(block), 1):
        start = iso_beijing(row.start)
        if row.missing:
            yield block.title, number, start, names[0], behind.UNSEEN, ""
            continue
        for name, figure in zip(names, row.figures, strict=True):
            if figure is not None:
                yield block.title, number, start, name, f"{figure:.12g}", ""
    if isinstance(block, Chart):
        for number, (at, text) in enumerate(behind.inside(block), 1):
            yield block.title, number, iso_beijing(at), "标记", text, ""


def _value(cell: Cell, base: str) -> tuple[str, str]:
    if isinstance(cell, str):
        return cell, ""
    return cell.text, page.address(cell, base) if base else cell.to
