"""The layout of official documents (GB/T 9704-2012) in the terms of python-docx.

A4; margins 37, 26, 35 and 28 mm leave a type area of 156 x 225 mm for 22 lines of 28 characters
in 仿宋 of size 3. Fonts are named, never embedded: where one is missing, the reader's machine
takes another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
TOP, RIGHT, BOTTOM, LEFT = Mm(37), Mm(26), Mm(35), Mm(28)
TEXT_WIDTH = Emu(PAGE_WIDTH - LEFT - RIGHT)
LINES, CHARACTERS = 22, 28
LINE = Pt(28.95)
"""The pitch of 22 lines on 225 mm, in the twentieths of a point that Word keeps."""
TIGHTER_TWENTIETHS = -5
"""Of a point, between characters of size 3: 28 of 15.75 pt fill 156 mm, of 16 pt only 27."""
NUMBER_FROM_EDGE = Mm(23)
"""Of the page number: the dashes beside it stand 7 mm below the type area."""
SIZE_2, SIZE_3, SIZE_4, SMALL_4, SIZE_5, SMALL_5 = (
    Pt(22), Pt(16), Pt(14), Pt(12), Pt(10.5), Pt(9),
)  # fmt: skip
FANGSONG, KAITI, HEITI, SONGTI = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
XIAOBIAOSONG = "方正小标宋简体"
LATIN = "Times New Roman"
RED = RGBColor(0xFF, 0, 0)
RULE_RED = "FF0000"


@dataclass(frozen=True, slots=True)
class Type:
    """How a paragraph is set."""

    style: str
    font: str = FANGSONG
    size: Length = SIZE_3
    line: Length = LINE
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY
    first_characters: int = 0
    """Indent of the first line, in characters."""
    bold: bool = False
    before_pt: float = 0
    after_pt: float = 0
    keep: bool = False
    """Whether it stays on the page of what follows."""

    @property
    def style_id(self) -> str:
        """The id that python-docx gives a style of this name."""
        return self.style.replace(" ", "")


_LEFT, _CENTRE = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
BODY = Type("Body Text", first_characters=2)
LEAD = Type("Huiying Lead", font=HEITI, first_characters=2)
NOTE = Type("Huiying Note", size=SMALL_4, line=Pt(20), first_characters=2)
TITLE = Type(
    "Title", font=XIAOBIAOSONG, size=SIZE_2, line=Pt(36), align=_CENTRE, after_pt=6, keep=True
)
SUBTITLE = Type("Subtitle", font=KAITI, align=_CENTRE, after_pt=14.5)
HEAD = Type("Huiying Head", align=_LEFT)
OFFICE = Type("Huiying Office", font=XIAOBIAOSONG, size=Pt(48), line=Pt(64), align=_CENTRE)
HEADINGS = (
    Type("Heading 1", font=HEITI, first_characters=2, keep=True),
    Type("Heading 2", font=KAITI, first_characters=2, keep=True),
)
CAPTION = Type(
    "Caption", font=HEITI, size=SMALL_4, line=Pt(20), align=_CENTRE, before_pt=8, after_pt=3,
    keep=True,
)  # fmt: skip
CELL = Type("Huiying Cell", size=SIZE_5, line=Pt(15), align=_LEFT)
CELL_HEAD = Type("Huiying Cell Head", font=HEITI, size=SIZE_5, line=Pt(15), align=_LEFT)
SMALL_CELL = Type("Huiying Small Cell", size=SMALL_5, line=Pt(12), align=_LEFT)
SMALL_CELL_HEAD = Type("Huiying Small Head", font=HEITI, size=SMALL_5, line=Pt(12), align=_LEFT)
VALUE = Type("Huiying Value", font=HEITI, size=SIZE_3, line=Pt(24), align=_LEFT)
BOX_TITLE = Type("Huiying Box Title", font=HEITI, size=SMALL_4, line=Pt(20), keep=True)
BOX_LINE = Type("Huiying Box", size=SMALL_4, line=Pt(20))
PICTURE = Type("Huiying Picture", size=SIZE_5, line=Pt(0), align=_CENTRE)
PAGE_NUMBER = Type("Footer", font=SONGTI, size=SIZE_4, line=Pt(20), align=_LEFT)
TYPES = (
    BODY, LEAD, NOTE, TITLE, SUBTITLE, HEAD, OFFICE, *HEADINGS, CAPTION, CELL, CELL_HEAD,
    SMALL_CELL, SMALL_CELL_HEAD, VALUE, BOX_TITLE, BOX_LINE, PICTURE, PAGE_NUMBER,
)  # fmt: skip


TEMPLATE_STYLES = ("DefaultParagraphFont", "TableNormal", "NoList", "TableGrid")
AFTER_GRID = (
    "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc",
    "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId",
    "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
"""What follows ``w:snapToGrid`` among the properties of a paragraph, whose order is fixed."""


def prepare(word: WordDocument) -> None:
    """Give an empty *word* document the page, the grid, the styles and the page numbers."""
    section = word.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.footer_distance = NUMBER_FROM_EDGE
    grid = section._sectPr.find(qn("w:docGrid"))  # noqa: SLF001  no public way to the grid
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)  # noqa: SLF001
    # A grid of characters too is read in different ways: LibreOffice sets every table in it.
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(LINE.pt * 20)))
    _styles(word)
    settings = word.settings
    settings.odd_and_even_pages_header_footer = True
    for mode in settings.element.iter(qn("w:compatSetting")):
        if mode.get(qn("w:name")) == "compatibilityMode":
            mode.set(qn("w:val"), "15")
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _styles(word: WordDocument) -> None:
    defaults = word.styles.element.find(qn("w:docDefaults"))
    for fonts in defaults.iter(qn("w:rFonts")):
        _name_fonts(fonts, FANGSONG)
    for language in defaults.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    kinds = (Type("Normal", align=_LEFT), *TYPES)
    _drop_others(word, kinds)
    for kind in kinds:
        if kind.style in word.styles:
            style = word.styles[kind.style]
        else:
            style = word.styles.add_style(kind.style, WD_STYLE_TYPE.PARAGRAPH)
        if not isinstance(style, ParagraphStyle):
            raise TypeError(f"{kind.style}: not a paragraph style")
        _set_style(style, kind)


def _drop_others(word: WordDocument, kinds: Sequence[Type]) -> None:
    """Take out the styles of the template that nothing here uses, and their second copy."""
    kept = {*(kind.style_id for kind in kinds), *TEMPLATE_STYLES}
    styles: Any = word.styles.element
    for style in list(styles.style_lst):
        if style.styleId not in kept:
            styles.remove(style)
            continue
        for link in style.findall(qn("w:link")):
            style.remove(link)
    relations = word.part.rels
    for key, relation in list(relations.items()):
        if relation.reltype.endswith("/stylesWithEffects"):
            del relations[key]


def _set_style(style: ParagraphStyle, kind: Type) -> None:
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    style.font.name = LATIN
    _name_fonts(properties.find(qn("w:rFonts")), kind.font)
    style.font.size = kind.size
    style.font.bold = kind.bold
    if kind.size == SIZE_3:
        tighter = OxmlElement("w:spacing")
        tighter.set(qn("w:val"), str(TIGHTER_TWENTIETHS))
        properties.insert_element_before(tighter, "w:w", "w:kern", "w:position", "w:sz")
    paragraph = style.element.get_or_add_pPr()
    for name in ("w:pBdr", "w:ind", "w:contextualSpacing", "w:numPr", "w:snapToGrid"):
        for child in paragraph.findall(qn(name)):
            paragraph.remove(child)
    shape = style.paragraph_format
    shape.alignment = kind.align
    shape.space_before, shape.space_after = Pt(kind.before_pt), Pt(kind.after_pt)
    if kind.line:
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = kind.line
    else:
        shape.line_spacing = 1.0
    # What has its own pitch keeps it; LibreOffice would set it on that of the page.
    paragraph = style.element.get_or_add_pPr()
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "1" if kind.line == LINE else "0")
    paragraph.insert_element_before(snap, *AFTER_GRID)
    shape.keep_with_next = kind.keep
    shape.keep_together = False
    shape.widow_control = True
    if kind.first_characters:
        indent = style.element.get_or_add_pPr().get_or_add_ind()
        indent.set(qn("w:firstLineChars"), str(100 * kind.first_characters))
        indent.set(qn("w:firstLine"), str(round(20 * kind.first_characters * kind.size.pt)))


def _name_fonts(fonts: Any, east: str) -> None:
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for key, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east)):
        fonts.set(qn(f"w:{key}"), name)
    fonts.set(qn("w:hint"), "eastAsia")


def dress(run: Run, kind: Type) -> Run:
    """Name the fonts of *run*: Chinese marks such as “ and … take the Chinese one."""
    run.font.name = LATIN
    _name_fonts(run._r.get_or_add_rPr().rFonts, kind.font)  # noqa: SLF001  python-docx sets Latin fonts only
    run.font.size = kind.size
    return run


def write(paragraph: Paragraph, kind: Type, texts: Iterable[str]) -> Paragraph:
    """Set *paragraph* in *kind* and add *texts* to it, a run each."""
    paragraph._p.style = kind.style_id  # noqa: SLF001  by name it is looked up among all styles
    for text in texts:
        dress(paragraph.add_run(text), kind)
    return paragraph


def indent_right(paragraph: Paragraph, characters: int, size: Length) -> None:
    """Set *paragraph* back from the right edge by *characters*."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()  # noqa: SLF001
    indent.set(qn("w:rightChars"), str(100 * characters))
    indent.set(qn("w:right"), str(round(20 * characters * size.pt)))


