"""Text tables: rows of CSV and its kin, in whatever encoding and with whatever separator.

One broken row costs one row. Python's own reader lets an unclosed quote swallow the rest of the
file without a word; here a quoted cell that does not end is a bad row, and reading goes on at the
next line.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from core import spreadsheet
from core.errors import RefusedError
from crawler import charset
from crawler.importers.rows import MAX_CELL, BadRow, Handed, Row

MAX_LINE = 1_000_000
"""Longest line in characters (bytes, where the encoding is not UTF-16)."""
MAX_QUOTED_LINES = 200
"""Lines that one quoted cell may span; the longest honest cells are letters of a page or two."""

SEPARATORS = (",", ";", "\t", "|")
# Judged by the first rows: a title above the table has no separators of its own.
_JUDGED_LINES = 40
_TOLD_SEPARATOR = re.compile(r"sep=([,;\t|:^~])\s*", re.IGNORECASE)
_CJK = re.compile("[一-鿿]")
# What GBK bytes look like when they happen to be valid UTF-8: Latin, Greek, Cyrillic, Arabic.
_UNLIKELY = re.compile("[\x80-\u07ff]")
# Two Chinese characters in UTF-8, with bytes that GB 2312 never uses, inside a line of GBK.
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")
_CHINESE = ("gb18030", "big5hkscs")
_JUDGED_BYTES = 1 << 16
_GB2312_FROM = 0xA1


class Delimited:
    """A text table; iterating gives its rows in order, blank lines left out.

    Raises ``RefusedError`` for bytes that are no text in a known encoding.
    """

    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self.encoding = _encoding(handed)
        """Python's name; in a file of GB18030 or Big5, lines of UTF-8 are read as such."""
        self.odd_lines = 0
        """Lines in another encoding than the file's, as far as it has been read."""
        self.separator, self._told = self._find_separator()
        self.width: int | None = None
        """Cells that a row should have; with it, a swallowed row is found out."""

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Yield rows and bad rows; a bad row is named by the line it begins on."""
        self.odd_lines = 0
        lines = _Pushed(self._lines())
        if self._told:
            next(lines, None)
        for number, line in lines:
            if line is None:
                yield BadRow(number, "字符编码无法识别")
            elif len(line) > MAX_LINE:
                yield BadRow(number, f"一行超过 {MAX_LINE} 个字符")
            elif line.strip():
                yield self._row(number, line, lines)

    def _row(self, number: int, line: str, lines: "_Pushed") -> Row | BadRow:
        if '"' not in line:
            return _checked(number, line.rstrip("\r\n").split(self.separator))
        taken: list[tuple[int, str | None]] = [(number, line)]
        reader = csv.reader(_more(line, lines, taken), delimiter=self.separator, strict=True)
        try:
            cells = next(reader)
        except csv.Error as error:
            lines.push(taken[1:])
            return BadRow(number, _why(error))
        if self._swallowed(cells, taken):
            lines.push(taken[1:])
            return BadRow(number, "引号未成对，其后的行另行读取")
        return _checked(number, cells)

    def _swallowed(self, cells: Sequence[str], taken: Sequence[tuple[int, str | None]]) -> bool:
        """Return whether a wrong quote has drawn whole rows into one cell."""
        if self.width is None or len(taken) == 1:
            return False
        seps = self.width - 1
        rows = sum(line.count(self.separator) == seps for _, line in taken[1:] if line)
        if len(cells) != self.width:
            return rows > 0
        # A letter of several lines has commas too, but seldom as many in each as a row has.
        return seps >= 2 and rows >= 2 and rows * 2 >= len(taken) - 1

    def _lines(self) -> Iterator[tuple[int, str | None]]:
        """Yield line number and line with its end; None for a line that no encoding fits.

        A line that is too long comes cut to one character above ``MAX_LINE``.
        """
        with self._handed.open() as raw:
            if self.encoding in _CHINESE:
                yield from self._judged_lines(raw)
                return
            encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
            # The whole file has been decoded once; only one that changes meanwhile is replaced.
            text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
            number = 0
            while line := text.readline(MAX_LINE + 1):
                number += 1
                rest = line
                while len(line) > MAX_LINE and rest and not rest.endswith(("\n", "\r")):
                    rest = text.readline(MAX_LINE)
                yield number, line

    def _judged_lines(self, raw: BinaryIO) -> Iterator[tuple[int, str | None]]:
        number = 0
        while line := raw.readline(MAX_LINE + 1):
            number += 1
            rest = line
            while len(line) > MAX_LINE and rest and not rest.endswith(b"\n"):
                rest = raw.readline(MAX_LINE)
            if len(line) > MAX_LINE:
                yield number, " " * (MAX_LINE + 1)
                continue
            yield number, self._judged(line)

    def _judged(self, line: bytes) -> str | None:
        """Return a line of a file that is not UTF-8 as a whole; None when no encoding fits it."""
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            mixed = any(min(run[0][1:]) < _GB2312_FROM for run in _UTF8_RUN.finditer(line))
            return None if mixed else _decoded(line, self.encoding)
        if text.isascii():
            return text
        if _CJK.search(text) and not _UNLIKELY.search(text):
            self.odd_lines += 1
            return text
        return _decoded(line, self.encoding)

    def _find_separator(self) -> tuple[str, bool]:
        """Return the separator, and whether a first line ``sep=;`` tells it."""
        lines = [line for _, line in zip(range(_JUDGED_LINES), self._texts(), strict=False)]
        if lines and (told := _TOLD_SEPARATOR.fullmatch(lines[0])):
            return told[1], True
        return max(SEPARATORS, key=lambda separator: _fit(lines, separator)), False

    def _texts(self) -> Iterator[str]:
        return (line for _, line in self._lines() if line and line.strip())


class _Pushed:
    """Lines in order, to which lines that were read too far can be given back."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._lines = lines
        self._back: deque[tuple[int, str | None]] = deque()

    def __iter__(self) -> "_Pushed":
        return self

    def __next__(self) -> tuple[int, str | None]:
        return self._back.popleft() if self._back else next(self._lines)

    def push(self, lines: Sequence[tuple[int, str | None]]) -> None:
        """Give *lines* back; they come next, in their order."""
        self._back.extendleft(reversed(lines))


