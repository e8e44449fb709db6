import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from analysis.reports import behind, drawing, lettering
from analysis.reports.document import Chart, Column, Multiples, Table
from tests.sample_report import HOUR, NASTY, POINTS, REPORT, START

CHARTS = [block for block in REPORT.blocks if isinstance(block, Chart | Multiples)]


@pytest.fixture(scope="module")
def font() -> lettering.Font:
    found = lettering.chinese_font()
    if found is None:
        pytest.skip("no Chinese font on this machine; install Debian's fonts-noto-cjk")
    return found


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_equal_charts_give_equal_bytes_without_a_date(
    font: lettering.Font, chart: Chart | Multiples
) -> None:
    first, second = drawing.png(chart, font), drawing.png(chart, font)

    assert first == second
    assert {kind for kind, _ in chunks(first)} == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}


def test_another_count_gives_another_picture(font: lettering.Font) -> None:
    more = Chart("图", tuple((at, count + 1) for at, count in POINTS))

    assert drawing.png(Chart("图", POINTS), font) != drawing.png(more, font)


def test_a_picture_is_150_mm_wide_at_its_resolution(font: lettering.Font) -> None:
    picture = Image.open(io.BytesIO(drawing.png(CHARTS[0], font)))

    assert picture.width == pytest.approx(150 / 25.4 * drawing.DPI, abs=1)


def test_earlier_settings_of_matplotlib_do_not_show(font: lettering.Font) -> None:
    from matplotlib import rc_context

    plain = drawing.png(CHARTS[0], font)
    with rc_context({"axes.facecolor": "red", "font.size": 30, "hatch.color": "green"}):
        assert drawing.png(CHARTS[0], font) == plain


def test_bars_line_band_and_gap_differ_without_colour(font: lettering.Font) -> None:
    """Each lightness is told from its neighbours, and the gap is hatched, not only grey."""

    def lightness(colour: str) -> float:
        red, green, blue = drawing.rgb(colour)
        return 0.299 * red + 0.587 * green + 0.114 * blue

    greys = [lightness(drawing.USUAL), lightness(drawing.BAR), lightness(drawing.SHADE), 1.0]
    assert all(b - a > 0.07 for a, b in itertools.pairwise(greys))

    gap = Chart("图", POINTS, missing=tuple(START + n * HOUR for n in (3, 4)))
    with_gap = Image.open(io.BytesIO(drawing.png(gap, font))).convert("L")
    column = [with_gap.getpixel((int(with_gap.width * 0.21), y)) for y in range(80, 380)]
    changes = sum(abs(a - b) > 15 for a, b in itertools.pairwise(column))
    assert changes > 10


def test_without_a_chinese_font_nothing_is_found(tmp_path: Path) -> None:
    from matplotlib import get_data_path

    latin = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    broken = tmp_path / "NotoSansCJK-Regular.ttc"
    broken.write_bytes(b"no font")

    assert latin.is_file()
    assert lettering.chinese_font([]) is None
    assert lettering.chinese_font([latin, broken, tmp_path / "gone.ttf"]) is None


def test_the_simplified_face_of_a_collection_is_taken(font: lettering.Font) -> None:
    from matplotlib.ft2font import FT2Font

    if font.file.suffix != ".ttc":
        pytest.skip(f"{font.file.name} is no collection")
    assert FT2Font(font.file, face_index=font.face).family_name.endswith(" SC")


def test_letters_are_no_boxes(font: lettering.Font) -> None:
    """Different Chinese names look different: boxes would all look the same."""
    names = ("恐惧", "愤怒", "悲伤")

    pictures = {drawing.png(Multiples("", ((name, POINTS),)), font) for name in names}

    assert len(pictures) == 3


@pytest.mark.parametrize("kind", NASTY)
def test_any_text_can_be_a_name(font: lettering.Font, kind: str) -> None:
    from analysis.reports.legible import legible

    text = legible(NASTY[kind])[:40]

    assert drawing.png(Multiples(text, ((text, POINTS),)), font)
    assert drawing.png(Chart(text, POINTS, marks=((START, text),)), font)


