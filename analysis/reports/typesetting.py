"""The blocks of a report set on paper, one function each; ``layout`` says how each looks."""

import io
import re
from collections.abc import Sequence
from datetime import UTC
from itertools import zip_longest

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Mm, Pt

from analysis.reports import behind, drawing, layout, ruling
from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Chart,
    Document,
    Figures,
    Heading,
    Items,
    Multiples,
    Paragraph,
    Table,
    Tone,
)
from analysis.reports.paper import Paper, text_of
from core.clock import beijing

CHART_WIDTH = Mm(150)
DATA_COLUMNS = 12
"""Columns of a chart's data table, whose rows stand side by side."""
LONGEST_PROPERTY = 255
NO_FONT = "本机没有找到中文字体，图没有绘制；数据见下表。安装方法见 huiying doctor 的 fonts 一项。"
DIGITS = ("", *"一二三四五六七八九")
_NUMBERED = re.compile(r"（?[一二三四五六七八九十]+[、）]")
_LONG_WORD = re.compile(r"[!-~]{10}")
_DRAWN = Table | Chart | Multiples | Figures
_TONES = {Tone.PLAIN: layout.BODY, Tone.NOTE: layout.NOTE, Tone.LEAD: layout.LEAD}


def set_document(paper: Paper, document: Document, *, red_head: bool) -> None:
    """Set all of *document* on an empty *paper*."""
    _properties(paper, document)
    _head(paper, document, red_head=red_head)
    numbered = not any(_NUMBERED.match(h.text) for h in document.blocks if isinstance(h, Heading))
    head = ""
    for block, after in zip_longest(document.blocks, document.blocks[1:]):
        _set(paper, block, head, numbered=numbered)
        if isinstance(block, Heading):
            head = block.text
        elif isinstance(block, Paragraph) and isinstance(after, _DRAWN):
            paper.word.paragraphs[-1].paragraph_format.keep_with_next = True
    _foot(paper, document)


