import csv
import io
from dataclasses import replace

import pytest

from analysis.reports import sheet
from analysis.reports.document import Figures, Link, Table
from core.spreadsheet import FORMULA_STARTS, guarded, unguarded
from tests.sample_report import NASTY, REPORT, filled_with


def lines(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_every_figure_stands_in_the_table_with_its_link() -> None:
    found = lines(sheet.as_csv(REPORT, base="http://h/"))

    figures = next(block for block in REPORT.blocks if isinstance(block, Figures)).figures
    told = {line["item"]: line for line in found if line["column"] == "数值"}
    assert list(told) == [figure.name for figure in figures]
    assert told["公开信息"]["value"] == "1,063"
    assert told["公开信息"]["link"] == "http://h/posts?day=2031-06-17"
    assert told["更正"]["link"] == ""
    assert told["公开信息"]["section"] == "今日一览"


def test_every_cell_of_every_table_stands_in_it_once() -> None:
    found = lines(sheet.as_csv(REPORT))

    for table in (block for block in REPORT.blocks if isinstance(block, Table)):
        values = [line["value"] for line in found if line["table"] == table.caption]
        cells = [c.text if isinstance(c, Link) else c for row in table.rows for c in row]
        assert values[: len(cells)] == cells
        assert values[len(cells) :] == ([str(table.more)] if table.more else [])


def test_every_bin_of_a_chart_stands_in_it_and_unseen_is_no_zero() -> None:
    found = [line for line in lines(sheet.as_csv(REPORT)) if line["table"] == "每小时相关信息条数"]

    counts = {line["item"]: line["value"] for line in found if line["column"] == "条数"}
    assert len(counts) == 24
    assert counts["2031-06-17T20:00:00+08:00"] == "176"
    assert counts["2031-06-17T03:00:00+08:00"] == "未看到"
    marks = [line["value"] for line in found if line["column"] == "标记"]
    assert marks[:2] == ["升温：相关信息总量", "集中关切：东禾泵站停运"]


def test_hours_ahead_have_a_forecast_and_no_count() -> None:
    found = [
        line
        for line in lines(sheet.as_csv(REPORT))
        if line["table"] == "明日每小时提问条数（预测）"
    ]

    assert {line["column"] for line in found} == {"预测", "区间下限", "区间上限"}


def test_what_was_not_seen_stands_before_every_figure() -> None:
    found = lines(sheet.as_csv(REPORT))

    unseen = next(n for n, line in enumerate(found) if line["table"] == "没有看到什么")
    figure = next(n for n, line in enumerate(found) if line["column"] == "数值")
    assert unseen < figure


def test_lines_end_as_spreadsheets_expect() -> None:
    text = sheet.as_csv(REPORT)

    assert text.count("\r\n") == text.count("\n") > 100


@pytest.mark.parametrize("kind", NASTY)
def test_no_cell_is_a_formula_whatever_people_wrote(kind: str) -> None:
    text = sheet.as_csv(filled_with(NASTY[kind]))

    cells = [cell for line in lines(text) for cell in line.values()]
    assert cells
    assert not any(cell.lstrip('\ufeff "').startswith(FORMULA_STARTS) for cell in cells)
    text.encode("utf-8")


def test_a_formula_is_kept_readable_behind_its_guard() -> None:
    assert "'=HYPERLINK" in sheet.as_csv(filled_with(NASTY["formula"]))


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "＝1", "\t=1", " =1", '"=1', "'=1", "\ufeff=1"]
)
def test_a_guard_is_put_on_and_taken_off(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell
    assert guarded("3—5 条") == unguarded("3—5 条") == "3—5 条"


def test_equal_documents_give_equal_text() -> None:
    assert sheet.as_csv(REPORT) == sheet.as_csv(replace(REPORT))
    assert sheet.as_csv(REPORT) != sheet.as_csv(replace(REPORT, title="别的"))