@pytest.mark.parametrize(
    "chart",
    [
        Chart("空", ()),
        Multiples("空", ()),
        Multiples("空", (("无", ()),)),
        Chart("一点", POINTS[:1]),
        Chart("零", tuple((START + n * HOUR, 0) for n in range(3))),
        Chart("天", tuple((START + n * timedelta(days=1), n) for n in range(7))),
        Chart("极多", ((START, 10**6), (START + HOUR, 1))),
    ],
    ids=lambda chart: chart.title,
)
def test_small_and_large_charts_are_drawn(font: lettering.Font, chart: Chart | Multiples) -> None:
    header = next(content for kind, content in chunks(drawing.png(chart, font)) if kind == b"IHDR")

    assert struct.unpack(">II", header[:8])[0] > 1000


def test_marks_count_on_in_time_order() -> None:
    marks = ((START + 5 * HOUR, "后"), (START + HOUR, "前"), (START + 99 * HOUR, "图外"))

    assert [text for _, text in behind.inside(Chart("图", POINTS, marks=marks))] == ["前", "后"]
    assert [drawing.circled(n) for n in (1, 20, 21)] == ["①", "⑳", "(21)"]


def test_the_data_table_names_hours_that_nobody_saw() -> None:
    table = behind.table(CHARTS[0])

    assert [column.name for column in table.columns] == ["6月17日", "条数", "平时"]
    assert len(table.rows) == 24
    assert table.rows[3] == ("03:00", "未看到", "—")
    assert table.rows[20][:2] == ("20:00", "176")


@pytest.mark.parametrize(("rows", "columns"), [(0, 12), (1, 12), (5, 6), (24, 12), (24, 1), (7, 9)])
def test_a_folded_table_holds_every_row_once_in_reading_order(rows: int, columns: int) -> None:
    long = Table("", (Column("时"), Column("条"), Column("平")), tuple(
        (str(n), f"条{n}", f"平{n}") for n in range(rows)
    ))  # fmt: skip

    folded = behind.folded(long, columns)

    assert all(len(row) == len(folded.columns) for row in folded.rows)
    assert len(folded.columns) <= max(columns, 3)
    read = [
        row[part : part + 3] for part in range(0, len(folded.columns), 3) for row in folded.rows
    ]
    assert [cells for cells in read if any(cells)] == list(long.rows)


@pytest.mark.parametrize(
    "chart",
    [
        Chart("图", POINTS, expected=(1.0,)),
        Chart("图", POINTS, expected=(1.0,) * len(POINTS), low=(0.0,) * len(POINTS)),
    ],
)
def test_lines_that_do_not_fit_are_refused(chart: Chart) -> None:
    with pytest.raises(ValueError, match="图"):
        behind.rows(chart)


def test_a_png_is_whole(font: lettering.Font) -> None:
    data = b"".join(c for kind, c in chunks(drawing.png(CHARTS[0], font)) if kind == b"IDAT")

    assert zlib.decompress(data)


def test_the_highest_bin_is_named_by_its_width() -> None:
    days = tuple((START + n * timedelta(days=1), n) for n in range(3))

    assert behind.extent(POINTS[:3]) == "共 7 条，单时最高 4 条"
    assert behind.extent(days) == "共 3 条，单日最高 2 条"
    assert behind.extent(()) == "共 0 条，单时最高 0 条"


def test_many_days_of_hours_and_days_are_told_apart_in_the_table() -> None:
    hours = Chart("时", tuple((START + n * HOUR, n) for n in range(48)))
    days = Chart("日", tuple((START + n * timedelta(days=1), n) for n in range(3)))

    assert behind.table(hours).rows[25] == ("6月18日 01:00", "25")
    assert behind.table(days).rows[1] == ("6月18日", "1")
    assert behind.table(days).columns[0].name == "日期"