def chinese_number(number: int) -> str:
    """Return 1 to 99 as heads are numbered.

    >>> [chinese_number(n) for n in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{DIGITS[ones]}"


def _properties(paper: Paper, document: Document) -> None:
    made_at = document.made_at.astimezone(UTC).replace(microsecond=0)
    core = paper.word.core_properties
    core.author = core.last_modified_by = document.office[:LONGEST_PROPERTY]
    core.title, core.version = (
        document.title[:LONGEST_PROPERTY],
        document.version[:LONGEST_PROPERTY],
    )
    core.subject = core.comments = core.keywords = ""
    core.language = "zh-CN"
    core.revision = 1
    core.created = core.modified = made_at.replace(tzinfo=None)
    package = paper.word.part.package
    for key, link in list(package.rels.items()):
        if link.reltype.endswith("/thumbnail"):
            del package.rels[key]  # It shows the template, not this report.


def _head(paper: Paper, document: Document, *, red_head: bool) -> None:
    if red_head:
        office = paper.add(layout.OFFICE, document.office)
        office.runs[0].font.color.rgb = layout.RED
        office.runs[0].font.size = _fitting(document.office)
    if red_head or document.head:
        head = paper.add(layout.HEAD, _across(document.head))
        head.paragraph_format.tab_stops.add_tab_stop(layout.TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
        if red_head:
            layout.frame(head, "bottom", colour=layout.RULE_RED, eighths=12)
        head.paragraph_format.space_after = layout.LINE
    paper.add(layout.TITLE, document.title)
    if document.subtitle:
        subtitle = paper.add(layout.SUBTITLE, document.subtitle)
        if behind.longest([document.subtitle]) > 2 * layout.CHARACTERS:
            subtitle.runs[0].font.size = layout.SIZE_4


def _across(lines: Sequence[str]) -> str:
    """Return *lines* as one: the first at the left, the last at the right."""
    if len(lines) < 2:
        return "".join(lines)
    return f"{'　'.join(lines[:-1])}\t{lines[-1]}"


def _fitting(office: str) -> Pt:
    """Return the size at which the name of the office fills at most one line."""
    return Pt(min(48, int(layout.TEXT_WIDTH.pt / max(len(office), 1))))


def _set(paper: Paper, block: Block, head: str, *, numbered: bool) -> None:
    match block:
        case Heading():
            _heading(paper, block, numbered=numbered)
        case Paragraph():
            _words(paper, _TONES[block.tone], *block.parts)
        case Items():
            for number, line in enumerate(block.lines, 1):
                _words(paper, layout.BODY, f"{number}. " if block.numbered else "· ", *line)
        case Box():
            _box(paper, block)
        case Figures():
            ruling.set_figures(paper, block)
        case Table():
            _caption(paper, block.caption, head)
            ruling.set_table(paper, block)
        case Chart() | Multiples():
            _caption(paper, block.title, head)
            _chart(paper, block)


def _words(paper: Paper, kind: layout.Type, *cells: Cell) -> None:
    paragraph = paper.add(kind, *cells)
    if _LONG_WORD.search("".join(map(text_of, cells))):
        # Justified, the line before a long Latin word would be drawn apart.
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _heading(paper: Paper, block: Heading, *, numbered: bool) -> None:
    level = min(block.level, 2) - 1
    paper.reached[level] += 1
    paper.reached[level + 1 :] = [0] * (1 - level)
    number = chinese_number(paper.reached[level])
    sign = (f"{number}、", f"（{number}）")[level] if numbered else ""
    paper.add(layout.HEADINGS[level], sign + block.text)


def _caption(paper: Paper, caption: str, heading: str) -> None:
    if caption != heading:
        paper.add(layout.CAPTION, caption)


def _box(paper: Paper, block: Box) -> None:
    paragraphs = [paper.add(layout.BOX_TITLE, block.title)]
    sign = "· " if len(block.lines) > 1 else ""
    paragraphs += [paper.add(layout.BOX_LINE, sign, *line) for line in block.lines]
    for paragraph in paragraphs:
        paragraph.paragraph_format.left_indent = Pt(8)
        paragraph.paragraph_format.right_indent = Pt(8)
        paragraph.paragraph_format.keep_with_next = paragraph is not paragraphs[-1]
        layout.frame(paragraph, "top", "left", "bottom", "right", eighths=8)
    ruling.space_below(paper)


def _chart(paper: Paper, block: Chart | Multiples) -> None:
    if paper.font is None:
        paper.add(layout.NOTE, NO_FONT)
    else:
        paragraph = paper.add(layout.PICTURE)
        paragraph.paragraph_format.keep_with_next = True
        image = io.BytesIO(drawing.png(block, paper.font))
        shape = paragraph.add_run().add_picture(image, width=CHART_WIDTH)
        properties = shape._inline.docPr  # noqa: SLF001  no public way to what is read aloud
        properties.set("descr", behind.summary(block))
        properties.set("title", block.title)
    if isinstance(block, Chart):
        for number, (at, text) in enumerate(behind.inside(block), 1):
            paper.add(layout.NOTE, f"{drawing.circled(number)} {behind.moment(at)} {text}")
        if how := behind.how_to_read(block):
            paper.add(layout.NOTE, how)
    table = behind.table(block)
    if table.rows:
        paper.add(layout.CAPTION, table.caption)
        ruling.set_table(paper, _compact(table), small=True)


def _compact(table: Table) -> Table:
    """Return *table* folded into as many columns as stand side by side without a break."""
    most = DATA_COLUMNS
    folded = behind.folded(table, most)
    while most > len(table.columns) and not ruling.fits(folded, size=layout.SMALL_5):
        most -= 1
        folded = behind.folded(table, most)
    return folded


def _foot(paper: Paper, document: Document) -> None:
    day = beijing(document.made_at)
    date = f"{day.year}年{day.month}月{day.day}日"
    of_office, of_date = _set_back(document.office, date)
    signed = paper.add(layout.HEAD, document.office)
    signed.paragraph_format.space_before = layout.LINE
    signed.paragraph_format.keep_with_next = True
    dated = paper.add(layout.HEAD, date)
    for paragraph, characters in ((signed, of_office), (dated, of_date)):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        layout.indent_right(paragraph, characters, layout.SIZE_3)
    foot = paper.add(layout.NOTE, f"回应 Huiying {document.version}　{document.foot}")
    foot.paragraph_format.space_before = Pt(10)


def _set_back(office: str, date: str) -> tuple[int, int]:
    """Return how many characters the signature and the date stand from the right edge.

    The date begins two characters further right than the office; the longer ends two from the edge.
    """
    wide, long = behind.longest([office]) / 2, behind.longest([date]) / 2
    if wide - 2 >= long:
        return 2, round(wide - long)
    return round(2 + long + 2 - wide), 2
