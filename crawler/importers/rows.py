"""What every table gives, whatever file it stands in: numbered rows of cells, and bad rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO

Cell = str | date
"""A text, or a day, or (``datetime`` is a ``date``) a moment without a zone."""

MAX_CELL = 131_072
"""Longest cell in characters; the same bound as Python's own ``csv``."""

# A long number as a spreadsheet writes it once it has lost its last digits.
_ROUNDED = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+?\d{1,3}")
_EXACT_BELOW = 10.0**15
"""Spreadsheets keep 15 digits; a longer number has been rounded, however it is shown."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that somebody handed over, or a member of one."""

    name: str
    """As it may stand in a message; never used as a path."""
    open: Callable[[], BinaryIO] = field(repr=False)
    """Opens it for reading, from its beginning, as often as wanted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    number: int
    """As the spreadsheet counts it, or the line of the text file it begins on; from 1."""
    cells: tuple[Cell, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read."""

    number: int
    reason: str
    """Chinese; holds nothing of the row."""


def number_text(value: float) -> str:
    """Return a number as the text a person would have typed.

    One that a spreadsheet cannot have kept exactly comes out in the form that ``is_rounded``
    knows.

    >>> number_text(13800138000.0), number_text(3.5), number_text(1.2345678901234567e16)
    ('13800138000', '3.5', '1.23456789012346E+16')
    """
    if not abs(value) < _EXACT_BELOW:  # so that what is no number counts as rounded too
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(float(value))


def is_rounded(text: str) -> bool:
    """Return whether *text* is a number that a spreadsheet has rounded, so no id.

    >>> is_rounded("1.23457E+16"), is_rounded("12345678901234567")
    (True, False)
    """
    return _ROUNDED.fullmatch(text.strip()) is not None


def text_of_cell(cell: Cell) -> str:
    """Return what a cell shows; a moment as ``2031-06-17 14:20:05``."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.strip() if isinstance(cell, str) else cell.isoformat()


def is_blank(cells: tuple[Cell, ...]) -> bool:
    """Return whether nothing stands in any cell."""
    return not any(isinstance(cell, date) or cell.strip() for cell in cells)
