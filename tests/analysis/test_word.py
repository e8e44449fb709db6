# ruff: noqa: SLF001  what is read back has no public name in python-docx

import hashlib
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from defusedxml import ElementTree
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from analysis.reports import lettering, packing, page, word
from analysis.reports.document import (
    Chart,
    Column,
    ColumnKind,
    Figures,
    Heading,
    Items,
    Multiples,
    Paragraph,
    Table,
)
from tests.sample_report import HOUR, NASTY, POINTS, REPORT, filled_with

ROOT = Path(__file__).parents[2]
ORDER = {
    "pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr
        suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct
        topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind
        contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment
        textboxTightWrap outlineLvl divId cnfStyle rPr""",
    "rPr": """rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint
        noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u
        effect bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath""",
    "tblPr": """tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW
        jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook""",
    "trPr": "cnfStyle divId gridBefore gridAfter wBefore wAfter cantSplit trHeight tblHeader jc",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection vAlign",
    "sectPr": """headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc
        pgBorders lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi
        rtlGutter docGrid""",
}
"""Children of properties in the order of ECMA-376; Word may refuse a file that breaks it."""


@pytest.fixture(scope="module")
def written() -> bytes:
    return word.as_docx(REPORT, base="http://127.0.0.1:8000/")


@pytest.fixture(scope="module")
def opened(written: bytes) -> Any:
    return docx.Document(io.BytesIO(written))


def texts(document: Any) -> list[str]:
    return [p.text for p in document.element.body.iter(qn("w:p")) for p in [as_paragraph(p)]]


def as_paragraph(element: Any) -> Any:
    from docx.text.paragraph import Paragraph as WordParagraph

    return WordParagraph(element, None)


def paragraph(document: Any, text: str) -> Any:
    return next(p for p in document.paragraphs if p.text == text)


def parts(written: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_page_is_that_of_official_documents(opened: Any) -> None:
    section = opened.sections[0]

    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
    assert [round(margin.mm, 1) for margin in margins] == [37, 26, 35, 28]
    wide = section.page_width - section.left_margin - section.right_margin
    high = section.page_height - section.top_margin - section.bottom_margin
    assert (round(wide / Mm(1)), round(high / Mm(1))) == (156, 225)


def test_twenty_two_lines_of_twenty_eight_characters_fill_the_type_area(opened: Any) -> None:
    style = opened.styles["Body Text"]

    assert style.paragraph_format.line_spacing_rule == WD_LINE_SPACING.EXACTLY
    assert style.paragraph_format.line_spacing == Pt(28.95)
    assert 225 - 2 < 22 * style.paragraph_format.line_spacing.mm <= 225
    tighter = int(style.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert Mm(156).pt - 16 < 28 * (style.font.size.pt + tighter) <= Mm(156).pt


@pytest.mark.parametrize(
    ("style", "font", "size", "indent"),
    [
        ("Body Text", "仿宋_GB2312", 16, "200"),
        ("Title", "方正小标宋简体", 22, None),
        ("Heading 1", "黑体", 16, "200"),
        ("Heading 2", "楷体_GB2312", 16, "200"),
        ("Footer", "宋体", 14, None),
        ("Huiying Cell", "仿宋_GB2312", 10.5, None),
    ],
)
def test_each_kind_of_text_has_its_font_and_size(
    opened: Any, style: str, font: str, size: float, indent: str | None
) -> None:
    found = opened.styles[style]

    assert found.element.rPr.rFonts.get(qn("w:eastAsia")) == font
    assert found.font.size == Pt(size)
    indents = found.element.pPr.find(qn("w:ind"))
    assert (None if indents is None else indents.get(qn("w:firstLineChars"))) == indent


def test_body_is_justified_and_the_title_centred(opened: Any) -> None:
    assert opened.styles["Body Text"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert opened.styles["Title"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.CENTER


def test_every_run_names_its_chinese_font(written: bytes) -> None:
    count = 0
    for name, content in parts(written).items():
        if re.fullmatch(r"word/(document|footer\d+)\.xml", name):
            for run in ElementTree.fromstring(content).iter(qn("w:r")):
                if run.find(qn("w:drawing")) is None:
                    fonts = run.find(qn("w:rPr")).find(qn("w:rFonts"))
                    assert fonts.get(qn("w:eastAsia"))
                    assert fonts.get(qn("w:hint")) == "eastAsia"
                    count += 1
    assert count > 100


def test_heads_are_numbered_in_chinese_unless_they_are(opened: Any) -> None:
    heads = [p.text for p in opened.paragraphs if p.style.name.startswith("Heading")]

    assert heads == [
        "一、今日一览", "二、全天走势", "三、还没有答复的问题", "四、待核实说法",
        "五、到期与将到期", "六、明日关注", "（一）提问量预测", "（二）建议", "七、数据说明",
    ]  # fmt: skip
    own = replace(REPORT, blocks=(Heading("一、基本情况（已核实）"), Heading("二、建议")))
    again = docx.Document(io.BytesIO(word.as_docx(own)))
    assert [p.text for p in again.paragraphs if p.style.name == "Heading 1"] == [
        "一、基本情况（已核实）",
        "二、建议",
    ]


def test_page_numbers_stand_outside_between_dashes(opened: Any) -> None:
    section = opened.sections[0]

    assert opened.settings.odd_and_even_pages_header_footer
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        (line,) = footer.paragraphs
        assert line.text == "— 1 —"
        assert line.alignment == side
        assert [code.text for code in line._p.iter(qn("w:instrText"))] == [" PAGE "]


def test_tables_repeat_their_heads_and_keep_rows_whole(opened: Any) -> None:
    ruled = [t for t in opened.tables if t.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None]

    assert len(ruled) == len(opened.tables) - 1 == 3 + 3
    for table in ruled:
        assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)
        assert table._tbl.tblPr.find(qn("w:tblCellMar")) is not None
        widths = [cell.width for cell in table.rows[0].cells]
        assert sum(widths) == pytest.approx(Mm(156), rel=0.001)
        assert min(widths) > Mm(8)
        assert [g.w for g in table._tbl.tblGrid.gridCol_lst] == widths


def test_a_row_longer_than_a_page_may_be_broken() -> None:
    long = Table("表", (Column("说法"), Column("条数", ColumnKind.NUMBER)), (("快跑" * 5000, "3"),))

    opened = docx.Document(io.BytesIO(word.as_docx(replace(REPORT, blocks=(long,)))))

    assert opened.tables[0].rows[1]._tr.find(f".//{qn('w:cantSplit')}") is None


def test_every_figure_and_cell_of_the_report_is_on_paper(opened: Any) -> None:
    told = "\n".join(texts(opened))

    for block in REPORT.blocks:
        cells: list[Any] = []
        if isinstance(block, Table):
            cells = [block.columns[0].name, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Figures):
            cells = [part for f in block.figures for part in (f.name, f.value, f.note)]
        for cell in cells:
            assert (cell if isinstance(cell, str) else cell.text) in told
    assert "另有 11 项未列出" in told
    assert "没有看到什么" in told
    assert "④ 6月17日 20:06 升温：恐惧" in told


def test_a_chart_is_150_mm_wide_and_told_in_words(opened: Any) -> None:
    if lettering.chinese_font() is None:
        pytest.skip("no Chinese font on this machine; install Debian's fonts-noto-cjk")

    assert [round(shape.width.mm) for shape in opened.inline_shapes] == [150, 150, 150]
    told = [shape._inline.docPr.get("descr") for shape in opened.inline_shapes]
    assert told[0] == "每小时相关信息条数。共 1060 条；最高为 6月17日 20:00 起的 176 条。"
    assert told[2] == "明日每小时提问条数（预测）。只有预测。"


def test_without_a_chinese_font_the_file_says_so_and_keeps_the_figures() -> None:
    opened = docx.Document(io.BytesIO(word.as_docx(REPORT, fonts=())))

    told = texts(opened)
    assert len(opened.inline_shapes) == 0
    assert sum("没有找到中文字体" in line for line in told) == 3
    assert {"20:00", "176"} <= set(told)


def test_ids_stand_beside_the_words_and_lead_on_with_a_base(written: bytes, opened: Any) -> None:
    told = "\n".join(texts(opened))
    links = re.findall(rb'Target="(http[^"]+)"', parts(written)["word/_rels/document.xml.rels"])

    assert "水库溃坝了，下游马上要淹（C000003）" in told
    assert "Q000012（Q000012）" not in told
    assert b"http://127.0.0.1:8000/claims/C000003" in links
    without = parts(word.as_docx(REPORT))["word/_rels/document.xml.rels"]
    assert b"claims/" not in without


def test_a_red_head_is_set_only_when_asked_for(opened: Any) -> None:
    red = docx.Document(io.BytesIO(word.as_docx(REPORT, red_head=True)))

    assert red.paragraphs[0].text == "澄川县信息办"
    assert str(red.paragraphs[0].runs[0].font.color.rgb) == "FF0000"
    rule = red.paragraphs[1]._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert rule.get(qn("w:color")) == "FF0000"
    assert b"FF0000" not in opened.element.xml.encode()


def test_long_names_of_offices_stay_on_one_line() -> None:
    name = "澄川县突发事件新闻发布和舆情应对工作领导小组办公室"

    red = docx.Document(io.BytesIO(word.as_docx(replace(REPORT, office=name), red_head=True)))

    assert len(name) * red.paragraphs[0].runs[0].font.size <= Mm(156)


def test_the_file_tells_the_moment_of_the_data_and_the_office(opened: Any) -> None:
    core = opened.core_properties

    assert core.created == core.modified == REPORT.made_at == datetime(2031, 6, 17, 16, tzinfo=UTC)
    assert core.author == core.last_modified_by == "澄川县信息办"
    assert core.title == "公众关切日报"


def test_the_signature_and_the_date_close_it(opened: Any) -> None:
    told = [p.text for p in opened.paragraphs if p.text]

    assert told[-3:-1] == ["澄川县信息办", "2031年6月18日"]
    assert "不含个人发言原文" in told[-1]


def test_no_font_is_embedded(written: bytes) -> None:
    assert not [name for name in parts(written) if "font" in name.casefold() and "odttf" in name]
    assert b"embedRegular" not in parts(written)["word/fontTable.xml"]


def in_another_process(**environment: str) -> str:
    code = (
        "import hashlib; from tests.sample_report import REPORT; "
        "from analysis.reports import page, sheet, word; "
        "print([hashlib.sha256(b).hexdigest() for b in (word.as_docx(REPORT), "
        "page.as_html(REPORT).encode(), sheet.as_csv(REPORT).encode())])"
    )
    return subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "HOME": str(Path.home())} | environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_every_form_has_equal_bytes_on_another_day_and_hash_seed() -> None:
    """The local day is moved by the zone; what is packed again holds no time of its own."""
    one = in_another_process(PYTHONHASHSEED="1", TZ="Etc/GMT+12")
    other = in_another_process(PYTHONHASHSEED="2", TZ="Etc/GMT-14")

    assert one == other
    assert hashlib.sha256(page.as_html(REPORT).encode()).hexdigest() in one


def test_a_zip_of_another_day_is_packed_into_the_same_bytes(written: bytes) -> None:
    later = io.BytesIO()
    with zipfile.ZipFile(later, "w", zipfile.ZIP_STORED) as archive:
        for name, content in reversed(parts(written).items()):
            archive.writestr(zipfile.ZipInfo(name, (2044, 5, 6, 7, 8, 10)), content)

    assert later.getvalue() != written
    assert packing.packed_again(later.getvalue()) == written
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {packing.EPOCH}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_another_document_gives_other_bytes(written: bytes) -> None:
    again = replace(REPORT, blocks=tuple(replace(block) for block in REPORT.blocks))
    other = replace(REPORT, title="别的")

    assert word.as_docx(again, base="http://127.0.0.1:8000/") == written
    assert word.as_docx(other, base="http://127.0.0.1:8000/") != written


def disordered(content: bytes) -> list[str]:
    found = []
    for element in ElementTree.fromstring(content).iter():
        kind = element.tag.rpartition("}")[2]
        if kind in ORDER and element.tag == qn(f"w:{kind}"):
            order = ORDER[kind].split()
            names = [child.tag.rpartition("}")[2] for child in element]
            places = [order.index(name) for name in names if name in order]
            if places != sorted(places):
                found.append(f"{kind}: {names}")
    return found


def test_properties_stand_in_the_order_of_the_standard(written: bytes) -> None:
    for content in (written, word.as_docx(REPORT, red_head=True)):
        for name, part in parts(content).items():
            if re.fullmatch(r"word/(document|styles|footer\d+)\.xml", name):
                assert disordered(part) == [], name
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    wrong = f'<w:pPr xmlns:w="{w}"><w:jc w:val="left"/><w:pStyle w:val="x"/></w:pPr>'
    assert disordered(wrong.encode()) == ["pPr: ['jc', 'pStyle']"]


@pytest.mark.parametrize("kind", NASTY)
def test_any_text_makes_a_whole_file(kind: str) -> None:
    content = word.as_docx(filled_with(NASTY[kind]), base="http://127.0.0.1:8000/", red_head=True)

    for name, part in parts(content).items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(part)
    told = "\n".join(texts(docx.Document(io.BytesIO(content))))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", told)
    assert len(told) > 10


def test_what_was_taken_out_of_a_text_is_seen() -> None:
    opened = docx.Document(io.BytesIO(word.as_docx(filled_with(NASTY["control"]))))

    assert "停水☐[31m通知 " in "\n".join(texts(opened))


def test_empty_blocks_are_set_too() -> None:
    blocks = (
        Table("空表", (Column("一"), Column("二")), ()), Figures(()), Items(()), Paragraph(()),
        Chart("空图", ()), Multiples("空图", ()), Multiples("空图", (("一", ()),)),
    )  # fmt: skip

    for block in blocks:
        assert word.as_docx(replace(REPORT, blocks=(block,)))
    assert word.as_docx(replace(REPORT, blocks=(), head=(), subtitle=""))


def test_five_charts_and_ten_tables_are_set_within_five_seconds() -> None:
    from time import perf_counter

    rows = tuple((f"说法{n}" * 8, str(n), "6月17日 20:05") for n in range(20))
    columns = (Column("说法"), Column("条数", ColumnKind.NUMBER), Column("首见", ColumnKind.TIME))
    blocks = [Chart(f"图{n}", POINTS) for n in range(5)]
    blocks += [Table(f"表{n}", columns, rows) for n in range(10)]  # type: ignore[list-item]
    document = replace(REPORT, blocks=tuple(blocks))
    lettering.chinese_font()

    began = perf_counter()
    word.as_docx(document)

    assert perf_counter() - began < 5


def test_the_figures_of_a_week_are_folded_to_what_fits() -> None:
    points = tuple((POINTS[0][0] + n * HOUR, 1000 + n) for n in range(168))

    opened = docx.Document(
        io.BytesIO(word.as_docx(replace(REPORT, blocks=(Chart("一周", points),)), fonts=()))
    )

    table = opened.tables[0]
    assert len(table.columns) == 8
    assert len(table.rows) == 1 + 42
    assert [cell.text for cell in table.rows[1].cells][:4] == [
        "6月17日 00:00", "1000", "6月18日 18:00", "1042",
    ]  # fmt: skip


def test_columns_of_figures_get_what_they_need_before_text() -> None:
    from analysis.reports.layout import SIZE_5
    from analysis.reports.ruling import column_widths

    columns = (Column("说法"), Column("条数", ColumnKind.NUMBER), Column("首见", ColumnKind.TIME))

    text, number, time = column_widths(
        columns, [("水库溃坝了" * 20, "1,234", "6月17日 20:05")], size=SIZE_5
    )

    assert text + number + time == pytest.approx(Mm(156), rel=0.001)
    assert time.pt > 13 * 10.5 / 2
    assert text > 2 * time


def test_a_long_reason_gets_more_room_than_short_states() -> None:
    from analysis.reports.layout import SIZE_5
    from analysis.reports.ruling import column_widths

    columns = (Column("内容"), Column("类别", ColumnKind.TIME), Column("依据"))
    texts = [("东禾泵站停运", "官方回应与现场反映不一致", "二十六个不同声音反映设施停运" * 5)]

    topic, kind, reason = column_widths(columns, texts, size=SIZE_5)

    assert reason > 1.5 * kind
    assert kind > topic


def test_a_line_with_a_long_latin_word_is_not_drawn_apart() -> None:
    blocks = (
        Paragraph(("模型 checkworthy-69fd43ee",)),
        Paragraph(("断水",)),
        Items((("a" * 30,),)),
    )

    opened = docx.Document(io.BytesIO(word.as_docx(replace(REPORT, blocks=blocks))))

    sides = [p.alignment for p in opened.paragraphs if p.style.name == "Body Text"]
    assert sides == [WD_ALIGN_PARAGRAPH.LEFT, None, WD_ALIGN_PARAGRAPH.LEFT]
