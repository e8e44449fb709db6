"""Rows of a table whose columns are known, as posts; a row that is none becomes a defect."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from core.text import MAX_CHARACTERS, normalise
from crawler.importers.headings import heading_key, load_headings
from crawler.importers.mapping import OTHER_CHANNEL, Columns, Role
from crawler.importers.rows import BadRow, Cell, Row, is_rounded, text_of_cell
from crawler.importers.table import Table
from crawler.parsers.page import joined, lenient_counts, text_of
from crawler.records import Counts, Defect, ParsedPost
from crawler.times import Told, read_time

MAX_ID = 256
MAX_TYPE = 20
NO_TYPE = "未填"

_MARKUP = re.compile(r"<[A-Za-z/!]|&[a-z#]")
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,12})?")
_SERIAL_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's day 0, in no zone
_SERIALS = (36_526, 73_050)
"""Day numbers of a spreadsheet from 2000 to 2099."""


class _RowError(ValueError):
    """Why a row cannot be taken in; never holds anything of its text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of a table are read."""

    columns: Columns
    source: str
    zone: timezone
    """Offset of times that name none."""
    seen_at: datetime
    """Aware, UTC; no time later than this is believed."""
    digest: Callable[[str], str] = field(repr=False)
    """Keyed id for a row without one, from what it says."""


def read_rows(table: Table, reading: Reading) -> Iterator[ParsedPost | Defect]:
    """Yield a post or a defect for each row, in the table's order; the table's tally grows."""
    at = {role: table.headings.index(name) for role, name in reading.columns.columns.items()}
    seen: set[int] = set()
    for row in table:
        where = f"{table.name}:{row.number}"
        if isinstance(row, BadRow):
            yield Defect(reading.source, where, row.reason, reading.seen_at)
            continue
        try:
            post = _Reader(table, reading, at).post(row)
        except _RowError as error:
            table.tally.bad += 1
            yield Defect(reading.source, where, str(error), reading.seen_at)
            continue
        table.tally.repeated_ids += (mark := hash(post.post_id)) in seen
        seen.add(mark)
        yield post


@dataclass(frozen=True, slots=True)
class _Reader:
    """One row at a time."""

    table: Table
    reading: Reading
    at: dict[Role, int]

    def post(self, row: Row) -> ParsedPost:
        told, text = self._told(row), self._text(row)
        if problems := [why for why, found in ((_NO_TIME, told), (_NO_TEXT, text)) if not found]:
            raise _RowError("；".join(problems))
        assert told is not None  # noqa: S101  a missing time is a problem above
        self.table.tally.cut += len(text) > MAX_CHARACTERS
        if Role.TYPE in self.at:
            self.table.tally.types[self._shown(row, Role.TYPE)[:MAX_TYPE] or NO_TYPE] += 1
        return ParsedPost(
            source=self.reading.source,
            post_id=self._own_id(row, told, text),
            url=self._shown(row, Role.URL) or None,
            published_at=told.moment,
            channel=self._channel(row),
            text=text,
            author=self._shown(row, Role.AUTHOR) or None,
            reply_to=self._other_id(row, Role.REPLY_TO),
            repost_of=self._other_id(row, Role.REPOST_OF),
            counts=self._counts(row),
            zone_assumed=told.zone_assumed,
            day_only=told.day_only,
        )

    def _shown(self, row: Row, role: Role) -> str:
        return text_of_cell(row.cells[self.at[role]]) if role in self.at else ""

    def _text(self, row: Row) -> str:
        text = joined(self._plain(row, Role.TITLE), self._plain(row, Role.TEXT))
        place = self._plain(row, Role.PLACE)
        return f"{text}（{place}）" if text and place and place not in text else text

    def _plain(self, row: Row, role: Role) -> str:
        text = self._shown(row, role)
        return normalise(text_of(text) if _MARKUP.search(text) else text[: MAX_CHARACTERS * 2])

    def _told(self, row: Row) -> Told | None:
        cell = row.cells[self.at[Role.TIME]]
        return read_cell_time(cell, zone=self.reading.zone, seen_at=self.reading.seen_at)

    def _own_id(self, row: Row, told: Told, text: str) -> str:
        found = self._shown(row, Role.ID)
        self.table.tally.rounded_ids += (rounded := is_rounded(found))
        if found and not rounded and len(found) <= MAX_ID:
            return found
        return self.reading.digest(f"{told.moment.isoformat()}\0{text}")

    def _other_id(self, row: Row, role: Role) -> str | None:
        found = self._shown(row, role)
        return None if is_rounded(found) or found == "0" else found[:MAX_ID] or None

    def _counts(self, row: Row) -> Counts:
        shown = [self._shown(row, role) for role in (Role.REPOSTS, Role.COMMENTS, Role.LIKES)]
        # One record for all rows without counters: a long table is held whole until stored.
        return lenient_counts(*shown) if any(shown) else _NO_COUNTS

    def _channel(self, row: Row) -> str:
        if not self._shown(row, Role.CHANNEL):
            return self.reading.columns.channel
        key, known = heading_key(self._shown(row, Role.CHANNEL)), load_headings().channels
        return known.get(key) or (key if key in known.values() else OTHER_CHANNEL)


_NO_COUNTS = Counts()
_NO_TIME = "时间读不出"
_NO_TEXT = "没有正文"


def read_cell_time(cell: Cell, *, zone: timezone, seen_at: datetime) -> Told | None:
    """Return the moment of a cell: a date cell, a spreadsheet's day number, or a written time.

    A moment without a zone is of *zone*. None when the cell tells none that can be relied on.
    """
    text = cell.strip() if isinstance(cell, str) else text_of_cell(cell)
    if _SERIAL.fullmatch(text):
        text = _from_serial(float(text))
    return read_time(text, zone=zone, fetched_at=seen_at)


def _from_serial(days: float) -> str:
    """Return what a spreadsheet would show for a day number, or nothing for any other number."""
    if not _SERIALS[0] <= days < _SERIALS[1]:
        return ""
    # Rounded to the second: 0.5 of a day may stand there as 0.49999999.
    moment = _SERIAL_BEGIN + timedelta(seconds=round(days * 86_400))
    return text_of_cell(moment.date() if days == int(days) else moment)
