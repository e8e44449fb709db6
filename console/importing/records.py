"""What is known of a file before and after it is taken in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.errors import HuiyingError
from crawler.importers.mapping import Columns
from crawler.importers.table import Table

FileKind = Literal["posts", "table", "hotline", "page", "cap", "zip"]

Asked = Callable[[Table, Columns], Columns]
"""Asks a person what the columns of a table are, beginning with a guess."""

Progress = Callable[[int, int], None]
"""Hears how many posts are done and how many there are."""


class UnmappedError(HuiyingError):
    """Nobody has said yet which columns of a table hold its texts and times."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}；{advice}")
        self.reason = reason


TOLD_BROKEN = 5


def quiet(_done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file."""

    file: str
    """Its name as it may be shown."""
    source: str = ""
    kind: str = ""
    """A ``FileKind``; empty for a file that was not understood."""
    posts: int = 0
    """Posts read from it."""
    new: int = 0
    """Posts not stored before."""
    defects: int = 0
    """Rows, lines or members that could not be taken in."""
    broken: tuple[tuple[str, str], ...] = ()
    """Place and reason of the first ``TOLD_BROKEN`` of them."""
    alerts: int = 0
    latest: datetime | None = None
    """When the newest post was published; None without posts."""
    earlier: datetime | None = None
    """When a file with these very bytes was taken in before."""
    rows: int = 0
    """Rows that the sheet holds; ``posts`` and ``defects`` together for a table."""
    types: tuple[tuple[str, int], ...] = ()
    """Kind of request -> rows of it, the most first; empty where no column tells."""
    columns: str = ""
    """The mapping that was used, as ``--column`` takes it."""
    mapping: str = ""
    """Name of the file in which the mapping is remembered."""
    notes: tuple[str, ...] = ()
    """What an operator should know, in Chinese."""
    refused: tuple[str, ...] = ()
    """Why nothing was taken in, in Chinese; empty when something was, or might have been."""
    members: tuple["Imported", ...] = ()
    """Files of an archive."""
    moved_to: str = ""
    """Where a dropped file lies now, below the data folder."""


def together(
    file: str, source: str, members: Sequence[Imported], **more: tuple[str, ...]
) -> Imported:
    """Return what became of an archive: its members' figures, summed."""
    latest = max((m.latest for m in members if m.latest), default=None)
    return Imported(
        file=file,
        source=source,
        kind="zip",
        posts=sum(m.posts for m in members),
        new=sum(m.new for m in members),
        defects=sum(m.defects + bool(m.refused) for m in members),
        alerts=sum(m.alerts for m in members),
        latest=latest,
        rows=sum(m.rows for m in members),
        notes=more.get("notes", ()),
        members=tuple(members),
    )
