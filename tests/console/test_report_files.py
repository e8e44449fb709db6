import os
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.reports import page, sheet, word
from console.report_files import write_all
from core.errors import HuiyingError
from core.vocabulary import ReportForm
from tests.sample_report import REPORT

BASE = "http://127.0.0.1:8000/"


def test_a_report_is_written_in_every_form(tmp_path: Path) -> None:
    files = write_all(REPORT, tmp_path / "out", base=BASE)

    assert [file.name for file in files] == [
        "nightly-2031-06-17.html",
        "nightly-2031-06-17.docx",
        "nightly-2031-06-17.csv",
    ]
    html, docx, csv = (file.read_bytes() for file in files)
    assert html.decode() == page.as_html(REPORT, base=BASE)
    assert docx == word.as_docx(REPORT, base=BASE)
    assert csv.decode() == sheet.as_csv(REPORT, base=BASE)
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {file.name for file in files}


def test_two_runs_write_equal_bytes(tmp_path: Path) -> None:
    one = [file.read_bytes() for file in write_all(REPORT, tmp_path / "1")]
    other = [file.read_bytes() for file in write_all(replace(REPORT), tmp_path / "2")]

    assert one == other


def test_only_the_forms_that_are_asked_for_are_written(tmp_path: Path) -> None:
    (file,) = write_all(REPORT, tmp_path, [ReportForm.SHEET])

    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_a_word_file_has_no_links_without_an_address(tmp_path: Path) -> None:
    (file,) = write_all(REPORT, tmp_path, [ReportForm.WORD])

    assert file.read_bytes() == word.as_docx(REPORT, base="")


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden", "日报", "a" + os.sep])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HuiyingError, match="report name"):
        write_all(replace(REPORT, name=name), tmp_path)

    assert list(tmp_path.iterdir()) == []