def _more(line: str, lines: _Pushed, taken: list[tuple[int, str | None]]) -> Iterator[str]:
    """Yield *line* and, while the reader asks for more, those after it; keep what was taken."""
    length = len(line)
    yield line
    for number, following in lines:
        taken.append((number, following))
        if following is None:
            return
        length += len(following)
        if len(taken) > MAX_QUOTED_LINES or length > MAX_LINE:
            return
        yield following


def _why(error: csv.Error) -> str:
    """Return a reason for what the reader says; it repeats nothing of the text, nor do we."""
    told = str(error)
    if "limit" in told:
        return f"一格超过 {MAX_CELL} 个字符"
    return "引号未闭合" if "end of data" in told else "引号未成对"


def _checked(number: int, cells: Sequence[str]) -> Row | BadRow:
    if any(len(cell) > MAX_CELL for cell in cells):
        return BadRow(number, f"一格超过 {MAX_CELL} 个字符")
    return Row(number, tuple(spreadsheet.unguarded(cell) for cell in cells))


def _fit(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """Return how many lines agree on a number of cells above one, and that number."""
    counts = [line.count(separator) for line in lines]
    best = max(counts, key=lambda count: (bool(count), counts.count(count)), default=0)
    return (counts.count(best), best) if best else (0, 0)


def _encoding(handed: Handed) -> str:
    with handed.open() as raw:
        head = raw.read(4096)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise RefusedError([f"{handed.name}: 编码是 UTF-32，请另存为 UTF-8 再导入"])
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not _decodes(handed, "utf-16"):
            raise RefusedError([f"{handed.name}: 标明是 UTF-16，内容却不是"])
        return "utf-16"
    if b"\0" in head:
        raise RefusedError([f"{handed.name}: {_why_nul(head)}"])
    return "utf-8" if _decodes(handed, "utf-8") else _chinese(handed)


def _chinese(handed: Handed) -> str:
    """Return what a text that is not UTF-8 is likely written in; each line is tried by itself."""
    with handed.open() as raw:
        sample = raw.read(_JUDGED_BYTES)
    if len(sample) == _JUDGED_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1]
    try:
        encoding = charset.decode(sample, "").encoding
    except charset.CharsetError:
        return "gb18030"
    return encoding if encoding in _CHINESE else "gb18030"


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _why_nul(head: bytes) -> str:
    places = {at % 2 for at, byte in enumerate(head) if byte == 0}
    if len(places) == 1:
        end = "BE" if places == {0} else "LE"
        return f"编码像是没有 BOM 的 UTF-16{end}，请另存为 UTF-8 再导入"
    return "不是文本表格（含 NUL 字节）"


def _decodes(handed: Handed, encoding: str) -> bool:
    """Return whether the whole file is of *encoding*, a piece of it in memory at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with handed.open() as raw:
        try:
            while chunk := raw.read(1 << 16):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