def _page_number(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    """Write “— 1 —” on the outer *side*, one character from the edge."""
    paragraph.style = PAGE_NUMBER.style
    paragraph.alignment = side
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        indent_right(paragraph, 1, PAGE_NUMBER.size)
    else:
        indent = paragraph._p.get_or_add_pPr().get_or_add_ind()  # noqa: SLF001
        indent.set(qn("w:leftChars"), "100")
        indent.set(qn("w:left"), str(round(20 * PAGE_NUMBER.size.pt)))
    dress(paragraph.add_run("— "), PAGE_NUMBER)
    for part in ("begin", "PAGE", "separate", "1", "end"):
        run = dress(paragraph.add_run(), PAGE_NUMBER)
        if part == "PAGE":
            code = OxmlElement("w:instrText")
            code.text = " PAGE "
            run._r.append(code)  # noqa: SLF001
        elif part == "1":
            run.text = part
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), part)
            run._r.append(mark)  # noqa: SLF001
    dress(paragraph.add_run(" —"), PAGE_NUMBER)


def frame(paragraph: Paragraph, *sides: str, colour: str = "808080", eighths: int = 4) -> None:
    """Draw a line on *sides* of *paragraph*; neighbours framed alike share one frame.

    *eighths* is the width of the line in eighths of a point.
    """
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            line = OxmlElement(f"w:{side}")
            line.set(qn("w:val"), "single")
            line.set(qn("w:sz"), str(eighths))
            line.set(qn("w:space"), "6" if side in {"left", "right"} else "4")
            line.set(qn("w:color"), colour)
            borders.append(line)
    properties: Any = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap",
        "w:overflowPunct", "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi",
        "w:adjustRightInd", "w:snapToGrid", *AFTER_GRID,
    )  # fmt: skip
