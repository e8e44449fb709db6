"""Tables on paper: widths by what stands in them, heads repeated, rows kept on one page."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from math import sqrt
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Pt, RGBColor
from docx.table import Table as WordTable

from analysis.reports import layout
from analysis.reports.document import Column, ColumnKind, Figure, Figures, Table
from analysis.reports.paper import Paper, text_of

ACROSS = 3
"""Figures of the overview in a row."""
GREY = RGBColor(0x55, 0x55, 0x55)
HEAD_FILL = "EDEDED"
LINE_COLOUR = "9A9A9A"
PADDING, SMALL_PADDING = Pt(4.5), Pt(3)
"""Left and right of what stands in a cell."""
LONGEST_KEPT = 600
"""Characters of a row that is kept on one page; a longer one may fill more than a page."""
LONGEST_TIME = 18
"""Half characters of a time or state; a column that holds more is set as text."""
MOST_HEAD_LINES = (1, 2, 3, 4)
"""Into how many lines the heads of figures may be broken, tried in this order."""


def set_table(paper: Paper, table: Table, *, small: bool = False) -> None:
    """Add *table*; *small* for the many figures behind a chart."""
    texts = [[text_of(cell) for cell in row] for row in table.rows]
    size = layout.SMALL_5 if small else layout.SIZE_5
    widths = column_widths(table.columns, texts, size=size)
    head = layout.SMALL_CELL_HEAD if small else layout.CELL_HEAD
    body = layout.SMALL_CELL if small else layout.CELL
    ruled = _grid(paper, 1 + len(table.rows) + bool(table.more), widths, padding=_padding(size))
    rows = list(ruled.rows)
    _repeat(rows[0]._tr)  # noqa: SLF001
    for cell, column in zip(rows[0].cells, table.columns, strict=True):
        paragraph = paper.fill(cell.paragraphs[0], head, [column.name])
        paragraph.alignment = _side(column)
        _shade(cell._tc)  # noqa: SLF001
    for row, cells, words in zip(rows[1:], table.rows, texts, strict=False):
        if sum(map(len, words)) <= LONGEST_KEPT:
            _keep_whole(row._tr)  # noqa: SLF001
        for cell, content, column in zip(row.cells, cells, table.columns, strict=True):
            paper.fill(cell.paragraphs[0], body, [content]).alignment = _side(column)
    if table.more:
        last = rows[-1]
        _keep_whole(last._tr)  # noqa: SLF001
        whole = last.cells[0].merge(last.cells[-1])
        paper.fill(whole.paragraphs[0], body, [f"另有 {table.more} 项未列出，见工作台。"])
    space_below(paper)


def set_figures(paper: Paper, block: Figures) -> None:
    """Add the figures of the overview side by side: the name, the figure, and a note below."""
    across = min(ACROSS, len(block.figures)) or 1
    rows = [block.figures[n : n + across] for n in range(0, len(block.figures), across)]
    if not rows:
        return
    width = Emu(layout.TEXT_WIDTH // across)
    ruled = _grid(paper, len(rows), [width] * across, padding=PADDING)
    for row, figures in zip(ruled.rows, rows, strict=True):
        _keep_whole(row._tr)  # noqa: SLF001
        for cell, figure in zip_longest(row.cells, figures):
            if figure is None:
                paper.fill(cell.paragraphs[0], layout.SMALL_CELL, [])
            else:
                _set_figure(paper, cell, figure)
    space_below(paper)


def _set_figure(paper: Paper, cell: Any, figure: Figure) -> None:
    paper.fill(cell.paragraphs[0], layout.CELL, [figure.name])
    paper.fill(cell.add_paragraph(), layout.VALUE, [figure.value])
    if figure.note:
        note = paper.fill(cell.add_paragraph(), layout.SMALL_CELL, [figure.note])
        note.runs[0].font.color.rgb = GREY


def fits(table: Table, *, size: Length) -> bool:
    """Tell whether *table* stands in the type area with no figure and no head broken."""
    need = [
        max([_halves(column.name), *(_halves(text_of(row[n])) for row in table.rows)])
        for n, column in enumerate(table.columns)
    ]
    return _left(need, size) >= 0


def column_widths(
    columns: Sequence[Column], texts: Sequence[Sequence[str]], *, size: Length
) -> list[Length]:
    """Return the width of each column; together they fill the type area.

    Figures and times get what they need, so that they are not broken; what is left is shared by
    the columns of text, by the root of their longest cell. Where nothing is left, all shrink alike.
    """
    heads = [_halves(column.name) for column in columns]
    bodies = [max((_halves(row[n]) for row in texts), default=0) for n in range(len(columns))]
    inside = _alike(columns, bodies)
    wide = [max(pair) for pair in zip(heads, inside, strict=True)]
    text = [
        column.kind is ColumnKind.TEXT or (column.kind is ColumnKind.TIME and body > LONGEST_TIME)
        for column, body in zip(columns, inside, strict=True)
    ]
    need = wide
    for lines in MOST_HEAD_LINES:
        need = [
            min(one, max(head, 8)) if of_text else min(max(body, head / lines + lines - 1), 24)
            for of_text, one, head, body in zip(text, wide, heads, inside, strict=True)
        ]
        if _left(need, size) >= 0:
            break
    least = [_across(halves, size) for halves in need]
    left = _left(need, size)
    if left < 0:
        return [Emu(int(one * layout.TEXT_WIDTH / sum(least))) for one in least]
    wants = [one if of_text else 0 for of_text, one in zip(text, wide, strict=True)]
    wish = _shared(left / (size / 2), need, wants)
    return [Emu(int(one + want * size / 2)) for one, want in zip(least, wish, strict=True)]


def _shared(room: float, has: Sequence[float], wants: Sequence[float]) -> list[float]:
    """Return how much of *room* is added to each column that *has* so much and *wants* more.

    As the root of what it wants, so that a long text gets more but not all; none gets more than
    it wants while another lacks. What nobody wants is shared in proportion.
    """
    low, high = 0.0, 1000.0
    added = [0.0] * len(has)
    for _ in range(50):
        middle = (low + high) / 2
        added = [
            max(min(middle * sqrt(want), want) - one, 0)
            for one, want in zip(has, wants, strict=True)
        ]
        low, high = (middle, high) if sum(added) < room else (low, middle)
    rest = room - sum(added)
    return [more + rest * one / sum(has) for one, more in zip(has, added, strict=True)]


def _padding(size: Length) -> Length:
    return SMALL_PADDING if size < layout.SIZE_5 else PADDING


def _across(halves: float, size: Length) -> float:
    return halves * size / 2 + 2 * _padding(size) + Pt(1)


def _left(need: Sequence[float], size: Length) -> float:
    return layout.TEXT_WIDTH - sum(_across(halves, size) for halves in need)


def _alike(columns: Sequence[Column], halves: Sequence[float]) -> list[float]:
    """Return *halves* with those of equal heads, as in a folded table, made equal."""
    widest: dict[Column, float] = {}
    for column, wide in zip(columns, halves, strict=True):
        widest[column] = max(wide, widest.get(column, 0))
    return [widest[column] for column in columns]


def _halves(text: str) -> float:
    """Return about the width of *text* in halves of a Chinese character.

    Capitals are wide, and a quarter of a character is set between Chinese and other letters.
    """
    wide = [ord(sign) >= 0x2000 for sign in text]
    changes = sum(a != b for a, b in pairwise(wide))
    capitals = sum("A" <= sign <= "Z" for sign in text)
    return len(text) + sum(wide) + 0.5 * (changes + capitals)


def _grid(paper: Paper, rows: int, widths: Sequence[Length], *, padding: Length) -> WordTable:
    ruled: WordTable = paper.word.add_table(rows, len(widths))
    ruled.style = "Table Grid"
    ruled.autofit = False
    ruled.alignment = WD_TABLE_ALIGNMENT.CENTER
    properties: Any = ruled._tbl.tblPr  # noqa: SLF001  no public way to margins and lines
    properties.insert_element_before(_lines(), "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    properties.insert_element_before(_margins(padding), "w:tblLook")
    for column, width in zip(ruled._tbl.tblGrid.gridCol_lst, widths, strict=True):  # noqa: SLF001
        column.w = width
    for row in ruled.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    return ruled


def _lines() -> Any:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", LINE_COLOUR)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    return borders


def _margins(padding: Length) -> Any:
    margins = OxmlElement("w:tblCellMar")
    for side, points in (
        ("top", 2.5),
        ("left", padding.pt),
        ("bottom", 2.5),
        ("right", padding.pt),
    ):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(points * 20)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _repeat(row: Any) -> None:
    properties = row.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    properties.append(OxmlElement("w:tblHeader"))


def _keep_whole(row: Any) -> None:
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", HEAD_FILL)):
        shade.set(qn(f"w:{key}"), value)
    cell.get_or_add_tcPr().append(shade)


def _side(column: Column) -> WD_ALIGN_PARAGRAPH:
    is_number = column.kind is ColumnKind.NUMBER
    return WD_ALIGN_PARAGRAPH.RIGHT if is_number else WD_ALIGN_PARAGRAPH.LEFT


def space_below(paper: Paper) -> None:
    """Keep what follows off the table, and neighbouring tables from growing together."""
    gap = paper.add(layout.SMALL_CELL)
    gap.paragraph_format.line_spacing = Pt(8)
