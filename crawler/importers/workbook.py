"""Workbooks (XLSX, XLS, ODS): looked through before anything opens them, then read apart.

``check`` runs here and unpacks every part once as a stream, keeping none of it; ``read_sheet``
runs in the child (``crawler.importers.bounded``) and is the only code that opens a workbook.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from crawler.importers.bounded import ReadError
from crawler.unpacking import UnpackError, Zip

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_GRID = 6_000_000
"""Cells of the rectangle that the sheet's cells span; the reader fills it, 32 bytes a cell."""
BATCH_CELLS = 20_000

_MARKUP = (".xml", ".rels", ".vml")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_OTHER_ENCODING = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# A cell with something in it; whole columns are often styled down to the last row.
_CELL = re.compile(
    rb"<(?:\w+:)?c\b[^<>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^<>]*(?<!/)>(?!</)"
)
_LONGEST_TAG = 4096
_FEW = 1_000
"""Blank rows that may stand above a table."""


class CheckError(Exception):
    """Why a workbook is not opened at all; ``reason`` is Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Extent:
    """The rectangle that the cells of a sheet span."""

    columns: set[bytes] = field(default_factory=set)
    first: int = 0
    last: int = 0

    def widen(self, cells: Iterable[tuple[bytes, bytes]]) -> None:
        rows = [int(row) for _, row in cells]
        if rows:
            self.first = min(self.first or rows[0], *rows)
            self.last = max(self.last, *rows)
            self.columns.update(column for column, _ in cells)

    def check(self) -> None:
        numbers = [_column_number(column) for column in self.columns]
        width = max(numbers, default=0) - min(numbers, default=0) + 1
        height = self.last - self.first + 1
        if width * height > MAX_GRID:
            raise CheckError(f"工作表范围 {height} 行 × {width} 列，过大；请删去远处的单元格")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def check(data: bytes) -> None:
    """Raise ``CheckError`` for a workbook that would cost too much or refers outside itself."""
    if len(data) > MAX_FILE_BYTES:
        raise CheckError(f"表格文件超过 {MAX_FILE_BYTES // 1024**2} MB，请另存为 CSV 再导入")
    if not data.startswith(b"PK"):
        return  # XLS has no parts; the child's limits hold for it
    try:
        packed = Zip(io.BytesIO(data))
        for name in packed.names:
            _look_through(name, packed.chunks(name))
    except UnpackError as error:
        raise CheckError(error.reason) from None


def _look_through(name: str, chunks: Iterator[bytes]) -> None:
    markup, sheet = name.endswith(_MARKUP), _SHEET.fullmatch(name) is not None
    extent, rest, first = _Extent(), b"", True
    for chunk in chunks:
        if not markup:
            continue
        if first and chunk.startswith(_OTHER_ENCODING):
            raise CheckError("工作簿部件的编码不受支持")
        part, first = rest + chunk, False
        if _DECLARATION.search(part):
            raise CheckError("工作簿含有文档类型声明（DOCTYPE），不予读取")
        if sheet:
            extent.widen(_CELL.findall(part))
        # A tag may go on in the next chunk.
        rest = part[max(part.rfind(b"<"), len(part) - _LONGEST_TAG) :]
    extent.check()


def read_sheet(data: bytes) -> Iterator[Any]:
    """Yield the first visible sheet with something in it, in the child.

    Batches of ``[row number, cells]``, then ``{"others": how many other sheets hold something}``; a
    cell is a string, a number, a boolean, or ``["d", ISO date or moment]``. Blank rows are left
    out, and merged cells all show what the first of them holds. Raises ``ReadError``.
    """
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        sheets = _filled_sheets(load_workbook(io.BytesIO(data)))
        first = next(sheets, None)
        if first is None:
            raise ReadError("工作簿里没有内容")
        yield from _batches(_numbered(first), first.width)
        yield {"others": sum(1 for _ in sheets)}
    except PasswordError:
        raise ReadError("工作簿有密码，请去掉密码再导入") from None
    except CalamineError:
        raise ReadError("不是完整的工作簿，或内容损坏") from None


def _filled_sheets(book: Any) -> Iterator[Any]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for told in book.sheets_metadata:
        if told.typ == SheetTypeEnum.WorkSheet and told.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_name(told.name)
            if sheet.start is not None:
                yield sheet


def _numbered(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Yield the sheet's rows with their numbers, each merged cell filled."""
    merged = _Merged(sheet.merged_cell_ranges or (), sheet.start[1])
    for number, row in enumerate(_rows(sheet), 1 if _is_near(sheet) else sheet.start[0] + 1):
        merged.fill(number - 1, row)
        if any(cell != "" for cell in row):
            yield number, [_plain(cell) for cell in row]


def _rows(sheet: Any) -> Iterable[list[Any]]:
    # Row by row it begins at the top of the sheet, which may be a million blank rows away.
    rows: Iterable[list[Any]] = sheet.iter_rows() if _is_near(sheet) else sheet.to_python()
    return rows


def _is_near(sheet: Any) -> bool:
    return int(sheet.start[0]) <= _FEW


class _Merged:
    """Merged cells, filled with what the first of them holds as the rows go by."""

    def __init__(self, ranges: Sequence[Any], left: int) -> None:
        self._coming = sorted(ranges, reverse=True)
        self._left = left
        self._open: list[tuple[int, int, int, Any]] = []

    def fill(self, at: int, row: list[Any]) -> None:
        """Fill *row*, which is the row *at*, from 0."""
        while self._coming and self._coming[-1][0][0] <= at:
            (top, first), (bottom, last) = self._coming.pop()
            first, last = max(first - self._left, 0), min(last - self._left, len(row) - 1)
            if top == at and first <= last:
                self._open.append((bottom, first, last, row[first]))
        self._open = [one for one in self._open if one[0] >= at]
        for _, first, last, value in self._open:
            row[first : last + 1] = [value] * (last + 1 - first)


def _plain(cell: Any) -> Any:
    """Return a cell as JSON can carry it; an error value such as #N/A comes as a blank."""
    if isinstance(cell, datetime | date):
        return ["d", cell.isoformat()]
    if isinstance(cell, time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell


def _batches(rows: Iterable[tuple[int, list[Any]]], width: int) -> Iterator[list[Any]]:
    size = max(BATCH_CELLS // max(width, 1), 1)
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch
