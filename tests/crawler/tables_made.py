"""Tables made by code for the tests: text, XLSX, XLS and ODS."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlwt

from crawler.importers.rows import Handed

Cells = Sequence[Sequence[Any]]


def handed(file: Path) -> Handed:
    return Handed(file.name, lambda: file.open("rb"))


def text_table(file: Path, rows: Cells, *, encoding: str = "utf-8", separator: str = ",") -> Path:
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=separator).writerows(rows)
    return file


def xlsx(file: Path, rows: Cells, *, merged: Sequence[str] = (), others: int = 0) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    for number in range(others):
        book.create_sheet(f"s{number}").append(["x", "y"])
    book.save(file)
    return file


def xls(file: Path, cells: dict[tuple[int, int], Any]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("s")
    for (row, column), value in cells.items():
        sheet.write(row, column, value)
    book.save(str(file))
    return file


def ods(file: Path, rows: Cells) -> Path:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = "".join(
        f"<table:table-row>{''.join(cell.format(value) for value in row)}</table:table-row>"
        for row in rows
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="s">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", kind)
        out.writestr("META-INF/manifest.xml", manifest)
        out.writestr("content.xml", content)
    return file


SHEET = (
    '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main"><sheetData>{}</sheetData></worksheet>'
)


def raw_xlsx(file: Path, rows: str, *, head: str = "") -> Path:
    """Write a workbook whose only sheet holds the markup *rows*."""
    made = io.BytesIO()
    openpyxl.Workbook().save(made)
    with zipfile.ZipFile(made) as plain, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name in plain.namelist():
            sheet = name == "xl/worksheets/sheet1.xml"
            out.writestr(name, SHEET.format(head, rows) if sheet else plain.read(name))
    return file


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
